//! Threads of a test, by name.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::thread::JoinHandle;

/// A thread of a test. Dropping it detaches the thread; one that still runs when the test body is
/// over fails the test as a leak.
#[derive(Debug)]
pub struct Thread<T> {
    handle: JoinHandle<T>,
    id: Arc<OnceLock<u64>>,
}

/// Names of the threads started by [`spawn`], by the kernel's number.
static NAMES: Mutex<Vec<(u64, String)>> = Mutex::new(Vec::new());

/// Starts a thread under the name that reports will call it by.
///
/// # Panics
///
/// If the system can start no more threads.
#[track_caller]
pub fn spawn<T, F>(name: impl Into<String>, body: F) -> Thread<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    let name = name.into();
    let id = Arc::new(OnceLock::new());
    let started = Arc::clone(&id);
    let known_as = name.clone();
    let handle = std::thread::Builder::new()
        .name(name.replace('\0', ""))
        .spawn(move || {
            let tid = crate::os::thread_id();
            NAMES
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .push((tid, known_as));
            started.set(tid).expect("is set here only");
            body()
        })
        .expect("the system can start a thread");
    Thread { handle, id }
}

impl<T> Thread<T> {
    /// Waits for the end of the thread and returns what it returned.
    ///
    /// # Panics
    ///
    /// If the thread panicked, with its payload.
    pub fn join(self) -> T {
        self.try_join()
            .unwrap_or_else(|payload| std::panic::resume_unwind(payload))
    }

    /// Waits for the end of the thread; `Err` is the payload of its panic. The panic fails the test
    /// all the same, unless it was raised by [`intended_panic`](crate::intended_panic).
    pub fn try_join(self) -> std::thread::Result<T> {
        self.handle.join()
    }

    /// Whether the thread's body has ended.
    pub fn is_finished(&self) -> bool {
        self.handle.is_finished()
    }

    /// Waits until the thread is blocked with nothing but another thread to wake it: it sleeps in the
    /// kernel, and no timer is running for it. Returns at once if it has ended.
    ///
    /// Blocked once is not blocked for good: to learn *that* it waits, arrange that nothing but
    /// the test can wake it.
    ///
    /// On Linux the supervisor looks at the state of the thread. Elsewhere there is no such view, and
    /// the thread is given 20 ms of the processor's time to get there.
    pub fn wait_until_blocked(&self) {
        let id = *self.id.wait();
        if !self.is_finished() {
            crate::child::wait_until_blocked(id);
        }
    }
}

/// Waits until nothing happens any more of its own: every other thread of the process, the code
/// under test's included, is blocked in the kernel, all at the same moment, and no timer is running
/// for any of them. What is true then stays true until the calling thread changes it, so a test can
/// tell what has *not* happened without waiting for a time.
///
/// Code that never rests, because it spins or polls, fails the test by its budget.
///
/// Elsewhere than on Linux it waits as [`Thread::wait_until_blocked`] does.
pub fn wait_until_quiet() {
    crate::child::wait_until_blocked(supervise::protocol::EVERY_THREAD);
}

/// What [`spawn`] called the thread with this number.
pub(crate) fn name_of(id: u64) -> Option<String> {
    let names = NAMES.try_lock().ok()?;
    // The kernel uses numbers again: the latest owner is the one alive.
    names
        .iter()
        .rev()
        .find(|(known, _)| *known == id)
        .map(|(_, name)| name.clone())
}
