//! `std::thread` on an explorer. A detached thread still has to end: one that never does, after the
//! test has, is a finding.

use std::{
    any::Any,
    cell::RefCell,
    fmt, io,
    marker::PhantomData,
    panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

pub use std::thread::{Result, panicking};

use findings::Site;

use super::{
    execution::{
        self, Action, Caller, Waiting, abandon, add_thread, end_by_panic, enter_thread,
        is_finished, note_panic, operation, step, this_thread, thread_finished, threads, undecided,
        waiting,
    },
    hook,
    monitor::Monitor,
};
use crate::base;

/// A handle to a thread, as std's.
#[derive(Clone)]
pub struct Thread {
    number: usize,
    name: Option<Arc<str>>,
    token: Arc<Monitor<bool>>,
}

/// Names a thread within one execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ThreadId(usize);

impl Thread {
    /// Its id.
    pub fn id(&self) -> ThreadId {
        ThreadId(self.number)
    }

    /// Its name, if it was given one.
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Lets it return from [`park`], now or when it next comes there.
    #[track_caller]
    pub fn unpark(&self) {
        self.token.change(|token| *token = true);
        step(Location::caller(), Action::Unpark(self.number));
    }
}

thread_local! {
    /// The threads of this execution.
    static THREADS: RefCell<Vec<Thread>> = const { RefCell::new(Vec::new()) };
}

fn register(name: Option<String>, site: Caller) -> Thread {
    let thread = Thread {
        name: name.as_deref().map(Arc::from),
        number: add_thread(name),
        token: Arc::new(Monitor::new(site, false)),
    };
    THREADS.with_borrow_mut(|threads| threads.push(thread.clone()));
    thread
}

/// The thread that the test's body is; called at the start of each execution.
#[track_caller]
pub(crate) fn start_main() {
    let main = Thread {
        name: Some(Arc::from("main")),
        number: 0,
        token: Arc::new(Monitor::new(Location::caller(), false)),
    };
    // Those of the execution before are dropped outside of the borrow.
    drop(THREADS.replace(vec![main]));
}

/// The thread that runs.
pub fn current() -> Thread {
    let number = this_thread();
    THREADS.with_borrow(|threads| threads[number].clone())
}

/// Waits for [`Thread::unpark`]. Does not return without.
#[track_caller]
pub fn park() {
    let site = Location::caller();
    step(site, Action::Park);
    current().token.wait(Waiting::Park, site, |token| {
        std::mem::replace(token, false).then_some(())
    });
    step(site, Action::Unparked);
}

/// [`park`]: it never times out.
#[track_caller]
pub fn park_timeout(_limit: Duration) {
    park();
}

/// Lets others run. A second one in a row, with nothing changed in between, counts as spinning.
#[track_caller]
pub fn yield_now() {
    operation(base::yield_now);
    step(Location::caller(), Action::Yield);
}

/// Two, so that a program that sizes itself by it stays small enough to explore.
///
/// # Errors
///
/// None.
pub fn available_parallelism() -> io::Result<std::num::NonZeroUsize> {
    Ok(std::num::NonZeroUsize::new(2).expect("two is not zero"))
}

/// What a thread leaves to who joins it.
type Slot<T> = Arc<Mutex<Option<Result<T>>>>;

/// `std::thread::JoinHandle`.
pub struct JoinHandle<T>(Joinable<T>);

struct Joinable<T> {
    base: base::JoinHandle,
    result: Slot<T>,
    thread: Thread,
}

impl<T> Joinable<T> {
    fn join(self, site: Caller) -> Result<T> {
        let number = self.thread.number;
        waiting(Waiting::Join(number), site);
        operation(|| self.base.join());
        execution::not_waiting();
        step(site, Action::Join(number));
        let value = lock(&self.result).take();
        value.expect("a thread that ended left a result")
    }

    fn is_finished(&self) -> bool {
        operation(|| base::look_at_thread(self.thread.number));
        is_finished(self.thread.number)
    }
}

impl<T> JoinHandle<T> {
    /// Waits for its end; what it returned, or what it panicked with.
    ///
    /// # Errors
    ///
    /// The payload, if it panicked.
    #[track_caller]
    pub fn join(self) -> Result<T> {
        self.0.join(Location::caller())
    }

    /// The thread.
    pub fn thread(&self) -> &Thread {
        &self.0.thread
    }

    /// Whether it has ended. Does not wait.
    pub fn is_finished(&self) -> bool {
        self.0.is_finished()
    }
}

/// Runs `f` in a thread of its own.
#[track_caller]
pub fn spawn<F, T>(f: F) -> JoinHandle<T>
where
    F: FnOnce() -> T + Send + 'static,
    T: Send + 'static,
{
    JoinHandle(start(None, Box::new(f), Location::caller()))
}

/// Threads with a name. A stack size is taken and ignored.
#[derive(Debug, Default)]
pub struct Builder {
    name: Option<String>,
}

impl Builder {
    /// No name yet.
    pub fn new() -> Self {
        Builder::default()
    }

    /// Names the thread; that is what a schedule calls it.
    pub fn name(mut self, name: String) -> Self {
        self.name = Some(name);
        self
    }

    /// Ignored: the explorer's threads have stacks of a fixed size.
    pub fn stack_size(self, _bytes: usize) -> Self {
        self
    }

    /// Runs `f` in a thread of its own.
    ///
    /// # Errors
    ///
    /// None.
    #[track_caller]
    pub fn spawn<F, T>(self, f: F) -> io::Result<JoinHandle<T>>
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send + 'static,
    {
        Ok(JoinHandle(start(
            self.name,
            Box::new(f),
            Location::caller(),
        )))
    }

    /// Runs `f` in a thread that ends before the scope does.
    ///
    /// # Errors
    ///
    /// None.
    #[track_caller]
    pub fn spawn_scoped<'scope, 'env, F, T>(
        self,
        scope: &'scope Scope<'scope, 'env>,
        f: F,
    ) -> io::Result<ScopedJoinHandle<'scope, T>>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        Ok(scope.start(self.name, f, Location::caller()))
    }
}

