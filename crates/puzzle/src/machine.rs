//! Running a program by single steps: what state it is in, which threads can go on, and what the others
//! wait for. Which step comes next is a function of the state and of the thread that gets the turn.

use crate::program::{Expr, Kind, Local, Op, Program, ThreadId, Var};

/// Everything that a program's future depends on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    pub(crate) vars: Vec<i64>,
    /// Who holds each lock.
    pub(crate) holders: Vec<Option<usize>>,
    condvars: Vec<Sleepers>,
    pub(crate) threads: Vec<At>,
}

/// The waiter set of a condition variable. Sets of threads are bits of a word.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Sleepers {
    asleep: u64,
    /// Notifications that nobody has woken from yet, each with the threads that were asleep when it
    /// was given: any one of them can be the one. Oldest first, so each is a subset of the next.
    notified: Vec<u64>,
}

/// Where a thread stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct At {
    pub started: bool,
    pub next: usize,
    pub slots: Vec<i64>,
}

/// Why a thread cannot go on.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Blocked {
    Finished,
    /// Nobody has spawned it yet.
    NotStarted,
    /// The lock is taken, by this thread (which can be the same one).
    Lock {
        lock: usize,
        holder: usize,
    },
    /// It sleeps, and no notification is there for it.
    Asleep {
        condvar: usize,
    },
    Join {
        thread: usize,
    },
    /// The condition does not hold, as code.
    Until(String),
}

/// What a turn of one step comes to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The step's name in schedules: `lock fork 0`.
    pub label: String,
    /// What happened: `try fork 0: P2 has it`.
    pub action: String,
    /// Index of the line.
    pub line: usize,
    /// The thread got what it is there for.
    pub progress: bool,
    /// It woke without a notification.
    pub spurious: bool,
    pub after: State,
}

impl Program {
    /// Before the first step.
    ///
    /// # Panics
    ///
    /// If a thread runs round a loop that has no step in it.
    pub fn start(&self) -> State {
        let mut state = State {
            vars: self.vars.iter().map(|(_, value)| *value).collect(),
            holders: vec![None; self.locks.len()],
            condvars: vec![Sleepers::default(); self.condvars.len()],
            threads: self
                .threads
                .iter()
                .map(|thread| At {
                    started: !thread.spawned,
                    next: 0,
                    slots: vec![0; thread.slots.len()],
                })
                .collect(),
        };
        for thread in 0..self.threads.len() {
            self.settle(&mut state, thread);
        }
        state
    }

