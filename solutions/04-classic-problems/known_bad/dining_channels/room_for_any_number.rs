//! verdict: WrongAnswer
//! misconception: send-never-blocks
//!
//! Puts forks down twice, once by a line and once by a guard, and when that got stuck took a
//! channel that is never full. Nothing is stuck any more: with each meal there is one more of each fork.

use kit::channel::{Receiver, Sender, unbounded};

/// What lies between two seats.
#[derive(Clone, Copy, Debug)]
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
            let (put_down, pick_up) = unbounded();
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
        let mut first = self.pick_up(seat.min(right));
        let mut second = self.pick_up(seat.max(right));
        first.fork.uses += 1;
        second.fork.uses += 1;
        let eaten = eat();
        first.place.send(first.fork).unwrap();
        second.place.send(second.fork).unwrap();
        eaten
    }
    // ANCHOR_END: dine

    /// How many meals have begun with this fork.
    pub fn uses(&self, fork: usize) -> u64 {
        self.pick_up(fork).fork.uses
    }

    fn pick_up(&self, fork: usize) -> InHand<'_> {
        let (place, pick_up) = &self.places[fork];
        InHand {
            fork: pick_up.recv().unwrap(),
            place,
        }
    }
}

/// Puts the fork down, also if the meal panics.
struct InHand<'table> {
    fork: Fork,
    place: &'table Sender<Fork>,
}

impl Drop for InHand<'_> {
    fn drop(&mut self) {
        let _ = self.place.send(self.fork);
    }
}
