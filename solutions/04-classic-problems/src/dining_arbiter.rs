//! Dining philosophers: a waiter at the door.
//!
//! Everyone reaches for the left fork and then for the right one, which would be a deadlock if all
//! did so at once. A waiter gives numbers to those who come, and lets a guest to the forks only if
//! the number is close to the lowest one still hungry. One rule, two promises: see
//! [`Table::let_in`].
//!
//! ```
//! use ch04_solutions::dining_arbiter::Table;
//!
//! let table = Table::new(5);
//! kit::thread::scope(|scope| {
//!     for seat in 0..table.seats() {
//!         let table = &table;
//!         scope.spawn(move || table.dine(seat, || println!("seat {seat} eats")));
//!     }
//! });
//!
//! let guest = table.arrive(3); // has a number, and is hungry
//! assert_eq!(guest.dine(|| "noodles"), "noodles");
//! ```

use kit::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::collections::BTreeSet;

/// A round table with a fork between any two neighbouring seats, and a waiter at the door.
pub struct Table {
    /// Fork `i` lies to the left of seat `i`.
    forks: Vec<Mutex<()>>,
    /// Locked for a moment only: nobody waits for a fork, or eats, with this lock in hand.
    line: Mutex<Line>,
    /// Someone is no longer hungry. Waited for with `line`, by guests who each wait for a number of
    /// their own to come into reach.
    moved: Condvar,
}

/// What the waiter knows.
struct Line {
    /// The number that the next guest gets.
    next: u64,
    /// Those who have come, and neither begun a meal nor left.
    hungry: BTreeSet<u64>,
}

impl Table {
    /// Lays a table for `seats` guests, with as many forks.
    ///
    /// # Panics
    ///
    /// If `seats` is 0 or 1, with a message that begins `a table needs at least two seats`: a guest
    /// alone would have one fork on both sides.
    pub fn new(seats: usize) -> Self {
        assert!(seats >= 2, "a table needs at least two seats");
        Table {
            forks: (0..seats).map(|_| Mutex::new(())).collect(),
            line: Mutex::new(Line {
                next: 0,
                hungry: BTreeSet::new(),
            }),
            moved: Condvar::new(),
        }
    }

    /// The number of seats, which is the number of forks.
    pub fn seats(&self) -> usize {
        self.forks.len()
    }

    /// A guest for `seat` comes in and gets the next number. Waits for nobody.
    ///
    /// # Panics
    ///
    /// If there is no such seat; no number is given then.
    pub fn arrive(&self, seat: usize) -> Guest<'_> {
        assert!(seat < self.seats(), "this table has no seat {seat}");
        // Numbered and in the line in one critical section: nobody with a higher number can look
        // at the line before this one is in it.
        let mut line = self.line();
        let number = line.next;
        line.next += 1;
        line.hungry.insert(number);
        Guest {
            table: self,
            seat,
            number,
        }
    }

    /// Comes in and dines: [`arrive`](Table::arrive), then [`Guest::dine`].
    ///
    /// # Panics
    ///
    /// As those two.
    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        self.arrive(seat).dine(eat)
    }

    /// Waits until the guest with this number may reach for the forks: until the number is less than
    /// N − 1 above the lowest hungry one.
    ///
    /// No deadlock: at any time, those who hold one fork and wait for the other are hungry and were let
    /// in, so their numbers are among N − 1 in a row. The circle needs N of them. (The lowest never
    /// falls, so who was in reach once stays in reach.)
    ///
    /// No starvation: as long as a guest is hungry, the lowest is at most that guest's number, so of
    /// all who come later only the next N − 2 are let in.
    fn let_in(&self, number: u64) {
        let reach = self.seats() as u64 - 1;
        let out_of_reach = |line: &mut Line| {
            let lowest = line.hungry.first().expect("this guest is hungry");
            number >= lowest + reach
        };
        // The lowest changes only in `Guest::drop`, under the lock, and `wait_while` gives that lock
        // up and falls asleep in one step: no change comes between the look and the sleep. In a
        // loop, as being woken says only that the line has moved, for somebody.
        let line = self.moved.wait_while(self.line(), out_of_reach);
        drop(line.unwrap_or_else(PoisonError::into_inner));
    }

    /// Never poisoned by a meal, which runs without it. Poisoned or not, it is as good as before:
    /// each change to it is a single one.
    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Locks a fork, poisoned or not: there is nothing behind the lock that a panic could have left
    /// half done.
    fn pick_up(&self, fork: usize) -> MutexGuard<'_, ()> {
        self.forks[fork]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A guest who has come and is hungry. Dropped without a meal, the guest leaves again.
#[must_use = "a guest who is dropped leaves without a meal"]
pub struct Guest<'a> {
    table: &'a Table,
    seat: usize,
    number: u64,
}

impl Guest<'_> {
    /// Waits for the waiter's permission, picks up the left fork and then the right one, runs `eat`
    /// with both in hand, puts both down and returns what `eat` returned.
    ///
    /// With both forks in hand the guest counts as hungry no longer.
    ///
    /// # Panics
    ///
    /// If `eat` panics, with the same panic: both forks are on the table again, and the others go on.
    pub fn dine<R>(self, eat: impl FnOnce() -> R) -> R {
        let table = self.table;
        table.let_in(self.number);
        let _left = table.pick_up(self.seat);
        let _right = table.pick_up((self.seat + 1) % table.seats());
        // No longer hungry: the meal, however long it is, holds up nobody but the two neighbours. And
        // if it panics, all that is left to do is what guards do.
        drop(self);
        eat()
    }
}

impl Drop for Guest<'_> {
    /// Hungry no longer: about to eat, or gone.
    fn drop(&mut self) {
        self.table.line().hungry.remove(&self.number);
        // All, for this may bring several numbers into reach, and only those who sleep know which:
        // the one that `notify_one` picks may be another, who falls asleep again.
        self.table.moved.notify_all();
    }
}
