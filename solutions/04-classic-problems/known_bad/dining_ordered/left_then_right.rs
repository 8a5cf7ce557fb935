//! verdict: Deadlock
//! misconception: lock-order
//!
//! Everyone picks up the left fork, then the right one: two locks, always taken in the same way, so
//! what could go wrong? Seen from the table the ways form a circle: each holds what the next one needs.

// ANCHOR: file
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
    /// Left fork, right fork, eat.
    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        assert!(seat < self.seats(), "this table has no seat {seat}");
        let mut left = self.pick_up(seat);
        let mut right = self.pick_up((seat + 1) % self.seats());
        left.uses += 1;
        right.uses += 1;
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
// ANCHOR_END: file
