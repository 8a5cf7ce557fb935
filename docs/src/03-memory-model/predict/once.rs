//! Three threads that look before they lock, after, both, or not at all: how often the initialiser can run.
//! An explorer runs them in every order.

use findings::Bounds;
use kit_shuttle::{
    sync::{
        Mutex,
        atomic::{
            AtomicBool,
            Ordering::{Acquire, Relaxed, Release},
        },
    },
    thread,
};
use std::collections::BTreeSet;
use std::sync::{Arc, atomic::AtomicUsize};

struct Place {
    ready: AtomicBool,
    turn: Mutex<()>,
    runs: AtomicUsize,
    locked: AtomicUsize,
}

// ANCHOR: question
fn ask(place: &Place, looks_before: bool, looks_after: bool) {
    if looks_before && place.ready.load(Acquire) {
        return;
    }
    let _turn = place.turn.lock().unwrap();
    place.locked.fetch_add(1, Relaxed); // so that we see who locks
    if looks_after && place.ready.load(Relaxed) {
        return;
    }
    place.runs.fetch_add(1, Relaxed); // the initialiser
    place.ready.store(true, Release);
}
// ANCHOR_END: question

/// How often the initialiser may run for three at once, and whether one that comes later locks.
fn all(before: bool, after: bool) -> (BTreeSet<usize>, bool) {
    let seen = Arc::new(std::sync::Mutex::new((BTreeSet::new(), false)));
    let exploration = kit_shuttle::model::explore(&Bounds::default(), {
        let seen = seen.clone();
        move || {
            let place = Arc::new(Place {
                ready: AtomicBool::new(false),
                turn: Mutex::new(()),
                runs: AtomicUsize::new(0),
                locked: AtomicUsize::new(0),
            });
            let others = [(); 2].map(|()| {
                let place = place.clone();
                thread::spawn(move || ask(&place, before, after))
            });
            ask(&place, before, after);
            for other in others {
                other.join().unwrap();
            }
            let runs = place.runs.load(Relaxed);
            let locked = place.locked.load(Relaxed);
            ask(&place, before, after);
            let mut seen = seen.lock().unwrap();
            seen.0.insert(runs);
            seen.1 |= place.locked.load(Relaxed) > locked;
        }
    });
    assert!(exploration.finding.is_none() && exploration.undecided.is_none());
    let seen = seen.lock().unwrap();
    seen.clone()
}

pub fn answer() -> String {
    let mut text = "looks          runs of the initialiser   a later caller locks\n".to_owned();
    for (looks, before, after) in [
        ("not at all", false, false),
        ("before", true, false),
        ("after", false, true),
        ("before, after", true, true),
    ] {
        let (runs, locks) = all(before, after);
        let runs: Vec<String> = runs.iter().map(usize::to_string).collect();
        let locks = if locks { "yes" } else { "no" };
        text += &format!("{looks:<15}{:<26}{locks}\n", runs.join(" or "));
    }
    text
}
