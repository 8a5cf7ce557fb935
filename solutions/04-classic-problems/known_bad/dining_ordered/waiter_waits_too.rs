//! verdict: NotConcurrent
//! misconception: one-big-lock
//!
//! Only one guest at a time may pick up forks, so no circle can form; meals themselves may overlap. But
//! a guest who waits for a fork still holds up the waiter, and with the waiter everybody, even guests
//! whose forks lie on the table.

use kit::sync::{Mutex, MutexGuard, PoisonError};

/// What lies between two seats.
#[derive(Debug, Default)]
pub struct Fork {
    /// How many meals have begun with it.
    pub uses: u64,
}

/// A round table with a fork between any two neighbouring seats.
pub struct Table {
    waiter: Mutex<Waiter>,
    forks: Vec<Mutex<Fork>>,
}

/// Serves one guest at a time.
struct Waiter;

impl Table {
    /// Lays a table for `seats` guests.
    pub fn new(seats: usize) -> Self {
        assert!(seats >= 2, "a table needs at least two seats");
        Table {
            waiter: Mutex::new(Waiter),
            forks: (0..seats).map(|_| Mutex::new(Fork::default())).collect(),
        }
    }

    /// The number of seats, which is the number of forks.
    pub fn seats(&self) -> usize {
        self.forks.len()
    }

    // ANCHOR: dine
    /// Calls the waiter, picks up both forks, lets the waiter go, eats.
    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        assert!(seat < self.seats(), "this table has no seat {seat}");
        let waiter = self.waiter.lock().unwrap_or_else(PoisonError::into_inner);
        let mut left = self.pick_up(seat);
        let mut right = self.pick_up((seat + 1) % self.seats());
        drop(waiter);
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
