//! loom, under the names that the twin is written over.
//!
//! loom reports what it finds by panicking within an operation. The twin catches that panic before it
//! unwinds anything of the exercise, and then [`abandon`]s the exploration.

use std::sync::Arc;

use findings::Bounds;

use crate::twin::execution::{self as twin, Access};

pub(crate) mod atomic {
    pub(crate) use loom::sync::atomic::{
        AtomicI8, AtomicI16, AtomicI32, AtomicI64, AtomicIsize, AtomicPtr, AtomicU8, AtomicU16,
        AtomicU32, AtomicU64, AtomicUsize, Ordering, fence,
    };

    /// loom's, but for `swap`.
    pub(crate) struct AtomicBool(loom::sync::atomic::AtomicBool);

    impl AtomicBool {
        pub(crate) fn new(value: bool) -> Self {
            AtomicBool(loom::sync::atomic::AtomicBool::new(value))
        }

        pub(crate) fn into_inner(self) -> bool {
            self.0.into_inner()
        }

        /// A swap that writes what is there already, and releases nothing, is the same as reading it.
        /// loom would place that write after a store of another thread that it has not seen, and let
        /// a spin lock read it for ever.
        pub(crate) fn swap(&self, value: bool, order: Ordering) -> bool {
            match order {
                Ordering::Relaxed | Ordering::Acquire => self
                    .0
                    .compare_exchange(!value, value, order, order)
                    .unwrap_or_else(|found| found),
                _ => self.0.swap(value, order),
            }
        }
    }

    impl std::ops::Deref for AtomicBool {
        type Target = loom::sync::atomic::AtomicBool;

        fn deref(&self) -> &Self::Target {
            &self.0
        }
    }
}

pub(crate) const NAME: &str = "loom";
/// Model threads, main among them.
pub(crate) const MAX_THREADS: usize = loom::MAX_THREADS;
/// How many random schedules to try once a bound is reached: loom has no such mode.
pub(crate) const RANDOM_SCHEDULES: Option<u64> = None;
/// loom may show a thread that spins an old value for ever.
pub(crate) const SHOWS_EVERY_WRITE: bool = false;
/// Branches in one execution, beyond what the twin lets an execution do.
const MAX_BRANCHES: usize = 20_000;
/// In words: formatting a message takes more than loom's default.
const STACK_WORDS: usize = 0x4000;

pub(crate) struct Mutex(loom::sync::Mutex<()>);

pub(crate) struct Guard<'a> {
    inner: Option<loom::sync::MutexGuard<'a, ()>>,
}

impl Mutex {
    pub(crate) fn new(_id: usize) -> Self {
        Mutex(loom::sync::Mutex::new(()))
    }

    pub(crate) fn lock(&self) -> Guard<'_> {
        let inner = self.0.lock().expect("loom does not poison");
        Guard { inner: Some(inner) }
    }

    pub(crate) fn try_lock(&self) -> Option<Guard<'_>> {
        let inner = self.0.try_lock().ok()?;
        Some(Guard { inner: Some(inner) })
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        // After the end there is no execution to release the lock in.
        if twin::is_over() {
            std::mem::forget(self.inner.take());
        }
    }
}

pub(crate) struct RwLock(loom::sync::RwLock<()>);

pub(crate) struct ReadGuard<'a>(Option<loom::sync::RwLockReadGuard<'a, ()>>);

pub(crate) struct WriteGuard<'a>(Option<loom::sync::RwLockWriteGuard<'a, ()>>);

impl RwLock {
    pub(crate) fn new(_id: usize) -> Self {
        RwLock(loom::sync::RwLock::new(()))
    }

    pub(crate) fn read(&self) -> ReadGuard<'_> {
        ReadGuard(Some(self.0.read().expect("loom does not poison")))
    }

    pub(crate) fn try_read(&self) -> Option<ReadGuard<'_>> {
        Some(ReadGuard(Some(self.0.try_read().ok()?)))
    }

    pub(crate) fn write(&self) -> WriteGuard<'_> {
        WriteGuard(Some(self.0.write().expect("loom does not poison")))
    }

    pub(crate) fn try_write(&self) -> Option<WriteGuard<'_>> {
        Some(WriteGuard(Some(self.0.try_write().ok()?)))
    }
}

impl Drop for ReadGuard<'_> {
    fn drop(&mut self) {
        if twin::is_over() {
            std::mem::forget(self.0.take());
        }
    }
}

impl Drop for WriteGuard<'_> {
    fn drop(&mut self) {
        if twin::is_over() {
            std::mem::forget(self.0.take());
        }
    }
}

/// loom wakes the thread that waits longest.
pub(crate) struct Condvar {
    id: usize,
    inner: loom::sync::Condvar,
}

impl Condvar {
    pub(crate) fn new(id: usize) -> Self {
        Condvar {
            id,
            inner: loom::sync::Condvar::new(),
        }
    }