    /// What the thread would do next.
    ///
    /// # Errors
    ///
    /// Why it can do nothing.
    ///
    /// # Panics
    ///
    /// If the program lets go of a lock that it does not hold.
    pub fn step(&self, state: &State, thread: ThreadId) -> Result<Step, Blocked> {
        let ThreadId(me) = thread;
        let op = self.next(state, me)?;
        let mut after = state.clone();
        let mut spurious = false;
        let label = self.label(&op.kind);
        let bit = 1 << me;
        let at = &mut after.threads[me];
        at.next += 1;
        let mut action = label.clone();
        match &op.kind {
            Kind::Lock(lock) => match state.holders[*lock] {
                Some(holder) => {
                    return Err(Blocked::Lock {
                        lock: *lock,
                        holder,
                    });
                }
                None => after.holders[*lock] = Some(me),
            },
            Kind::Unlock(lock) => {
                let holder = after.holders[*lock].take();
                assert_eq!(
                    holder,
                    Some(me),
                    "`{label}` by a thread that does not hold it"
                );
            }
            Kind::TryLock { lock, otherwise } => match state.holders[*lock] {
                Some(holder) => {
                    at.next = *otherwise;
                    action += &format!(": {} has it", self.threads[holder].name);
                }
                None => {
                    after.holders[*lock] = Some(me);
                    action += ": got it";
                }
            },
            Kind::Read { var, slot } => {
                at.slots[*slot] = state.vars[*var];
                action += &format!(" = {}", state.vars[*var]);
            }
            Kind::Write { var, value, spent } => {
                let value = evaluate(value, &state.vars, &at.slots);
                forget(at, spent);
                after.vars[*var] = value;
                action += &format!(" = {value}");
            }
            Kind::FetchAdd { var, value } => {
                let value = state.vars[*var] + evaluate(value, &state.vars, &at.slots);
                after.vars[*var] = value;
                action += &format!(" = {value}");
            }
            Kind::Sleep { condvar, lock } => {
                let holder = after.holders[*lock].take();
                assert_eq!(
                    holder,
                    Some(me),
                    "`{label}` by a thread that does not hold the lock"
                );
                after.condvars[*condvar].asleep |= bit;
            }
            Kind::Wake(condvar) => {
                let sleepers = &mut after.condvars[*condvar];
                match sleepers.notified.iter().position(|who| who & bit != 0) {
                    Some(first) => drop(sleepers.notified.remove(first)),
                    None if self.spurious => {
                        spurious = true;
                        action += " without being notified";
                    }
                    None => return Err(Blocked::Asleep { condvar: *condvar }),
                }
                sleepers.asleep &= !bit;
                for who in &mut sleepers.notified {
                    *who &= !bit;
                }
                sleepers.notified.retain(|who| *who != 0);
            }
            Kind::Notify { condvar, all } => {
                let sleepers = &mut after.condvars[*condvar];
                let asleep = sleepers.asleep;
                let most = asleep.count_ones() as usize;
                if *all {
                    sleepers.notified = vec![asleep; most];
                } else if sleepers.notified.len() < most {
                    sleepers.notified.push(asleep);
                } else {
                    action += ": nobody sleeps there";
                }
            }
            Kind::Spawn(thread) => after.threads[*thread].started = true,
            Kind::Join(thread) => {
                if !self.finished(state, *thread) {
                    return Err(Blocked::Join { thread: *thread });
                }
            }
            Kind::Await(condition) => {
                if evaluate(condition, &state.vars, &at.slots) == 0 {
                    return Err(Blocked::Until(self.text(condition, &[])));
                }
            }
            Kind::Call { .. } => {}
            Kind::Set { .. } | Kind::Branch { .. } | Kind::Jump(_) => {
                unreachable!("a settled thread stands before a step")
            }
        }
        let progress = matches!(op.kind, Kind::Call { progress: true, .. });
        self.settle(&mut after, me);
        Ok(Step {
            label,
            action,
            line: op.line,
            progress,
            spurious,
            after,
        })
    }

    /// The operation that the thread stands before; it may be blocked there.
    pub(crate) fn next(&self, state: &State, thread: usize) -> Result<&Op, Blocked> {
        let at = &state.threads[thread];
        if !at.started {
            return Err(Blocked::NotStarted);
        }
        self.threads[thread]
            .code
            .get(at.next)
            .ok_or(Blocked::Finished)
    }

    /// Whether the thread has come to its end.
    pub(crate) fn finished(&self, state: &State, thread: usize) -> bool {
        self.next(state, thread)
            .is_err_and(|blocked| blocked == Blocked::Finished)
    }

    /// Whether all threads have.
    pub(crate) fn all_finished(&self, state: &State) -> bool {
        (0..self.threads.len()).all(|thread| self.finished(state, thread))
    }

    /// What comes for free, up to the thread's next step.
    fn settle(&self, state: &mut State, thread: usize) {
        const MOST: usize = 10_000;
        let code = &self.threads[thread].code;
        let at = &mut state.threads[thread];
        for _ in 0..MOST {
            match code.get(at.next).map(|op| &op.kind) {
                Some(Kind::Set { slot, value, spent }) => {
                    let value = evaluate(value, &[], &at.slots);
                    forget(at, spent);
                    at.slots[*slot] = value;
                    at.next += 1;
                }
                Some(Kind::Branch {
                    condition,
                    otherwise,
                    spent,
                }) => {
                    let holds = evaluate(condition, &[], &at.slots) != 0;
                    forget(at, spent);
                    at.next = if holds { at.next + 1 } else { *otherwise };
                }
                Some(Kind::Jump(to)) => at.next = *to,
                Some(_) | None => return,
            }
        }
        panic!(
            "{} runs round a loop that has no step in it",
            self.threads[thread].name
        );
    }

