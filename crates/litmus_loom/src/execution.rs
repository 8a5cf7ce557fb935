//! One execution after the other, until loom has no more.
//!
//! loom reports what it finds by panicking within an operation. That panic is caught in the thread that it
//! struck; all threads then run to their ends without touching anything more, so that none of loom's
//! coroutines is left half-way, and the next execution does not begin.

use std::{
    any::Any,
    cell::Cell,
    collections::BTreeSet,
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    rc::Rc,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use litmus::{
    code::{At, Code, Final, Step},
    program::{Order, RmwOp, Value},
    state::State,
};
use loom::{
    cell::UnsafeCell,
    sync::atomic::{AtomicI64, Ordering, fence},
    thread,
};

use crate::{Bounds, MOST_THREADS};

/// What the executions have in common.
pub(crate) struct Run {
    code: Code,
    finals: Vec<Final>,
    /// For each shared location.
    kinds: Vec<Kind>,
    executions: u64,
    duration: Duration,
    preemptions: Option<u8>,
    began: Instant,
    progress: Mutex<Progress>,
}

#[derive(Default)]
struct Progress {
    states: BTreeSet<State>,
    executions: u64,
    /// Set as soon as no more is to be run.
    end: Option<End>,
}

/// How the search ended.
#[derive(Clone)]
pub(crate) enum End {
    Complete,
    Executions,
    Duration,
    Race(String),
    GaveUp(String),
}

/// How a location is accessed.
#[derive(Clone, Copy)]
enum Kind {
    Atomic,
    Plain,
    Mixed,
}

impl Run {
    pub(crate) fn new(code: Code, finals: Vec<Final>, bounds: &Bounds) -> Run {
        let kinds = (0..code.shared.len()).map(|at| kind(&code, At(at)));
        Run {
            kinds: kinds.collect(),
            code,
            finals,
            executions: bounds.executions,
            duration: bounds.duration,
            preemptions: bounds.preemptions,
            began: Instant::now(),
            progress: Mutex::default(),
        }
    }

    fn progress(&self) -> MutexGuard<'_, Progress> {
        let progress = self.progress.lock();
        progress.unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether another execution is to be run, which then counts.
    fn begin(&self) -> bool {
        let mut progress = self.progress();
        if progress.end.is_none() {
            if progress.executions >= self.executions {
                progress.end = Some(End::Executions);
            } else if self.began.elapsed() >= self.duration {
                progress.end = Some(End::Duration);
            } else {
                progress.executions += 1;
            }
        }
        progress.end.is_none()
    }

    fn is_over(&self) -> bool {
        self.progress().end.is_some()
    }

    /// Notes why loom panicked. The first reason counts.
    fn failed(&self, panic: &(dyn Any + Send)) {
        let words = text(panic);
        let end = if words.contains("Causality violation") {
            End::Race(words)
        } else {
            End::GaveUp(words)
        };
        self.progress().end.get_or_insert(end);
    }
}

fn kind(code: &Code, location: At) -> Kind {
    let steps = code.threads.iter().flat_map(|thread| &thread.steps);
    let (mut plain, mut atomic) = (false, false);
    for step in steps {
        match step {
            Step::Load { at, order, .. } | Step::Store { at, order, .. } if *at == location => {
                plain |= *order == Order::Plain;
                atomic |= *order != Order::Plain;
            }
            Step::Rmw { at, .. } | Step::CompareExchange { at, .. } if *at == location => {
                atomic = true;
            }
            _ => {}
        }
    }
    match (plain, atomic) {
        (true, true) => Kind::Mixed,
        (true, false) => Kind::Plain,
        (false, _) => Kind::Atomic,
    }
}

/// Runs all executions, on this thread. Gives the states they ended in, how many there were, and why there
/// were no more.
pub(crate) fn search(run: Run) -> (BTreeSet<State>, u64, End) {
    let run = Arc::new(run);
    let shared = Arc::clone(&run);
    let searched = catch_unwind(AssertUnwindSafe(|| {
        builder(&run).check(move || execution(&shared));
    }));
    if let Err(panic) = searched {
        // After a bound or a race this panic is our own, which says nothing.
        run.failed(&*panic);
    }
    let progress = std::mem::take(&mut *run.progress());
    let end = progress.end.unwrap_or(End::Complete);
    (progress.states, progress.executions, end)
}

fn builder(run: &Run) -> loom::model::Builder {
    let threads = run.code.threads.iter();
    let steps: usize = threads.map(|thread| thread.steps.len()).sum();
    let mut builder = loom::model::Builder::new();
    // All of them, so that no environment variable changes what is explored.
    builder.max_threads = MOST_THREADS;
    // More than there can be: a choice of thread and one of value for each step and each final value, and
    // some for the beginning and the end of each thread. loom sets so much memory aside.
    builder.max_branches = 200 + 4 * (steps + run.finals.len());
    builder.max_permutations = None;
    builder.max_duration = None;
    builder.preemption_bound = run.preemptions.map(usize::from);
    builder.checkpoint_file = None;
    builder.checkpoint_interval = usize::MAX;
    builder.expect_explicit_explore = false;
    builder.location = false;
    builder.log = false;
    builder
}

/// One execution; this is its main thread.
fn execution(run: &Arc<Run>) {
    if !run.begin() {
        // Out of loom's loop. No other thread has begun, so there is none to be unwound.
        resume_unwind(Box::new("no more"));
    }
    let guarded = catch_unwind(AssertUnwindSafe(|| threads(run)));
    match guarded {
        Ok(state) => {
            let mut progress = run.progress();
            if progress.end.is_none() {
                progress.states.insert(state);
            }
        }
        Err(panic) => run.failed(&*panic),
    }
}

/// Runs the threads, and reads what they leave behind.
fn threads(run: &Arc<Run>) -> State {
    let memory = Rc::new(Memory::new(run));
    let mut registers = Vec::new();
    if let Some(last) = run.code.threads.len().checked_sub(1) {
        let spawned = (0..last).map(|me| {
            let (run, memory) = (Arc::clone(run), Rc::clone(&memory));
            thread::spawn(move || guarded(&run, &memory, me))
        });
        let spawned: Vec<_> = spawned.collect();
        let own = guarded(run, &memory, last);
        let joined = spawned.into_iter().map(|thread| {
            let joined = thread.join();
            joined.expect("a thread's panics are caught")
        });
        registers.extend(joined);
        registers.push(own);
    }
    let finals = run.finals.iter().map(|place| match *place {
        Final::Constant(value) => value,
        Final::Register { thread, register } => registers[thread][register.0],
        Final::Shared(at) => memory.last(at),
    });
    State(finals.map(Some).collect())
}

/// Runs thread `me`, and gives its registers.
fn guarded(run: &Run, memory: &Memory, me: usize) -> Vec<Value> {
    let mut registers = run.code.threads[me].registers.clone();
    let body = AssertUnwindSafe(|| body(run, memory, me, &mut registers));
    if let Err(panic) = catch_unwind(body) {
        run.failed(&*panic);
    }
    registers
}

fn body(run: &Run, memory: &Memory, me: usize, registers: &mut [Value]) {
    let code = &run.code.threads[me];
    let mut next = 0;
    loop {
        next = code.advance(next, registers);
        let Some(step) = code.steps.get(next) else {
            return;
        };
        if run.is_over() {
            return;
        }
        next += 1;
        match step {
            Step::Load { to, at, order } => registers[to.0] = memory.load(me, *at, *order),
            Step::Store { at, value, order } => {
                memory.store(me, *at, value.eval(registers), *order);
            }
            Step::Rmw {
                to,
                at,
                op,
                operand,
                order,
            } => {
                let operand = operand.eval(registers);
                let found = rmw(memory.update(me, *at), *op, operand, order.of_update());
                if let Some(to) = to {
                    registers[to.0] = found;
                }
            }
            Step::CompareExchange {
                success,
                found,
                at,
                expected,
                desired,
                on_success,
                on_failure,
                weak,
            } => {
                let cell = memory.update(me, *at);
                let expected = expected.eval(registers);
                let desired = desired.eval(registers);
                let (on_success, on_failure) = (on_success.of_update(), on_failure.of_load());
                let result = if *weak {
                    cell.compare_exchange_weak(expected, desired, on_success, on_failure)
                } else {
                    cell.compare_exchange(expected, desired, on_success, on_failure)
                };
                if let Some(found) = found {
                    registers[found.0] = result.unwrap_or_else(|found| found);
                }
                if let Some(success) = success {
                    registers[success.0] = result.is_ok().into();
                }
            }
            Step::Fence(order) => fence(order.of_update()),
            Step::Let { .. } | Step::Unless { .. } | Step::Goto(_) => {
                unreachable!("they touch no memory")
            }
        }
    }
}

fn rmw(cell: &AtomicI64, op: RmwOp, operand: Value, order: Ordering) -> Value {
    match op {
        RmwOp::Exchange => cell.swap(operand, order),
        RmwOp::Add => cell.fetch_add(operand, order),
        RmwOp::Sub => cell.fetch_sub(operand, order),
        RmwOp::And => cell.fetch_and(operand, order),
        RmwOp::Or => cell.fetch_or(operand, order),
        RmwOp::Xor => cell.fetch_xor(operand, order),
    }
}

/// The shared locations of one execution.
struct Memory(Vec<Shared>);

enum Shared {
    Atomic(AtomicI64),
    /// loom checks that nobody races for it, and knows nothing of the value.
    Plain(Check, Cell<Value>),
    /// Both plain and atomic accesses are made to it.
    Mixed(Box<Mixed>),
}

/// loom's check of accesses to a cell.
struct Check(UnsafeCell<()>);

/// loom's cells know no atomic accesses, so each thread has two of its own to record them in: no two threads
/// ever write the same one, and a plain access reads those that it must not meet.
struct Mixed {
    value: AtomicI64,
    plain: Check,
    reads: Vec<Check>,
    writes: Vec<Check>,
}

impl Check {
    fn new() -> Check {
        Check(UnsafeCell::new(()))
    }

    fn read(&self) {
        self.0.with(|_| ());
    }

    fn write(&self) {
        self.0.with_mut(|_| ());
    }
}

impl Mixed {
    fn new(value: Value, threads: usize) -> Mixed {
        let checks = || (0..threads).map(|_| Check::new()).collect();
        Mixed {
            value: AtomicI64::new(value),
            plain: Check::new(),
            reads: checks(),
            writes: checks(),
        }
    }

    fn plain_read(&self) {
        self.plain.read();
        self.writes.iter().for_each(Check::read);
    }

    fn plain_write(&self) {
        self.plain.write();
        self.reads.iter().chain(&self.writes).for_each(Check::read);
    }
}

impl Memory {
    fn new(run: &Run) -> Memory {
        let shared = run.code.shared.iter().zip(&run.kinds);
        let shared = shared.map(|(location, kind)| match kind {
            Kind::Atomic => Shared::Atomic(AtomicI64::new(location.initial)),
            Kind::Plain => Shared::Plain(Check::new(), Cell::new(location.initial)),
            Kind::Mixed => {
                let mixed = Mixed::new(location.initial, run.code.threads.len());
                Shared::Mixed(Box::new(mixed))
            }
        });
        Memory(shared.collect())
    }

    fn load(&self, me: usize, at: At, order: Order) -> Value {
        match &self.0[at.0] {
            Shared::Atomic(cell) => cell.load(order.of_load()),
            Shared::Plain(check, value) => {
                check.read();
                value.get()
            }
            Shared::Mixed(mixed) => {
                match order {
                    Order::Plain => mixed.plain_read(),
                    _ => mixed.reads[me].write(),
                }
                mixed.value.load(order.of_load())
            }
        }
    }

    fn store(&self, me: usize, at: At, new: Value, order: Order) {
        match &self.0[at.0] {
            Shared::Atomic(cell) => cell.store(new, order.of_store()),
            Shared::Plain(check, value) => {
                check.write();
                value.set(new);
            }
            Shared::Mixed(mixed) => {
                match order {
                    Order::Plain => mixed.plain_write(),
                    _ => mixed.writes[me].write(),
                }
                mixed.value.store(new, order.of_store());
            }
        }
    }

    /// What a read-modify-write of thread `me` works on.
    fn update(&self, me: usize, at: At) -> &AtomicI64 {
        match &self.0[at.0] {
            Shared::Atomic(cell) => cell,
            Shared::Mixed(mixed) => {
                mixed.reads[me].write();
                mixed.writes[me].write();
                &mixed.value
            }
            Shared::Plain(..) => unreachable!("what is updated is accessed atomically"),
        }
    }

    /// The last value, after all threads have been joined.
    fn last(&self, at: At) -> Value {
        match &self.0[at.0] {
            Shared::Atomic(cell) => cell.load(Ordering::Relaxed),
            Shared::Plain(check, value) => {
                check.read();
                value.get()
            }
            Shared::Mixed(mixed) => mixed.value.load(Ordering::Relaxed),
        }
    }
}

/// The first line of what a panic says.
pub(crate) fn text(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let text = text.unwrap_or("it panicked").trim();
    text.lines().next().unwrap_or_default().trim().to_owned()
}
