//! Peers of `race_detector`. All take in the clocks of other threads in the same way, and differ in what they
//! keep of the accesses to a location. They know spawns, joins, mutexes and channels with room, and no traces
//! that cannot have happened: what the workloads need.

pub use events::{Action, Event, MAIN, Malformed, Race, Thread, Trace};

/// Every access is kept, and each new one compared with all of them.
pub mod all_pairs {
    pub use super::events::*;
    use super::{Access, Clock, Keep, detect};

    pub fn races(trace: &Trace) -> Result<Vec<Race>, Malformed> {
        detect::<All>(trace)
    }

    #[derive(Default)]
    struct All(Vec<(Access, bool)>);

    impl Keep for All {
        fn access(&mut self, access: Access, write: bool, clock: &Clock) -> Option<usize> {
            let race = self
                .0
                .iter()
                .filter(|(earlier, wrote)| (write || *wrote) && !clock.covers(earlier))
                .map(|(earlier, _)| earlier.index)
                .max();
            self.0.push((access, write));
            race
        }
    }
}

/// The last read and the last write of each thread are kept, for each location in a map.
pub mod last_of_each {
    pub use super::events::*;
    use super::{Access, Clock, Keep, detect};
    use std::collections::HashMap;

    pub fn races(trace: &Trace) -> Result<Vec<Race>, Malformed> {
        detect::<Last>(trace)
    }

    #[derive(Default)]
    struct Last {
        reads: HashMap<usize, Access>,
        writes: HashMap<usize, Access>,
    }

    impl Keep for Last {
        fn access(&mut self, access: Access, write: bool, clock: &Clock) -> Option<usize> {
            let latest = |kept: &HashMap<usize, Access>| {
                let unordered = kept.values().filter(|earlier| !clock.covers(earlier));
                unordered.map(|earlier| earlier.index).max()
            };
            let race = latest(&self.writes);
            if write {
                self.writes.insert(access.place, access);
                race.max(latest(&self.reads))
            } else {
                self.reads.insert(access.place, access);
                race
            }
        }
    }
}

/// C. Flanagan and S. N. Freund, *FastTrack*, PLDI 2009: one write is kept for each location, and one read as
/// long as the reads are ordered, else one of each thread. It promises less: once two accesses have raced,
/// what it says of their location is not exact.
pub mod fasttrack {
    pub use super::events::*;
    use super::{Access, Clock, Keep, detect};

    pub fn races(trace: &Trace) -> Result<Vec<Race>, Malformed> {
        detect::<Epochs>(trace)
    }

    #[derive(Default)]
    struct Epochs {
        write: Option<Access>,
        read: Reads,
    }

    #[derive(Default)]
    enum Reads {
        #[default]
        None,
        One(Access),
        /// At each thread's place the index of its read, plus one.
        Shared(Vec<usize>),
    }

    impl Keep for Epochs {
        fn access(&mut self, access: Access, write: bool, clock: &Clock) -> Option<usize> {
            let unordered = |earlier: &Access| !clock.covers(earlier);
            let race = self.write.filter(unordered).map(|earlier| earlier.index);
            if write {
                let read = match std::mem::take(&mut self.read) {
                    Reads::None => None,
                    Reads::One(read) => Some(read).filter(unordered).map(|read| read.index),
                    Reads::Shared(reads) => clock.beyond(&reads),
                };
                self.write = Some(access);
                return race.max(read);
            }
            match &mut self.read {
                Reads::Shared(reads) => note(reads, access),
                Reads::One(read) if unordered(read) => {
                    let mut reads = Vec::new();
                    note(&mut reads, *read);
                    note(&mut reads, access);
                    self.read = Reads::Shared(reads);
                }
                Reads::None | Reads::One(_) => self.read = Reads::One(access),
            }
            race
        }
    }

    fn note(reads: &mut Vec<usize>, access: Access) {
        if reads.len() <= access.place {
            reads.resize(access.place + 1, 0);
        }
        reads[access.place] = access.index + 1;
    }
}

/// What is kept of the accesses to one location.
trait Keep: Default {
    /// The index of the latest earlier access that this one races with.
    fn access(&mut self, access: Access, write: bool, clock: &Clock) -> Option<usize>;
}

