//! slowdown: 2
//!
//! Yields after each item, so that the consumers get their turn. They do without: a call to the kernel an item,
//! and on a busy machine the whole turn is gone.

use kit::channel::bounded;
use kit::sync::Arc;
use kit::sync::atomic::{AtomicBool, Ordering::Relaxed};
use kit::thread::{self, JoinHandle};
use std::{mem, panic};

/// A factory at work.
///
/// Dropping it is [`Running::stop`] without the report: a panic of a worker is not raised again.
#[must_use = "dropping a factory stops it"]
pub struct Running {
    stop: Arc<AtomicBool>,
    // Each thread returns its count of items: no shared counter, and `join` publishes it.
    producers: Vec<JoinHandle<usize>>,
    consumers: Vec<JoinHandle<usize>>,
}

/// What became of a factory that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// Items made by each producer; the index is the producer's number.
    pub produced: Vec<usize>,
    /// Items consumed by each consumer; the index is the consumer's number.
    pub consumed: Vec<usize>,
}

/// Starts `producers` and `consumers` threads around a buffer of `capacity` items, and returns.
///
/// A producer calls `produce` with its number, again and again, until it returns `None` or the
/// factory is stopped. A consumer calls `consume` with its number and an item.
///
/// # Panics
/// If `producers` or `consumers` is 0.
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
    let produce = Arc::new(produce);
    let consume = Arc::new(consume);

    let producers = (0..producers).map(|id| {
        let (stop, sender, produce) = (Arc::clone(&stop), sender.clone(), Arc::clone(&produce));
        thread::spawn(move || {
            let mut produced = 0;
            // Relaxed: the flag guards no data. What producers hand over, the channel publishes.
            while !stop.load(Relaxed) {
                let Some(item) = produce(id) else { break };
                // Blocks while the buffer is full. It cannot block for ever: consumers outlive
                // producers, and if every consumer has panicked it returns an error.
                if sender.send(item).is_err() {
                    break;
                }
                produced += 1;
                thread::yield_now();
            }
            produced
        })
    });
    let producers = producers.collect();

    let consumers = (0..consumers).map(|id| {
        let (receiver, consume) = (receiver.clone(), Arc::clone(&consume));
        thread::spawn(move || {
            let mut consumed = 0;
            // Ends when the buffer is empty and the last sender, that is the last producer, is gone.
            for item in receiver {
                consume(id, item);
                consumed += 1;
            }
            consumed
        })
    });
    let consumers = consumers.collect();

    // Here `sender` and `receiver` are dropped. From now on only producers can send and only
    // consumers receive, so the end of either side is seen by the other.
    Running {
        stop,
        producers,
        consumers,
    }
}

impl Running {
    /// Stops the producers, lets the consumers finish what was made, and joins every thread.
    ///
    /// # Panics
    /// With the panic of a worker, once every thread has been joined.
    pub fn stop(self) -> Report {
        self.tell_producers();
        self.wait()
    }

    /// Waits until every producer has returned `None` and every item has been consumed, and joins
    /// every thread.
    ///
    /// # Panics
    /// With the panic of a worker, once every thread has been joined.
    pub fn wait(mut self) -> Report {
        self.join()
            .unwrap_or_else(|payload| panic::resume_unwind(payload))
    }

    fn tell_producers(&self) {
        // Relaxed: see the load. A store becomes visible soon, and soon is enough.
        self.stop.store(true, Relaxed);
    }

    /// Joins all threads before it looks at any result: one panic must not leave others behind.
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
    /// After `stop` and `wait` there is nothing left to join, and this does nothing.
    fn drop(&mut self) {
        self.tell_producers();
        // A panic raised while another one unwinds would abort the process.
        let _ = self.join();
    }
}

/// The results in order, or the first panic; every thread has ended either way.
fn join_all(threads: Vec<JoinHandle<usize>>) -> thread::Result<Vec<usize>> {
    let results: Vec<_> = threads.into_iter().map(JoinHandle::join).collect();
    results.into_iter().collect()
}
