//! What happened in the execution that runs now: its threads, its objects, its steps, and how it
//! ended. All model threads of an exploration are coroutines on one real thread, so this is a
//! thread-local, cleared at the start of each execution.
//!
//! Every operation of the twin goes through [`operation`], and is written down with [`step`] right
//! after it took effect and before another thread can run.

use std::{
    any::Any,
    cell::{Cell, RefCell},
    collections::VecDeque,
    panic::{AssertUnwindSafe, Location, catch_unwind, resume_unwind},
};

use findings::{Finding, LockKind, Schedule, Site, Step, Verdict};

use super::{hook, names::Names};
use crate::base;

pub(crate) type Caller = &'static Location<'static>;

/// Operations in one execution. A program made to be explored has some dozens.
const MAX_OPERATIONS: u64 = 5_000;
/// This many last steps without progress, and nothing but spinning: it will spin for ever.
const SPIN_WINDOW: usize = 500;

/// An object of the exercise, by order of creation within the execution.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Tag(pub(crate) usize);

/// What an operation did to its object.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Access {
    Read,
    Write,
    /// A write that left the value as it was: ordered like a write, but nobody who spins needs to
    /// look again.
    Rewrite,
}

/// What kind of thing a [`Tag`] names.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Kind {
    Mutex,
    RwLock,
    Condvar,
    Atomic,
    Cell,
    Channel,
    Once,
    Barrier,
    /// Part of another object; never shown.
    Part,
}

#[derive(Clone, Debug)]
pub(crate) struct Object {
    pub kind: Kind,
    /// Full name of the guarded or held type.
    pub holds: &'static str,
    pub created: Caller,
}

/// A value read or written, kept as it is: most executions are never printed.
#[derive(Clone, Copy, PartialEq, Debug)]
pub(crate) enum Value {
    Unsigned(u64),
    Signed(i64),
    Bool(bool),
    Null,
    Pointer,
}

