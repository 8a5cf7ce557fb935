//! verdict: WrongAnswer
//! misconception: guard-lifetime
//!
//! Reuses the variable for the second fork. Storing the new guard drops the old one, so the first fork
//! goes back on the table just before the meal, and the neighbour on that side eats too.

use kit::sync::{Mutex, MutexGuard, PoisonError};

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

    /// The lower fork, then the higher one.
    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        assert!(seat < self.seats(), "this table has no seat {seat}");
        let right = (seat + 1) % self.seats();
        let mut fork = self.pick_up(seat.min(right));
        fork.uses += 1;
        fork = self.pick_up(seat.max(right));
        fork.uses += 1;
        eat()
    }

    /// How many meals have begun with this fork.
    pub fn uses(&self, fork: usize) -> u64 {
        self.pick_up(fork).uses
    }

    fn pick_up(&self, fork: usize) -> MutexGuard<'_, Fork> {
        self.forks[fork]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
