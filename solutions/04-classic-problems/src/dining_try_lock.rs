//! Dining philosophers who are polite: pick up one fork, *try* the other, and if it is gone put the
//! first one down again and try later.
//!
//! Nobody ever waits with a fork in hand, so there is no deadlock. What could still happen is that all
//! do the same at the same time for ever; [`Backoff`] is why they do not.
//!
//! ```
//! use ch04_solutions::dining_try_lock::Table;
//! use std::{thread, time::Duration};
//!
//! let table = Table::new(5, 2024);
//! thread::scope(|scope| {
//!     for seat in 0..table.seats() {
//!         let table = &table;
//!         scope.spawn(move || {
//!             let pause = |turns: u32| thread::sleep(turns * Duration::from_micros(20));
//!             table.guest(seat).dine(pause, || println!("seat {seat} eats"));
//!         });
//!     }
//! });
//! assert_eq!(table.uses(0), 2); // by seat 0, and by seat 4
//! ```

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
    /// Fork `i` lies to the left of seat `i`.
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
    ///
    /// # Panics
    ///
    /// If there is no such seat.
    pub fn guest(&self, seat: usize) -> Guest<'_> {
        assert!(seat < self.seats(), "this table has no seat {seat}");
        Guest {
            left: &self.forks[seat],
            right: &self.forks[(seat + 1) % self.seats()],
            state: State::Hungry,
            // A seed for each guest: with one for all, they would roll the same dice, pause alike, and
            // meet again. The generator scrambles its seed, so neighbouring numbers will do.
            backoff: Backoff::new(self.seed.wrapping_add(seat as u64)),
        }
    }

    /// How many meals have begun with this fork.
    ///
    /// May wait until it lies on the table, so do not call it with that fork in hand.
    ///
    /// # Panics
    ///
    /// If there is no such fork.
    pub fn uses(&self, fork: usize) -> u64 {
        self.forks[fork].lock().uses
    }
}

/// Someone who sits at a table and wants to eat. Dropping a guest puts down what is in hand.
pub struct Guest<'table> {
    left: &'table Mutex<Fork>,
    right: &'table Mutex<Fork>,
    state: State<'table>,
    backoff: Backoff,
}

/// Where a guest is between two steps. Whatever is in hand is in here as a guard: leaving the state
/// puts it down, unless the guard is moved on.
enum State<'table> {
    Hungry,
    OneFork(MutexGuard<'table, Fork>),
    /// A fork was gone; the other one may be in hand.
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
    /// Does one thing that the others can see, and never waits for anybody.
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
            // `try_lock` and not `lock`: whoever waits with a fork in hand can be part of a circle.
            State::OneFork(mut left) => match self.right.try_lock() {
                Some(mut right) => {
                    self.backoff.succeeded();
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
                Step::Pause(self.backoff.failed())
            }
        }
    }

    /// Takes steps until there is a meal, runs `eat` with both forks in hand, puts them down and
    /// returns what `eat` returned. For a pause it calls `pause` with the number of turns, with empty
    /// hands; how long a turn is, is the caller's to say.
    ///
    /// # Panics
    ///
    /// If `eat` panics, with the same panic: both forks are on the table again. There is no poison: a
    /// `parking_lot` mutex is simply unlocked.
    pub fn dine<R>(&mut self, mut pause: impl FnMut(u32), eat: impl FnOnce() -> R) -> R {
        loop {
            match self.step() {
                Step::OneFork | Step::Refused => {}
                Step::Pause(turns) => pause(turns),
                // The name keeps the forks in hand until `eat` has returned, or has panicked.
                Step::Meal(_meal) => return eat(),
            }
        }
    }
}

/// Random pauses, from a range that doubles with each failure in a row: truncated binary exponential
/// back-off, as on an Ethernet cable.
///
/// Random, so that two who failed together are unlikely to come back together. Doubling, since the
/// range that suits depends on how many compete, which nobody knows: failing often is how one finds
/// out. Not without end, so that a run of bad luck does not turn into never.
struct Backoff {
    /// Goes on from pause to pause. One that is made anew each time would say the same each time.
    random: SmallRng,
    /// Failures since the last meal, counted up to [`Self::DOUBLINGS`].
    failures: u32,
}

impl Backoff {
    const DOUBLINGS: u32 = (LONGEST_PAUSE + 1).ilog2();

    fn new(seed: u64) -> Self {
        Backoff {
            random: SmallRng::seed_from_u64(seed),
            failures: 0,
        }
    }

    /// The turns to let pass now.
    fn failed(&mut self) -> u32 {
        self.failures = (self.failures + 1).min(Self::DOUBLINGS);
        self.random.random_range(0..1 << self.failures)
    }

    fn succeeded(&mut self) {
        self.failures = 0;
    }
}