/// One step, kept unformatted.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    Lock(Tag),
    TryLock(Tag, bool),
    Read(Tag),
    TryRead(Tag, bool),
    Write(Tag),
    TryWrite(Tag, bool),
    Load(Tag, Value),
    Store(Tag, Value),
    /// `swap`, `fetch_add`: name, before, after.
    Modify(Tag, &'static str, Value, Value),
    /// A compare-exchange that found what it expected.
    Exchange(Tag, Value, Value),
    /// One that did not: expected, found.
    ExchangeFailed(Tag, Value, Value),
    Fence(std::sync::atomic::Ordering),
    CellRead(Tag),
    CellWrite(Tag),
    WaitOn(Tag),
    Woken(Tag),
    WokenSpuriously(Tag),
    NotifyOne(Tag),
    NotifyAll(Tag),
    Spawn(usize),
    Join(usize),
    Park,
    Unparked,
    Unpark(usize),
    Spin,
    Yield,
    /// An operation on a channel, a barrier, a once.
    Did(&'static str, Tag),
    Panic(String),
    /// Why a thread never got on.
    Stuck(String),
}

struct RawStep {
    thread: usize,
    action: Action,
    site: At,
}

#[derive(Clone)]
enum At {
    Operation(Caller),
    Panic(Site),
}

impl From<&At> for Site {
    fn from(at: &At) -> Self {
        match at {
            At::Operation(caller) => Site::from(*caller),
            At::Panic(site) => site.clone(),
        }
    }
}

/// What a thread is about to wait for; cleared when the operation returns.
#[derive(Clone, Debug)]
pub(crate) enum Waiting {
    Lock(Tag, LockKind),
    Condvar(Tag),
    Join(usize),
    Park,
    /// `to receive from Channel<u32>`: the phrase before the object.
    For(&'static str, Tag),
}

#[derive(Default)]
struct Thread {
    name: Option<String>,
    /// Locks held, oldest first.
    holds: Vec<(Tag, Caller)>,
    waiting: Option<(Waiting, Caller)>,
    finished: bool,
    /// Waits on condition variables so far.
    waits: usize,
}

/// How an execution ended that did not just run to its end.
#[derive(Clone, Debug)]
pub(crate) enum End {
    Found {
        verdict: Verdict,
        message: String,
        site: Option<Site>,
    },
    /// Nothing to blame on the program: a limit of the explorer.
    Undecided(String),
    /// A bound of the exploration was reached before the execution began.
    Bound,
}

#[derive(Default)]
struct Execution {
    threads: Vec<Thread>,
    objects: Vec<Object>,
    steps: Vec<RawStep>,
    operations: u64,
    /// Who waits on which condition variable, and the mutex it gave up, in order.
    condvar_queue: VecDeque<(Tag, usize, Tag)>,
    /// The one wait that returns without a notification: thread, and ordinal of its wait.
    spurious: Option<(usize, usize)>,
    /// All waits seen.
    waits_seen: Vec<(usize, usize)>,
    end: Option<End>,
    /// The first panic that counts: message, place, and the number of steps up to it.
    panicked: Option<(String, Option<Site>, usize)>,
    model_file: String,
    exercise_steps: u64,
    /// The last file asked about, by address, and the answer.
    last_file: Option<(*const u8, bool)>,
}

thread_local! {
    static NOW: RefCell<Execution> = RefCell::default();
    static THIS_THREAD: Cell<usize> = const { Cell::new(0) };
    static EXPLORING: Cell<bool> = const { Cell::new(false) };
}

fn now<R>(f: impl FnOnce(&mut Execution) -> R) -> R {
    NOW.with_borrow_mut(f)
}

/// Performs one operation of the base, in which other threads may run.
pub(crate) fn operation<R>(f: impl FnOnce() -> R) -> R {
    if is_over() {
        abandon();
    }
    let me = THIS_THREAD.get();
    if now(|e| {
        e.operations += 1;
        e.operations > MAX_OPERATIONS
    }) && EXPLORING.get()
    {
        too_long();
        abandon();
    }
    let result = match catch_unwind(AssertUnwindSafe(f)) {
        Ok(result) => result,
        Err(payload) if !EXPLORING.get() => resume_unwind(payload),
        Err(payload) => {
            THIS_THREAD.set(me);
            if !is_over() {
                fail_by_engine(payload);
            }
            abandon();
        }
    };
    THIS_THREAD.set(me);
    if is_over() {
        abandon();
    }
    result
}

/// Writes down what the operation before it did.
pub(crate) fn step(site: Caller, action: Action) {
    let thread = THIS_THREAD.get();
    now(|e| {
        let counts = match e.last_file {
            Some((file, counts)) if file == site.file().as_ptr() => counts,
            _ => {
                let file = site.file();
                let ours = file.starts_with("crates/") || file.contains("/crates/");
                let counts = file != e.model_file
                    && !(ours && file.contains("/src/"))
                    && !file.starts_with("/rustc/");
                e.last_file = Some((file.as_ptr(), counts));
                counts
            }
        };
        e.exercise_steps += u64::from(counts);
        e.steps.push(RawStep {
            thread,
            action,
            site: At::Operation(site),
        });
    });
}

/// Says what the base was told was touched; what a search without repetition goes by.
pub(crate) fn touch(tag: Tag, access: Access) {
    base::touch(tag.0, access);
}

pub(crate) fn create(kind: Kind, holds: &'static str, created: Caller) -> Tag {
    now(|e| {
        e.objects.push(Object {
            kind,
            holds,
            created,
        });
        Tag(e.objects.len() - 1)
    })
}

pub(crate) fn this_thread() -> usize {
    THIS_THREAD.get()
}

pub(crate) fn waiting(what: Waiting, site: Caller) {
    let me = THIS_THREAD.get();
    now(|e| {
        if let Some(thread) = e.threads.get_mut(me) {
            thread.waiting = Some((what, site));
        }
    });
}

pub(crate) fn not_waiting() {
    let me = THIS_THREAD.get();
    now(|e| {
        if let Some(thread) = e.threads.get_mut(me) {
            thread.waiting = None;
        }
    });
}

pub(crate) fn holds(tag: Tag, site: Caller) {
    let me = THIS_THREAD.get();
    now(|e| {
        if let Some(thread) = e.threads.get_mut(me) {
            thread.waiting = None;
            thread.holds.push((tag, site));
        }
    });
}

/// A guard may be dropped by another thread than the one that took it.
pub(crate) fn releases(tag: Tag) {
    let me = THIS_THREAD.get();
    now(|e| {
        let order = std::iter::once(me).chain(0..e.threads.len());
        for thread in order.collect::<Vec<_>>() {
            let Some(thread) = e.threads.get_mut(thread) else {
                continue;
            };
            if let Some(at) = thread.holds.iter().rposition(|(held, _)| *held == tag) {
                thread.holds.remove(at);
                return;
            }
        }
    });
}

/// Enters the wait on a condition variable; true if this one is to return without a notification.
pub(crate) fn enter_wait(condvar: Tag, mutex: Tag) -> bool {
    let me = THIS_THREAD.get();
    now(|e| {
        let Some(thread) = e.threads.get_mut(me) else {
            return false;
        };
        let key = (me, thread.waits);
        thread.waits += 1;
        e.waits_seen.push(key);
        let spurious = e.spurious == Some(key);
        if !spurious {
            e.condvar_queue.push_back((condvar, me, mutex));
        }
        spurious
    })
}

/// The base woke `thread` (`None`: the one that waits longest), which now needs its lock again.
/// False if nobody was waiting.
pub(crate) fn notified(condvar: usize, thread: Option<usize>) -> bool {
    now(|e| {
        let at = e.condvar_queue.iter().position(|(tag, who, _)| {
            tag.0 == condvar && thread.is_none_or(|thread| thread == *who)
        });
        let Some((_, who, mutex)) = at.and_then(|at| e.condvar_queue.remove(at)) else {
            return false;
        };
        if let Some((waiting, _)) = &mut e.threads[who].waiting {
            *waiting = Waiting::Lock(mutex, LockKind::Mutex);
        }
        true
    })
}

/// Registers a thread and returns its number.
pub(crate) fn add_thread(name: Option<String>) -> usize {
    now(|e| {
        e.threads.push(Thread {
            name,
            ..Thread::default()
        });
        e.threads.len() - 1
    })
}

pub(crate) fn threads() -> usize {
    now(|e| e.threads.len())
}

/// First thing a new thread does.
pub(crate) fn enter_thread(thread: usize) {
    THIS_THREAD.set(thread);
}

pub(crate) fn thread_finished(thread: usize) {
    now(|e| e.threads[thread].finished = true);
}

pub(crate) fn is_finished(thread: usize) -> bool {
    now(|e| e.threads[thread].finished)
}

/// Whether the exploration has ended; threads that still run have nothing more to do.
pub(crate) fn is_over() -> bool {
    EXPLORING.get() && now(|e| e.end.is_some())
}

/// Leaves the exploration for good without unwinding this thread: its destructors could need threads
/// that will never run again.
pub(crate) fn abandon() -> ! {
    base::abandon()
}

pub(crate) fn end(with: End) {
    now(|e| {
        e.end.get_or_insert(with);
    });
}

pub(crate) fn undecided(why: String) {
    end(End::Undecided(why));
}

/// A panic that counts: it left a model thread, or the model's own assertion raised it. Only the
/// first does. What it unwinds through still runs; [`end_by_panic`] then ends the exploration.
pub(crate) fn note_panic(message: String, site: Option<Site>) {
    let thread = THIS_THREAD.get();
    now(|e| {
        if e.panicked.is_some() {
            return;
        }
        if let Some(site) = site.clone() {
            e.steps.push(RawStep {
                thread,
                action: Action::Panic(message.clone()),
                site: At::Panic(site),
            });
        }
        e.panicked = Some((message, site, e.steps.len()));
    });
}

/// Ends the exploration if a panic was noted. The schedule ends with that panic.
pub(crate) fn end_by_panic() -> bool {
    now(|e| {
        let Some((message, site, steps)) = e.panicked.take() else {
            return false;
        };
        if e.end.is_none() {
            e.steps.truncate(steps);
            e.end = Some(End::Found {
                verdict: Verdict::BadInterleaving,
                message,
                site,
            });
        }
        true
    })
}

/// The base panicked within an operation: that is how it says what it found.
pub(crate) fn fail_by_engine(payload: Box<dyn Any + Send>) {
    let message = hook::text(&*payload).unwrap_or_default();
    match base::diagnose(&message) {
        base::Diagnosis::Deadlock => deadlock(),
        base::Diagnosis::Race => race(),
        base::Diagnosis::TooLong => too_long(),
        base::Diagnosis::Limit(why) => undecided(why),
    }
}

/// Every thread waits. Names the cycle, if there is one, else every wait.
pub(crate) fn deadlock() {
    if end_by_panic() {
        return;
    }
    now(|e| {
        let names = Names::new(&e.objects);
        let stuck: Vec<usize> = (0..e.threads.len())
            .filter(|&t| !e.threads[t].finished && e.threads[t].waiting.is_some())
            .collect();
        let holder = |tag: Tag| {
            (0..e.threads.len()).find(|&t| e.threads[t].holds.iter().any(|(held, _)| *held == tag))
        };
        let waits_for = |thread: usize| -> Option<usize> {
            match e.threads[thread].waiting.as_ref()?.0 {
                Waiting::Lock(tag, _) => holder(tag),
                Waiting::Join(other) => Some(other),
                _ => None,
            }
        };
        let cycle = cycle(&stuck, &waits_for);
        let phrase = |thread: usize, with_holder: bool| {
            let (waiting, _) = e.threads[thread].waiting.as_ref().expect("it is stuck");
            let by = |holder: Option<usize>| match holder {
                Some(holder) if !with_holder => format!(", held by {}", e.name_of(holder)),
                Some(holder) if holder == thread => ", which it holds itself".to_owned(),
                Some(holder) => format!(", held by {}", e.name_of(holder)),
                None => String::new(),
            };
            match waiting {
                Waiting::Lock(tag, LockKind::Mutex) => {
                    format!("waits for {}{}", names.of(*tag), by(holder(*tag)))
                }
                Waiting::Lock(tag, LockKind::Read) => {
                    format!("waits to read {}{}", names.of(*tag), by(holder(*tag)))
                }
                Waiting::Lock(tag, LockKind::Write) => {
                    format!("waits to write {}{}", names.of(*tag), by(holder(*tag)))
                }
                Waiting::Condvar(tag) => format!("waits for a notification of {}", names.of(*tag)),
                Waiting::Join(other) => format!("waits for the end of {}", e.name_of(*other)),
                Waiting::Park => "is parked".to_owned(),
                Waiting::For(what, tag) => format!("waits {what} {}", names.of(*tag)),
            }
        };
        let line = |thread: usize| {
            let held: Vec<String> = e.threads[thread]
                .holds
                .iter()
                .map(|(tag, _)| names.of(*tag))
                .collect();
            let holds = match held.as_slice() {
                [] => String::new(),
                held => format!("holds {}, ", held.join(" and ")),
            };
            format!("{} {holds}{}", e.name_of(thread), phrase(thread, true))
        };
        let involved = cycle.as_ref().unwrap_or(&stuck);
        let message = involved
            .iter()
            .map(|&thread| line(thread))
            .collect::<Vec<_>>()
            .join("; ");
        let site = involved
            .last()
            .and_then(|&thread| e.threads[thread].waiting.as_ref())
            .map(|(_, site)| Site::from(*site));
        let rows: Vec<RawStep> = stuck
            .iter()
            .map(|&thread| RawStep {
                thread,
                action: Action::Stuck(phrase(thread, false)),
                site: At::Operation(e.threads[thread].waiting.as_ref().expect("it is stuck").1),
            })
            .collect();
        let main_ended = e.threads.first().is_some_and(|main| main.finished);
        let verdict = if main_ended && cycle.is_none() {
            Verdict::Leak
        } else {
            Verdict::Deadlock
        };
        let message = match verdict {
            Verdict::Leak => format!("the test has ended and left threads behind: {message}"),
            _ if cycle.is_none() => format!("every thread waits: {message}"),
            _ => message,
        };
        e.steps.extend(rows);
        e.end.get_or_insert(End::Found {
            verdict,
            message,
            site,
        });
    });
}

/// The first cycle among `stuck` under `next`, from its lowest thread on.
fn cycle(stuck: &[usize], next: &dyn Fn(usize) -> Option<usize>) -> Option<Vec<usize>> {
    for &start in stuck {
        let mut path = vec![start];
        while let Some(thread) = next(*path.last().expect("it has a start")) {
            if thread == start {
                return Some(path);
            }
            if path.contains(&thread) || !stuck.contains(&thread) {
                break;
            }
            path.push(thread);
        }
    }
    None
}

/// Every thread that can run spins, and nothing changes.
pub(crate) fn livelock() {
    now(|e| {
        let spinning: Vec<usize> = (0..e.threads.len())
            .filter(|&t| !e.threads[t].finished && e.threads[t].waiting.is_none())
            .collect();
        let site = e
            .steps
            .iter()
            .rfind(|step| matches!(step.action, Action::Spin | Action::Yield))
            .map(|step| Site::from(&step.site));
        let names: Vec<String> = spinning.iter().map(|&t| e.name_of(t)).collect();
        e.end.get_or_insert(End::Found {
            verdict: Verdict::Livelock,
            message: format!(
                "{} for ever, and nothing changes any more that would end it",
                match names.as_slice() {
                    [one] => format!("{one} spins"),
                    many => format!("{} spin", many.join(" and ")),
                }
            ),
            site,
        });
    });
}

/// An execution that does not end: a livelock if what it did last was spinning alone, and the explorer
/// kept nothing from it.
fn too_long() {
    let only_spins = now(|e| {
        let tail = &e.steps[e.steps.len().saturating_sub(SPIN_WINDOW)..];
        let idle = tail.iter().all(|step| {
            matches!(
                step.action,
                Action::Spin
                    | Action::Yield
                    | Action::Load(..)
                    | Action::ExchangeFailed(..)
                    | Action::TryLock(_, false)
                    | Action::TryRead(_, false)
                    | Action::TryWrite(_, false)
                    | Action::CellRead(_)
                    | Action::Fence(_)
            ) || matches!(step.action, Action::Modify(_, _, from, to) if from == to)
        });
        // A thread that could still run but took no part might have ended it.
        let all_spin = (0..e.threads.len())
            .filter(|&t| !e.threads[t].finished && e.threads[t].waiting.is_none())
            .all(|t| {
                tail.iter().any(|step| {
                    step.thread == t && matches!(step.action, Action::Spin | Action::Yield)
                })
            });
        tail.len() == SPIN_WINDOW && idle && all_spin
    });
    if only_spins && base::SHOWS_EVERY_WRITE {
        livelock();
    } else if only_spins {
        undecided(format!(
            "in one execution the last {SPIN_WINDOW} operations only spun; a livelock, or {} went on \
             showing old values",
            base::NAME
        ));
    } else {
        undecided(format!(
            "one execution did more than {MAX_OPERATIONS} operations and was given up: a loop that \
             waits without `kit::hint::spin_loop()`, or one that gets on too slowly to be explored"
        ));
    }
}

/// The base saw two accesses to a cell that nothing orders. The last step is the second access.
fn race() {
    now(|e| {
        let names = Names::new(&e.objects);
        let last = e.steps.len() - 1;
        let (thread, cell, site, writes) = match &e.steps[last] {
            RawStep {
                thread,
                action: Action::CellRead(tag),
                site,
            } => (*thread, *tag, Site::from(site), false),
            RawStep {
                thread,
                action: Action::CellWrite(tag),
                site,
            } => (*thread, *tag, Site::from(site), true),
            _ => unreachable!("a cell access is written down before it is checked"),
        };
        let other = e.steps[..last].iter().rfind(|step| {
            step.thread != thread
                && match step.action {
                    Action::CellWrite(tag) => tag == cell,
                    Action::CellRead(tag) => tag == cell && writes,
                    _ => false,
                }
        });
        let verb = |writes: bool| if writes { "writes" } else { "reads" };
        let second = format!("{} {} it at {}", e.name_of(thread), verb(writes), site);
        let message = match other {
            Some(step) => format!(
                "nothing orders two accesses to {}: {} {} it at {}, {second}",
                names.of(cell),
                e.name_of(step.thread),
                verb(matches!(step.action, Action::CellWrite(_))),
                Site::from(&step.site),
            ),
            None => format!(
                "nothing orders an access to {} after its creation at {}: {second}",
                names.of(cell),
                Site::from(e.objects[cell.0].created),
            ),
        };
        e.end.get_or_insert(End::Found {
            verdict: Verdict::DataRace,
            message,
            site: Some(site),
        });
    });
}

impl Execution {
    fn name_of(&self, thread: usize) -> String {
        match self.threads.get(thread).and_then(|t| t.name.as_deref()) {
            Some(name) => name.to_owned(),
            None if thread == 0 => "main".to_owned(),
            None => format!("thread {thread}"),
        }
    }

    fn schedule(&self) -> Schedule {
        let names = Names::new(&self.objects);
        let show = |tag: &Tag| names.of(*tag);
        Schedule {
            threads: (0..self.threads.len()).map(|t| self.name_of(t)).collect(),
            steps: self
                .steps
                .iter()
                .map(|step| Step {
                    thread: step.thread,
                    action: step.action.text(&show, &|thread| self.name_of(thread)),
                    site: Some(Site::from(&step.site)),
                })
                .collect(),
        }
    }
}

impl Action {
    fn text(&self, of: &dyn Fn(&Tag) -> String, thread: &dyn Fn(usize) -> String) -> String {
        match self {
            Action::Lock(tag) => format!("lock {}", of(tag)),
            Action::TryLock(tag, true) => format!("try_lock {}: got it", of(tag)),
            Action::TryLock(tag, false) => format!("try_lock {}: taken", of(tag)),
            Action::Read(tag) => format!("read-lock {}", of(tag)),
            Action::TryRead(tag, true) => format!("try_read {}: got it", of(tag)),
            Action::TryRead(tag, false) => format!("try_read {}: taken", of(tag)),
            Action::Write(tag) => format!("write-lock {}", of(tag)),
            Action::TryWrite(tag, true) => format!("try_write {}: got it", of(tag)),
            Action::TryWrite(tag, false) => format!("try_write {}: taken", of(tag)),
            Action::Load(tag, value) => format!("load {} = {value}", of(tag)),
            Action::Store(tag, value) => format!("store {} := {value}", of(tag)),
            Action::Modify(tag, what, from, to) => format!("{what} {}: {from} → {to}", of(tag)),
            Action::Exchange(tag, from, to) => format!("CAS {}: {from} → {to}", of(tag)),
            Action::ExchangeFailed(tag, expected, found) => {
                format!("CAS {} fails: {found}, not {expected}", of(tag))
            }
            Action::Fence(order) => format!("fence({order:?})"),
            Action::CellRead(tag) => format!("read {}", of(tag)),
            Action::CellWrite(tag) => format!("write {}", of(tag)),
            Action::WaitOn(tag) => format!("wait on {}", of(tag)),
            Action::Woken(tag) => format!("woken by {}", of(tag)),
            Action::WokenSpuriously(tag) => format!("woken by nobody, {}", of(tag)),
            Action::NotifyOne(tag) => format!("notify_one {}", of(tag)),
            Action::NotifyAll(tag) => format!("notify_all {}", of(tag)),
            Action::Spawn(other) => format!("spawn {}", thread(*other)),
            Action::Join(other) => format!("join {}", thread(*other)),
            Action::Park => "park".to_owned(),
            Action::Unparked => "unparked".to_owned(),
            Action::Unpark(other) => format!("unpark {}", thread(*other)),
            Action::Spin => "spin".to_owned(),
            Action::Yield => "yield".to_owned(),
            Action::Did(what, tag) => format!("{what} {}", of(tag)),
            Action::Panic(message) => {
                format!("panics: {}", message.lines().next().unwrap_or_default())
            }
            Action::Stuck(why) => why.clone(),
        }
    }
}

impl std::fmt::Display for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Value::Unsigned(value) => write!(f, "{value}"),
            Value::Signed(value) => write!(f, "{value}"),
            Value::Bool(value) => write!(f, "{value}"),
            Value::Null => f.write_str("null"),
            Value::Pointer => f.write_str("ptr"),
        }
    }
}

