//! slowdown: 4
//!
//! Each clock is a `HashMap` from places to indices: right for any number of threads, and each look
//! at it, and each entry that is taken in or copied, is a hash.

use std::collections::{HashMap, VecDeque};

/// The accesses that race with an earlier one, in the order of the trace.
///
/// # Errors
/// [`Malformed`] if the events cannot have happened in this order; whatever races before that is not told.
pub fn races(trace: &Trace) -> Result<Vec<Race>, Malformed> {
    let mut run = Run::new(trace);
    let mut races = Vec::new();
    for (index, event) in trace.events.iter().enumerate() {
        let race = run.step(index, event);
        races.extend(race.map_err(|why| Malformed { event: index, why })?);
    }
    Ok(races)
}

/// All that is known after some events of a trace.
struct Run {
    /// Where in `threads` each thread is.
    places: HashMap<Thread, usize>,
    threads: Vec<Running>,
    mutexes: HashMap<Mutex, Lock>,
    channels: Vec<Queue>,
    /// What an acquire load would take in. Empty where it would find no release sequence.
    atomics: HashMap<Atomic, Clock>,
    locations: HashMap<Location, History>,
}

impl Run {
    fn new(trace: &Trace) -> Run {
        let queue = |&capacity| Queue::new(capacity, trace.events.len());
        Run {
            places: HashMap::from([(MAIN, 0)]),
            threads: vec![Running::new(Clock::default())],
            mutexes: HashMap::new(),
            channels: trace.capacities.iter().map(queue).collect(),
            atomics: HashMap::new(),
            locations: HashMap::new(),
        }
    }

    fn step(&mut self, index: usize, event: &Event) -> Result<Option<Race>, Why> {
        let place = *self.places.get(&event.thread).ok_or(Why::NotSpawned)?;
        match self.threads[place].state {
            State::Runs => {}
            State::Sends => return Err(Why::StillSending),
            State::Joined => return Err(Why::Joined),
        }
        // From here on this event is covered, and whatever leaves a copy behind passes it on.
        self.threads[place].clock.cover(place, index);
        match event.action {
            Action::Spawn(child) => self.spawn(place, child)?,
            Action::Join(child) => self.join(place, child)?,
            Action::Lock(mutex) => self.lock(place, mutex)?,
            Action::Unlock(mutex) => self.unlock(place, mutex)?,
            Action::Send(channel) => self.send(place, channel)?,
            Action::Receive(channel) => self.receive(place, channel)?,
            Action::Read(location) => return Ok(self.access(place, index, location, false)),
            Action::Write(location) => return Ok(self.access(place, index, location, true)),
            Action::Load { atomic, acquire } => self.load(place, atomic, acquire),
            Action::Store { atomic, release } => self.store(place, atomic, release),
            Action::Update {
                atomic,
                acquire,
                release,
            } => {
                self.load(place, atomic, acquire);
                if release {
                    // Joined and not put in its place: the sequences that it found go on.
                    let sequence = self.atomics.entry(atomic).or_default();
                    sequence.join(&self.threads[place].clock);
                }
            }
        }
        Ok(None)
    }

    fn spawn(&mut self, place: usize, child: Thread) -> Result<(), Why> {
        if self.places.contains_key(&child) {
            return Err(Why::SpawnedBefore);
        }
        self.places.insert(child, self.threads.len());
        let clock = self.threads[place].clock.clone();
        self.threads.push(Running::new(clock));
        Ok(())
    }

    fn join(&mut self, place: usize, child: Thread) -> Result<(), Why> {
        let child = *self.places.get(&child).ok_or(Why::CannotJoin)?;
        // Nobody spawned the main thread, so there is nothing to join it by.
        if child == place || child == 0 || !matches!(self.threads[child].state, State::Runs) {
            return Err(Why::CannotJoin);
        }
        self.threads[child].state = State::Joined;
        // Taken: nobody asks a thread that has ended.
        let last = std::mem::take(&mut self.threads[child].clock);
        self.threads[place].clock.join(&last);
        Ok(())
    }

    fn lock(&mut self, place: usize, mutex: Mutex) -> Result<(), Why> {
        let lock = self.mutexes.entry(mutex).or_default();
        if lock.holder.is_some() {
            return Err(Why::Locked);
        }
        lock.holder = Some(place);
        // The last unlock is enough: whoever did it had locked after all the others.
        self.threads[place].clock.join(&lock.unlocked);
        Ok(())
    }

    fn unlock(&mut self, place: usize, mutex: Mutex) -> Result<(), Why> {
        let lock = self.mutexes.entry(mutex).or_default();
        if lock.holder != Some(place) {
            return Err(Why::NotHeld);
        }
        lock.holder = None;
        lock.unlocked.become_copy_of(&self.threads[place].clock);
        Ok(())
    }

    fn send(&mut self, place: usize, channel: Channel) -> Result<(), Why> {
        let queue = self.channels.get_mut(channel).ok_or(Why::NoSuchChannel)?;
        let thread = &mut self.threads[place];
        if queue.capacity == 0 {
            thread.state = State::Sends;
        } else if queue.items.len() == queue.capacity {
            return Err(Why::Full);
        } else if queue.sent < queue.capacity {
            queue.sent += 1;
        } else {
            let freed = queue.freed.pop_front();
            thread
                .clock
                .join(&freed.expect("it is not full, so one of the places has become free"));
        }
        queue.items.push_back((place, thread.clock.clone()));
        Ok(())
    }