/// A body on its way to its thread. If the exploration ends first, what it captured is not dropped:
/// there would be no execution to drop it in.
struct Body<T>(Option<Box<dyn FnOnce() -> T + Send>>);

impl<T> Drop for Body<T> {
    fn drop(&mut self) {
        std::mem::forget(self.0.take());
    }
}

fn start<T: Send + 'static>(
    name: Option<String>,
    f: Box<dyn FnOnce() -> T + Send>,
    site: Caller,
) -> Joinable<T> {
    if threads() >= base::MAX_THREADS {
        undecided(format!(
            "this needs more than {} threads (main is one of them), and {} has room for no more",
            base::MAX_THREADS,
            base::NAME
        ));
        abandon();
    }
    let thread = register(name, site);
    let number = thread.number;
    let result: Slot<T> = Slot::default();
    let slot = Arc::clone(&result);
    let mut f = Body(Some(f));
    let body = Box::new(move || {
        enter_thread(number);
        let f = f.0.take().expect("a thread starts once");
        let value = catch_unwind(AssertUnwindSafe(f));
        if let Err(payload) = &value {
            left_by_panic(&**payload);
        }
        *lock(&slot) = Some(value);
        drop(slot);
        thread_finished(number);
    });
    step(site, Action::Spawn(number));
    let base = operation(|| base::spawn(number, body));
    Joinable {
        base,
        result,
        thread,
    }
}

/// A panic has left a thread, its own or main: that is the end, unless a test raised it on purpose,
/// with a payload that is no text.
pub(crate) fn left_by_panic(payload: &(dyn Any + Send)) {
    if let Some(message) = hook::text(payload) {
        let site: Option<Site> = hook::site_of(&message);
        note_panic(message, site);
        end_by_panic();
        abandon();
    }
}

/// `std::thread::Scope`.
pub struct Scope<'scope, 'env: 'scope> {
    running: Mutex<Vec<Running>>,
    scope: PhantomData<&'scope mut &'scope ()>,
    env: PhantomData<&'env mut &'env ()>,
}

/// A scoped thread, known to its scope and to its handle.
#[derive(Clone)]
struct Running {
    number: usize,
    /// Taken by who joins it.
    handle: Arc<Mutex<Option<base::JoinHandle>>>,
    /// It panicked, and nobody has been told.
    panicked: Arc<AtomicBool>,
}

impl Running {
    fn wait(&self, site: Caller) {
        let handle = lock(&self.handle).take();
        if let Some(handle) = handle {
            waiting(Waiting::Join(self.number), site);
            operation(|| handle.join());
            execution::not_waiting();
            step(site, Action::Join(self.number));
        }
    }
}

