//! verdict: Deadlock
//! misconception: panic-is-local
//!
//! Sends both forks back after the meal. If the meal panics, the forks are local variables that are
//! dropped while it unwinds: they are gone, and both neighbours wait at empty places for ever.

use kit::channel::{Receiver, Sender, bounded};

/// What lies between two seats.
#[derive(Debug)]
pub struct Fork {
    /// How many meals have begun with it.
    pub uses: u64,
}

/// A round table with a fork between any two neighbouring seats.
pub struct Table {
    places: Vec<(Sender<Fork>, Receiver<Fork>)>,
}

impl Table {
    /// Lays a table for `seats` guests.
    pub fn new(seats: usize) -> Self {
        assert!(seats >= 2, "a table needs at least two seats");
        let place = |_| {
            let (put_down, pick_up) = bounded(1);
            put_down.send(Fork { uses: 0 }).unwrap();
            (put_down, pick_up)
        };
        Table {
            places: (0..seats).map(place).collect(),
        }
    }

    /// The number of seats, which is the number of forks.
    pub fn seats(&self) -> usize {
        self.places.len()
    }

    // ANCHOR: dine
    /// The fork with the lower number first.
    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        assert!(seat < self.seats(), "this table has no seat {seat}");
        let right = (seat + 1) % self.seats();
        let (low, high) = (&self.places[seat.min(right)], &self.places[seat.max(right)]);
        let mut first = low.1.recv().unwrap();
        let mut second = high.1.recv().unwrap();
        first.uses += 1;
        second.uses += 1;
        let eaten = eat();
        low.0.send(first).unwrap();
        high.0.send(second).unwrap();
        eaten
    }
    // ANCHOR_END: dine

    /// How many meals have begun with this fork.
    pub fn uses(&self, fork: usize) -> u64 {
        let (put_down, pick_up) = &self.places[fork];
        let fork = pick_up.recv().unwrap();
        let uses = fork.uses;
        put_down.send(fork).unwrap();
        uses
    }
}
