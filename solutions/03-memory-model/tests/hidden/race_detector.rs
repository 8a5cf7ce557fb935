//! Further judgement of the race detector: random traces against the definition of happens-before, taken
//! word for word; traces that are changed in ways that must not matter; many threads and many locations.

use ch03::race_detector::{Action, Event, MAIN, Malformed, Race, Thread, Trace, Why, races};
use std::collections::{HashMap, HashSet, VecDeque};

#[harness::test]
fn short_random_traces_agree_with_the_definition() {
    let mut random = Random::new(harness::seed());
    for _ in 0..4_000 {
        let kinds = Kinds::random(&mut random);
        let length = 6 + random.below(30);
        compare(&random_trace(&mut random, &kinds, length));
    }
}

#[harness::test]
fn longer_random_traces_agree_with_the_definition() {
    let mut random = Random::new(harness::seed());
    for _ in 0..30 {
        let kinds = Kinds::random(&mut random);
        let length = 300 + random.below(200);
        compare(&random_trace(&mut random, &kinds, length));
    }
}

#[harness::test]
fn the_first_event_that_cannot_have_happened_is_named() {
    let mut random = Random::new(harness::seed());
    for _ in 0..2_000 {
        let kinds = Kinds::random(&mut random);
        let length = random.below(25);
        let mut trace = random_trace(&mut random, &kinds, length);
        let mut world = World::new(&trace.capacities);
        for event in &trace.events {
            world.step(event).expect("it was made so");
        }
        let (bad, why) = loop {
            let event = kinds.event(&mut random);
            if let Err(why) = world.step(&event) {
                break (event, why);
            }
            trace.events.push(event);
        };
        let expected = Malformed {
            event: trace.events.len(),
            why,
        };
        trace.events.push(bad);
        // Whatever comes after that is not looked at.
        for _ in 0..random.below(3) {
            trace.events.push(kinds.event(&mut random));
        }
        let found = races(&trace);
        assert!(
            found == Err(expected),
            "in this trace\n{}expected {expected:?}\n   found {found:?}",
            lines(&trace)
        );
    }
}

/// Two neighbours in the trace that have nothing to do with each other could have come the other way round.
#[harness::test]
fn the_order_of_events_that_have_nothing_in_common_does_not_matter() {
    let mut random = Random::new(harness::seed());
    for _ in 0..20 {
        let mut kinds = Kinds::random(&mut random);
        // Where a receive lets its sender go on, the two threads have something in common.
        kinds.capacities = vec![1, 3];
        let trace = random_trace(&mut random, &kinds, 1_000);
        let mut order: Vec<usize> = (0..trace.events.len()).collect();
        for _ in 0..20_000 {
            let at = random.below(order.len() - 1);
            let [a, b] = [order[at], order[at + 1]].map(|index| trace.events[index]);
            if !things(&a).iter().any(|thing| things(&b).contains(thing)) {
                order.swap(at, at + 1);
            }
        }
        let changed = Trace {
            capacities: trace.capacities.clone(),
            events: order.iter().map(|&index| trace.events[index]).collect(),
        };
        let before: HashSet<(usize, usize)> = races(&trace)
            .expect("it is well formed")
            .iter()
            .map(|race| (race.earlier, race.later))
            .collect();
        let after: HashSet<(usize, usize)> = races(&changed)
            .expect("it is still well formed")
            .iter()
            .map(|race| (order[race.earlier], order[race.later]))
            .collect();
        assert_eq!(before, after, "races before and after, by first index");
    }
}

