//! verdict: Deadlock
//! misconception: panic-is-local
//!
//! Seats are counted up before the meal and down by a line after it. A panic in the meal does not pass
//! by that line: the seat stays taken for ever, and after N − 1 panics nobody is let in.

use kit::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::collections::BTreeSet;

/// A round table, and a waiter at the door.
pub struct Table {
    forks: Vec<Mutex<()>>,
    line: Mutex<Line>,
    moved: Condvar,
}

struct Line {
    next: u64,
    hungry: BTreeSet<u64>,
    seated: usize,
}

impl Table {
    pub fn new(seats: usize) -> Self {
        assert!(seats >= 2, "a table needs at least two seats");
        Table {
            forks: (0..seats).map(|_| Mutex::new(())).collect(),
            line: Mutex::new(Line {
                next: 0,
                hungry: BTreeSet::new(),
                seated: 0,
            }),
            moved: Condvar::new(),
        }
    }

    pub fn seats(&self) -> usize {
        self.forks.len()
    }

    pub fn arrive(&self, seat: usize) -> Guest<'_> {
        assert!(seat < self.seats(), "this table has no seat {seat}");
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

    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        self.arrive(seat).dine(eat)
    }

    fn out_of_reach(&self, line: &Line, number: u64) -> bool {
        line.seated == self.seats() - 1
            || number >= line.hungry.first().unwrap() + self.seats() as u64 - 1
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn pick_up(&self, fork: usize) -> MutexGuard<'_, ()> {
        self.forks[fork]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// A guest who has come and is hungry.
#[must_use = "a guest who is dropped leaves without a meal"]
pub struct Guest<'a> {
    table: &'a Table,
    seat: usize,
    number: u64,
}

impl Guest<'_> {
    pub fn dine<R>(self, eat: impl FnOnce() -> R) -> R {
        let table = self.table;
        let mut line = table.line();
        while table.out_of_reach(&line, self.number) {
            line = table
                .moved
                .wait(line)
                .unwrap_or_else(PoisonError::into_inner);
        }
        line.seated += 1;
        drop(line);
        let left = table.pick_up(self.seat);
        let right = table.pick_up((self.seat + 1) % table.seats());
        drop(self);
        // ANCHOR: meal
        let meal = eat();
        drop((left, right));
        table.line().seated -= 1;
        table.moved.notify_all();
        meal
        // ANCHOR_END: meal
    }
}

impl Drop for Guest<'_> {
    fn drop(&mut self) {
        self.table.line().hungry.remove(&self.number);
        self.table.moved.notify_all();
    }
}
