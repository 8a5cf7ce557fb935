//! shuttle, under the names that the twin is written over.
//!
//! From shuttle come the coroutines and the atomics. Locks, condition variables and joins are kept
//! here as plain tables, so that [`crate::search`] knows who can run, and sees a deadlock itself.

use std::sync::Arc;

use findings::Bounds;
use shuttle::{Config, FailurePersistence, MaxSteps, Runner};

pub(crate) use shuttle::sync::atomic;

use crate::{
    search::{self, Scheduler, Wants},
    twin::execution::{self as twin, Access},
};

pub(crate) const NAME: &str = "shuttle";
/// Model threads, main among them.
pub(crate) const MAX_THREADS: usize = 16;
/// A thread that spins sees what the others did.
pub(crate) const SHOWS_EVERY_WRITE: bool = true;
/// How many random schedules to try once a bound is reached.
pub(crate) const RANDOM_SCHEDULES: Option<u64> = Some(2_000);
/// Bytes. Formatting a message takes more than shuttle's default.
const STACK_SIZE: usize = 0x4_0000;
/// Steps after which shuttle drops an execution without unwinding it: more than the twin lets one
/// take, and the way out once the exploration is over.
const MAX_STEPS: usize = 30_000;

/// A point where any thread that can run may be given its turn.
fn point(wants: Wants) {
    let me = twin::this_thread();
    search::wants(me, wants);
    loop {
        shuttle::thread::yield_now();
        if !twin::is_over() {
            break;
        }
    }
    twin::enter_thread(me);
    search::wants(me, Wants::Turn);
}

pub(crate) struct Mutex(usize);

pub(crate) struct Guard<'a>(&'a Mutex);

impl Mutex {
    pub(crate) fn new(id: usize) -> Self {
        Mutex(id)
    }

    pub(crate) fn lock(&self) -> Guard<'_> {
        point(Wants::Write(self.0));
        search::lock(self.0);
        touch(self.0, Access::Write);
        Guard(self)
    }

    pub(crate) fn try_lock(&self) -> Option<Guard<'_>> {
        search::sees_unlocks();
        point(Wants::Turn);
        touch(self.0, Access::Write);
        // Not `then_some`: a guard that was made in vain unlocks when it is dropped.
        search::try_lock(self.0).then(|| Guard(self))
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        unlock_point();
        search::unlock(self.0.0);
        touch(self.0.0, Access::Write);
    }
}

/// Unlocking commutes with whatever else could run before it, unless somebody looks at whether the
/// lock is taken.
fn unlock_point() {
    if search::are_unlocks_seen() && !twin::is_over() {
        point(Wants::Turn);
    }
}

pub(crate) struct RwLock(usize);

pub(crate) struct ReadGuard<'a>(&'a RwLock);

pub(crate) struct WriteGuard<'a>(&'a RwLock);

impl RwLock {
    pub(crate) fn new(id: usize) -> Self {
        RwLock(id)
    }

    pub(crate) fn read(&self) -> ReadGuard<'_> {
        point(Wants::Read(self.0));
        search::lock_shared(self.0);
        touch(self.0, Access::Read);
        ReadGuard(self)
    }

    pub(crate) fn try_read(&self) -> Option<ReadGuard<'_>> {
        search::sees_unlocks();
        point(Wants::Turn);
        touch(self.0, Access::Read);
        search::try_lock_shared(self.0).then(|| ReadGuard(self))
    }

    pub(crate) fn write(&self) -> WriteGuard<'_> {
        point(Wants::Write(self.0));
        search::lock(self.0);
        touch(self.0, Access::Write);
        WriteGuard(self)
    }

    pub(crate) fn try_write(&self) -> Option<WriteGuard<'_>> {
        search::sees_unlocks();
        point(Wants::Turn);
        touch(self.0, Access::Write);
        search::try_lock(self.0).then(|| WriteGuard(self))
    }
}

impl Drop for ReadGuard<'_> {
    fn drop(&mut self) {
        unlock_point();
        search::unlock_shared(self.0.0);
        touch(self.0.0, Access::Read);
    }
}

impl Drop for WriteGuard<'_> {
    fn drop(&mut self) {
        unlock_point();
        search::unlock(self.0.0);
        touch(self.0.0, Access::Write);
    }
}

/// `notify_one` may wake any thread that waits at that moment.
pub(crate) struct Condvar(usize);

impl Condvar {
    pub(crate) fn new(id: usize) -> Self {
        Condvar(id)
    }