#[harness::test]
fn numbers_are_only_names() {
    let mut random = Random::new(harness::seed());
    for _ in 0..100 {
        let kinds = Kinds::random(&mut random);
        let trace = random_trace(&mut random, &kinds, 60);
        let far = |n: u32| n.wrapping_mul(0x9e37_79b1).wrapping_add(0x8000_0000);
        let thread = |n| if n == MAIN { MAIN } else { far(n) };
        let renamed = |event: &Event| Event {
            thread: thread(event.thread),
            action: match event.action {
                Action::Spawn(child) => Action::Spawn(thread(child)),
                Action::Join(child) => Action::Join(thread(child)),
                Action::Lock(mutex) => Action::Lock(far(mutex)),
                Action::Unlock(mutex) => Action::Unlock(far(mutex)),
                Action::Read(location) => Action::Read(far(location)),
                Action::Write(location) => Action::Write(far(location)),
                Action::Load { atomic, acquire } => Action::Load {
                    atomic: far(atomic),
                    acquire,
                },
                Action::Store { atomic, release } => Action::Store {
                    atomic: far(atomic),
                    release,
                },
                Action::Update {
                    atomic,
                    acquire,
                    release,
                } => Action::Update {
                    atomic: far(atomic),
                    acquire,
                    release,
                },
                Action::Send(_) | Action::Receive(_) => event.action,
            },
        };
        let other = Trace {
            capacities: trace.capacities.clone(),
            events: trace.events.iter().map(renamed).collect(),
        };
        assert_eq!(races(&trace), races(&other), "{}", lines(&trace));
    }
}

/// Each of a thousand children is spawned by one that was there, hands its work over in one of three ways,
/// and is joined in the end. One in a hundred forgets to hand it over.
#[harness::test]
fn a_thousand_threads_take_part() {
    const THREADS: u32 = 1_000;
    let (mutex, channel, total) = (0, 0, 0);
    let mut trace = Trace {
        capacities: vec![usize::MAX],
        events: Vec::new(),
    };
    let mut expected = Vec::new();
    let mut last_write = None;
    for child in 1..=THREADS {
        trace.act((child - 1) / 2, Action::Spawn(child));
        for round in 0..20 {
            trace.act(child, Action::Write(child));
            trace.act(child, Action::Read(child));
            if round % 10 == 0 {
                trace.act(child, Action::Lock(mutex));
                last_write = Some(trace.act(child, Action::Write(total)));
                trace.act(child, Action::Unlock(mutex));
            }
        }
        trace.act(child, Action::Send(channel));
        if child % 100 == 0 {
            let later = trace.act(child, Action::Write(child));
            trace.act(MAIN, Action::Receive(channel));
            let read = trace.act(MAIN, Action::Read(child));
            expected.push(Race {
                earlier: later,
                later: read,
            });
        } else {
            trace.act(MAIN, Action::Receive(channel));
            trace.act(MAIN, Action::Read(child));
        }
    }
    trace.act(MAIN, Action::Write(total));
    let reader = trace.act(THREADS, Action::Read(total));
    expected.push(Race {
        earlier: reader - 1,
        later: reader,
    });
    assert!(last_write.is_some_and(|write| write < reader));
    for child in 1..=THREADS {
        trace.act(MAIN, Action::Join(child));
        trace.act(MAIN, Action::Write(child));
    }
    trace.act(MAIN, Action::Read(total));
    assert_eq!(races(&trace).as_deref(), Ok(&expected[..]));
}

/// A thousand threads, and a hundred thousand locations that two of them use each.
#[harness::test]
fn a_location_costs_what_those_who_use_it_cost() {
    const THREADS: u32 = 1_000;
    const LOCATIONS: u32 = 100_000;
    let mut trace = Trace::default();
    for child in 1..=THREADS {
        trace.act(MAIN, Action::Spawn(child));
    }
    let mut expected = Vec::new();
    for location in 0..LOCATIONS {
        let reader = THREADS - location % 7;
        let earlier = trace.act(reader, Action::Read(location));
        if location % 10_000 == 0 {
            let later = trace.act(reader - 10, Action::Write(location));
            expected.push(Race { earlier, later });
        } else {
            trace.act(reader - 10, Action::Read(location));
        }
    }
    assert_eq!(races(&trace).as_deref(), Ok(&expected[..]));
}

