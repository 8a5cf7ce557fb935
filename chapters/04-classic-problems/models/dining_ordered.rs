//! Models of `dining_ordered`: small tables, in every order that their threads can run in. At these
//! tables any two guests are neighbours, so at most one eats at a time.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use ch04::dining_ordered::Table;
use kit::{
    sync::{Arc, atomic},
    thread,
};

/// A table where everybody is everybody's neighbour, and what is watched at it.
struct Dinner {
    table: Table,
    /// Who eats, as seat + 1; 0 is nobody. The observer's, so not an atomic of the model: looking
    /// adds no step to the schedules.
    eating: AtomicUsize,
    /// A step in the middle of each meal, at which others may run.
    bites: atomic::AtomicUsize,
}

impl Dinner {
    fn new(seats: usize) -> Arc<Dinner> {
        Arc::new(Dinner {
            table: Table::new(seats),
            eating: AtomicUsize::new(0),
            bites: atomic::AtomicUsize::new(0),
        })
    }

    fn meal(&self, seat: usize) {
        self.table.dine(seat, || {
            let other = self.eating.swap(seat + 1, SeqCst);
            assert!(
                other == 0,
                "seat {seat} and its neighbour, seat {}, eat at the same time",
                other - 1
            );
            self.bites.fetch_add(1, atomic::Ordering::Relaxed);
            self.eating.store(0, SeqCst);
        });
    }

    /// All `meals` were eaten, and each fork took part in its share of them.
    fn is_over(&self, meals: usize) {
        assert_eq!(
            self.bites.load(atomic::Ordering::Relaxed),
            meals,
            "meals eaten"
        );
        let share = (2 * meals / self.table.seats()) as u64;
        for fork in 0..self.table.seats() {
            assert_eq!(self.table.uses(fork), share, "uses of fork {fork}");
        }
    }
}

#[harness::model]
fn three_guests_eat_one_meal_each() {
    let dinner = Dinner::new(3);
    let guests = [0, 1].map(|seat| {
        let dinner = Arc::clone(&dinner);
        thread::spawn(move || dinner.meal(seat))
    });
    dinner.meal(2);
    for guest in guests {
        guest.join().unwrap();
    }
    dinner.is_over(3);
}

#[harness::model]
fn two_guests_eat_two_meals_each() {
    let dinner = Dinner::new(2);
    let guest = {
        let dinner = Arc::clone(&dinner);
        thread::spawn(move || {
            dinner.meal(0);
            dinner.meal(0);
        })
    };
    dinner.meal(1);
    dinner.meal(1);
    guest.join().unwrap();
    dinner.is_over(4);
}
