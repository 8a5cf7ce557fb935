//! slowdown: 1.1
//!
//! Counts the meals of the whole table as well, in one atomic that every meal writes.

use kit::sync::atomic::{AtomicU64, Ordering::Relaxed};
use kit::sync::{Mutex, MutexGuard, PoisonError};

/// What lies between two seats.
#[derive(Debug, Default)]
pub struct Fork {
    /// How many meals have begun with it.
    pub uses: u64,
}

/// A round table with a fork between any two neighbouring seats.
pub struct Table {
    /// Fork `i` lies to the left of seat `i`. Each has a lock of its own: guests who share no fork
    /// share no lock.
    forks: Vec<Mutex<Fork>>,
    meals: AtomicU64,
}

impl Table {
    /// Lays a table for `seats` guests, with as many forks, none of them used yet.
    ///
    /// # Panics
    ///
    /// If `seats` is 0 or 1, with a message that begins `a table needs at least two seats`: a guest
    /// alone would have one fork on both sides.
    pub fn new(seats: usize) -> Self {
        assert!(seats >= 2, "a table needs at least two seats");
        Table {
            forks: (0..seats).map(|_| Mutex::new(Fork::default())).collect(),
            meals: AtomicU64::new(0),
        }
    }

    /// The number of seats, which is the number of forks.
    pub fn seats(&self) -> usize {
        self.forks.len()
    }

    /// The guest at `seat` picks up both forks, waiting for them if need be, runs `eat` with both in
    /// hand, puts both down and returns what `eat` returned.
    ///
    /// It counts as a use of both forks as soon as both are in hand, so before `eat` runs.
    ///
    /// # Panics
    ///
    /// If there is no such seat; `eat` does not run then. If `eat` panics, with the same panic:
    /// both forks are on the table again, and the next guest can use them.
    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        assert!(seat < self.seats(), "this table has no seat {seat}");
        let left = seat;
        let right = (seat + 1) % self.seats();

        // Lower number first, whichever hand that is. Whoever waits holds at most a fork with a
        // lower number than the one waited for. So along a chain "waits for a fork held by someone
        // who waits for a fork …" the numbers only rise: the chain cannot close to a circle, and
        // its end holds all that they need.
        let mut first = self.pick_up(left.min(right));
        let mut second = self.pick_up(left.max(right));
        // Relaxed: a number for people to look at.
        self.meals.fetch_add(1, Relaxed);
        first.uses += 1;
        second.uses += 1;

        // The guards live to the end of the function, so `eat` runs with both forks in hand; and
        // if it panics, unwinding drops them just the same.
        eat()
    }

    /// How many meals have begun with this fork.
    ///
    /// May wait until nobody eats with it, so do not call it from within `eat`.
    ///
    /// # Panics
    ///
    /// If there is no such fork.
    pub fn uses(&self, fork: usize) -> u64 {
        self.pick_up(fork).uses
    }

    /// Locks a fork, poisoned or not: `eat` cannot reach the count, so a panic in it leaves nothing
    /// half done that a poisoned lock would have to warn of.
    fn pick_up(&self, fork: usize) -> MutexGuard<'_, Fork> {
        self.forks[fork]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
