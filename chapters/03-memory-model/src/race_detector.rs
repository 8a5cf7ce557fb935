//! **A race detector: which accesses did nothing order?**
//!
//! Two threads use one variable, at least one of them writes, and nothing makes one wait for the other: a
//! *data race*. It may go well a million times, because one of them usually comes first. To find it one
//! must not look at who came first in this run, but at whether anything *made* it come first.
//!
//! A [`Trace`] is the record of one run: what each thread did, in the order in which it happened. What made
//! one event come before another is the relation **happens-before**. It is the smallest relation for which
//! these rules hold:
//!
//! 1. **Thread**: an event happens before every later event of the same thread. That a thread begins is its first
//!    event, and that it ends is its last, though these two are not in the trace.
//! 2. **Spawn**: a `Spawn` happens before every event of the child.
//! 3. **Join**: every event of the child happens before the `Join` that joins it.
//! 4. **Mutex**: an `Unlock` happens before every later `Lock` of the same mutex.
//! 5. **Item**: the *n*-th `Send` on a channel happens before the *n*-th `Receive` from it: what goes in first
//!    comes out first.
//! 6. **Room**: if the capacity of a channel is *C*, and not 0, its *n*-th `Receive` happens before its
//!    (*n* + *C*)-th `Send`, which goes to the place that has become free.
//! 7. **Meeting**: if the capacity is 0, a `Send` waits until its item is received, and its thread does nothing
//!    meanwhile. The `Receive` happens before every event of the sender after that `Send`.
//! 8. **Atomic**: a `Store` or `Update` with `release` happens before every later `Load` or `Update` of the
//!    same atomic with `acquire`, as long as no `Store` to that atomic, by whichever thread, comes between the
//!    two. (Each load takes the value that is there, and an `Update` between them passes on what it found: a
//!    *release sequence*. A `Store` puts something else in its place.)
//! 9. **Chain**: if *a* happens before *b*, and *b* before *c*, then *a* happens before *c*.
//!
//! Nothing else orders anything. That one event stands earlier in the trace does not; that both threads
//! used the same atomic does not, if one of them was relaxed.
//!
//! Two accesses ([`Read`](Action::Read) or [`Write`](Action::Write)) **race** if they are to the same location,
//! by different threads, at least one is a `Write`, and the earlier one does not happen before the later one.
//!
//! Write [`races`]. What has to be true of it:
//!
//! - **No false alarm, and none missed**: each access that races with an earlier one is reported, once, and
//!   with the *latest* of those with which it races. Nothing else is reported.
//! - **Malformed traces are told from good ones**: for a trace that cannot have happened, the answer is the
//!   first event that could not, and why.
//! - **Numbers are names**: a thread, a mutex, a location or an atomic may have any number, and a capacity may
//!   be as large as `usize::MAX`, for a channel that is never full.
//! - **Fast**: a hundred thousand events take well under a second, also if all of them are accesses to one
//!   location; a thousand threads may take part, and a hundred thousand locations. So you cannot compare every
//!   access with every other one, nor keep for each location what all threads know.
//!
//! ```no_run
//! use ch03::race_detector::{Action::*, Event, Race, Trace, races};
//!
//! let event = |thread, action| Event { thread, action };
//! let trace = Trace {
//!     capacities: vec![],
//!     events: vec![
//!         event(0, Spawn(1)),
//!         event(1, Write(7)),
//!         event(0, Read(7)), // the main thread has not waited for thread 1
//!         event(0, Join(1)),
//!         event(0, Read(7)), // now it has
//!     ],
//! };
//! assert_eq!(races(&trace), Ok(vec![Race { earlier: 1, later: 2 }]));
//! ```

/// The accesses that race with an earlier one, in the order of the trace.
///
/// # Errors
/// [`Malformed`] if the events cannot have happened in this order; whatever races before that is not told.
pub fn races(trace: &Trace) -> Result<Vec<Race>, Malformed> {
    let _ = (&trace.capacities, &trace.events);
    todo!(
        "go through the events once: keep for each thread what it knows of the others, and for each \
         location who used it last"
    )
}

/// An access that races. (Nothing to write here, nor below.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Race {
    /// The index of the latest event before [`later`](Self::later) with which it races.
    pub earlier: usize,
    /// The index of the access.
    pub later: usize,
}

/// One run of a program.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    /// For each channel how many items it has room for. Channel 0 comes first.
    pub capacities: Vec<usize>,
    /// What happened, one after the other.
    pub events: Vec<Event>,
}

/// A thread, and what it did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    pub thread: Thread,
    pub action: Action,
}

/// A thread's number.
pub type Thread = u32;
/// A mutex' number.
pub type Mutex = u32;
/// A channel's place in [`Trace::capacities`].
pub type Channel = usize;
/// The number of a variable that is no atomic.
pub type Location = u32;
/// An atomic's number.
pub type Atomic = u32;

/// The main thread: it is there from the beginning, and nobody joins it.
pub const MAIN: Thread = 0;

/// What a thread can do. A lock, a send or a receive is here when it has succeeded, and not when the thread
/// began to wait; only a send to a channel without room is here when the sender begins to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Begins a new thread.
    Spawn(Thread),
    /// Waits for the end of a thread, which does nothing any more.
    Join(Thread),
    Lock(Mutex),
    Unlock(Mutex),
    /// Puts an item into a channel.
    Send(Channel),
    /// Takes the first item out of a channel.
    Receive(Channel),
    Read(Location),
    Write(Location),
    /// Reads an atomic, also in a compare-exchange that failed. Without `acquire` it is relaxed.
    Load {
        atomic: Atomic,
        acquire: bool,
    },
    /// Writes an atomic. Without `release` it is relaxed.
    Store {
        atomic: Atomic,
        release: bool,
    },
    /// Reads and writes an atomic in one step: `fetch_add`, `swap`, a compare-exchange that succeeded.
    Update {
        atomic: Atomic,
        acquire: bool,
        release: bool,
    },
}

/// A trace that cannot have happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// The index of the first event that cannot have happened after those before it.
    pub event: usize,
    pub why: Why,
}

/// Why an event cannot have happened. If there are two reasons, the first in this list counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// The thread that acts is not the main thread, and has not been spawned.
    NotSpawned,
    /// The thread that acts has been joined.
    Joined,
    /// The thread that acts has sent on a channel of capacity 0, and nobody has received that yet.
    StillSending,
    /// A spawn of a thread that is there already, or was.
    SpawnedBefore,
    /// A join of a thread that cannot be joined: the main thread, the thread that acts, one that has not been
    /// spawned, one that has been joined, or one that is still sending.
    CannotJoin,
    /// A lock of a mutex that is locked, by whichever thread.
    Locked,
    /// An unlock by a thread that does not hold the mutex.
    NotHeld,
    /// A send or a receive on a channel that is not in [`Trace::capacities`].
    NoSuchChannel,
    /// A send to a channel (not of capacity 0) with as many items in it as it has room for.
    Full,
    /// A receive from a channel in which there is no item, and to which nobody is sending.
    Empty,
}
