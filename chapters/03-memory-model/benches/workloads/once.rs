//! What is measured of `once`: asking for a value that is there. It is made once, and asked for all the time.
//!
//! One such call takes a part of a nanosecond, and a loop of nothing else measures how the compiler happened to
//! lay the loop out. So each value says which place to ask next: what is measured is how soon an answer
//! can be used.

use super::subject::InitOnce;
use paired::{Workload, at_once};
use std::array;
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

/// Places, each with the number of another.
type Ring = [InitOnce<usize>; 16];

fn look(calls: u64) -> Duration {
    let ring = ring();
    let began = Instant::now();
    let last = (0..calls).fold(0, |at, _| *ring[at].get().expect("it is there"));
    let took = began.elapsed();
    assert_eq!(last, after(calls), "where it led to");
    took
}

fn ask(calls: u64) -> Duration {
    let ring = ring();
    let began = Instant::now();
    let last = walk(&ring, calls);
    let took = began.elapsed();
    assert_eq!(last, after(calls), "where it led to");
    took
}

/// Nobody writes any more, so two threads are to be no slower than one.
fn two_threads(calls: u64) -> Duration {
    let each = calls.div_ceil(2);
    let ring = ring();
    let (took, last) = at_once(2, |_| walk(&ring, each));
    assert_eq!(last, [after(each); 2], "where it led to");
    took
}

fn walk(ring: &Ring, calls: u64) -> usize {
    (0..calls).fold(0, |at, _| {
        *ring[at].get_or_init(|| unreachable!("it is there"))
    })
}

fn ring() -> Ring {
    let ring: Ring = array::from_fn(|_| InitOnce::new());
    for (at, place) in ring.iter().enumerate() {
        place.get_or_init(|| black_box((at + 5) % ring.len()));
    }
    ring
}

/// Where so many calls lead to.
fn after(calls: u64) -> usize {
    let places = ring().len() as u64;
    usize::try_from(5 * (calls % places) % places).expect("a small number")
}
