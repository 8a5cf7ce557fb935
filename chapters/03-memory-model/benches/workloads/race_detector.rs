//! What is measured of `race_detector`: traces as programs make them that guard their data with mutexes, that
//! hand it on through channels, and that share it to read.

use super::subject::{Action, Event, MAIN, Race, Thread, Trace, races};
use paired::Workload;
use std::time::{Duration, Instant};

pub const WORKLOADS: &[Workload] = &[
    Workload {
        name: "8 threads, 16 mutexes",
        unit: "event",
        run: mutexes,
    },
    Workload {
        name: "64 threads in a chain",
        unit: "event",
        run: chain,
    },
    Workload {
        name: "8 readers",
        unit: "event",
        run: readers,
    },
];

/// The events of a trace.
const LENGTH: usize = 16_384;

/// Each mutex guards four locations, of which a critical section reads three and writes one.
fn mutexes(events: u64) -> Duration {
    measure(events, 8, |recorder| {
        for round in 0.. {
            let thread = 1 + round % 8;
            let mutex = round * 7 / 3 % 16;
            recorder.act(thread, Action::Lock(mutex))?;
            for location in 0..3 {
                recorder.act(thread, Action::Read(4 * mutex + location))?;
            }
            recorder.act(thread, Action::Write(4 * mutex + round % 4))?;
            recorder.act(thread, Action::Unlock(mutex))?;
        }
        None
    })
}

/// Each thread takes an item from the one before it, works on it, and passes it on.
fn chain(events: u64) -> Duration {
    measure(events, 64, |recorder| {
        for item in 0.. {
            for thread in 1..=64 {
                let (from, to) = (thread as usize - 1, thread as usize);
                if thread > 1 {
                    recorder.act(thread, Action::Receive(from))?;
                }
                for _ in 0..3 {
                    recorder.act(thread, Action::Read(item))?;
                    recorder.act(thread, Action::Write(item))?;
                }
                if thread < 64 {
                    recorder.act(thread, Action::Send(to))?;
                }
            }
        }
        None
    })
}

/// All read the same 32 locations, which main has written before.
fn readers(events: u64) -> Duration {
    measure(events, 8, |recorder| {
        for round in 0.. {
            recorder.act(1 + round % 8, Action::Read(round / 8 % 32))?;
        }
        None
    })
}

/// Records a trace and times how long it takes to find its races, again and again: one at its beginning and one
/// at its end. A trace is looked at as a whole, since an event costs more the more there are before it, if
/// each is compared with all. Of the time for the last one so much counts as there are events to do.
fn measure(events: u64, threads: Thread, record: fn(&mut Recorder) -> Option<()>) -> Duration {
    let mut recorder = Recorder::default();
    recorder.trace.capacities = vec![2; threads as usize];
    for location in 0..32 {
        recorder.add(MAIN, Action::Write(location));
    }
    for child in 1..=threads {
        recorder.add(MAIN, Action::Spawn(child));
    }
    recorder.plant(u32::MAX);
    // `None` when there is room for one more race only.
    let _full = record(&mut recorder);
    recorder.plant(u32::MAX - 1);
    let Recorder { trace, planted } = recorder;

    let times = events.div_ceil(LENGTH as u64);
    let mut found = Vec::new();
    let began = Instant::now();
    for _ in 0..times {
        found = races(&trace).expect("it has happened");
    }
    let took = began.elapsed();
    assert!(found == planted, "other races");
    took.mul_f64(events as f64 / (times * LENGTH as u64) as f64)
}

#[derive(Default)]
struct Recorder {
    trace: Trace,
    planted: Vec<Race>,
}

impl Recorder {
    /// `None` if the trace is full.
    fn act(&mut self, thread: Thread, action: Action) -> Option<()> {
        if self.trace.events.len() + 2 == LENGTH {
            return None;
        }
        self.add(thread, action);
        Some(())
    }

    /// Two threads write to a location that nobody uses but for this.
    fn plant(&mut self, location: u32) {
        let earlier = self.trace.events.len();
        self.add(1, Action::Write(location));
        self.add(2, Action::Write(location));
        self.planted.push(Race {
            earlier,
            later: earlier + 1,
        });
    }

    fn add(&mut self, thread: Thread, action: Action) {
        self.trace.events.push(Event { thread, action });
    }
}
