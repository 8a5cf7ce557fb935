//! verdict: Starvation
//! misconception: fair-system
//!
//! Seats at most N − 1 at a time, whoever comes first when a place gets free. That is enough against
//! the deadlock, and the learner leaves the rest to the lock and the scheduler. Neither is fair: a
//! guest can be passed over again and again, by others who have just eaten.

use kit::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// A round table, and a waiter at the door.
pub struct Table {
    forks: Vec<Mutex<()>>,
    line: Mutex<Line>,
    moved: Condvar,
}

struct Line {
    seated: usize,
}

impl Table {
    pub fn new(seats: usize) -> Self {
        assert!(seats >= 2, "a table needs at least two seats");
        Table {
            forks: (0..seats).map(|_| Mutex::new(())).collect(),
            line: Mutex::new(Line { seated: 0 }),
            moved: Condvar::new(),
        }
    }

    pub fn seats(&self) -> usize {
        self.forks.len()
    }

    pub fn arrive(&self, seat: usize) -> Guest<'_> {
        assert!(seat < self.seats(), "this table has no seat {seat}");
        Guest { table: self, seat }
    }

    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        self.arrive(seat).dine(eat)
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
}

/// A place at the table. It is free again when this is dropped.
struct Place<'a>(&'a Table);

impl Guest<'_> {
    pub fn dine<R>(self, eat: impl FnOnce() -> R) -> R {
        let table = self.table;
        // ANCHOR: waiter
        let mut line = table.line();
        while line.seated == table.seats() - 1 {
            line = table
                .moved
                .wait(line)
                .unwrap_or_else(PoisonError::into_inner);
        }
        line.seated += 1;
        drop(line);
        let _place = Place(table);
        // ANCHOR_END: waiter
        let _left = table.pick_up(self.seat);
        let _right = table.pick_up((self.seat + 1) % table.seats());
        eat()
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.line().seated -= 1;
        self.0.moved.notify_one();
    }
}
