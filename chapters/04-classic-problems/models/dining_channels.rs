//! Models of `dining_channels`: small tables, in every order that their threads can run in. At these
//! tables any two guests are neighbours, so at most one eats at a time.

use ch04::dining_channels::Table;
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
    /// A seat, or nobody. Relaxed, for it is to watch the forks and not to help them; each
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

    fn meal(&self, seat: usize) {
        self.table.dine(seat, || {
            let other = self.eating.swap(seat as isize, Relaxed);
            assert!(
                other == NOBODY,
                "seat {seat} and its neighbour, seat {other}, eat at the same time"
            );
            self.eating.swap(NOBODY, Relaxed);
        });
    }

    /// All `meals` are over, and each fork was used for its share of them.
    fn check_uses(&self, meals: usize) {
        let seats = self.table.seats();
        for fork in 0..seats {
            assert_eq!(
                self.table.uses(fork),
                (2 * meals / seats) as u64,
                "uses of fork {fork} after {meals} meals in all"
            );
        }
    }
}

/// A thread that eats once or more at this seat; `P0` in the schedules is the one at seat 0. The last
/// guest of each model is the main thread, which keeps the number of schedules small.
fn guest(dinner: &Arc<Dinner>, seat: usize, meals: usize) -> thread::JoinHandle<()> {
    let dinner = Arc::clone(dinner);
    thread::Builder::new()
        .name(format!("P{seat}"))
        .spawn(move || {
            for _ in 0..meals {
                dinner.meal(seat);
            }
        })
        .unwrap()
}

/// For shuttle alone, which passes over schedules that differ in nothing: loom would need many minutes.
/// What loom adds, weak memory, is asked of the smaller tables.
#[harness::model(explorers = "shuttle")]
fn three_guests_eat_one_meal_each() {
    let dinner = Dinner::new(3);
    let guests = [0, 1].map(|seat| guest(&dinner, seat, 1));
    dinner.meal(2);
    for guest in guests {
        guest.join().unwrap();
    }
    dinner.check_uses(3);
}

#[harness::model]
fn two_guests_eat_two_meals_each() {
    let dinner = Dinner::new(2);
    let guest = guest(&dinner, 0, 2);
    dinner.meal(1);
    dinner.meal(1);
    guest.join().unwrap();
    dinner.check_uses(4);
}

/// Whoever looks at a fork picks it up and must put it down again, also between two meals.
#[harness::model]
fn someone_looks_at_the_forks_between_meals() {
    let dinner = Dinner::new(2);
    let guest = guest(&dinner, 0, 2);
    let seen = dinner.table.uses(1);
    assert!(
        seen <= 2,
        "fork 1 was used {seen} times by a guest who eats twice"
    );
    guest.join().unwrap();
    dinner.check_uses(2);
}
