//! verdict: Deadlock
//! misconception: lock-order
//!
//! Sorts, as it should, but before it goes round the table: the last guest compares `seat` with
//! `seat + 1`, a number that no fork has, and so picks up the highest fork first and then fork 0. One
//! guest who goes the wrong way is enough to close the circle.

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

    // ANCHOR: dine
    /// The fork with the lower number first.
    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        assert!(seat < self.seats(), "this table has no seat {seat}");
        let (left, right) = (seat, seat + 1);
        let mut first = self.pick_up(left.min(right) % self.seats());
        let mut second = self.pick_up(left.max(right) % self.seats());
        first.uses += 1;
        second.uses += 1;
        eat()
    }
    // ANCHOR_END: dine

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
