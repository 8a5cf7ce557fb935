//! The order in which schedules are tried: depth first, without trying two that differ only in the
//! order of steps that have nothing to do with each other (sleep sets: P. Godefroid, *Partial-Order
//! Methods for the Verification of Concurrent Systems*, 1996, chapter 5); or at random, with priorities
//! (PCT: Burckhardt et al., *A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs*,
//! ASPLOS 2010).
//!
//! A step is what a thread does between two points. Two steps have to do with each other if they touch
//! the same object and one of them writes it. A thread that spins waits until another thread changes
//! something; so a spin loop costs two iterations, not infinitely many.

use std::{cell::RefCell, collections::HashMap};

use shuttle::scheduler::{Schedule, Task, TaskId};

use crate::twin::execution::{self as twin, Access};

/// Turns given to threads that only spin, while nothing changes, before that is called a livelock.
const IDLE_TURNS: usize = 400;
/// Priority changes in one random schedule: finds what takes one preemption more than that or fewer.
const CHANGE_POINTS: usize = 2;
/// Over how many points the priority changes are spread.
const SPREAD: u64 = 60;

/// What a thread needs to get on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Wants {
    Turn,
    Read(usize),
    Write(usize),
    /// Of a condition variable.
    Notification(usize),
    /// The end of a thread.
    End(usize),
    /// The end of all others.
    AllEnds,
    /// It spins: any change by another thread since it last looked.
    Change,
}

#[derive(Default, Clone)]
struct Lock {
    writer: bool,
    readers: usize,
}

#[derive(Default)]
struct Condvar {
    waiters: Vec<usize>,
    /// Each wakes one of the threads named.
    tokens: Vec<Vec<usize>>,
}

struct Thread {
    wants: Wants,
    finished: bool,
    /// Changes that it made itself.
    own_changes: u64,
    /// Changes by others when it last began to look.
    seen: u64,
    /// Its own changes when it last yielded.
    yielded: Option<u64>,
    /// Its last turn, for fairness among those that only spin.
    last_turn: u64,
}

impl Thread {
    fn new(changes: u64) -> Self {
        Thread {
            wants: Wants::Turn,
            finished: false,
            own_changes: 0,
            seen: changes,
            yielded: None,
            last_turn: 0,
        }
    }
}

type Footprint = Vec<(usize, bool)>;

/// A point on the current path.
struct Node {
    /// Threads to be tried here; those before `at` have been.
    options: Vec<usize>,
    at: usize,
    /// What the step of `options[at]` touches.
    footprint: Footprint,
    tried: Vec<(usize, Footprint)>,
    asleep: Vec<(usize, Footprint)>,
    preemptions: usize,
    /// The thread that was running could have gone on, and is the first option.
    can_go_on: bool,
}

enum Mode {
    DepthFirst { preemptions: Option<usize> },
    Random { left: usize, random: Random },
}

struct Search {
    mode: Mode,
    // The path.
    nodes: Vec<Node>,
    depth: usize,
    started: bool,
    /// Everything that could still be tried has been elsewhere: the execution only runs to its end.
    redundant: bool,
    unlocks_seen: bool,
    restart: bool,
    // The execution.
    threads: Vec<Thread>,
    handles: Vec<shuttle::thread::JoinHandle<()>>,
    locks: HashMap<usize, Lock>,
    condvars: HashMap<usize, Condvar>,
    touched: Footprint,
    changes: u64,
    turns: u64,
    idle_turns: usize,
    // Random schedules.
    priorities: Vec<u64>,
    change_points: Vec<u64>,
}

impl Default for Search {
    fn default() -> Self {
        Search {
            mode: Mode::DepthFirst { preemptions: None },
            nodes: Vec::new(),
            depth: 0,
            started: false,
            redundant: false,
            unlocks_seen: false,
            restart: false,
            threads: Vec::new(),
            handles: Vec::new(),
            locks: HashMap::new(),
            condvars: HashMap::new(),
            touched: Vec::new(),
            changes: 0,
            turns: 0,
            idle_turns: 0,
            priorities: Vec::new(),
            change_points: Vec::new(),
        }
    }
}

thread_local! {
    static SEARCH: RefCell<Search> = RefCell::default();
}

fn with<R>(f: impl FnOnce(&mut Search) -> R) -> R {
    SEARCH.with_borrow_mut(f)
}

