//! verdict: Panic
//! misconception: panic-is-local
//!
//! Right in every order, as long as no meal panics. A panic with a guard in hand poisons its mutex, and
//! `unwrap` then passes the panic on to each neighbour, who poisons the next fork, round the table.

use kit::sync::Mutex;

/// What lies between two seats.
#[derive(Debug, Default)]
pub struct Fork {
    /// How many meals have begun with it.
    pub uses: u64,
}

/// A round table with a fork between any two neighbouring seats.
pub struct Table {
    forks: Vec<Mutex<Fork>>,
}

impl Table {
    /// Lays a table for `seats` guests.
    pub fn new(seats: usize) -> Self {
        assert!(seats >= 2, "a table needs at least two seats");
        Table {
            forks: (0..seats).map(|_| Mutex::new(Fork::default())).collect(),
        }
    }

    /// The number of seats, which is the number of forks.
    pub fn seats(&self) -> usize {
        self.forks.len()
    }

    /// The fork with the lower number first.
    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        assert!(seat < self.seats(), "this table has no seat {seat}");
        let right = (seat + 1) % self.seats();
        let mut first = self.forks[seat.min(right)].lock().unwrap();
        let mut second = self.forks[seat.max(right)].lock().unwrap();
        first.uses += 1;
        second.uses += 1;
        eat()
    }

    /// How many meals have begun with this fork.
    pub fn uses(&self, fork: usize) -> u64 {
        self.forks[fork].lock().unwrap().uses
    }
}
