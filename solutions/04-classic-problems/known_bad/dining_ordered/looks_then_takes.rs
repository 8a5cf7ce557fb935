//! verdict: BadInterleaving
//! misconception: check-then-act
//!
//! Waits until both forks are down, and then takes them, in two steps with the lock let go in between.
//! Two neighbours who look at the same moment both see a free fork, and both take it.

use kit::sync::{Condvar, Mutex};

/// What lies between two seats.
#[derive(Clone, Debug, Default)]
pub struct Fork {
    /// How many meals have begun with it.
    pub uses: u64,
    /// Whether it is in someone's hand.
    pub taken: bool,
}

/// A round table with a fork between any two neighbouring seats.
pub struct Table {
    seats: usize,
    forks: Mutex<Vec<Fork>>,
    put_down: Condvar,
}

/// Two forks in hand; puts them down when dropped, also in a panic.
struct Hands<'a> {
    table: &'a Table,
    hands: [usize; 2],
}

impl Drop for Hands<'_> {
    fn drop(&mut self) {
        let mut forks = self.table.forks.lock().unwrap();
        for fork in self.hands {
            forks[fork].taken = false;
        }
        self.table.put_down.notify_all();
    }
}

impl Table {
    /// Lays a table for `seats` guests.
    pub fn new(seats: usize) -> Self {
        assert!(seats >= 2, "a table needs at least two seats");
        Table {
            seats,
            forks: Mutex::new(vec![Fork::default(); seats]),
            put_down: Condvar::new(),
        }
    }

    /// The number of seats, which is the number of forks.
    pub fn seats(&self) -> usize {
        self.seats
    }

    /// Waits until both forks are down, takes both, eats, puts both down.
    pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {
        assert!(seat < self.seats, "this table has no seat {seat}");
        let hands = [seat, (seat + 1) % self.seats];
        self.wait_for(hands);
        self.take(hands);
        let _hands = Hands { table: self, hands };
        eat()
    }

    fn wait_for(&self, hands: [usize; 2]) {
        let mut forks = self.forks.lock().unwrap();
        while hands.iter().any(|&fork| forks[fork].taken) {
            forks = self.put_down.wait(forks).unwrap();
        }
    }

    fn take(&self, hands: [usize; 2]) {
        let mut forks = self.forks.lock().unwrap();
        for fork in hands {
            forks[fork].taken = true;
            forks[fork].uses += 1;
        }
    }

    /// How many meals have begun with this fork.
    pub fn uses(&self, fork: usize) -> u64 {
        self.forks.lock().unwrap()[fork].uses
    }
}
