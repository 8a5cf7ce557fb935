//! verdict: WrongAnswer
//! misconception: guard-lifetime
//!
//! Steps until there is a meal, and then eats. But the meal was a temporary of the loop's condition, and
//! is over when the loop is: `eat` runs with both forks on the table.

use std::mem;

use parking_lot::{Mutex, MutexGuard};
use rand::{RngExt, SeedableRng, rngs::SmallRng};

/// The longest pause, in turns.
pub const LONGEST_PAUSE: u32 = 63;

/// What lies between two seats.
#[derive(Debug, Default)]
pub struct Fork {
    /// How many meals have begun with it.
    pub uses: u64,
}

/// A round table with a fork between any two neighbouring seats.
pub struct Table {
    forks: Vec<Mutex<Fork>>,
    seed: u64,
}

impl Table {
    /// Lays a table for `seats` guests.
    pub fn new(seats: usize, seed: u64) -> Self {
        assert!(seats >= 2, "a table needs at least two seats");
        Table {
            forks: (0..seats).map(|_| Mutex::new(Fork::default())).collect(),
            seed,
        }
    }

    /// The number of seats, which is the number of forks.
    pub fn seats(&self) -> usize {
        self.forks.len()
    }

    /// A guest at this seat, hungry and with empty hands.
    pub fn guest(&self, seat: usize) -> Guest<'_> {
        assert!(seat < self.seats(), "this table has no seat {seat}");
        Guest {
            left: &self.forks[seat],
            right: &self.forks[(seat + 1) % self.seats()],
            state: State::Hungry,
            random: SmallRng::seed_from_u64(self.seed.wrapping_add(seat as u64)),
            failures: 0,
        }
    }

    /// How many meals have begun with this fork.
    pub fn uses(&self, fork: usize) -> u64 {
        self.forks[fork].lock().uses
    }
}

/// Someone who sits at a table and wants to eat.
pub struct Guest<'table> {
    left: &'table Mutex<Fork>,
    right: &'table Mutex<Fork>,
    state: State<'table>,
    random: SmallRng,
    failures: u32,
}

enum State<'table> {
    Hungry,
    OneFork(MutexGuard<'table, Fork>),
    Refused(Option<MutexGuard<'table, Fork>>),
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
    _forks: [MutexGuard<'table, Fork>; 2],
}

impl<'table> Guest<'table> {
    /// Does one thing that the others can see.
    pub fn step(&mut self) -> Step<'table> {
        match mem::replace(&mut self.state, State::Hungry) {
            State::Hungry => match self.left.try_lock() {
                Some(left) => {
                    self.state = State::OneFork(left);
                    Step::OneFork
                }
                None => {
                    self.state = State::Refused(None);
                    Step::Refused
                }
            },
            State::OneFork(mut left) => match self.right.try_lock() {
                Some(mut right) => {
                    self.failures = 0;
                    left.uses += 1;
                    right.uses += 1;
                    Step::Meal(Meal {
                        _forks: [left, right],
                    })
                }
                None => {
                    self.state = State::Refused(Some(left));
                    Step::Refused
                }
            },
            State::Refused(in_hand) => {
                drop(in_hand);
                Step::Pause(self.pause())
            }
        }
    }

    /// The turns to let pass now.
    fn pause(&mut self) -> u32 {
        self.failures = (self.failures + 1).min(6);
        self.random.random_range(0..1 << self.failures)
    }

    // ANCHOR: dine
    /// Takes steps until there is a meal.
    pub fn dine<R>(&mut self, mut pause: impl FnMut(u32), eat: impl FnOnce() -> R) -> R {
        loop {
            match self.step() {
                Step::OneFork | Step::Refused => {}
                Step::Pause(turns) => pause(turns),
                Step::Meal(_) => break,
            }
        }
        eat()
    }
    // ANCHOR_END: dine
}
