//! What is measured of `dining_ordered`: meals at a table of five, by one guest, by two who share a fork and
//! by two who do not.

use super::subject::Table;
use paired::{Workload, at_once};
use std::hint;
use std::time::{Duration, Instant};

pub const WORKLOADS: &[Workload] = &[
    Workload {
        name: "one guest",
        unit: "meal",
        run: one_guest,
    },
    Workload {
        name: "two neighbours",
        unit: "meal",
        run: two_neighbours,
    },
    Workload {
        name: "two far apart",
        unit: "meal",
        run: two_far_apart,
    },
];

/// Meals of no length: what picking up and putting down costs.
fn one_guest(meals: u64) -> Duration {
    let table = Table::new(5);
    let began = Instant::now();
    for _ in 0..meals {
        table.dine(0, || ());
    }
    let took = began.elapsed();
    assert_eq!(
        (table.uses(0), table.uses(1)),
        (meals, meals),
        "a meal without a fork"
    );
    took
}

/// They share fork 1, so they eat in turns.
fn two_neighbours(meals: u64) -> Duration {
    let (each, table) = (meals.div_ceil(2), Table::new(5));
    let (took, _) = at_once(2, |seat| {
        for _ in 0..each {
            table.dine(seat, || ());
        }
    });
    assert_eq!(table.uses(1), 2 * each, "a meal without a fork");
    took
}

/// They share nothing, and a meal lasts as long as a few locks.
fn two_far_apart(meals: u64) -> Duration {
    let (each, table) = (meals.div_ceil(2), Table::new(5));
    let (took, _) = at_once(2, |guest| {
        for _ in 0..each {
            table.dine(2 * guest, || (0..8).for_each(|_| hint::spin_loop()));
        }
    });
    assert_eq!(
        (table.uses(0), table.uses(2)),
        (each, each),
        "a meal without a fork"
    );
    took
}
