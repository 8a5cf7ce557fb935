//! Dining philosophers without a lock: a fork is a value, and its place on the table is a channel with
//! room for one.
//!
//! To pick a fork up is to receive it, to put it down is to send it back. A value has one owner, so a
//! fork is in one hand or on the table, and no lock is needed for that. Two things do not come with the
//! channel: an order, so that nobody waits in a circle, and a guard, so that a fork is put down whatever
//! happens. See [`Table::dine`] and [`InHand`].
//!
//! ```
//! use ch04_solutions::dining_channels::Table;
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

use kit::channel::{Receiver, Sender, bounded};

/// What lies between two seats. It cannot be copied: there are as many forks as places.
#[derive(Debug)]
pub struct Fork {
    /// How many meals have begun with it.
    pub uses: u64,
}

/// A round table with a fork between any two neighbouring seats.
pub struct Table {
    /// Place `i` lies to the left of seat `i`.
    places: Vec<Place>,
}

/// Where a fork lies while nobody has it in hand: one fork, and room for one.
///
/// The table keeps both ends for as long as it lives. So neither end ever sees the other one gone, which
/// also means that nobody is told of a fork that is lost: they would wait for it for ever.
struct Place {
    put_down: Sender<Fork>,
    pick_up: Receiver<Fork>,
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
            places: (0..seats).map(|_| Place::laid()).collect(),
        }
    }

    /// The number of seats, which is the number of forks.
    pub fn seats(&self) -> usize {
        self.places.len()
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

        // Lower number first. To receive from an empty place is to wait for whoever has its fork, just
        // as to lock a mutex is; so without an order the waits can close to a circle here as well.
        let mut first = self.places[left.min(right)].pick_up();
        let mut second = self.places[left.max(right)].pick_up();
        first.fork().uses += 1;
        second.fork().uses += 1;

        // Both are dropped, and so put down, after `eat` has returned, or while its panic unwinds.
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
        // Like everybody else: pick it up, look, put it down.
        self.places[fork].pick_up().fork().uses
    }
}

impl Place {
    fn laid() -> Place {
        // Room for one: with none, putting down would wait until somebody wants the fork.
        let (put_down, pick_up) = bounded(1);
        let place = Place { put_down, pick_up };
        drop(InHand {
            place: &place,
            fork: Some(Fork { uses: 0 }),
        });
        place
    }

    /// Waits until the fork is here.
    fn pick_up(&self) -> InHand<'_> {
        let fork = self.pick_up.recv();
        InHand {
            place: self,
            fork: Some(fork.expect("the place has a sender itself")),
        }
    }
}

/// A fork in somebody's hand, which goes back to its own place when this is dropped: after a meal, and
/// also when a panic unwinds through it. A mutex has such a guard, a channel has none, so here is one.
struct InHand<'table> {
    place: &'table Place,
    /// `None` only while it is put down.
    fork: Option<Fork>,
}

impl InHand<'_> {
    fn fork(&mut self) -> &mut Fork {
        self.fork
            .as_mut()
            .expect("it is in hand until it is dropped")
    }
}

impl Drop for InHand<'_> {
    fn drop(&mut self) {
        // Moved, so it cannot be put down twice. The place is empty, since its only fork is here; so
        // this never waits, and need not. Were there a second fork, we would rather be told.
        let put_down = self
            .fork
            .take()
            .map(|fork| self.place.put_down.try_send(fork));
        debug_assert!(matches!(put_down, Some(Ok(()))), "two forks for one place");
    }
}