pub(crate) fn start_depth_first(preemptions: Option<usize>) {
    with(|s| {
        std::mem::take(&mut s.handles)
            .into_iter()
            .for_each(std::mem::forget);
        *s = Search {
            mode: Mode::DepthFirst { preemptions },
            ..Search::default()
        };
    });
}

pub(crate) fn start_random(seed: u64) {
    with(|s| {
        std::mem::take(&mut s.handles)
            .into_iter()
            .for_each(std::mem::forget);
        *s = Search {
            mode: Mode::Random {
                left: 1,
                random: Random(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1),
            },
            unlocks_seen: true,
            ..Search::default()
        };
    });
}

/// Hands shuttle one decision after the other.
#[derive(Debug)]
pub(crate) struct Scheduler;

impl shuttle::scheduler::Scheduler for Scheduler {
    fn new_execution(&mut self) -> Option<Schedule> {
        with(Search::next_execution).then(|| Schedule::new(0))
    }

    fn next_task(
        &mut self,
        runnable: &[&Task],
        current: Option<TaskId>,
        _is_yielding: bool,
    ) -> Option<TaskId> {
        let current = current.map(usize::from);
        let fallback = || {
            let stays = runnable
                .iter()
                .find(|t| Some(usize::from(t.id())) == current);
            stays.or(runnable.first()).map(|task| task.id())
        };
        if twin::is_over() {
            return fallback();
        }
        let able: Vec<usize> = runnable.iter().map(|t| usize::from(t.id())).collect();
        match with(|s| s.decide(&able, current)) {
            Decision::Run(thread) => Some(TaskId::from(thread)),
            Decision::Deadlock => {
                twin::deadlock();
                fallback()
            }
            Decision::Livelock => {
                twin::livelock();
                fallback()
            }
        }
    }

    fn next_u64(&mut self) -> u64 {
        unreachable!("the twin draws no random numbers from shuttle")
    }
}

enum Decision {
    Run(usize),
    Deadlock,
    Livelock,
}

impl Search {
    /// Moves the path on to what has not been tried. False if there is nothing.
    fn next_execution(&mut self) -> bool {
        let footprint = std::mem::take(&mut self.touched);
        self.threads = vec![Thread::new(0)];
        self.handles.clear();
        self.locks.clear();
        self.condvars.clear();
        self.changes = 0;
        self.turns = 0;
        self.idle_turns = 0;
        let started = std::mem::replace(&mut self.started, true);
        if let Mode::Random { left, random } = &mut self.mode {
            if *left == 0 {
                return false;
            }
            *left -= 1;
            self.priorities = vec![random.next()];
            self.change_points = (0..CHANGE_POINTS).map(|_| random.next() % SPREAD).collect();
            return true;
        }
        if std::mem::take(&mut self.restart) {
            self.nodes.clear();
        } else if started {
            if !self.redundant
                && self.depth == self.nodes.len()
                && let Some(last) = self.nodes.last_mut()
            {
                last.footprint = footprint;
            }
            while let Some(node) = self.nodes.last_mut() {
                let footprint = std::mem::take(&mut node.footprint);
                node.tried.push((node.options[node.at], footprint));
                node.at += 1;
                if node.at < node.options.len() {
                    break;
                }
                self.nodes.pop();
            }
            if self.nodes.is_empty() {
                return false;
            }
        }
        self.depth = 0;
        self.redundant = false;
        true
    }

    fn decide(&mut self, able: &[usize], current: Option<usize>) -> Decision {
        self.turns += 1;
        let enabled: Vec<usize> = able
            .iter()
            .copied()
            .filter(|&t| self.is_enabled(t))
            .collect();
        if enabled.is_empty() {
            // Only threads that spin are left. One of them may be counting its tries.
            let Some(idle) = able
                .iter()
                .copied()
                .filter(|&t| self.threads[t].wants == Wants::Change && !self.threads[t].finished)
                .min_by_key(|&t| self.threads[t].last_turn)
            else {
                return Decision::Deadlock;
            };
            self.idle_turns += 1;
            if self.idle_turns > IDLE_TURNS {
                return Decision::Livelock;
            }
            // No choice, so no node: its step belongs to the one before.
            self.threads[idle].last_turn = self.turns;
            return Decision::Run(idle);
        }
        let thread = match self.mode {
            Mode::Random { .. } => self.choose_by_priority(&enabled, current),
            Mode::DepthFirst { .. } => self.choose_in_order(&enabled, current),
        };
        self.threads[thread].last_turn = self.turns;
        Decision::Run(thread)
    }