    fn receive(&mut self, place: usize, channel: Channel) -> Result<(), Why> {
        let queue = self.channels.get_mut(channel).ok_or(Why::NoSuchChannel)?;
        let (sender, sent) = queue.items.pop_front().ok_or(Why::Empty)?;
        self.threads[place].clock.join(&sent);
        let received = self.threads[place].clock.clone();
        if queue.capacity == 0 {
            self.threads[sender].clock.join(&received);
            self.threads[sender].state = State::Runs;
        } else if !queue.never_full {
            queue.freed.push_back(received);
        }
        Ok(())
    }

    fn load(&mut self, place: usize, atomic: Atomic, acquire: bool) {
        if acquire && let Some(sequence) = self.atomics.get(&atomic) {
            self.threads[place].clock.join(sequence);
        }
    }

    fn store(&mut self, place: usize, atomic: Atomic, release: bool) {
        // Whatever sequence there was ends here, whoever began it.
        let sequence = self.atomics.entry(atomic).or_default();
        if release {
            sequence.become_copy_of(&self.threads[place].clock);
        } else {
            sequence.clear();
        }
    }

    fn access(
        &mut self,
        place: usize,
        index: usize,
        location: Location,
        write: bool,
    ) -> Option<Race> {
        let clock = &self.threads[place].clock;
        let history = self.locations.entry(location).or_default();
        let access = Access { place, index };
        let earlier = if write {
            history.write(access, clock)
        } else {
            history.read(access, clock)
        };
        earlier.map(|earlier| Race {
            earlier: earlier.index,
            later: index,
        })
    }
}

struct Running {
    clock: Clock,
    state: State,
}

enum State {
    Runs,
    /// In a channel of capacity 0, until somebody receives.
    Sends,
    Joined,
}

impl Running {
    fn new(clock: Clock) -> Running {
        Running {
            clock,
            state: State::Runs,
        }
    }
}

#[derive(Default)]
struct Lock {
    /// The place of the thread that has locked it.
    holder: Option<usize>,
    /// What its last holder knew then.
    unlocked: Clock,
}

struct Queue {
    capacity: usize,
    /// There is room for more than this trace can send.
    never_full: bool,
    /// Counts up to the capacity: that many items go to places that were never used.
    sent: usize,
    /// The place of the sender, and what it knew: one for each item.
    items: VecDeque<(usize, Clock)>,
    /// What the receivers knew that made a place free, for those who will send to it.
    freed: VecDeque<Clock>,
}

impl Queue {
    fn new(capacity: usize, events: usize) -> Queue {
        Queue {
            capacity,
            never_full: capacity >= events,
            sent: 0,
            items: VecDeque::new(),
            freed: VecDeque::new(),
        }
    }
}

/// Which events happen before a point in the run: for each thread all those whose index is less than the
/// number at the thread's place. A place that is missing has the number 0.
///
/// An event's index in the trace takes the place of the usual count of a thread's events. It grows along
/// each thread as the count does, and an access need not be translated.
#[derive(Clone, Default)]
struct Clock(HashMap<usize, usize>);

impl Clock {
    fn covers(&self, access: &Access) -> bool {
        self.0.get(&access.place).is_some_and(|&n| access.index < n)
    }

    fn cover(&mut self, place: usize, index: usize) {
        self.0.insert(place, index + 1);
    }

    fn join(&mut self, other: &Clock) {
        for (&place, &theirs) in &other.0 {
            let mine = self.0.entry(place).or_default();
            *mine = (*mine).max(theirs);
        }
    }

    /// Keeps the memory that there is: a mutex is unlocked more often than once.
    fn become_copy_of(&mut self, other: &Clock) {
        self.0.clone_from(&other.0);
    }

    fn clear(&mut self) {
        self.0.clear();
    }
}

#[derive(Clone, Copy)]
struct Access {
    place: usize,
    index: usize,
}

/// Who has used a location: those accesses, in the order of the trace, that can still be the latest one with
/// which a later access races.
///
/// A write *w* makes everything needless that happens before it. Take a later access *x*. If *w* happens before
/// *x*, all that comes before *w* does too. If it does not, *x* races with *w*, and *w* is later than what came
/// before it. A read makes earlier reads needless in the same way, but no write: a read that comes later
/// does not race with the read, and may race with the write.
///
/// So there is at most one read and one write of each thread here; and while nothing races, there is one
/// write, and those reads since then that nothing orders.
#[derive(Default)]
struct History {
    writes: Vec<Access>,
    reads: Vec<Access>,
}

impl History {
    fn write(&mut self, access: Access, clock: &Clock) -> Option<Access> {
        self.writes.retain(|earlier| !clock.covers(earlier));
        self.reads.retain(|earlier| !clock.covers(earlier));
        // What is left is what it races with.
        let race = self.writes.last().into_iter().chain(self.reads.last());
        let race = race.copied().max_by_key(|earlier| earlier.index);
        self.writes.push(access);
        race
    }

    fn read(&mut self, access: Access, clock: &Clock) -> Option<Access> {
        self.reads.retain(|earlier| !clock.covers(earlier));
        self.reads.push(access);
        let mut latest_first = self.writes.iter().rev();
        latest_first.find(|earlier| !clock.covers(earlier)).copied()
    }
}

/// An access that races.
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
