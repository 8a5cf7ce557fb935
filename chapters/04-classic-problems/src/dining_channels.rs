//! Dining philosophers: forks in channels.
//!
//! Philosophers sit at a round table. Between any two seats lies one fork, so there are as many
//! forks as seats: seat `i` has fork `i` on its left and fork `i + 1` on its right, and the last
//! seat has fork 0 on its right. Nobody eats with one fork. A philosopher picks up both, eats, and
//! puts both down again.
//!
//! There is no mutex this time. A fork is a *value*, and its place on the table is a **channel with
//! room for one**. While the fork lies there, the channel is full. To pick it up is to receive it: it
//! moves out of the channel and into your hand, and whoever comes next finds the channel empty and
//! waits. To put it down is to send it back. What must hold:
//!
//! - **Never together.** Two neighbours, who share a fork, never eat at the same time.
//! - **No deadlock.** Whatever order the threads run in, everyone who wants to eat does eat.
//! - **At the same time.** A philosopher waits for their own two forks and for nothing else: if
//!   both are on the table, the meal begins at once, whoever else eats or waits elsewhere.
//! - **A panic is one guest's trouble.** If a meal panics, the panic goes to the caller of `dine`,
//!   both forks are back on the table, and the others go on eating with them.
//! - **As many forks as seats**, at any time: none gets lost, none comes into being.
//!
//! Who has to wait, sleeps (as in [`Receiver::recv`]); nobody spins.
//!
//! A mutex gives you a guard, which unlocks it however you leave. A channel does not: it does not know
//! that what it has given you is to come back. The thing to find is *who puts the fork down if `eat`
//! never returns*.
//!
//! ```no_run
//! use ch04::dining_channels::Table;
//!
//! let table = Table::new(5);
//! kit::thread::scope(|scope| {
//!     for seat in 0..table.seats() {
//!         let table = &table;
//!         scope.spawn(move || table.dine(seat, || println!("seat {seat} eats")));
//!     }
//! });
//! assert_eq!(table.uses(0), 2); // by seat 0, and by seat 4
//! ```

use kit::channel::{Receiver, Sender};

/// What lies between two seats.
#[derive(Debug)]
pub struct Fork {
    /// How many meals have begun with it.
    pub uses: u64,
}

/// A round table with a fork between any two neighbouring seats. The field is a suggestion.
pub struct Table {
    /// Both ends of the channel that fork `i` lies in are at index `i`.
    places: Vec<(Sender<Fork>, Receiver<Fork>)>,
}

impl Table {
    /// Lays a table for `seats` guests, with as many forks, none of them used yet.
    ///
    /// # Panics
    ///
    /// If `seats` is 0 or 1, with a message that begins `a table needs at least two seats`: a guest
    /// alone would have one fork on both sides.
    pub fn new(seats: usize) -> Self {
        let _ = seats;
        todo!(
            "lay the table: panic with `a table needs at least two seats` if there are fewer, \
             otherwise make a channel with room for one for each seat, and put a fork into each"
        )
    }

    /// The number of seats, which is the number of forks.
    pub fn seats(&self) -> usize {
        let _ = &self.places;
        todo!("return the number of seats")
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
        let _ = (seat, eat);
        todo!(
            "receive the two forks of this seat (which one first?), count a use of each, call `eat`, \
             and see to it that both are sent back, also if `eat` panics"
        )
    }

    /// How many meals have begun with this fork.
    ///
    /// May wait until nobody eats with it, so do not call it from within `eat`.
    ///
    /// # Panics
    ///
    /// If there is no such fork.
    pub fn uses(&self, fork: usize) -> u64 {
        let _ = fork;
        todo!("pick this fork up, look at its count, and put it down again")
    }
}
