//! verdict: NotConcurrent
//! misconception: one-big-lock
//!
//! One mutex around all the forks: no order to get wrong, no deadlock, and one meal at a time in the
//! whole room.

use kit::sync::{Mutex, PoisonError};

/// What lies between two seats.
#[derive(Debug, Default)]
pub struct Fork {
    /// How many meals have begun with it.
    pub uses: u64,
}

/// A round table with a fork between any two neighbouring seats.
pub struct Table {
    seats: usize,
    forks: Mutex<Vec<Fork>>,
}

impl Table {
    /// Lays a table for `seats` guests.
    pub fn new(seats: usize) -> Self {
        assert!(seats >= 2, "a table needs at least two seats");
        Table {
            seats,
            forks: Mutex::new((0..seats).map(|_| Fork::default()).collect()),
        }
    }

    /// The number of seats, which is the number of forks.
    pub fn seats(&self) -> usize {
        self.seats
    }

    /// Takes the forks and eats.
    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        assert!(seat < self.seats, "this table has no seat {seat}");
        let mut forks = self.forks.lock().unwrap_or_else(PoisonError::into_inner);
        forks[seat].uses += 1;
        forks[(seat + 1) % self.seats].uses += 1;
        eat()
    }

    /// How many meals have begun with this fork.
    pub fn uses(&self, fork: usize) -> u64 {
        let forks = self.forks.lock().unwrap_or_else(PoisonError::into_inner);
        forks[fork].uses
    }
}
