//! verdict: WrongAnswer
//! misconception: send-never-blocks
//!
//! The learner lets a sender without room go on when its item is taken, and gives it nothing: a send
//! gives, and a receive takes. But the sender has waited for the receiver, so it comes after
//! whatever the receiver did.

use std::collections::{HashMap, VecDeque};

pub fn races(trace: &Trace) -> Result<Vec<Race>, Malformed> {
    let mut run = Run::new(trace);
    let mut races = Vec::new();
    for (index, event) in trace.events.iter().enumerate() {
        let race = run.step(index, event);
        races.extend(race.map_err(|why| Malformed { event: index, why })?);
    }
    Ok(races)
}

struct Run {
    places: HashMap<Thread, usize>,
    threads: Vec<Running>,
    mutexes: HashMap<Mutex, Lock>,
    channels: Vec<Queue>,
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
        if child == place || child == 0 || !matches!(self.threads[child].state, State::Runs) {
            return Err(Why::CannotJoin);
        }
        self.threads[child].state = State::Joined;
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
    holder: Option<usize>,
    unlocked: Clock,
}

struct Queue {
    capacity: usize,
    never_full: bool,
    sent: usize,
    items: VecDeque<(usize, Clock)>,
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

#[derive(Clone, Default)]
struct Clock(Vec<usize>);

impl Clock {
    fn covers(&self, access: &Access) -> bool {
        self.0.get(access.place).is_some_and(|&n| access.index < n)
    }

    fn cover(&mut self, place: usize, index: usize) {
        if self.0.len() <= place {
            self.0.resize(place + 1, 0);
        }
        self.0[place] = index + 1;
    }

    fn join(&mut self, other: &Clock) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine = (*mine).max(*theirs);
        }
    }

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

#[derive(Default)]
struct History {
    writes: Vec<Access>,
    reads: Vec<Access>,
}

impl History {
    fn write(&mut self, access: Access, clock: &Clock) -> Option<Access> {
        self.writes.retain(|earlier| !clock.covers(earlier));
        self.reads.retain(|earlier| !clock.covers(earlier));
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

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Race {
    pub earlier: usize,
    pub later: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trace {
    pub capacities: Vec<usize>,
    pub events: Vec<Event>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    pub thread: Thread,
    pub action: Action,
}

pub type Thread = u32;
pub type Mutex = u32;
pub type Channel = usize;
pub type Location = u32;
pub type Atomic = u32;

pub const MAIN: Thread = 0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    Spawn(Thread),
    Join(Thread),
    Lock(Mutex),
    Unlock(Mutex),
    Send(Channel),
    Receive(Channel),
    Read(Location),
    Write(Location),
    Load {
        atomic: Atomic,
        acquire: bool,
    },
    Store {
        atomic: Atomic,
        release: bool,
    },
    Update {
        atomic: Atomic,
        acquire: bool,
        release: bool,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    pub event: usize,
    pub why: Why,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    NotSpawned,
    Joined,
    StillSending,
    SpawnedBefore,
    CannotJoin,
    Locked,
    NotHeld,
    NoSuchChannel,
    Full,
    Empty,
}
