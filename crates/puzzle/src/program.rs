//! What a program is: names of what is shared, and threads as lines for people and operations for the
//! machine. Built here and in [`crate::body`]; run in [`crate::machine`].

use std::fmt;

use crate::body::Body;

/// A small program of several threads.
#[derive(Clone, Debug)]
pub struct Program {
    name: String,
    pub(crate) vars: Vec<(String, i64)>,
    pub(crate) locks: Vec<String>,
    pub(crate) condvars: Vec<String>,
    pub(crate) threads: Vec<Thread>,
    /// What must hold after every step.
    pub(crate) invariants: Vec<(String, Expr)>,
    /// What must hold when all threads have finished.
    pub(crate) results: Vec<(String, Expr)>,
    pub(crate) spurious: bool,
}

/// A shared number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Var(pub(crate) usize);

/// A number of one thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Local(pub(crate) usize);

/// A lock that one thread holds at a time; taking it twice in one thread waits for ever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lock(pub(crate) usize);

/// A condition variable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Condvar(pub(crate) usize);

/// A thread, in order of definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ThreadId(pub(crate) usize);

/// A thread as the learner reads it and as the machine runs it.
#[derive(Clone, Debug)]
pub(crate) struct Thread {
    pub name: String,
    pub lines: Vec<Line>,
    pub code: Vec<Op>,
    /// Names of the local numbers; those that only carry a value within a statement have none.
    pub slots: Vec<Option<String>>,
    /// Starts when another thread spawns it, not at once.
    pub spawned: bool,
}

/// A line of a thread's text.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    /// How deep it is nested.
    pub depth: usize,
    pub text: String,
}

/// An operation, and the line it belongs to.
#[derive(Clone, Debug)]
pub(crate) struct Op {
    pub line: usize,
    pub kind: Kind,
}

#[derive(Clone, Debug)]
pub(crate) enum Kind {
    // Steps: others can run before and after each.
    Lock(usize),
    Unlock(usize),
    /// Goes on at `otherwise` if the lock is taken.
    TryLock {
        lock: usize,
        otherwise: usize,
    },
    Read {
        var: usize,
        slot: usize,
    },
    /// Writes the value, and forgets the slots that it was computed from.
    Write {
        var: usize,
        value: Expr,
        spent: Vec<usize>,
    },
    FetchAdd {
        var: usize,
        value: Expr,
    },
    /// Lets go of the lock and falls asleep, in one step.
    Sleep {
        condvar: usize,
        lock: usize,
    },
    Wake(usize),
    Notify {
        condvar: usize,
        all: bool,
    },
    Spawn(usize),
    Join(usize),
    Await(Expr),
    Call {
        name: String,
        progress: bool,
    },
    // Nobody can see these: they come with the step before them.
    Set {
        slot: usize,
        value: Expr,
        spent: Vec<usize>,
    },
    /// Goes on at `otherwise` if the condition is zero.
    Branch {
        condition: Expr,
        otherwise: usize,
        spent: Vec<usize>,
    },
    Jump(usize),
}

impl Kind {
    pub fn is_step(&self) -> bool {
        !matches!(self, Kind::Set { .. } | Kind::Branch { .. } | Kind::Jump(_))
    }
}

impl Program {
    /// A program without threads. The name is what reports call it.
    pub fn new(name: impl Into<String>) -> Program {
        Program {
            name: name.into(),
            vars: Vec::new(),
            locks: Vec::new(),
            condvars: Vec::new(),
            threads: Vec::new(),
            invariants: Vec::new(),
            results: Vec::new(),
            spurious: false,
        }
    }

    /// A shared number and its value at the start.
    pub fn var(&mut self, name: impl Into<String>, value: i64) -> Var {
        self.vars.push((name.into(), value));
        Var(self.vars.len() - 1)
    }

    /// A lock, free at the start.
    pub fn lock(&mut self, name: impl Into<String>) -> Lock {
        self.locks.push(name.into());
        Lock(self.locks.len() - 1)
    }

    /// A condition variable.
    pub fn condvar(&mut self, name: impl Into<String>) -> Condvar {
        self.condvars.push(name.into());
        Condvar(self.condvars.len() - 1)
    }

    /// A thread that is there from the start, unless another one [spawns](Body::spawn) it.
    ///
    /// # Panics
    ///
    /// If the program has 64 threads already, or the thread makes no sense: it drops a guard that it
    /// never took, breaks out of no loop, or runs round a loop without a single step.
    pub fn thread(&mut self, name: impl Into<String>, write: impl FnOnce(&mut Body)) -> ThreadId {
        assert!(self.threads.len() < 64, "a program has at most 64 threads");
        let mut body = Body::new(self);
        write(&mut body);
        let (thread, spawns) = body.finish(name.into());
        for spawned in spawns {
            self.threads[spawned].spawned = true;
        }
        self.threads.push(thread);
        ThreadId(self.threads.len() - 1)
    }

    /// What must hold after every step, in a sentence and as a condition on shared numbers.
    pub fn invariant(&mut self, sentence: impl Into<String>, condition: Expr) {
        self.invariants.push((sentence.into(), condition));
    }

    /// What must hold once all threads have finished.
    pub fn result(&mut self, sentence: impl Into<String>, condition: Expr) {
        self.results.push((sentence.into(), condition));
    }

    /// From now on a thread may wake from a condition variable without being notified. A deadlock is
    /// one all the same if only such wake-ups could end it.
    pub fn spurious_wake_ups(&mut self) {
        self.spurious = true;
    }

    /// What reports call it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The names of its threads, in order.
    pub fn threads(&self) -> impl Iterator<Item = &str> {
        self.threads.iter().map(|thread| thread.name.as_str())
    }

