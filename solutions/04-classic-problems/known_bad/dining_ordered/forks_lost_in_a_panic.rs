//! verdict: Deadlock
//! misconception: panic-is-local
//!
//! Both forks at once, by a condition variable, which is a good plan. But they are put down by a line
//! after the meal, and a panic in the meal never gets to that line: the forks stay taken, and the
//! neighbours wait for ever.

use kit::sync::{Condvar, Mutex};

/// What lies between two seats.
#[derive(Clone, Debug, Default)]
pub struct Fork {
    /// How many meals have begun with it.
    pub uses: u64,
    /// Whether it is in someone's hand.
    pub taken: bool,
}

/// A round table with a fork between any two neighbouring seats.
pub struct Table {
    seats: usize,
    forks: Mutex<Vec<Fork>>,
    put_down: Condvar,
}

impl Table {
    /// Lays a table for `seats` guests.
    pub fn new(seats: usize) -> Self {
        assert!(seats >= 2, "a table needs at least two seats");
        Table {
            seats,
            forks: Mutex::new(vec![Fork::default(); seats]),
            put_down: Condvar::new(),
        }
    }

    /// The number of seats, which is the number of forks.
    pub fn seats(&self) -> usize {
        self.seats
    }

    /// Waits until both forks are down, takes both, eats, puts both down.
    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        assert!(seat < self.seats, "this table has no seat {seat}");
        let (left, right) = (seat, (seat + 1) % self.seats);
        let mut forks = self.forks.lock().unwrap();
        while forks[left].taken || forks[right].taken {
            forks = self.put_down.wait(forks).unwrap();
        }
        for fork in [left, right] {
            forks[fork].taken = true;
            forks[fork].uses += 1;
        }
        drop(forks);

        // ANCHOR: meal
        let eaten = eat();
        let mut forks = self.forks.lock().unwrap();
        forks[left].taken = false;
        forks[right].taken = false;
        self.put_down.notify_all();
        // ANCHOR_END: meal
        eaten
    }

    /// How many meals have begun with this fork.
    pub fn uses(&self, fork: usize) -> u64 {
        self.forks.lock().unwrap()[fork].uses
    }
}