    /// Why a thread does not go on, as the end of a sentence that begins with its name.
    pub(crate) fn why(&self, blocked: &Blocked) -> String {
        match blocked {
            Blocked::Finished => "has finished".to_owned(),
            Blocked::NotStarted => "is not spawned yet".to_owned(),
            Blocked::Lock { lock, holder } => format!(
                "waits for {}, held by {}",
                self.locks[*lock], self.threads[*holder].name
            ),
            Blocked::Asleep { condvar } => {
                format!("waits for a notification of {}", self.condvars[*condvar])
            }
            Blocked::Join { thread } => {
                format!("waits for the end of {}", self.threads[*thread].name)
            }
            Blocked::Until(condition) => format!("waits until {condition}"),
        }
    }

    /// The conditions that the state breaks: invariants, and the results where all have finished.
    pub(crate) fn broken(&self, state: &State, results: bool) -> Option<&str> {
        let conditions = if results {
            if !self.all_finished(state) {
                return None;
            }
            &self.results
        } else {
            &self.invariants
        };
        conditions
            .iter()
            .find(|(_, condition)| evaluate(condition, &state.vars, &[]) == 0)
            .map(|(sentence, _)| sentence.as_str())
    }

    /// The state is a deadlock: somebody has not finished, and nobody can go on but by chance.
    pub(crate) fn stuck(&self, state: &State) -> bool {
        !self.all_finished(state)
            && (0..self.threads.len()).all(|thread| {
                self.step(state, ThreadId(thread))
                    .map_or(true, |step| step.spurious)
            })
    }

    /// Who waits for whom in a state where nobody goes on: the cycle of locks, or else everybody.
    pub(crate) fn waits(&self, state: &State) -> String {
        let why = |thread: usize| match self.step(state, ThreadId(thread)) {
            Err(Blocked::Finished)
            | Ok(Step {
                spurious: false, ..
            }) => None,
            Err(blocked) => Some(blocked),
            Ok(_) => match self.next(state, thread).map(|op| &op.kind) {
                Ok(Kind::Wake(condvar)) => Some(Blocked::Asleep { condvar: *condvar }),
                _ => None,
            },
        };
        let mut cycle = Vec::new();
        for start in 0..self.threads.len() {
            let mut seen = vec![start];
            while let Some(Blocked::Lock { holder, .. }) = why(seen[seen.len() - 1]) {
                if let Some(from) = seen.iter().position(|thread| *thread == holder) {
                    cycle = seen.split_off(from);
                    break;
                }
                seen.push(holder);
            }
            if !cycle.is_empty() {
                break;
            }
        }
        if cycle.is_empty() {
            cycle = (0..self.threads.len()).collect();
        }
        let sentences: Vec<String> = cycle
            .into_iter()
            .filter_map(|thread| {
                let why = self.why(&why(thread)?);
                Some(format!("{} {why}", self.threads[thread].name))
            })
            .collect();
        sentences.join("; ")
    }
}

fn forget(at: &mut At, slots: &[usize]) {
    for slot in slots {
        at.slots[*slot] = 0;
    }
}

fn evaluate(expr: &Expr, vars: &[i64], slots: &[i64]) -> i64 {
    match expr {
        Expr::Number(number) => *number,
        Expr::Var(Var(var)) => vars[*var],
        Expr::Local(Local(slot)) => slots[*slot],
        Expr::Binary(operator, left, right) => {
            operator.apply(evaluate(left, vars, slots), evaluate(right, vars, slots))
        }
    }
}
