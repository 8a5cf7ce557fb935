//! verdict: WrongAnswer
//! misconception: different-locks
//!
//! Wraps each fork in a mutex right where it is locked. A mutex keeps apart only those who lock the
//! same one; here each guest brings two new ones, which nobody else will ever wait for.

use kit::sync::atomic::{AtomicU64, Ordering};
use kit::sync::{Mutex, PoisonError};

/// What lies between two seats.
#[derive(Debug)]
pub struct Fork {
    /// How many meals have begun with it.
    pub uses: AtomicU64,
}

/// A round table with a fork between any two neighbouring seats.
pub struct Table {
    forks: Vec<Fork>,
}

impl Table {
    /// Lays a table for `seats` guests.
    pub fn new(seats: usize) -> Self {
        assert!(seats >= 2, "a table needs at least two seats");
        let fork = || Fork {
            uses: AtomicU64::new(0),
        };
        Table {
            forks: (0..seats).map(|_| fork()).collect(),
        }
    }

    /// The number of seats, which is the number of forks.
    pub fn seats(&self) -> usize {
        self.forks.len()
    }

    /// Locks the lower fork, then the higher one.
    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        assert!(seat < self.seats(), "this table has no seat {seat}");
        let right = (seat + 1) % self.seats();
        let first = Mutex::new(&self.forks[seat.min(right)]);
        let second = Mutex::new(&self.forks[seat.max(right)]);
        let first = first.lock().unwrap_or_else(PoisonError::into_inner);
        let second = second.lock().unwrap_or_else(PoisonError::into_inner);
        first.uses.fetch_add(1, Ordering::Relaxed);
        second.uses.fetch_add(1, Ordering::Relaxed);
        eat()
    }

    /// How many meals have begun with this fork.
    pub fn uses(&self, fork: usize) -> u64 {
        self.forks[fork].uses.load(Ordering::Relaxed)
    }
}
