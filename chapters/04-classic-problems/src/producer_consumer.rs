//! Producers and consumers: a factory that can be stopped without losing an item.
//!
//! Some threads make items, others use them up, and a buffer of fixed size stands between them.
//! Making them run is easy. The work is in ending them:
//!
//! * **Each item once.** Every item that `produce` returned is given to `consume` exactly once.
//!   Stopping changes nothing about that: an item in the buffer, an item in the hands of a producer
//!   that waits for room, an item that `produce` was still making when the stop came.
//! * **Producers stop first**, then consumers finish what is there, then everything is joined. Once
//!   a factory has been stopped, no new call of `produce` begins; a call that has begun may end.
//! * **Bounded memory.** At most `capacity` items lie in the buffer; beside it, each producer and
//!   each consumer has at most one in its hands. With capacity 0 nothing lies anywhere: an item goes
//!   straight from a producer's hands into a consumer's.
//! * **Nobody spins.** A producer without room and a consumer without an item are blocked.
//! * **A panic** in `produce` or `consume` ends the thread it happened in. The others go on, and
//!   the panic is raised again in the thread that calls `stop` or `wait`, once all are joined. When
//!   no consumer is left, the producers end too: what they make has nowhere to go.
//!
//! What you need is in `kit::channel` (`bounded`, `Sender`, `Receiver`), `kit::thread` and
//! `kit::sync`; `kit::thread` has `JoinHandle` and `Result`, and `std::panic::resume_unwind` raises
//! again what `join` returned.

/// A factory at work.
///
/// Dropping it does what [`Running::stop`] does, without a report and without raising a panic again.
#[must_use = "dropping a factory stops it"]
pub struct Running {
    // Replace this by what `stop` and `wait` need to end the threads and to join them.
    _todo: (),
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
/// A producer calls `produce` with its number (from 0), again and again, until it returns `None` or
/// the factory is stopped. A producer that ends does not end the others. A consumer calls `consume`
/// with its number (from 0) and an item, as long as items can still come.
///
/// # Panics
/// If `producers` or `consumers` is 0. The message says which.
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
    let _ = (producers, consumers, capacity, produce, consume);
    todo!(
        "start: make a bounded channel, spawn the producers and the consumers, and return at once"
    )
}

impl Running {
    /// Stops the producers, lets the consumers finish what was made, and joins every thread.
    ///
    /// # Panics
    /// With the panic of a worker, once every thread has been joined.
    pub fn stop(self) -> Report {
        todo!(
            "stop: tell the producers to end, let the consumers drain the buffer, join all threads"
        )
    }

    /// Waits until every producer has returned `None` and every item has been consumed, and joins
    /// every thread. It stops nothing.
    ///
    /// # Panics
    /// With the panic of a worker, once every thread has been joined.
    pub fn wait(self) -> Report {
        todo!("wait: join the producers, then the consumers, and count what each has done")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // A panic while another one unwinds would abort the whole process.
        if !kit::thread::panicking() {
            todo!("drop: stop and join as `stop` does, unless `stop` or `wait` has joined already");
        }
    }
}
