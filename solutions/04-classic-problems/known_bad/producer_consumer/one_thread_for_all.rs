//! verdict: NotConcurrent
//! misconception: sequential-cheat
//!
//! The counts come out right and nothing is lost, so it is a factory: one thread asks each producer in
//! turn and hands what it gets to the consumers in turn. Nobody ever works beside anybody.

use kit::sync::Arc;
use kit::sync::atomic::{AtomicBool, Ordering::Relaxed};
use kit::thread::{self, JoinHandle};
use std::panic;

#[must_use = "dropping a factory stops it"]
pub struct Running {
    stop: Arc<AtomicBool>,
    worker: Option<JoinHandle<Report>>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub produced: Vec<usize>,
    pub consumed: Vec<usize>,
}

pub fn start<T, P, C>(
    producers: usize,
    consumers: usize,
    capacity: usize,
    produce: P,
    consume: C,
) -> Running
where
    T: Send + 'static,
    P: Fn(usize) -> Option<T> + Send + Sync + 'static,
    C: Fn(usize, T) + Send + Sync + 'static,
{
    assert!(producers > 0, "a factory needs at least one producer");
    assert!(consumers > 0, "a factory needs at least one consumer");
    let _ = capacity; // what is consumed at once needs no buffer

    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let worker = thread::spawn(move || {
        let mut report = Report {
            produced: vec![0; producers],
            consumed: vec![0; consumers],
        };
        let mut working: Vec<usize> = (0..producers).collect();
        let mut turns = (0..consumers).cycle();
        while !working.is_empty() && !stopped.load(Relaxed) {
            working.retain(|&producer| {
                if stopped.load(Relaxed) {
                    return false;
                }
                let Some(item) = produce(producer) else {
                    return false;
                };
                report.produced[producer] += 1;
                let consumer = turns.next().expect("a cycle has no end");
                consume(consumer, item);
                report.consumed[consumer] += 1;
                true
            });
        }
        report
    });
    Running {
        stop,
        worker: Some(worker),
    }
}

impl Running {
    pub fn stop(self) -> Report {
        self.stop.store(true, Relaxed);
        self.wait()
    }

    pub fn wait(mut self) -> Report {
        self.join()
            .unwrap_or_else(|payload| panic::resume_unwind(payload))
    }

    fn join(&mut self) -> thread::Result<Report> {
        self.worker.take().expect("is taken only once").join()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.worker.is_some() {
            self.stop.store(true, Relaxed);
            let _ = self.join();
        }
    }
}