#[derive(Clone, Copy)]
struct Access {
    place: usize,
    index: usize,
}

/// For each thread's place the index of its last event that is known, plus one.
#[derive(Clone, Default)]
struct Clock(Vec<usize>);

impl Clock {
    fn covers(&self, access: &Access) -> bool {
        self.0.get(access.place).is_some_and(|&n| access.index < n)
    }

    /// The last of the accesses that this does not cover.
    fn beyond(&self, accesses: &[usize]) -> Option<usize> {
        let known = self.0.iter().copied().chain(std::iter::repeat(0));
        let beyond = accesses.iter().zip(known).filter(|&(&n, known)| n > known);
        beyond.map(|(n, _)| n - 1).max()
    }

    fn join(&mut self, other: &Clock) {
        if self.0.len() < other.0.len() {
            self.0.resize(other.0.len(), 0);
        }
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine = (*mine).max(*theirs);
        }
    }
}

fn detect<K: Keep>(trace: &Trace) -> Result<Vec<Race>, Malformed> {
    use std::collections::{HashMap, VecDeque};

    #[derive(Default)]
    struct Channel {
        sent: usize,
        items: VecDeque<Clock>,
        freed: VecDeque<Clock>,
    }

    let mut places = HashMap::from([(MAIN, 0)]);
    let mut clocks = vec![Clock::default()];
    let mut mutexes: HashMap<u32, Clock> = HashMap::new();
    let mut locations: HashMap<u32, K> = HashMap::new();
    let mut channels: Vec<Channel> = Vec::new();
    channels.resize_with(trace.capacities.len(), Channel::default);
    let mut races = Vec::new();
    for (index, event) in trace.events.iter().enumerate() {
        let place = places[&event.thread];
        let clock = &mut clocks[place];
        if clock.0.len() <= place {
            clock.0.resize(place + 1, 0);
        }
        clock.0[place] = index + 1;
        match event.action {
            Action::Spawn(child) => {
                let clock = clock.clone();
                places.insert(child, clocks.len());
                clocks.push(clock);
            }
            Action::Join(child) => {
                let last = std::mem::take(&mut clocks[places[&child]]);
                clocks[place].join(&last);
            }
            Action::Lock(mutex) => clock.join(mutexes.entry(mutex).or_default()),
            Action::Unlock(mutex) => mutexes.entry(mutex).or_default().0.clone_from(&clock.0),
            Action::Send(channel) => {
                let (capacity, channel) = (trace.capacities[channel], &mut channels[channel]);
                if channel.sent >= capacity {
                    clock.join(&channel.freed.pop_front().expect("it is not full"));
                }
                channel.sent += 1;
                channel.items.push_back(clock.clone());
            }
            Action::Receive(channel) => {
                let channel = &mut channels[channel];
                clock.join(&channel.items.pop_front().expect("it is not empty"));
                channel.freed.push_back(clock.clone());
            }
            Action::Read(location) | Action::Write(location) => {
                let write = matches!(event.action, Action::Write(_));
                let kept = locations.entry(location).or_default();
                let earlier = kept.access(Access { place, index }, write, clock);
                races.extend(earlier.map(|earlier| Race {
                    earlier,
                    later: index,
                }));
            }
        }
    }
    Ok(races)
}

/// The part of the exercise's types that is needed here.
mod events {
    #[derive(Clone, Debug, Default)]
    pub struct Trace {
        pub capacities: Vec<usize>,
        pub events: Vec<Event>,
    }

    #[derive(Clone, Copy, Debug)]
    pub struct Event {
        pub thread: Thread,
        pub action: Action,
    }

    pub type Thread = u32;

    pub const MAIN: Thread = 0;

    #[derive(Clone, Copy, Debug)]
    pub enum Action {
        Spawn(Thread),
        Join(Thread),
        Lock(u32),
        Unlock(u32),
        Send(usize),
        Receive(usize),
        Read(u32),
        Write(u32),
    }

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Race {
        pub earlier: usize,
        pub later: usize,
    }

    /// None of the traces here is.
    #[derive(Clone, Copy, Debug)]
    pub enum Malformed {}
}