    pub(crate) fn wait<'a>(&self, guard: Guard<'a>) -> Guard<'a> {
        let me = twin::this_thread();
        // Whoever notifies without the lock may do so right before this.
        point(Wants::Turn);
        let mutex = guard.0;
        std::mem::forget(guard);
        search::start_waiting(self.0, me);
        search::unlock(mutex.0);
        touch(mutex.0, Access::Write);
        touch(self.0, Access::Write);
        point(Wants::Notification(self.0));
        search::take_notification(self.0, me);
        touch(self.0, Access::Write);
        twin::notified(self.0, Some(me));
        mutex.lock()
    }

    pub(crate) fn notify_one(&self) {
        point(Wants::Turn);
        search::notify_one(self.0);
        touch(self.0, Access::Write);
    }

    pub(crate) fn notify_all(&self) {
        point(Wants::Turn);
        search::notify_all(self.0);
        touch(self.0, Access::Write);
    }
}

/// shuttle knows sequential consistency only and finds no races on cells.
pub(crate) struct CellCheck;

impl CellCheck {
    pub(crate) fn new() -> Self {
        CellCheck
    }

    pub(crate) fn read(&self) {}

    pub(crate) fn write(&self) {}
}

pub(crate) struct JoinHandle(usize);

pub(crate) fn spawn(thread: usize, body: Box<dyn FnOnce() + Send>) -> JoinHandle {
    search::add_thread(thread);
    let handle = shuttle::thread::spawn(move || {
        body();
        search::finish(thread);
        touch(thread_end(thread), Access::Write);
    });
    search::keep(handle);
    JoinHandle(thread)
}

impl JoinHandle {
    pub(crate) fn join(self) {
        point(Wants::End(self.0));
        touch(thread_end(self.0), Access::Read);
    }
}

/// The end of a thread, as something that can be touched. Above all object numbers.
fn thread_end(thread: usize) -> usize {
    usize::MAX - thread
}

/// Fences order nothing that sequential consistency does not.
pub(crate) fn fence(_order: atomic::Ordering) {
    point(Wants::Turn);
}

/// This try failed: no use in another before somebody changes something.
pub(crate) fn spin() {
    point(Wants::Change);
    search::look_again(twin::this_thread());
}

/// The first yield is only polite; another without a change in between is a spin.
pub(crate) fn yield_now() {
    if search::yields_again(twin::this_thread()) {
        spin();
    } else {
        point(Wants::Turn);
    }
}

/// A point before reading whether a thread has ended.
pub(crate) fn look_at_thread(thread: usize) {
    point(Wants::Turn);
    touch(thread_end(thread), Access::Read);
}

pub(crate) fn touch(object: usize, access: Access) {
    search::touch(object, access);
}

pub(crate) enum Diagnosis {
    #[expect(dead_code, reason = "the search sees deadlocks without a panic")]
    Deadlock,
    #[expect(dead_code, reason = "shuttle looks for no races")]
    Race,
    #[expect(dead_code, reason = "the twin ends an execution before shuttle does")]
    TooLong,
    Limit(String),
}

pub(crate) fn diagnose(message: &str) -> Diagnosis {
    Diagnosis::Limit(format!("shuttle gave up: {}", message.trim()))
}

/// Goes on until shuttle reaches its step limit and drops the execution, stacks and all.
pub(crate) fn abandon() -> ! {
    loop {
        shuttle::thread::yield_now();
    }
}

/// [`abandon`] before an execution has begun.
pub(crate) fn quit() -> ! {
    abandon()
}

fn config() -> Config {
    let mut config = Config::new();
    config.stack_size = STACK_SIZE;
    config.failure_persistence = FailurePersistence::None;
    config.max_steps = MaxSteps::FailAfter(MAX_STEPS);
    config.silence_warnings = true;
    config
}

/// shuttle installs a panic hook that prints, once in a process. Lets it do so, and removes it.
pub(crate) fn prepare() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        Runner::new(
            shuttle::scheduler::DfsScheduler::new(Some(1), false),
            config(),
        )
        .run(|| {});
        drop(std::panic::take_hook());
        std::panic::set_hook(before);
    });
}

/// Runs `execution` under every schedule within `bounds`. Ends by a panic if it is abandoned.
pub(crate) fn search(bounds: &Bounds, execution: Arc<dyn Fn() + Send + Sync>) {
    search::start_depth_first(bounds.preemptions);
    run(execution);
}

/// Runs `execution` once, under a schedule drawn at random.
pub(crate) fn search_at_random(seed: u64, execution: Arc<dyn Fn() + Send + Sync>) {
    search::start_random(seed);
    run(execution);
}

fn run(execution: Arc<dyn Fn() + Send + Sync>) {
    Runner::new(Scheduler, config()).run(move || {
        execution();
        // The execution goes on until every thread has ended.
        point(Wants::AllEnds);
        search::join_all();
    });
}