/// `std::thread::ScopedJoinHandle`.
pub struct ScopedJoinHandle<'scope, T> {
    running: Running,
    result: Slot<T>,
    thread: Thread,
    scope: PhantomData<&'scope ()>,
}

impl<T> ScopedJoinHandle<'_, T> {
    /// Waits for its end; what it returned, or what it panicked with.
    ///
    /// # Errors
    ///
    /// The payload, if it panicked.
    #[track_caller]
    pub fn join(self) -> Result<T> {
        self.running.wait(Location::caller());
        // One coroutine at a time: the order of these does not matter.
        self.running.panicked.store(false, Ordering::Relaxed);
        let value = lock(&self.result).take();
        value.expect("a thread that ended left a result")
    }

    /// The thread.
    pub fn thread(&self) -> &Thread {
        &self.thread
    }

    /// Whether it has ended. Does not wait.
    pub fn is_finished(&self) -> bool {
        operation(|| base::look_at_thread(self.thread.number));
        is_finished(self.thread.number)
    }
}

/// Runs `f` with a scope whose threads may borrow what outlives it: they all end before this returns.
///
/// # Panics
///
/// If one of them panicked and was not joined.
#[track_caller]
pub fn scope<'env, F, T>(f: F) -> T
where
    F: for<'scope> FnOnce(&'scope Scope<'scope, 'env>) -> T,
{
    let site = Location::caller();
    let scope = Scope {
        running: Mutex::default(),
        scope: PhantomData,
        env: PhantomData,
    };
    let result = catch_unwind(AssertUnwindSafe(|| f(&scope)));
    // They borrow from our caller, so not even a panic may pass before they have ended. (If the
    // exploration ends here, none of them ever runs again.) A thread may have started others.
    let mut joined = 0;
    let mut panicked = false;
    loop {
        let next = lock(&scope.running).get(joined).cloned();
        let Some(next) = next else {
            break;
        };
        next.wait(site);
        panicked |= next.panicked.load(Ordering::Relaxed);
        joined += 1;
    }
    match result {
        Err(payload) => resume_unwind(payload),
        Ok(_) if panicked => panic!("a scoped thread panicked"),
        Ok(value) => value,
    }
}

impl<'scope> Scope<'scope, '_> {
    /// Runs `f` in a thread that ends before the scope does.
    #[track_caller]
    pub fn spawn<F, T>(&'scope self, f: F) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        self.start(None, f, Location::caller())
    }

    fn start<F, T>(
        &'scope self,
        name: Option<String>,
        f: F,
        site: Caller,
    ) -> ScopedJoinHandle<'scope, T>
    where
        F: FnOnce() -> T + Send + 'scope,
        T: Send + 'scope,
    {
        let result: Slot<T> = Slot::default();
        let slot = Arc::clone(&result);
        let panicked = Arc::new(AtomicBool::new(false));
        let panics = Arc::clone(&panicked);
        let body: Box<dyn FnOnce() + Send + 'scope> = Box::new(move || {
            let value = catch_unwind(AssertUnwindSafe(f));
            if let Err(payload) = &value {
                left_by_panic(&**payload);
                panics.store(true, Ordering::Relaxed);
            }
            *lock(&slot) = Some(value);
        });
        // SAFETY: the thread ends, or is never run again, before `scope` returns, so it uses nothing
        // after `'scope`.
        let body = unsafe {
            std::mem::transmute::<Box<dyn FnOnce() + Send + 'scope>, Box<dyn FnOnce() + Send>>(body)
        };
        let started = start(name, body, site);
        let running = Running {
            number: started.thread.number,
            handle: Arc::new(Mutex::new(Some(started.base))),
            panicked,
        };
        lock(&self.running).push(running.clone());
        ScopedJoinHandle {
            running,
            result,
            thread: started.thread,
            scope: PhantomData,
        }
    }
}

impl fmt::Debug for Thread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Thread")
            .field("id", &self.id())
            .field("name", &self.name())
            .finish_non_exhaustive()
    }
}

impl<T> fmt::Debug for JoinHandle<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JoinHandle { .. }")
    }
}

impl<T> fmt::Debug for ScopedJoinHandle<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ScopedJoinHandle { .. }")
    }
}

/// Between coroutines of one real thread, and never held at a point: not contended.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
