//! verdict: WrongAnswer
//! misconception: one-join-is-all
//!
//! When the producers have ended, all is done: their items are in the buffer, are they not? The
//! consumers are not joined, and `stop` reports and returns while they still work.

use kit::channel::bounded;
use kit::sync::Arc;
use kit::sync::atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed};
use kit::thread::{self, JoinHandle};
use std::{mem, panic};

#[must_use = "dropping a factory stops it"]
pub struct Running {
    stop: Arc<AtomicBool>,
    producers: Vec<JoinHandle<usize>>,
    consumed: Arc<Vec<AtomicUsize>>,
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

    let (sender, receiver) = bounded(capacity);
    let stop = Arc::new(AtomicBool::new(false));
    let (produce, consume) = (Arc::new(produce), Arc::new(consume));
    let consumed: Arc<Vec<_>> = Arc::new((0..consumers).map(|_| AtomicUsize::new(0)).collect());

    let producers = (0..producers).map(|id| {
        let (stop, sender, produce) = (Arc::clone(&stop), sender.clone(), Arc::clone(&produce));
        thread::spawn(move || {
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

    for id in 0..consumers {
        let (receiver, consume) = (receiver.clone(), Arc::clone(&consume));
        let consumed = Arc::clone(&consumed);
        thread::spawn(move || {
            for item in receiver {
                consume(id, item);
                consumed[id].fetch_add(1, Relaxed);
            }
        });
    }

    Running {
        stop,
        producers,
        consumed,
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
        let produced = join_all(mem::take(&mut self.producers))?;
        let consumed = self
            .consumed
            .iter()
            .map(|count| count.load(Relaxed))
            .collect();
        Ok(Report { produced, consumed })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        let _ = self.join();
    }
}

fn join_all(threads: Vec<JoinHandle<usize>>) -> thread::Result<Vec<usize>> {
    let results: Vec<_> = threads.into_iter().map(JoinHandle::join).collect();
    results.into_iter().collect()
}
