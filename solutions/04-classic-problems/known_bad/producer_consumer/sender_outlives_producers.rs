//! verdict: Deadlock
//! misconception: receiver-ends-itself
//!
//! The loop over a receiver surely ends with the producers. It ends with the last sender, and the first
//! one, from which the producers' were cloned, lives until the threads that wait for its end are joined.

use kit::channel::bounded;
use kit::sync::Arc;
use kit::sync::atomic::{AtomicBool, Ordering::Relaxed};
use kit::thread::{self, JoinHandle, ScopedJoinHandle};
use std::panic;

#[must_use = "dropping a factory stops it"]
pub struct Running {
    stop: Arc<AtomicBool>,
    supervisor: Option<JoinHandle<Report>>,
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

    let stop = Arc::new(AtomicBool::new(false));
    let stopped = Arc::clone(&stop);
    let supervisor = thread::spawn(move || {
        let (sender, receiver) = bounded(capacity);
        let (stop, produce, consume) = (&stopped, &produce, &consume);
        let ended: thread::Result<Report> = thread::scope(|scope| {
            let consumers = (0..consumers).map(|id| {
                let receiver = receiver.clone();
                scope.spawn(move || {
                    let mut consumed = 0;
                    for item in receiver {
                        consume(id, item);
                        consumed += 1;
                    }
                    consumed
                })
            });
            let consumers = consumers.collect();
            drop(receiver);
            let producers = (0..producers).map(|id| {
                let sender = sender.clone();
                scope.spawn(move || {
                    let mut produced = 0;
                    while !stop.load(Relaxed) {
                        let Some(item) = produce(id) else { break };
                        if sender.send(item).is_err() {
                            break;
                        }
                        produced += 1;
                    }
                    produced
                })
            });
            let producers = producers.collect();
            let produced = join_all(producers);
            let consumed = join_all(consumers);
            Ok(Report {
                produced: produced?,
                consumed: consumed?,
            })
        });
        ended.unwrap_or_else(|payload| panic::resume_unwind(payload))
    });
    Running {
        stop,
        supervisor: Some(supervisor),
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
        self.supervisor.take().expect("is taken only once").join()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.supervisor.is_some() {
            self.stop.store(true, Relaxed);
            let _ = self.join();
        }
    }
}

fn join_all(threads: Vec<ScopedJoinHandle<'_, usize>>) -> thread::Result<Vec<usize>> {
    let results: Vec<_> = threads.into_iter().map(ScopedJoinHandle::join).collect();
    results.into_iter().collect()
}