    fn choose_in_order(&mut self, enabled: &[usize], current: Option<usize>) -> usize {
        let Mode::DepthFirst { preemptions: bound } = self.mode else {
            unreachable!("asked for in a random search");
        };
        let footprint = std::mem::take(&mut self.touched);
        let current = current.filter(|t| enabled.contains(t));
        // The fewest switches first: such schedules are the easiest to read.
        let first = current.unwrap_or(enabled[0]);
        if self.redundant {
            return first;
        }
        let depth = self.depth;
        self.depth += 1;
        if depth > 0 {
            self.nodes[depth - 1].footprint = footprint;
        }
        if depth < self.nodes.len() {
            let node = &self.nodes[depth];
            return node.options[node.at];
        }
        let mut node = Node {
            options: vec![first],
            at: 0,
            footprint: Vec::new(),
            tried: Vec::new(),
            asleep: Vec::new(),
            preemptions: 0,
            can_go_on: current.is_some(),
        };
        node.options
            .extend(enabled.iter().copied().filter(|&t| t != first));
        match bound {
            // A bound cuts off schedules that the sleeping ones stand for: no sleeping then.
            Some(bound) => {
                if let Some(before) = depth.checked_sub(1).map(|at| &self.nodes[at]) {
                    let preempted = before.can_go_on && before.at > 0;
                    node.preemptions = before.preemptions + usize::from(preempted);
                }
                if current.is_some() && node.preemptions >= bound {
                    node.options.truncate(1);
                }
            }
            None => {
                if let Some(before) = depth.checked_sub(1).map(|at| &self.nodes[at]) {
                    let chosen = before.options[before.at];
                    node.asleep = before
                        .asleep
                        .iter()
                        .chain(&before.tried)
                        .filter(|(t, other)| *t != chosen && independent(other, &before.footprint))
                        .cloned()
                        .collect();
                }
                let asleep = &node.asleep;
                node.options
                    .retain(|t| asleep.iter().all(|(other, _)| other != t));
                if node.options.is_empty() {
                    self.redundant = true;
                    self.depth -= 1;
                    return first;
                }
            }
        }
        let chosen = node.options[0];
        self.nodes.push(node);
        chosen
    }

    fn choose_by_priority(&mut self, enabled: &[usize], current: Option<usize>) -> usize {
        self.touched.clear();
        let Mode::Random { random, .. } = &mut self.mode else {
            unreachable!("asked for in a search in order");
        };
        while self.priorities.len() < self.threads.len() {
            self.priorities.push(random.next());
        }
        let spins = current.is_some_and(|t| self.threads[t].wants == Wants::Change);
        if let Some(current) = current
            && (spins || self.change_points.contains(&self.turns))
        {
            // Below everybody, and below whoever was put there before.
            self.priorities[current] = u64::from(u32::MAX).saturating_sub(self.turns);
        }
        *enabled
            .iter()
            .max_by_key(|&&t| self.priorities[t])
            .expect("one is enabled")
    }

    fn is_enabled(&self, thread: usize) -> bool {
        let state = &self.threads[thread];
        let lock = |id| self.locks.get(&id).cloned().unwrap_or_default();
        match state.wants {
            Wants::Turn => true,
            Wants::Read(id) => !lock(id).writer,
            Wants::Write(id) => !lock(id).writer && lock(id).readers == 0,
            Wants::Notification(id) => self
                .condvars
                .get(&id)
                .is_some_and(|cv| cv.tokens.iter().any(|token| token.contains(&thread))),
            Wants::End(other) => self.threads[other].finished,
            Wants::AllEnds => self.threads.iter().skip(1).all(|other| other.finished),
            Wants::Change => self.changes - state.own_changes > state.seen,
        }
    }
}

fn independent(one: &Footprint, other: &Footprint) -> bool {
    one.iter().all(|(object, writes)| {
        other
            .iter()
            .all(|(touched, also_writes)| object != touched || !(*writes || *also_writes))
    })
}

/// xorshift64* (S. Vigna, 2014): enough to spread schedules.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        // The upper half is for priorities that were drawn, the lower for those that were lowered.
        self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) | (1 << 63)
    }
}

