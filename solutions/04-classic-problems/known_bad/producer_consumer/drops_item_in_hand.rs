//! verdict: WrongAnswer
//! misconception: pattern-copying
//!
//! The recipe from every text on channels: select over "send the item" and "stop". It leaves a full
//! channel at once, and throws away the item that was waiting for room.

use kit::channel::{Sender, bounded, select};
use kit::sync::Arc;
use kit::thread::{self, JoinHandle};
use std::{mem, panic};

#[must_use = "dropping a factory stops it"]
pub struct Running {
    stop: Option<Sender<()>>,
    producers: Vec<JoinHandle<usize>>,
    consumers: Vec<JoinHandle<usize>>,
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
    let (stop, stopped) = bounded::<()>(0);
    let (produce, consume) = (Arc::new(produce), Arc::new(consume));

    let producers = (0..producers).map(|id| {
        let (stopped, sender, produce) = (stopped.clone(), sender.clone(), Arc::clone(&produce));
        thread::spawn(move || {
            let mut produced = 0;
            // ANCHOR: producer
            while let Some(item) = produce(id) {
                select! {
                    send(sender, item) -> sent => {
                        if sent.is_err() {
                            break;
                        }
                        produced += 1;
                    }
                    recv(stopped) -> _ => break,
                }
            }
            // ANCHOR_END: producer
            produced
        })
    });
    let producers = producers.collect();

    let consumers = (0..consumers).map(|id| {
        let (receiver, consume) = (receiver.clone(), Arc::clone(&consume));
        thread::spawn(move || {
            let mut consumed = 0;
            for item in receiver {
                consume(id, item);
                consumed += 1;
            }
            consumed
        })
    });
    let consumers = consumers.collect();

    Running {
        stop: Some(stop),
        producers,
        consumers,
    }
}

impl Running {
    pub fn stop(mut self) -> Report {
        // Without a sender the stop channel is closed, which every producer sees.
        self.stop = None;
        self.wait()
    }

    pub fn wait(mut self) -> Report {
        self.join()
            .unwrap_or_else(|payload| panic::resume_unwind(payload))
    }

    fn join(&mut self) -> thread::Result<Report> {
        let produced = join_all(mem::take(&mut self.producers));
        let consumed = join_all(mem::take(&mut self.consumers));
        Ok(Report {
            produced: produced?,
            consumed: consumed?,
        })
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop = None;
        let _ = self.join();
    }
}

fn join_all(threads: Vec<JoinHandle<usize>>) -> thread::Result<Vec<usize>> {
    let results: Vec<_> = threads.into_iter().map(JoinHandle::join).collect();
    results.into_iter().collect()
}