    /// The thread of this name.
    pub fn find(&self, name: &str) -> Option<ThreadId> {
        self.threads()
            .position(|thread| thread == name)
            .map(ThreadId)
    }

    /// The text of one thread, numbered.
    pub fn listing(&self, thread: ThreadId) -> String {
        let lines = self.threads[thread.0].lines.iter().enumerate();
        lines
            .map(|(at, line)| {
                format!(
                    "{:>2}  {}{}\n",
                    at + 1,
                    "    ".repeat(line.depth),
                    line.text
                )
            })
            .collect()
    }

    /// The names of the steps that a thread has, in order of the text, each once.
    pub fn labels(&self, thread: ThreadId) -> Vec<String> {
        let mut labels = Vec::new();
        for op in self.threads[thread.0]
            .code
            .iter()
            .filter(|op| op.kind.is_step())
        {
            let label = self.label(&op.kind);
            if !labels.contains(&label) {
                labels.push(label);
            }
        }
        labels
    }

    /// What a step is called in schedules. Empty for what is no step.
    pub(crate) fn label(&self, kind: &Kind) -> String {
        let var = |var: &usize| &self.vars[*var].0;
        match kind {
            Kind::Lock(lock) => format!("lock {}", self.locks[*lock]),
            Kind::Unlock(lock) => format!("unlock {}", self.locks[*lock]),
            Kind::TryLock { lock, .. } => format!("try {}", self.locks[*lock]),
            Kind::Read { var: at, .. } => format!("read {}", var(at)),
            Kind::Write { var: at, .. } => format!("write {}", var(at)),
            Kind::FetchAdd { var: at, .. } => format!("add to {}", var(at)),
            Kind::Sleep { condvar, .. } => format!("sleep on {}", self.condvars[*condvar]),
            Kind::Wake(_) => "wake up".to_owned(),
            Kind::Notify { condvar, all } => {
                let whom = if *all { "all" } else { "one" };
                format!("notify {whom} of {}", self.condvars[*condvar])
            }
            Kind::Spawn(thread) => format!("spawn {}", self.threads[*thread].name),
            Kind::Join(thread) => format!("join {}", self.threads[*thread].name),
            Kind::Await(condition) => format!("wait until {}", self.text(condition, &[])),
            Kind::Call { name, .. } => name.clone(),
            Kind::Set { .. } | Kind::Branch { .. } | Kind::Jump(_) => String::new(),
        }
    }

    /// An expression as code; `slots` names the local numbers.
    pub(crate) fn text(&self, expr: &Expr, slots: &[Option<String>]) -> String {
        match expr {
            Expr::Number(number) => number.to_string(),
            Expr::Var(Var(var)) => code(&self.vars[*var].0),
            Expr::Local(Local(slot)) => {
                slots.get(*slot).and_then(Option::clone).unwrap_or_default()
            }
            Expr::Binary(operator, left, right) => format!(
                "{} {operator} {}",
                self.text(left, slots),
                self.text(right, slots)
            ),
        }
    }
}

/// A name of the story as a name in code: `fork 0` is `fork_0`.
pub(crate) fn code(name: &str) -> String {
    name.replace(' ', "_")
}

/// A number computed from others; a condition is one that is not zero. Made with [`Terms`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expr {
    Number(i64),
    Var(Var),
    Local(Local),
    /// Evaluated from left to right, without regard to precedence: nest to the left.
    Binary(Operator, Box<Expr>, Box<Expr>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operator {
    Plus,
    Minus,
    Equals,
    Differs,
    Less,
    AtLeast,
}

impl Operator {
    pub(crate) fn apply(self, left: i64, right: i64) -> i64 {
        match self {
            Operator::Plus => left + right,
            Operator::Minus => left - right,
            Operator::Equals => i64::from(left == right),
            Operator::Differs => i64::from(left != right),
            Operator::Less => i64::from(left < right),
            Operator::AtLeast => i64::from(left >= right),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Operator::Plus => "+",
            Operator::Minus => "-",
            Operator::Equals => "==",
            Operator::Differs => "!=",
            Operator::Less => "<",
            Operator::AtLeast => ">=",
        })
    }
}

impl From<i64> for Expr {
    fn from(number: i64) -> Expr {
        Expr::Number(number)
    }
}

impl From<Var> for Expr {
    fn from(var: Var) -> Expr {
        Expr::Var(var)
    }
}

impl From<Local> for Expr {
    fn from(local: Local) -> Expr {
        Expr::Local(local)
    }
}

/// How expressions are written: `balance.minus(100)`, `seen.at_least(100)`.
pub trait Terms: Into<Expr> {
    fn plus(self, other: impl Into<Expr>) -> Expr {
        binary(Operator::Plus, self, other)
    }

    fn minus(self, other: impl Into<Expr>) -> Expr {
        binary(Operator::Minus, self, other)
    }

    fn equals(self, other: impl Into<Expr>) -> Expr {
        binary(Operator::Equals, self, other)
    }

    fn differs(self, other: impl Into<Expr>) -> Expr {
        binary(Operator::Differs, self, other)
    }

    fn less_than(self, other: impl Into<Expr>) -> Expr {
        binary(Operator::Less, self, other)
    }

    fn at_least(self, other: impl Into<Expr>) -> Expr {
        binary(Operator::AtLeast, self, other)
    }
}

impl<T: Into<Expr>> Terms for T {}

fn binary(operator: Operator, left: impl Into<Expr>, right: impl Into<Expr>) -> Expr {
    Expr::Binary(operator, Box::new(left.into()), Box::new(right.into()))
}
