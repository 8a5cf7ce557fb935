//! The factory at the moment of the stop, and everything that can happen from there.

use std::collections::BTreeSet;

/// What the threads do about the stop.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Rule {
    /// Whoever has finished a round sees the flag and leaves.
    AllLeave,
    /// Producers leave at the flag; consumers when the buffer is empty and no producer is left.
    ProducersLeave,
    /// The same, and a producer with an item in hand may leave without sending it.
    SelectOverStop,
}

/// One moment: two producers, two consumers, and what lies where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Factory {
    producers: [Thread; 2],
    consumers: [Thread; 2],
    buffer: usize,
    consumed: usize,
    /// A consumer ended while a producer was still there.
    consumer_first: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Thread {
    WithItem,
    Idle,
    Gone,
}
use Thread::{Gone, Idle, WithItem};

const ROOM: usize = 3;

pub fn answer() -> String {
    let mut text = String::new();
    for (name, rule, buffer) in [
        ("everybody looks", Rule::AllLeave, ROOM),
        ("producers look", Rule::ProducersLeave, ROOM),
        ("select!, full", Rule::SelectOverStop, ROOM),
        ("select!, empty", Rule::SelectOverStop, 0),
    ] {
        let made = 2 + buffer + 2;
        let ends = ends(rule, buffer);
        let lost: BTreeSet<usize> = ends.iter().map(|end| made - end.consumed).collect();
        let lost: Vec<String> = lost.iter().map(usize::to_string).collect();
        text += &format!("{name}: {made} made, {} lost\n", lost.join("/"));
        if rule == Rule::ProducersLeave && !ends.iter().any(|end| end.consumer_first) {
            text += "  no consumer ends before them\n";
        }
    }
    text
}

// ANCHOR: ends
/// Every way in which the factory can end, whoever comes first at each step.
fn ends(rule: Rule, buffer: usize) -> Vec<Factory> {
    let mut seen = BTreeSet::from([Factory {
        producers: [WithItem; 2],
        consumers: [WithItem; 2],
        buffer,
        consumed: 0,
        consumer_first: false,
    }]);
    let mut open: Vec<Factory> = seen.iter().cloned().collect();
    let mut ends = Vec::new();
    while let Some(factory) = open.pop() {
        let next = steps(&factory, rule);
        if next.is_empty() {
            ends.push(factory);
        }
        open.extend(
            next.into_iter()
                .filter(|factory| seen.insert(factory.clone())),
        );
    }
    ends
}
// ANCHOR_END: ends

/// What one thread can do next, for each thread.
fn steps(now: &Factory, rule: Rule) -> Vec<Factory> {
    let mut next = Vec::new();
    let mut step = |change: &dyn Fn(&mut Factory)| {
        let mut factory = now.clone();
        change(&mut factory);
        next.push(factory);
    };
    let senders = now.producers.iter().any(|thread| *thread != Gone);
    let receivers = now.consumers.iter().any(|thread| *thread != Gone);
    for id in 0..2 {
        match now.producers[id] {
            WithItem => {
                if now.buffer < ROOM && receivers {
                    step(&|f| {
                        f.producers[id] = Idle;
                        f.buffer += 1;
                    });
                }
                // Nobody will ever receive, or the `select!` takes the other branch.
                if !receivers || rule == Rule::SelectOverStop {
                    step(&|f| f.producers[id] = Gone);
                }
            }
            Idle => step(&|f| f.producers[id] = Gone), // it sees the flag
            Gone => {}
        }
        match now.consumers[id] {
            WithItem => step(&|f| {
                f.consumers[id] = Idle;
                f.consumed += 1;
            }),
            Idle if rule == Rule::AllLeave => step(&|f| f.consumers[id] = Gone),
            Idle if now.buffer > 0 => step(&|f| {
                f.consumers[id] = WithItem;
                f.buffer -= 1;
            }),
            Idle if !senders => step(&|f| f.consumers[id] = Gone),
            Idle | Gone => {}
        }
    }
    for factory in &mut next {
        let ended = factory.consumers != now.consumers && factory.consumers.contains(&Gone);
        factory.consumer_first |= ended && senders;
    }
    next
}