    pub(crate) fn wait<'a>(&self, mut guard: Guard<'a>) -> Guard<'a> {
        let inner = guard.inner.take().expect("it is taken only at the end");
        let inner = self.inner.wait(inner).expect("loom does not poison");
        Guard { inner: Some(inner) }
    }

    pub(crate) fn notify_one(&self) {
        self.inner.notify_one();
        twin::notified(self.id, None);
    }

    pub(crate) fn notify_all(&self) {
        self.inner.notify_all();
        while twin::notified(self.id, None) {}
    }
}

/// The check that loom makes of accesses to a cell. The contents are the twin's.
pub(crate) struct CellCheck(loom::cell::UnsafeCell<()>);

impl CellCheck {
    pub(crate) fn new() -> Self {
        CellCheck(loom::cell::UnsafeCell::new(()))
    }

    pub(crate) fn read(&self) {
        self.0.with(|_| ());
    }

    pub(crate) fn write(&self) {
        self.0.with_mut(|_| ());
    }
}

pub(crate) struct JoinHandle(loom::thread::JoinHandle<()>);

pub(crate) fn spawn(_thread: usize, body: Box<dyn FnOnce() + Send>) -> JoinHandle {
    let handle = loom::thread::Builder::new()
        .stack_size(STACK_WORDS)
        .spawn(body)
        .expect("loom's spawn does not fail");
    JoinHandle(handle)
}

impl JoinHandle {
    pub(crate) fn join(self) {
        self.0.join().expect("the twin catches panics");
    }
}

pub(crate) fn fence(order: atomic::Ordering) {
    atomic::fence(order);
}

pub(crate) fn spin() {
    loom::thread::yield_now();
}

pub(crate) fn yield_now() {
    loom::thread::yield_now();
}

/// shuttle needs something done before the first exploration.
pub(crate) fn prepare() {}

pub(crate) fn look_at_thread(_thread: usize) {
    loom::thread::yield_now();
}

pub(crate) fn touch(_object: usize, _access: Access) {}

/// What loom's own panics mean.
pub(crate) enum Diagnosis {
    Deadlock,
    Race,
    TooLong,
    Limit(String),
}

pub(crate) fn diagnose(message: &str) -> Diagnosis {
    if message.starts_with("deadlock;") {
        Diagnosis::Deadlock
    } else if message.contains("Causality violation") || message.contains(" to cell") {
        Diagnosis::Race
    } else if message.contains("maximum number of branches") {
        Diagnosis::TooLong
    } else if message.contains("fully deterministic") {
        Diagnosis::Limit(
            "the program does not do the same each time it is given the same schedule (a clock, a \
             random number, an address), so it cannot be explored"
                .to_owned(),
        )
    } else if message.contains("invalid internal loom state") {
        Diagnosis::Limit(
            "loom lost count of who reads an RwLock: it cannot have one thread read-lock it twice"
                .to_owned(),
        )
    } else if message.contains("PoisonError") {
        Diagnosis::Limit(
            "a thread panicked while it held a lock, and loom's locks cannot be used after that"
                .to_owned(),
        )
    } else {
        Diagnosis::Limit(format!("loom gave up: {}", message.trim()))
    }
}

/// Blocks this thread and, with it, in turn, all others; when none is left, loom is made to panic
/// outside of them all.
pub(crate) fn abandon() -> ! {
    loop {
        // The last thread to block meets loom's deadlock assertion, here.
        let parked = std::panic::catch_unwind(loom::thread::park);
        if parked.is_err() {
            // Back to loom's scheduler, which finds no thread to run and panics; none of the
            // suspended threads is unwound while a panic is on its way.
            #[expect(deprecated, reason = "loom is written with it")]
            generator::yield_with(());
            // loom still has this thread run, so it was not that assertion.
            std::panic::resume_unwind(Box::new("abandoned"));
        }
    }
}

/// [`abandon`] before an execution has begun: there is nothing yet that must not be unwound.
pub(crate) fn quit() -> ! {
    std::panic::resume_unwind(Box::new("a bound was reached"))
}

/// Runs `execution` under every schedule within `bounds`. Ends by a panic if it is abandoned.
pub(crate) fn search(bounds: &Bounds, execution: Arc<dyn Fn() + Send + Sync>) {
    let mut builder = loom::model::Builder::new();
    // All of them, so that no environment variable changes what is explored.
    builder.max_threads = MAX_THREADS;
    builder.max_branches = MAX_BRANCHES;
    builder.max_permutations = None;
    builder.max_duration = None;
    builder.preemption_bound = bounds.preemptions.map(|most| most.min(255));
    builder.checkpoint_file = None;
    builder.checkpoint_interval = usize::MAX;
    builder.location = false;
    builder.log = false;
    builder.check(move || execution());
}

pub(crate) fn search_at_random(_seed: u64, _execution: Arc<dyn Fn() + Send + Sync>) {
    unreachable!("loom has no random mode");
}
