//! verdict: WrongAnswer
//! misconception: semaphore-as-integer
//!
//! Counts forks instead of placing them: one channel holds as many forks as there are seats, and whoever
//! wants to eat takes any two. Neighbours can eat together with forks from the other side of the table.

use kit::channel::{Receiver, Sender, bounded};

/// What lies between two seats.
#[derive(Debug)]
pub struct Fork {
    /// How many meals have begun with it.
    pub uses: u64,
}

/// A round table with a fork between any two neighbouring seats.
pub struct Table {
    seats: usize,
    bowl: (Sender<Fork>, Receiver<Fork>),
}

impl Table {
    // ANCHOR: new
    /// Lays a table for `seats` guests.
    pub fn new(seats: usize) -> Self {
        assert!(seats >= 2, "a table needs at least two seats");
        let (put_down, pick_up) = bounded(seats);
        for _ in 0..seats {
            put_down.send(Fork { uses: 0 }).unwrap();
        }
        Table {
            seats,
            bowl: (put_down, pick_up),
        }
    }
    // ANCHOR_END: new

    /// The number of seats, which is the number of forks.
    pub fn seats(&self) -> usize {
        self.seats
    }

    /// Any two forks.
    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        assert!(seat < self.seats(), "this table has no seat {seat}");
        let mut first = self.pick_up();
        let mut second = self.pick_up();
        first.uses += 1;
        second.uses += 1;
        eat()
    }

    /// How many meals have begun with this fork.
    pub fn uses(&self, fork: usize) -> u64 {
        let _ = fork;
        self.pick_up().uses
    }

    fn pick_up(&self) -> InHand<'_> {
        let (put_down, pick_up) = &self.bowl;
        InHand {
            uses: pick_up.recv().unwrap().uses,
            put_down,
        }
    }
}

/// Puts the fork down when it is dropped.
struct InHand<'table> {
    uses: u64,
    put_down: &'table Sender<Fork>,
}

impl Drop for InHand<'_> {
    fn drop(&mut self) {
        let _ = self.put_down.send(Fork { uses: self.uses });
    }
}
