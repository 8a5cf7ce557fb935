//! What each thread holds and waits for. For the test harness; learners have no use for it.
//!
//! In builds with debug assertions every thread that uses [`crate::sync`] keeps a record of its own,
//! which only it writes; [`snapshot`] reads them all, also while they change. Other builds record
//! nothing.
//!
//! Known: the locks and condition variables of `kit::sync`, the waits of `kit::clock` on a manual clock,
//! and what other crates say with [`waiting`]. Not known: channels, parked threads, joins, barriers,
//! `Once` and its kin (all of them the standard library's or crossbeam's).
//!
//! ```
//! use kit::sync::Mutex;
//! use kit::trace;
//!
//! let forks = Mutex::new(5_u32);
//! let _taken = forks.lock().unwrap();
//! let me = std::thread::current().id();
//! let mine = trace::snapshot().into_iter().find(|thread| thread.id == me);
//! if trace::RECORDS {
//!     assert_eq!(mine.unwrap().holds[0].lock.guards, "u32");
//! }
//! ```

#[cfg(debug_assertions)]
pub(crate) mod record;

use findings::{Held, Wait};
use std::marker::PhantomData;
use std::thread::ThreadId;

/// Whether this build records anything.
pub const RECORDS: bool = cfg!(debug_assertions);

/// One thread that has used the kit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadTrace {
    /// The kernel's thread id (the number in `/proc/self/task`); `None` where that cannot be read.
    pub os_id: Option<u32>,
    /// The standard library's thread id.
    pub id: ThreadId,
    /// The thread's name; `None` if it has none.
    pub name: Option<String>,
    /// Locks held, in the order in which they were taken. A thread that holds more than 16 shows the
    /// first 16; one that takes and releases locks all the time may show none.
    pub holds: Vec<Held>,
    /// What it waits for. `None`: it runs, or waits for something that is not recorded.
    pub wait: Option<Wait>,
}

/// The threads that have used the kit and have not ended, in no particular order. Empty in builds that
/// do not record.
///
/// Each thread is read at a moment of its own. The picture is exact for threads that stand still, which
/// is when it is asked for.
pub fn snapshot() -> Vec<ThreadTrace> {
    #[cfg(debug_assertions)]
    return record::snapshot();
    #[cfg(not(debug_assertions))]
    return Vec::new();
}

/// Says what the calling thread waits for, until the result is dropped. The innermost counts, and
/// waiting for a lock counts before all of them. `wait` is not called in builds that do not record.
///
/// ```
/// use findings::Wait;
/// use kit::{thread, trace};
///
/// let worker = thread::spawn(|| 7);
/// let site = None;
/// let _waiting = trace::waiting(|| Wait::Join { thread: "worker".into(), site });
/// assert_eq!(worker.join().unwrap(), 7);
/// ```
pub fn waiting(wait: impl FnOnce() -> Wait) -> Waiting {
    #[cfg(debug_assertions)]
    record::push(wait);
    #[cfg(not(debug_assertions))]
    let _ = wait;
    Waiting(PhantomData)
}

/// The current thread is said to wait until this is dropped.
#[must_use = "the thread counts as waiting only while this lives"]
#[derive(Debug)]
pub struct Waiting(/* Stays on its thread. */ PhantomData<*const ()>);

impl Drop for Waiting {
    fn drop(&mut self) {
        #[cfg(debug_assertions)]
        record::pop();
    }
}
