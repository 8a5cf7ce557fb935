//! Models of `dining_arbiter`: small tables, in every order that their threads can run in. At these
//! tables any two guests are neighbours, so at most one eats at a time. How often a guest is passed
//! over is for the tests to count: nobody outside can tell the moment at which the second fork is in
//! hand.
//!
//! The waiter needs locks and condition variables only, of which every explorer knows the meaning. So
//! the larger models are for shuttle, which leaves out the schedules that differ in nothing; loom, for
//! weaker memory, has the smallest one to itself.

use ch04::dining_arbiter::{Guest, Table};
use kit::{
    sync::{
        Arc,
        atomic::{AtomicIsize, Ordering::Relaxed},
    },
    thread,
};

const NOBODY: isize = -1;

/// A table where everybody is everybody's neighbour, and the guest who eats at it.
struct Dinner {
    table: Table,
    /// A seat, or nobody. Relaxed, for it is to watch the forks' locks and not to help them; each
    /// `swap` finds the latest value all the same, and is a step at which others may run.
    eating: AtomicIsize,
}

impl Dinner {
    fn new(seats: usize) -> Arc<Dinner> {
        Arc::new(Dinner {
            table: Table::new(seats),
            eating: AtomicIsize::new(NOBODY),
        })
    }

    fn meal(&self, guest: Guest<'_>, seat: usize) {
        guest.dine(|| {
            let other = self.eating.swap(seat as isize, Relaxed);
            assert!(
                other == NOBODY,
                "seat {seat} and its neighbour, seat {other}, eat at the same time"
            );
            self.eating.swap(NOBODY, Relaxed);
        });
    }
}

/// A thread that does something at this seat; `P0` in the schedules is the one at seat 0. The last
/// guest of each model is the main thread, which keeps the number of schedules small.
fn guest(
    dinner: &Arc<Dinner>,
    seat: usize,
    evening: impl FnOnce(&Dinner) + Send + 'static,
) -> thread::JoinHandle<()> {
    let dinner = Arc::clone(dinner);
    thread::Builder::new()
        .name(format!("P{seat}"))
        .spawn(move || evening(&dinner))
        .unwrap()
}

#[harness::model(explorers = "shuttle")]
fn three_guests_eat_one_meal_each() {
    let dinner = Dinner::new(3);
    let first = dinner.table.arrive(2);
    let guests = [0, 1].map(|seat| {
        guest(&dinner, seat, move |dinner| {
            dinner.meal(dinner.table.arrive(seat), seat);
        })
    });
    dinner.meal(first, 2);
    for guest in guests {
        guest.join().unwrap();
    }
}

#[harness::model(explorers = "shuttle")]
fn two_guests_come_and_eat_two_meals_each() {
    let dinner = Dinner::new(2);
    let other = guest(&dinner, 0, |dinner| {
        for _ in 0..2 {
            dinner.meal(dinner.table.arrive(0), 0);
        }
    });
    for _ in 0..2 {
        dinner.meal(dinner.table.arrive(1), 1);
    }
    other.join().unwrap();
}

#[harness::model]
fn two_guests_come_and_eat_one_meal_each() {
    let dinner = Dinner::new(2);
    let other = guest(&dinner, 0, |dinner| {
        dinner.meal(dinner.table.arrive(0), 0);
    });
    dinner.meal(dinner.table.arrive(1), 1);
    other.join().unwrap();
}

/// At a table of 2 only the guest with the lowest number may reach for the forks, so whoever leaves
/// without a meal lets the next one in.
#[harness::model(explorers = "shuttle")]
fn the_others_eat_when_one_leaves_without_a_meal() {
    let dinner = Dinner::new(2);
    let leaver = dinner.table.arrive(1);
    let others = [0, 1].map(|seat| {
        guest(&dinner, seat, move |dinner| {
            dinner.meal(dinner.table.arrive(seat), seat);
        })
    });
    drop(leaver);
    for other in others {
        other.join().unwrap();
    }
}
