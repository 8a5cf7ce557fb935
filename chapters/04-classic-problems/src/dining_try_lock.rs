//! Dining philosophers: try, give back, try again.
//!
//! Philosophers sit at a round table. Between any two seats lies one fork, so there are as many
//! forks as seats: seat `i` has fork `i` on its left and fork `i + 1` on its right, and the last
//! seat has fork 0 on its right. Nobody eats with one fork.
//!
//! These philosophers are polite. Each picks up the left fork and then *looks* whether the right one
//! is there. If it is not, they put the left one down, pause, and begin again. So nobody ever waits
//! with a fork in hand, and no circle of waiting guests can form. But imagine that all of them do the
//! same at the same time: all pick up the left fork, all find the right one gone, all put theirs down,
//! all pause, all pick up the left fork … Everybody is busy and nobody eats. That is a *livelock*.
//!
//! You write a guest as a little machine, [`Guest::step`], so that a test can decide who does what
//! when. A guest goes through these steps, over and over:
//!
//! ```text
//!            left fork there            right fork there
//!   hungry ──────────────────▶ one fork ──────────────────▶ meal
//!    ▲ │                           │
//!    │ └──────── gone ─────────┐   │ gone
//!    │                         ▼   ▼
//!    └──── pause ◀──────────── refused
//!       (empty hands)       (the left fork, if picked up, still in hand)
//! ```
//!
//! What must hold:
//!
//! - **A step never waits** for anybody: forks are taken with [`Mutex::try_lock`].
//! - **A pause is made with empty hands**, and its length is drawn at random: after the `k`-th
//!   failure in a row, from `0..2^k` turns, and never more than [`LONGEST_PAUSE`]. A meal ends the row.
//! - **Each guest rolls their own dice.** All that is left to chance follows from the table's seed and
//!   the seat, so the same dinner can be played again; but two guests of one table pause differently.
//! - **Never together.** Two neighbours, who share a fork, never eat at the same time. Guests who share
//!   no fork can.
//! - **A fork is never lost**, whether a meal panics or a guest leaves in the middle.
//!
//! ```no_run
//! use ch04::dining_try_lock::Table;
//! use std::{thread, time::Duration};
//!
//! let table = Table::new(5, 2024);
//! let pause = |turns: u32| thread::sleep(turns * Duration::from_micros(20));
//! let eaten = table.guest(3).dine(pause, || "noodles");
//! assert_eq!((eaten, table.uses(3), table.uses(4)), ("noodles", 1, 1));
//! ```
//!
//! Beside `kit` you have [`parking_lot`] and [`rand`], where a generator is made and asked like this:
//!
//! ```
//! use rand::{RngExt, SeedableRng, rngs::SmallRng};
//!
//! let mut random = SmallRng::seed_from_u64(7);
//! let die: u32 = random.random_range(1..=6);
//! ```

use parking_lot::{Mutex, MutexGuard};

/// The longest pause, in turns.
pub const LONGEST_PAUSE: u32 = 63;

/// What lies between two seats.
#[derive(Debug, Default)]
pub struct Fork {
    /// How many meals have begun with it.
    pub uses: u64,
}

/// A round table with a fork between any two neighbouring seats. The fields are a suggestion.
pub struct Table {
    /// Fork `i` is at index `i`.
    forks: Vec<Mutex<Fork>>,
    seed: u64,
}

impl Table {
    /// Lays a table for `seats` guests, with as many forks, none of them used yet. All that is left
    /// to chance follows from `seed`.
    ///
    /// # Panics
    ///
    /// If `seats` is 0 or 1, with a message that begins `a table needs at least two seats`.
    pub fn new(seats: usize, seed: u64) -> Self {
        let _ = (seats, seed);
        todo!(
            "lay the table: panic with `a table needs at least two seats` if there are fewer, \
             otherwise make one `Mutex<Fork>` for each seat, and keep the seed"
        )
    }

    /// The number of seats, which is the number of forks.
    pub fn seats(&self) -> usize {
        let _ = (&self.forks, self.seed);
        todo!("return the number of seats")
    }

    /// A guest at this seat, hungry and with empty hands.
    ///
    /// # Panics
    ///
    /// If there is no such seat.
    pub fn guest(&self, seat: usize) -> Guest<'_> {
        let _ = seat;
        todo!("make a guest who knows the table and the seat, and has dice of their own")
    }

    /// How many meals have begun with this fork.
    ///
    /// May wait until it lies on the table, so do not call it with that fork in hand.
    ///
    /// # Panics
    ///
    /// If there is no such fork.
    pub fn uses(&self, fork: usize) -> u64 {
        let _ = fork;
        todo!("lock this fork and return its count")
    }
}

/// Someone who sits at a table and wants to eat. Dropping a guest puts down what is in hand.
pub struct Guest<'table> {
    table: &'table Table,
    seat: usize,
    /// The left fork, while it is in hand. What else must a guest remember between two steps?
    left: Option<MutexGuard<'table, Fork>>,
}

/// What a guest did in one step.
pub enum Step<'table> {
    /// Picked up the left fork.
    OneFork,
    /// Reached for a fork, and somebody else has it.
    Refused,
    /// Put down what was in hand, and now lets this many turns pass.
    Pause(u32),
    /// Picked up the right fork too.
    Meal(Meal<'table>),
}

/// Both forks in hand. Dropping it puts them down.
pub struct Meal<'table> {
    /// A suggestion. Nobody reads it; it is here to be dropped.
    _forks: [MutexGuard<'table, Fork>; 2],
}

impl<'table> Guest<'table> {
    /// Does one thing that the others can see, and never waits for anybody:
    ///
    /// - with empty hands, picks up the left fork ([`Step::OneFork`]), or finds it gone
    ///   ([`Step::Refused`]);
    /// - with the left fork in hand, picks up the right one too, which counts as a use of both
    ///   ([`Step::Meal`]), or finds it gone and keeps the left one for the moment ([`Step::Refused`]);
    /// - after [`Step::Refused`], puts down what is in hand ([`Step::Pause`]).
    ///
    /// After a pause, and when a meal has begun, the guest is as at the start: hungry, with empty
    /// hands. (The forks of a meal are in the [`Meal`].) The pause is for the caller to make.
    pub fn step(&mut self) -> Step<'table> {
        let _ = (self.table, self.seat, self.left.is_some());
        todo!(
            "take one step: which one depends on what is in hand, and on what the last one came to"
        )
    }

    /// Takes steps until there is a meal, runs `eat` with both forks in hand, puts them down and
    /// returns what `eat` returned. For a pause it calls `pause` with the number of turns; how long a
    /// turn is, is the caller's to say.
    ///
    /// # Panics
    ///
    /// If `eat` panics, with the same panic: both forks are on the table again.
    pub fn dine<R>(&mut self, pause: impl FnMut(u32), eat: impl FnOnce() -> R) -> R {
        let _ = (pause, eat);
        todo!(
            "take steps; hand each pause to `pause`; when there is a meal, call `eat` and keep it meanwhile"
        )
    }
}
