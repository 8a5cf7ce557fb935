//! verdict: WrongAnswer
//! misconception: guard-lifetime
//!
//! Picks the forks up in a loop, in the right order, and eats after it. A guard lives to the end of the
//! block that made it: here, of one turn of the loop. The meal begins with empty hands.

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
    /// Both forks, in order, then the meal.
    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        assert!(seat < self.seats(), "this table has no seat {seat}");
        let mut forks = [seat, (seat + 1) % self.seats()];
        forks.sort();
        for fork in forks {
            let mut fork = self.pick_up(fork);
            fork.uses += 1;
        }
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
