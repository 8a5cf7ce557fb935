//! Models of `once_map`: two or three callers, one or two keys, in every order that they can run in.
//!
//! Every loader is a step at which others may run, and notes when it finds another one of its key at work.
//! What the models count with is relaxed: it is to watch the map, and not to help it.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use ch03::once_map::OnceMap;
use kit::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

/// A map, and what its loaders did. Keys are numbers below 2.
struct Loads {
    map: OnceMap<usize, usize>,
    running: [AtomicBool; 2],
    /// How many loaders of each key have begun.
    begun: [AtomicUsize; 2],
}

/// A loader fails because it is to.
#[derive(Debug)]
struct Failed;

impl Loads {
    fn new() -> Arc<Loads> {
        Arc::new(Loads {
            map: OnceMap::new(),
            running: [(); 2].map(|()| AtomicBool::new(false)),
            begun: [(); 2].map(|()| AtomicUsize::new(0)),
        })
    }

    /// A loader of `key`: the first `failures` to begin fail.
    fn load(&self, key: usize, failures: usize) -> Result<usize, Failed> {
        let another = self.running[key].swap(true, Relaxed);
        assert!(!another, "two loaders of key {key} run at the same time");
        let before = self.begun[key].fetch_add(1, Relaxed);
        self.running[key].swap(false, Relaxed);
        if before < failures {
            return Err(Failed);
        }
        Ok(10 + key)
    }

    fn ask(&self, key: usize, failures: usize) -> Result<Arc<usize>, Failed> {
        let value = self
            .map
            .get_or_try_init(&key, |key| self.load(*key, failures))?;
        assert_eq!(*value, 10 + key, "the value of key {key}");
        Ok(value)
    }

    fn check(&self, begun: [usize; 2]) {
        let loads = [0, 1].map(|key| self.begun[key].load(Relaxed));
        assert_eq!(loads, begun, "loaders run, for keys 0 and 1");
    }
}

/// The last caller of each model is the main thread, which keeps the number of schedules small.
fn caller<T: Send + 'static>(
    loads: &Arc<Loads>,
    name: &str,
    calls: impl FnOnce(&Loads) -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    let loads = Arc::clone(loads);
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || calls(&loads))
        .unwrap()
}

#[harness::model]
fn two_callers_of_one_key_have_one_load() {
    let loads = Loads::new();
    let other = caller(&loads, "A", |loads| loads.ask(0, 0).unwrap());
    let value = loads.ask(0, 0).unwrap();
    assert!(
        Arc::ptr_eq(&value, &other.join().unwrap()),
        "two callers have two values of one key"
    );
    loads.check([1, 0]);
}

/// For shuttle, which passes over schedules that differ in nothing; loom would need many minutes.
#[harness::model(explorers = "shuttle")]
fn three_callers_of_one_key_have_one_load() {
    let loads = Loads::new();
    let others = ["A", "B"].map(|name| caller(&loads, name, |loads| loads.ask(0, 0).unwrap()));
    let value = loads.ask(0, 0).unwrap();
    for other in others {
        assert!(
            Arc::ptr_eq(&value, &other.join().unwrap()),
            "two callers have two values of one key"
        );
    }
    loads.check([1, 0]);
}

/// Whoever loads first has the error. The other one has the value, whether it came later or was waiting.
#[harness::model]
fn after_an_error_the_other_caller_loads() {
    let loads = Loads::new();
    let other = caller(&loads, "A", |loads| loads.ask(0, 1).is_ok());
    let loaded = loads.ask(0, 1).is_ok();
    assert!(
        loaded != other.join().unwrap(),
        "the first of two loaders fails, the second one does not"
    );
    loads.check([2, 0]);
    assert_eq!(loads.map.get(&0).as_deref(), Some(&10));
}

/// Two come while one loads, who fails. (They are started by its loader, which saves the schedules in which they
/// come before.) Of the two only one loads.
#[harness::model(explorers = "shuttle")]
fn after_an_error_one_of_those_who_wait_loads() {
    let loads = Loads::new();
    let mut others = Vec::new();
    let failed = loads.map.get_or_try_init(&0, |_| {
        others = ["A", "B"]
            .map(|name| caller(&loads, name, |loads| loads.ask(0, 0).unwrap()))
            .into();
        Err(Failed)
    });
    assert!(failed.is_err(), "the error is for the one who loaded");
    let values: Vec<_> = others
        .into_iter()
        .map(|other| other.join().unwrap())
        .collect();
    assert!(
        Arc::ptr_eq(&values[0], &values[1]),
        "two callers have two values of one key"
    );
    loads.check([1, 0]);
}

/// `None` if it panics as the model tells it to. Other panics go on.
fn unless_intended_panic<R>(f: impl FnOnce() -> R) -> Option<R> {
    match catch_unwind(AssertUnwindSafe(f)) {
        Ok(value) => Some(value),
        Err(payload) if payload.is::<&str>() || payload.is::<String>() => resume_unwind(payload),
        Err(_) => None,
    }
}

/// For shuttle: loom cannot lock a mutex again that a panic has unwound through, and a lock for each key,
/// held while its loader runs, is a fair way to write this.
#[harness::model(explorers = "shuttle")]
fn after_a_panic_the_other_caller_loads() {
    let loads = Loads::new();
    let other = caller(&loads, "A", |loads| {
        let panics = || {
            loads.map.get_or_try_init(&0, |key| {
                loads.load(*key, 0)?;
                harness::intended_panic("no such host")
            })
        };
        let value: Option<Result<_, Failed>> = unless_intended_panic(panics);
        value.is_some()
    });
    assert!(loads.ask(0, 0).is_ok(), "this loader does not fail");
    let waited = other.join().unwrap();
    loads.check([if waited { 1 } else { 2 }, 0]);
}

/// One loads key 0, and key 1 for it; the other one key 1. Neither may be locked while the other is loaded.
#[harness::model]
fn a_loader_loads_another_key() {
    let loads = Loads::new();
    let other = caller(&loads, "A", |loads| {
        let value = loads.map.get_or_try_init(&0, |key| {
            loads.ask(1, 0)?;
            loads.load(*key, 0)
        });
        assert_eq!(*value.unwrap(), 10);
    });
    loads.ask(1, 0).unwrap();
    other.join().unwrap();
    loads.check([1, 1]);
    assert_eq!(loads.map.loaded(), 2);
}

#[harness::model]
fn who_only_looks_sees_nothing_or_all_of_it() {
    let loads = Loads::new();
    let other = caller(&loads, "A", |loads| drop(loads.ask(0, 0).unwrap()));
    let (before, value) = (loads.map.loaded(), loads.map.get(&0));
    assert!(value.is_none_or(|value| *value == 10), "half a value");
    if before == 1 {
        assert!(loads.map.get(&0).is_some(), "a value that went away");
    }
    other.join().unwrap();
    loads.check([1, 0]);
}

/// Nobody loads anything any more, so nobody need wait, and nothing is missing.
#[harness::model]
fn what_is_ready_is_seen_by_all_who_look() {
    let loads = Loads::new();
    loads.ask(0, 0).unwrap();
    let other = caller(&loads, "A", |loads| loads.map.get(&0).is_some());
    assert!(loads.map.get(&0).is_some(), "key 0 is there");
    assert!(other.join().unwrap(), "key 0 is there");
    loads.check([1, 0]);
}