/// What the definition says, and what is found. A difference is shown on as short a trace as can be had.
#[track_caller]
fn compare(trace: &Trace) {
    let differ = |trace: &Trace| races(trace) != Ok(definition(trace));
    if !differ(trace) {
        return;
    }
    let mut trace = trace.clone();
    let mut at = 0;
    while at < trace.events.len() {
        let mut shorter = trace.clone();
        shorter.events.remove(at);
        let mut world = World::new(&shorter.capacities);
        if shorter.events.iter().all(|event| world.step(event).is_ok()) && differ(&shorter) {
            (trace, at) = (shorter, 0);
        } else {
            at += 1;
        }
    }
    panic!(
        "in this trace (room in the channels: {:?})\n{}expected {:?}\n   found {:?}",
        trace.capacities,
        lines(&trace),
        definition(&trace),
        races(&trace)
    );
}

fn lines(trace: &Trace) -> String {
    let line = |(index, event): (usize, &Event)| {
        format!("{index:>4}  thread {}: {:?}\n", event.thread, event.action)
    };
    trace.events.iter().enumerate().map(line).collect()
}

/// The races of a well-formed trace, from the rules in the order in which the exercise states them.
fn definition(trace: &Trace) -> Vec<Race> {
    use Action::*;
    let events = &trace.events;
    // The how manieth send or receive on its channel an event is; which thread sent the n-th item; and which
    // store to its atomic is the last one before it.
    let (mut nth, mut sender) = (vec![0; events.len()], HashMap::new());
    let (mut sent, mut received, mut stored) = (HashMap::new(), HashMap::new(), HashMap::new());
    let mut last_store = vec![None; events.len()];
    for (index, event) in events.iter().enumerate() {
        match event.action {
            Send(channel) => {
                let count = sent.entry(channel).or_insert(0);
                nth[index] = *count;
                sender.insert((channel, *count), (event.thread, index));
                *count += 1;
            }
            Receive(channel) => {
                let count = received.entry(channel).or_insert(0);
                nth[index] = *count;
                *count += 1;
            }
            Load { atomic, .. } | Update { atomic, .. } => {
                last_store[index] = stored.get(&atomic).copied();
            }
            Store { atomic, .. } => {
                stored.insert(atomic, index);
            }
            _ => {}
        }
    }
    let directly = |i: usize, j: usize| {
        let (a, b) = (events[i], events[j]);
        let by_rule = match (a.action, b.action) {
            (Spawn(child), _) if b.thread == child => true,
            // It has begun and ended in between.
            (Spawn(child), Join(joined)) if child == joined => true,
            (_, Join(child)) if a.thread == child => true,
            (Unlock(one), Lock(other)) => one == other,
            (Send(one), Receive(other)) => one == other && nth[i] == nth[j],
            (Receive(one), Send(other)) => {
                let room = trace.capacities[one];
                one == other && room > 0 && nth[j] >= room && nth[i] == nth[j] - room
            }
            (
                Store {
                    atomic: one,
                    release: true,
                }
                | Update {
                    atomic: one,
                    release: true,
                    ..
                },
                Load {
                    atomic: other,
                    acquire: true,
                }
                | Update {
                    atomic: other,
                    acquire: true,
                    ..
                },
            ) => one == other && last_store[j].is_none_or(|store| store <= i),
            _ => false,
        };
        let meeting = || match a.action {
            Receive(channel) if trace.capacities[channel] == 0 => {
                let (thread, send) = sender[&(channel, nth[i])];
                let ended = b.action == Join(thread);
                (b.thread == thread || ended) && send < j
            }
            _ => false,
        };
        a.thread == b.thread || by_rule || meeting()
    };
    // For each event, those before it, as bits.
    let words = events.len().div_ceil(64);
    let mut before: Vec<Vec<u64>> = Vec::new();
    let mut found = Vec::new();
    for j in 0..events.len() {
        let mut set = vec![0; words];
        let has = |set: &[u64], i: usize| set[i / 64] >> (i % 64) & 1 == 1;
        for i in (0..j).rev() {
            if !has(&set, i) && directly(i, j) {
                for (word, other) in set.iter_mut().zip(&before[i]) {
                    *word |= other;
                }
                set[i / 64] |= 1 << (i % 64);
            }
        }
        let races_with = |&i: &usize| {
            let conflict = match (events[i].action, events[j].action) {
                (Write(one), Read(other) | Write(other)) | (Read(one), Write(other)) => {
                    one == other
                }
                _ => false,
            };
            conflict && events[i].thread != events[j].thread && !has(&set, i)
        };
        if let Some(earlier) = (0..j).rev().find(races_with) {
            found.push(Race { earlier, later: j });
        }
        before.push(set);
    }
    found
}

