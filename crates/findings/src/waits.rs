//! Who holds what, who waits for what, and the cycle among them (the fourth Coffman condition).

use crate::Site;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LockKind {
    Mutex,
    Read,
    Write,
}

/// A lock, known by its address: good for telling locks apart within one process, never printed.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lock {
    pub address: usize,
    pub kind: LockKind,
    /// Full type name of what it guards.
    pub guards: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub lock: Lock,
    /// Where it was taken.
    pub site: Site,
}

/// What a thread waits for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wait {
    Lock {
        lock: Lock,
        site: Site,
    },
    /// A condition variable, by address.
    Condvar {
        address: usize,
        site: Site,
    },
    /// The end of another thread, by the name it has in [`ThreadState::name`].
    Join {
        thread: String,
        site: Option<Site>,
    },
    /// A manual clock that has not reached the time yet (a duration since its start, as text).
    Clock {
        until: String,
        site: Site,
    },
    /// Other threads that were to come to a meeting point of the test.
    Rendezvous {
        name: String,
        arrived: usize,
        needed: usize,
    },
    /// Known only by a phrase: `to receive from a channel`.
    Other {
        what: String,
        site: Option<Site>,
    },
}

/// A frame of a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    pub function: String,
    pub site: Option<Site>,
}

/// One thread of a process that does not get on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadState {
    pub name: String,
    pub holds: Vec<Held>,
    /// `None`: it runs.
    pub wait: Option<Wait>,
    /// Innermost first; the learner's own frames decide what is shown.
    pub stack: Vec<Frame>,
}
