//! What is measured of `producer_consumer`: items that go through a factory, from the first one made until
//! all threads have ended. Starting the threads is not counted.

use super::subject::start;
use kit::sync::atomic::{AtomicU64, Ordering::Relaxed};
use kit::sync::{Arc, OnceLock};
use paired::Workload;
use std::time::{Duration, Instant};

pub const WORKLOADS: &[Workload] = &[
    Workload {
        name: "1 to 1, buffer of 64",
        unit: "item",
        run: |items| factory(1, 1, items),
    },
    Workload {
        name: "2 to 2, buffer of 64",
        unit: "item",
        run: |items| factory(2, 2, items),
    },
];

/// A counter that only one thread uses, on a cache line of its own.
#[repr(align(128))]
#[derive(Default)]
struct Own(AtomicU64);

fn factory(producers: u64, consumers: u64, items: u64) -> Duration {
    let each = items.div_ceil(producers);
    let own =
        |count: u64| -> Arc<Vec<Own>> { Arc::new((0..count).map(|_| Own::default()).collect()) };
    let (made, taken) = (own(producers), own(consumers));
    let began = Arc::new(OnceLock::new());
    let produce = {
        let began = Arc::clone(&began);
        move |id: usize| {
            began.get_or_init(Instant::now);
            // Relaxed throughout: nobody else uses it while the threads run.
            let number = made[id].0.fetch_add(1, Relaxed);
            (number < each).then_some(number + 1)
        }
    };
    let consume = {
        let taken = Arc::clone(&taken);
        move |id: usize, item: u64| {
            taken[id].0.fetch_add(item, Relaxed);
        }
    };
    let count = |number: u64| usize::try_from(number).expect("a handful");
    start(count(producers), count(consumers), 64, produce, consume).wait();
    let took = began.get().expect("an item was made").elapsed();
    let sum: u64 = taken.iter().map(|own| own.0.load(Relaxed)).sum();
    assert_eq!(
        sum,
        producers * (each * (each + 1) / 2),
        "not each item once"
    );
    took
}
