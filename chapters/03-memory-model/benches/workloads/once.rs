//! What is measured of `once`: asking for a value that is there. It is made once, and asked for all the time.

use super::subject::InitOnce;
use paired::{Workload, at_once};
use std::hint::black_box;
use std::time::{Duration, Instant};

pub const WORKLOADS: &[Workload] = &[
    Workload {
        name: "look, it is there",
        unit: "call",
        run: look,
    },
    Workload {
        name: "ask, it is there",
        unit: "call",
        run: ask,
    },
    Workload {
        name: "two threads ask",
        unit: "call",
        run: two_threads,
    },
];

fn look(calls: u64) -> Duration {
    let place = made();
    let began = Instant::now();
    let sum: u64 = (0..calls)
        .map(|_| *black_box(&place).get().expect("it is there"))
        .sum();
    let took = began.elapsed();
    assert_eq!(sum, 3 * calls, "the value was 3 each time");
    took
}

fn ask(calls: u64) -> Duration {
    let place = made();
    let began = Instant::now();
    let sum = ask_again_and_again(&place, calls);
    let took = began.elapsed();
    assert_eq!(sum, 3 * calls, "the value was 3 each time");
    took
}

/// Nobody writes any more, so two threads are to be no slower than one.
fn two_threads(calls: u64) -> Duration {
    let each = calls.div_ceil(2);
    let place = made();
    let (took, sums) = at_once(2, |_| ask_again_and_again(&place, each));
    assert_eq!(sums, [3 * each; 2], "the value was 3 each time");
    took
}

fn ask_again_and_again(place: &InitOnce<u64>, calls: u64) -> u64 {
    (0..calls)
        .map(|call| *black_box(place).get_or_init(|| call))
        .sum()
}

/// A place whose value is made, out of sight of the optimiser.
fn made() -> InitOnce<u64> {
    let place = InitOnce::new();
    place.get_or_init(|| black_box(3));
    place
}
