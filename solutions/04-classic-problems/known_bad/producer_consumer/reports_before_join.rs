//! verdict: Deadlock
//! misconception: channels-cannot-deadlock
//!
//! Without a lock nothing can deadlock. Each thread sends its count through a channel of one place, and
//! `wait` joins the threads before it reads the counts: the second thread never gets rid of its own.

use kit::channel::{Receiver, bounded};
use kit::sync::Arc;
use kit::sync::atomic::{AtomicBool, Ordering::Relaxed};
use kit::thread::{self, JoinHandle};
use std::{mem, panic};

/// What a thread sends when it ends.
enum Count {
    Produced(usize, usize),
    Consumed(usize, usize),
}

#[must_use = "dropping a factory stops it"]
pub struct Running {
    stop: Arc<AtomicBool>,
    producers: usize,
    consumers: usize,
    counts: Receiver<Count>,
    threads: Vec<JoinHandle<()>>,
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
    let (done, counts) = bounded(1);
    let mut threads = Vec::new();

    for id in 0..producers {
        let (stop, sender, produce) = (Arc::clone(&stop), sender.clone(), Arc::clone(&produce));
        let done = done.clone();
        threads.push(thread::spawn(move || {
            let mut produced = 0;
            while !stop.load(Relaxed) {
                let Some(item) = produce(id) else { break };
                if sender.send(item).is_err() {
                    break;
                }
                produced += 1;
            }
            drop(sender);
            let _ = done.send(Count::Produced(id, produced));
        }));
    }

    for id in 0..consumers {
        let (receiver, consume) = (receiver.clone(), Arc::clone(&consume));
        let done = done.clone();
        threads.push(thread::spawn(move || {
            let mut consumed = 0;
            for item in receiver {
                consume(id, item);
                consumed += 1;
            }
            let _ = done.send(Count::Consumed(id, consumed));
        }));
    }

    Running {
        stop,
        producers,
        consumers,
        counts,
        threads,
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
        let mut report = Report {
            produced: vec![0; self.producers],
            consumed: vec![0; self.consumers],
        };
        let ended: Vec<_> = mem::take(&mut self.threads)
            .into_iter()
            .map(JoinHandle::join)
            .collect();
        for count in self.counts.try_iter() {
            match count {
                Count::Produced(id, items) => report.produced[id] = items,
                Count::Consumed(id, items) => report.consumed[id] = items,
            }
        }
        ended.into_iter().collect::<thread::Result<()>>()?;
        Ok(report)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.store(true, Relaxed);
        let _ = self.join();
    }
}
