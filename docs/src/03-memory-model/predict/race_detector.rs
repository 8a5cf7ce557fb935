//! Every order in which a loader and a worker can take their steps, and in which of them the race shows.

#[allow(dead_code)] // the program here spawns and locks, and does nothing else
#[path = "../../../../solutions/03-memory-model/src/race_detector.rs"]
mod detector;

use detector::{Action, Action::*, Event, Trace, races};

const SETTINGS: u32 = 0;
const READY: u32 = 1;
const M: u32 = 0;

// ANCHOR: program
const LOADER: [Action; 4] = [Write(SETTINGS), Lock(M), Write(READY), Unlock(M)];
const WORKER: [Action; 4] = [Lock(M), Read(READY), Unlock(M), Read(SETTINGS)];
// ANCHOR_END: program

/// Every way to go on after `done`, with so many steps of loader and worker already taken.
fn explore(done: &[Event], taken: [usize; 2], runs: &mut Vec<Vec<Event>>) {
    if taken == [LOADER.len(), WORKER.len()] {
        runs.push(done.to_vec());
    }
    for (turn, steps) in [LOADER, WORKER].iter().enumerate() {
        let Some(&action) = steps.get(taken[turn]) else {
            continue;
        };
        let thread = turn as u32 + 1;
        let mut done = done.to_vec();
        done.push(Event { thread, action });
        let mut taken = taken;
        taken[turn] += 1;
        // Not a lock of a mutex that is locked.
        if races(&trace(&done)).is_ok() {
            explore(&done, taken, runs);
        }
    }
}

fn trace(events: &[Event]) -> Trace {
    let spawn = |child| Event {
        thread: 0,
        action: Spawn(child),
    };
    Trace {
        capacities: vec![],
        events: [spawn(1), spawn(2)].iter().chain(events).copied().collect(),
    }
}

pub fn answer() -> String {
    let mut runs = Vec::new();
    explore(&[], [0, 0], &mut runs);
    let found = |run: &&Vec<Event>| races(&trace(run)).is_ok_and(|races| !races.is_empty());
    // Which of two steps comes first in a run.
    let first = |run: &Vec<Event>, one: (u32, Action), other: (u32, Action)| {
        let place = |step: (u32, Action)| {
            let is_it = |event: &Event| (event.thread, event.action) == step;
            run.iter().position(is_it)
        };
        place(one) < place(other)
    };
    let in_time = |run: &Vec<Event>| first(run, (1, Write(SETTINGS)), (2, Read(SETTINGS)));
    let loader_first = |run: &Vec<Event>| first(run, (1, Lock(M)), (2, Lock(M)));

    let mut text = format!("{:<46}{:>4}{:>13}\n", "", "runs", "race found");
    let mut line = |name: &str, which: &dyn Fn(&Vec<Event>) -> bool| {
        let these: Vec<&Vec<Event>> = runs.iter().filter(|run| which(run)).collect();
        let races = these.iter().copied().filter(found).count();
        text += &format!("{name:<46}{:>4}{races:>13}\n", these.len());
    };
    line("read before they are there", &|run| !in_time(run));
    line("read in time, the worker has locked first", &|run| {
        in_time(run) && !loader_first(run)
    });
    line("read in time, the loader has locked first", &|run| {
        in_time(run) && loader_first(run)
    });
    text
}