// What the primitives tell.

pub(crate) fn wants(thread: usize, wants: Wants) {
    with(|s| s.threads[thread].wants = wants);
}

pub(crate) fn touch(object: usize, access: Access) {
    let me = twin::this_thread();
    with(|s| {
        let writes = access != Access::Read;
        if !s.touched.contains(&(object, writes)) {
            s.touched.push((object, writes));
        }
        if access == Access::Write {
            s.changes += 1;
            s.idle_turns = 0;
            if let Some(thread) = s.threads.get_mut(me) {
                thread.own_changes += 1;
            }
        }
    });
}

/// A thread that spun begins to look again.
pub(crate) fn look_again(thread: usize) {
    with(|s| {
        let state = &mut s.threads[thread];
        state.seen = s.changes - state.own_changes;
    });
}

/// Whether it changed nothing since its last yield.
pub(crate) fn yields_again(thread: usize) -> bool {
    with(|s| {
        let state = &mut s.threads[thread];
        state.yielded.replace(state.own_changes) == Some(state.own_changes)
    })
}

pub(crate) fn add_thread(thread: usize) {
    with(|s| {
        debug_assert_eq!(
            s.threads.len(),
            thread,
            "threads are numbered as shuttle does"
        );
        let changes = s.changes;
        s.threads.push(Thread::new(changes));
    });
}

pub(crate) fn keep(handle: shuttle::thread::JoinHandle<()>) {
    with(|s| s.handles.push(handle));
}

pub(crate) fn join_all() {
    for handle in with(|s| std::mem::take(&mut s.handles)) {
        handle.join().expect("the twin catches panics");
    }
}

pub(crate) fn finish(thread: usize) {
    with(|s| s.threads[thread].finished = true);
}

/// Somebody looks at whether a lock is taken. If that is new, the search starts over, with a point at
/// each unlock.
pub(crate) fn sees_unlocks() {
    with(|s| {
        if !s.unlocks_seen {
            s.unlocks_seen = true;
            s.restart = true;
        }
    });
}

pub(crate) fn are_unlocks_seen() -> bool {
    with(|s| s.unlocks_seen && !s.restart)
}

pub(crate) fn lock(id: usize) {
    with(|s| s.locks.entry(id).or_default().writer = true);
}

pub(crate) fn try_lock(id: usize) -> bool {
    with(|s| {
        let lock = s.locks.entry(id).or_default();
        let free = !lock.writer && lock.readers == 0;
        lock.writer |= free;
        free
    })
}

pub(crate) fn unlock(id: usize) {
    with(|s| s.locks.entry(id).or_default().writer = false);
}

pub(crate) fn lock_shared(id: usize) {
    with(|s| s.locks.entry(id).or_default().readers += 1);
}

pub(crate) fn try_lock_shared(id: usize) -> bool {
    with(|s| {
        let lock = s.locks.entry(id).or_default();
        if !lock.writer {
            lock.readers += 1;
        }
        !lock.writer
    })
}

pub(crate) fn unlock_shared(id: usize) {
    with(|s| s.locks.entry(id).or_default().readers -= 1);
}

pub(crate) fn start_waiting(condvar: usize, thread: usize) {
    with(|s| s.condvars.entry(condvar).or_default().waiters.push(thread));
}

pub(crate) fn notify_one(condvar: usize) {
    with(|s| {
        let condvar = s.condvars.entry(condvar).or_default();
        if condvar.tokens.len() < condvar.waiters.len() {
            condvar.tokens.push(condvar.waiters.clone());
        }
    });
}

pub(crate) fn notify_all(condvar: usize) {
    with(|s| {
        let condvar = s.condvars.entry(condvar).or_default();
        condvar.tokens = condvar.waiters.iter().map(|&thread| vec![thread]).collect();
    });
}

/// The oldest notification that may go to `thread`: later ones may go to later waiters too.
pub(crate) fn take_notification(condvar: usize, thread: usize) {
    with(|s| {
        let condvar = s.condvars.entry(condvar).or_default();
        condvar.waiters.retain(|waiter| *waiter != thread);
        if let Some(oldest) = condvar
            .tokens
            .iter()
            .position(|token| token.contains(&thread))
        {
            condvar.tokens.remove(oldest);
        }
        for token in &mut condvar.tokens {
            token.retain(|waiter| *waiter != thread);
        }
    });
}
