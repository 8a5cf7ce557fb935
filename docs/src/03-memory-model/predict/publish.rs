//! A flag and a value: all that a reader can find, by the orderings. An explorer runs the two threads in
//! every way, and with every value that a read may take.

use findings::Bounds;
use kit_loom::{
    sync::atomic::{
        AtomicBool, AtomicU32,
        Ordering::{self, Acquire, Relaxed, Release},
    },
    thread,
};
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

/// The flag, and the value.
type Found = (bool, u32);

// ANCHOR: question
fn once(store: Ordering, load: Ordering) -> Found {
    let value = Arc::new(AtomicU32::new(0));
    let flag = Arc::new(AtomicBool::new(false));

    let writer = thread::spawn({
        let (value, flag) = (value.clone(), flag.clone());
        move || {
            value.store(42, Relaxed);
            flag.store(true, store);
        }
    });
    let found = (flag.load(load), value.load(Relaxed));
    // ANCHOR_END: question
    writer.join().unwrap();
    found
}

/// What [`once`] can return.
fn all(store: Ordering, load: Ordering) -> BTreeSet<Found> {
    let all = Arc::new(Mutex::new(BTreeSet::new()));
    let exploration = kit_loom::model::explore(&Bounds::default(), {
        let all = all.clone();
        move || {
            let found = once(store, load);
            all.lock().unwrap().insert(found);
        }
    });
    assert!(exploration.finding.is_none() && exploration.undecided.is_none());
    let all = all.lock().unwrap();
    all.clone()
}

pub fn answer() -> String {
    let mut text = "store    load      can be found\n".to_owned();
    for (store, load) in [
        (Relaxed, Relaxed),
        (Relaxed, Acquire),
        (Release, Relaxed),
        (Release, Acquire),
    ] {
        let found: Vec<String> = all(store, load).iter().map(|f| format!("{f:?}")).collect();
        let orderings = format!("{store:?}  {load:?}");
        text += &format!("{orderings:<19}{}\n", found.join(" "));
    }
    text
}