/// What can happen next: threads, who holds what, what is in the channels. No clocks.
struct World {
    capacities: Vec<usize>,
    spawned: HashSet<Thread>,
    joined: HashSet<Thread>,
    sending: HashSet<Thread>,
    holders: HashMap<u32, Thread>,
    /// Who sent what is in there.
    items: Vec<VecDeque<Thread>>,
}

impl World {
    fn new(capacities: &[usize]) -> World {
        World {
            capacities: capacities.to_vec(),
            spawned: HashSet::from([MAIN]),
            joined: HashSet::new(),
            sending: HashSet::new(),
            holders: HashMap::new(),
            items: vec![VecDeque::new(); capacities.len()],
        }
    }

    /// An event that cannot happen changes nothing.
    fn step(&mut self, event: &Event) -> Result<(), Why> {
        let thread = event.thread;
        let check = |good: bool, why: Why| if good { Ok(()) } else { Err(why) };
        check(self.spawned.contains(&thread), Why::NotSpawned)?;
        check(!self.joined.contains(&thread), Why::Joined)?;
        check(!self.sending.contains(&thread), Why::StillSending)?;
        match event.action {
            Action::Spawn(child) => check(self.spawned.insert(child), Why::SpawnedBefore)?,
            Action::Join(child) => {
                let ended = child != MAIN
                    && child != thread
                    && self.spawned.contains(&child)
                    && !self.sending.contains(&child)
                    && self.joined.insert(child);
                check(ended, Why::CannotJoin)?;
            }
            Action::Lock(mutex) => {
                check(!self.holders.contains_key(&mutex), Why::Locked)?;
                self.holders.insert(mutex, thread);
            }
            Action::Unlock(mutex) => {
                check(self.holders.get(&mutex) == Some(&thread), Why::NotHeld)?;
                self.holders.remove(&mutex);
            }
            Action::Send(channel) => {
                let items = self.items.get_mut(channel).ok_or(Why::NoSuchChannel)?;
                let capacity = self.capacities[channel];
                check(capacity == 0 || items.len() < capacity, Why::Full)?;
                items.push_back(thread);
                if capacity == 0 {
                    self.sending.insert(thread);
                }
            }
            Action::Receive(channel) => {
                let items = self.items.get_mut(channel).ok_or(Why::NoSuchChannel)?;
                let sender = items.pop_front().ok_or(Why::Empty)?;
                if self.capacities[channel] == 0 {
                    self.sending.remove(&sender);
                }
            }
            _ => {}
        }
        Ok(())
    }
}

