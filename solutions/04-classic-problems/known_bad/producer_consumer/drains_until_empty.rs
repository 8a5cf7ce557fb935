//! verdict: WrongAnswer
//! misconception: check-then-act
//!
//! "Stopped and empty means done." A consumer that is told to stop takes what lies in the buffer and
//! leaves. But empty now is not empty for good: a producer can still be making the item it had begun.

use kit::channel::{Sender, bounded, select};
use kit::sync::Arc;
use kit::sync::atomic::{AtomicBool, Ordering::Relaxed};
use kit::thread::{self, JoinHandle};
use std::{mem, panic};

#[must_use = "dropping a factory stops it"]
pub struct Running {
    stop: Arc<AtomicBool>,
    /// Dropped to tell the consumers.
    stopping: Option<Sender<()>>,
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
    let (stopping, stopped) = bounded::<()>(0);
    let stop = Arc::new(AtomicBool::new(false));
    let (produce, consume) = (Arc::new(produce), Arc::new(consume));

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

    let consumers = (0..consumers).map(|id| {
        let (stopped, receiver, consume) =
            (stopped.clone(), receiver.clone(), Arc::clone(&consume));
        thread::spawn(move || {
            let mut consumed = 0;
            loop {
                select! {
                    recv(receiver) -> item => {
                        let Ok(item) = item else { break };
                        consume(id, item);
                        consumed += 1;
                    }
                    recv(stopped) -> _ => {
                        for item in receiver.try_iter() {
                            consume(id, item);
                            consumed += 1;
                        }
                        break;
                    }
                }
            }
            consumed
        })
    });
    let consumers = consumers.collect();

    Running {
        stop,
        stopping: Some(stopping),
        producers,
        consumers,
    }
}

impl Running {
    pub fn stop(mut self) -> Report {
        self.tell_all();
        self.wait()
    }

    pub fn wait(mut self) -> Report {
        self.join()
            .unwrap_or_else(|payload| panic::resume_unwind(payload))
    }

    fn tell_all(&mut self) {
        self.stop.store(true, Relaxed);
        self.stopping = None;
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
        self.tell_all();
        let _ = self.join();
    }
}

fn join_all(threads: Vec<JoinHandle<usize>>) -> thread::Result<Vec<usize>> {
    let results: Vec<_> = threads.into_iter().map(JoinHandle::join).collect();
    results.into_iter().collect()
}
