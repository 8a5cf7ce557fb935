//! verdict: WrongAnswer
//! misconception: check-then-act
//!
//! Does not want to wait, and takes what `try_recv` gives; if it gives nothing, a new fork will do. The
//! neighbour is eating with the old one.

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

    /// The fork with the lower number first.
    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        assert!(seat < self.seats(), "this table has no seat {seat}");
        let right = (seat + 1) % self.seats();
        let mut first = self.pick_up(seat.min(right));
        let mut second = self.pick_up(seat.max(right));
        first.uses += 1;
        second.uses += 1;
        eat()
    }

    /// How many meals have begun with this fork.
    pub fn uses(&self, fork: usize) -> u64 {
        self.pick_up(fork).uses
    }

    // ANCHOR: guard
    fn pick_up(&self, fork: usize) -> InHand<'_> {
        let (put_down, pick_up) = &self.places[fork];
        InHand {
            uses: pick_up.try_recv().map_or(0, |fork| fork.uses),
            put_down,
        }
    }
    // ANCHOR_END: guard
}

/// Puts the fork down when it is dropped.
struct InHand<'table> {
    uses: u64,
    put_down: &'table Sender<Fork>,
}

impl Drop for InHand<'_> {
    fn drop(&mut self) {
        let _ = self.put_down.try_send(Fork { uses: self.uses });
    }
}