// What `model` drives an exploration with.

/// Starts an execution, in which `spurious` names the wait that nobody wakes.
pub(crate) fn begin(spurious: Option<(usize, usize)>) {
    THIS_THREAD.set(0);
    now(|e| {
        e.threads.clear();
        e.threads.push(Thread::default());
        e.objects.clear();
        e.steps.clear();
        e.operations = 0;
        e.condvar_queue.clear();
        e.spurious = spurious;
        e.waits_seen.clear();
        e.panicked = None;
    });
}

/// Forgets everything; `model_file` is where the test itself is written.
pub(crate) fn reset(model_file: &str) {
    NOW.replace(Execution {
        model_file: model_file.to_owned(),
        ..Execution::default()
    });
    EXPLORING.set(true);
}

pub(crate) fn stop() {
    EXPLORING.set(false);
}

pub(crate) fn is_exploring() -> bool {
    EXPLORING.get()
}

pub(crate) fn in_model_file(file: &str) -> bool {
    now(|e| e.model_file == file)
}

pub(crate) fn waits_seen(into: &mut Vec<(usize, usize)>) {
    now(|e| {
        for key in &e.waits_seen {
            if !into.contains(key) {
                into.push(*key);
            }
        }
    });
}

pub(crate) fn take_end() -> Option<End> {
    now(|e| e.end.take())
}

pub(crate) fn exercise_steps() -> u64 {
    now(|e| e.exercise_steps)
}

/// The finding of the execution that ended last.
pub(crate) fn finding(
    verdict: Verdict,
    message: String,
    site: Option<Site>,
    replay: String,
) -> Finding {
    now(|e| Finding {
        verdict,
        message,
        site,
        schedule: e.schedule(),
        replay,
    })
}