/// What an event depends on and changes. A location that two threads only read is in common too, since the
/// later read is the one to report.
fn things(event: &Event) -> [(&'static str, u64); 2] {
    let object = match event.action {
        Action::Spawn(thread) | Action::Join(thread) => ("thread", thread.into()),
        Action::Lock(mutex) | Action::Unlock(mutex) => ("mutex", mutex.into()),
        Action::Send(channel) | Action::Receive(channel) => ("channel", channel as u64),
        Action::Read(location) | Action::Write(location) => ("location", location.into()),
        Action::Load { atomic, .. }
        | Action::Store { atomic, .. }
        | Action::Update { atomic, .. } => ("atomic", atomic.into()),
    };
    [("thread", event.thread.into()), object]
}

/// How often which kind of event comes up, and how many there are of everything.
struct Kinds {
    weights: [usize; 11],
    threads: u32,
    locations: usize,
    others: usize,
    capacities: Vec<usize>,
}

impl Kinds {
    /// Often only some of them: what one rule orders must not be ordered by another one already.
    fn random(random: &mut Random) -> Kinds {
        let mut weight = |often: usize| {
            if random.below(2) == 0 {
                0
            } else {
                1 + random.below(often)
            }
        };
        let (threads, mutexes, channels, atomics) = (weight(2), weight(8), weight(8), weight(8));
        Kinds {
            weights: [
                1 + threads,
                threads,
                mutexes,
                mutexes,
                channels,
                channels,
                atomics,
                atomics,
                atomics,
                4,
                6,
            ],
            threads: 2 + random.below(4) as u32,
            locations: 1 + random.below(3),
            others: 1 + random.below(2),
            capacities: (0..1 + random.below(2)).map(|_| random.below(4)).collect(),
        }
    }

    fn event(&self, random: &mut Random) -> Event {
        let thread = random.below(self.threads as usize) as u32;
        let other = random.below(self.threads as usize) as u32;
        let object = random.below(self.others) as u32;
        let location = random.below(self.locations) as u32;
        // Once in a while one that is not there.
        let channel = random.below(self.capacities.len() * 8 + 1) / 8;
        let [acquire, release] = [(); 2].map(|()| random.below(2) == 0);
        let mut at = random.below(self.weights.iter().sum());
        let kind = self.weights.iter().position(|&weight| {
            let hit = at < weight;
            at = at.wrapping_sub(weight);
            hit
        });
        let action = match kind.expect("it is less than their sum") {
            0 => Action::Spawn(other),
            1 => Action::Join(other),
            2 => Action::Lock(object),
            3 => Action::Unlock(object),
            4 => Action::Send(channel),
            5 => Action::Receive(channel),
            6 => Action::Load {
                atomic: object,
                acquire,
            },
            7 => Action::Store {
                atomic: object,
                release,
            },
            8 => Action::Update {
                atomic: object,
                acquire,
                release,
            },
            9 => Action::Read(location),
            _ => Action::Write(location),
        };
        Event { thread, action }
    }
}

/// A well-formed one.
fn random_trace(random: &mut Random, kinds: &Kinds, length: usize) -> Trace {
    let mut world = World::new(&kinds.capacities);
    let mut trace = Trace {
        capacities: kinds.capacities.clone(),
        events: Vec::new(),
    };
    // Half of the traces begin with all threads, since a spawn orders much.
    if random.below(2) == 0 {
        for child in 1..kinds.threads {
            let event = Event {
                thread: MAIN,
                action: Action::Spawn(child),
            };
            world.step(&event).expect("it is new");
            trace.events.push(event);
        }
    }
    // When all threads wait for each other, nothing more can happen.
    let mut tries = 50 * length;
    while trace.events.len() < length && tries > 0 {
        tries -= 1;
        let event = kinds.event(random);
        if world.step(&event).is_ok() {
            trace.events.push(event);
        }
    }
    trace
}

trait Act {
    /// Adds an event and returns its index.
    fn act(&mut self, thread: Thread, action: Action) -> usize;
}

impl Act for Trace {
    fn act(&mut self, thread: Thread, action: Action) -> usize {
        self.events.push(Event { thread, action });
        self.events.len() - 1
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Less than `end`.
    fn below(&mut self, end: usize) -> usize {
        (self.next() % end as u64) as usize
    }
}
