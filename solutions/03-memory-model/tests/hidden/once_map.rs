//! Hidden tests of `once_map`: the same promises to larger herds, in rarer orders, with many keys and with
//! types that are nothing but what the signatures ask for.

use std::convert::Infallible;
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, Weak};

use ch03::once_map::OnceMap;
use harness::{Gauge, Rendezvous, Thread, Verdict};

/// Nothing is asked of values and errors, and a loader may borrow.
#[harness::test]
fn values_errors_and_loaders_can_be_of_any_type() {
    fn shared<T: Send + Sync>() {}
    shared::<OnceMap<String, Mutex<Vec<u8>>>>();

    struct Value(Vec<u8>);
    struct NotSend(Rc<str>);
    let map: OnceMap<(u8, String), Value> = OnceMap::default();
    let (key, mut calls, bytes) = ((1, "a".to_owned()), 0, vec![1, 2, 3]);
    let failed = map.get_or_try_init(&key, |_| {
        calls += 1;
        Err(NotSend("no".into()))
    });
    assert_eq!(failed.err().map(|error| error.0).as_deref(), Some("no"));
    let loaded = map.get_or_try_init(&key, |key| {
        calls += 1;
        assert_eq!(key.0, 1);
        Ok::<_, NotSend>(Value(bytes))
    });
    assert_eq!(loaded.ok().unwrap().0, [1, 2, 3]);
    assert_eq!(calls, 2);
}

#[harness::test]
fn two_maps_have_nothing_to_do_with_each_other() {
    let maps = [OnceMap::new(), OnceMap::new()];
    for (n, map) in maps.iter().enumerate() {
        let value = map.get_or_try_init(&"key", |_| Ok::<_, Infallible>(n));
        assert_eq!(*value.unwrap(), n);
    }
    assert_eq!(maps.map(|map| map.loaded()), [1, 1]);
}

/// All keys of this type have one hash.
#[derive(Clone, PartialEq, Eq)]
struct Colliding(u32);

impl std::hash::Hash for Colliding {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        0.hash(state);
    }
}

#[harness::test]
fn keys_are_told_apart_by_what_they_are() {
    let map = OnceMap::new();
    for n in 0..20 {
        let value = map.get_or_try_init(&Colliding(n), |key| Ok::<_, Infallible>(key.0));
        assert_eq!(*value.unwrap(), n);
    }
    for n in 0..20 {
        assert_eq!(map.get(&Colliding(n)).as_deref(), Some(&n));
    }
    assert_eq!(map.loaded(), 20);
    assert_eq!(map.get(&Colliding(20)), None);
}

/// More keys than anybody has locks for, each loader waiting for all the others.
#[harness::test]
fn any_number_of_keys_is_loaded_at_the_same_time() {
    const KEYS: usize = 72;
    let map = Arc::new(OnceMap::new());
    let all = Rendezvous::new(format!("the loaders of {KEYS} keys"), KEYS);
    let threads: Vec<_> = (0..KEYS)
        .map(|key| {
            let (map, all) = (Arc::clone(&map), all.clone());
            harness::spawn(format!("loads {key}"), move || {
                let value = map.get_or_try_init(&key, |key| {
                    all.wait();
                    Ok::<_, Infallible>(key * key)
                });
                assert_eq!(*value.unwrap(), key * key);
            })
        })
        .collect();
    for thread in threads {
        thread.join();
    }
    assert_eq!(map.loaded(), KEYS);
}

/// Threads that ask for key `()`, whose loaders wait for a word from the test.
struct Callers {
    map: Arc<OnceMap<(), usize>>,
    loaders: Arc<Gauge>,
    begins: Sender<usize>,
    begun: Receiver<usize>,
}

/// A caller, and what its loader is told: whether to succeed.
struct Caller {
    thread: Thread<Result<usize, usize>>,
    load: Sender<bool>,
}

impl Callers {
    fn new() -> Self {
        let (begins, begun) = channel();
        Callers {
            map: Arc::default(),
            loaders: Arc::default(),
            begins,
            begun,
        }
    }

    /// A thread that asks; its number is its value, or its error. Comes back when it waits, for its loader
    /// or for another one.
    fn come(&self, n: usize) -> Caller {
        let (load, told) = channel();
        let (map, loaders) = (Arc::clone(&self.map), Arc::clone(&self.loaders));
        let begins = self.begins.clone();
        let thread = harness::spawn(format!("caller {n}"), move || {
            let value = map.get_or_try_init(&(), |()| {
                let _one = loaders.enter();
                begins.send(n).unwrap();
                let succeed: bool = told.recv().unwrap();
                if succeed { Ok(n) } else { Err(n) }
            });
            value.map(|value| *value)
        });
        thread.wait_until_blocked();
        Caller { thread, load }
    }

    /// Whose loader runs now; no other one does.
    fn loads(&self) -> usize {
        let n = self.begun.recv().unwrap();
        harness::wait_until_quiet();
        assert!(
            self.loaders.peak() == 1 && self.begun.try_recv().is_err(),
            "caller {n} is loading, and so is another one of the same key"
        );
        n
    }

    /// All have come to their end without another loader.
    fn check_that_nobody_else_loaded(&self) {
        assert!(self.begun.try_recv().is_err(), "another loader has run");
    }
}

/// Who has waited for a loader that fails is loading now; somebody new comes.
#[harness::test]
fn a_newcomer_waits_for_the_one_who_tries_again() {
    let callers = Callers::new();
    let first = callers.come(0);
    assert_eq!(callers.loads(), 0);
    let second = callers.come(1);
    first.load.send(false).unwrap();
    assert_eq!(first.thread.join(), Err(0));
    assert_eq!(callers.loads(), 1, "the one who has waited tries");

    let third = callers.come(2);
    assert_eq!(callers.loaders.peak(), 1, "the third waits for the second");
    assert_eq!(callers.map.get(&()), None);
    second.load.send(true).unwrap();
    assert_eq!(second.thread.join(), Ok(1));
    assert_eq!(third.thread.join(), Ok(1));
    callers.check_that_nobody_else_loaded();
}

/// Each of them waits, tries and fails, one after the other; each has its own error.
#[harness::test]
fn when_all_fail_each_has_tried_once() {
    const CALLERS: usize = 5;
    let callers = Callers::new();
    let mut waiting: Vec<Option<Caller>> = (0..CALLERS).map(|n| Some(callers.come(n))).collect();
    for _ in 0..CALLERS {
        let n = callers.loads();
        let caller = waiting[n].take().expect("nobody tries twice");
        caller.load.send(false).unwrap();
        assert_eq!(caller.thread.join(), Err(n));
        assert_eq!(callers.map.loaded(), 0);
    }
    let late = callers.come(CALLERS);
    assert_eq!(callers.loads(), CALLERS, "as if nobody had ever asked");
    late.load.send(true).unwrap();
    assert_eq!(late.thread.join(), Ok(CALLERS));
}

#[harness::test]
fn a_large_herd_is_woken_by_one_success() {
    const CALLERS: usize = 12;
    let callers = Callers::new();
    let mut waiting: Vec<Caller> = (0..CALLERS).map(|n| callers.come(n)).collect();
    assert_eq!(callers.loads(), 0);
    waiting[0].load.send(false).unwrap();
    assert_eq!(waiting.remove(0).thread.join(), Err(0));
    let next = callers.loads();
    waiting[next - 1].load.send(true).unwrap();
    for caller in waiting {
        assert_eq!(caller.thread.join(), Ok(next));
    }
    callers.check_that_nobody_else_loaded();
}

/// Both keys are being loaded, and somebody waits for each. The end of one load is the end of one wait.
#[harness::test]
fn who_waits_for_one_key_is_not_helped_by_another() {
    let map = Arc::new(OnceMap::new());
    let both = Rendezvous::new("the loaders of `a` and `b`, and the test", 3);
    let (words, told): (Vec<_>, Vec<_>) = (0..4).map(|_| channel()).unzip();
    let asked = ["a", "b", "a", "b"].into_iter().zip(told);
    let mut threads: Vec<_> = asked
        .enumerate()
        .map(|(n, (key, word))| {
            let (map, both) = (Arc::clone(&map), both.clone());
            let thread = harness::spawn(format!("asks for {key}"), move || {
                let value = map.get_or_try_init(&key, |key| {
                    assert!(n < 2, "a second loader of `{key}` runs");
                    both.wait();
                    word.recv().unwrap();
                    Ok::<_, Infallible>(key.to_uppercase())
                });
                value.unwrap().to_string()
            });
            thread.wait_until_blocked();
            thread
        })
        .collect();
    both.wait();
    words[1].send(()).unwrap();
    for n in [3, 1] {
        assert_eq!(threads.remove(n).join(), "B");
    }
    harness::wait_until_quiet();
    let ended: Vec<_> = threads.iter().map(|thread| thread.is_finished()).collect();
    assert_eq!(
        ended,
        [false, false],
        "who asked for `a`, when `b` is there"
    );
    words[0].send(()).unwrap();
    for thread in threads {
        assert_eq!(thread.join(), "A");
    }
}

#[harness::test]
fn loaders_may_go_many_keys_deep() {
    fn sum(map: &OnceMap<u32, u32>, n: u32) -> Result<u32, Infallible> {
        let below = |n: &u32| {
            if *n == 0 {
                Ok(0)
            } else {
                Ok(n + sum(map, n - 1)?)
            }
        };
        map.get_or_try_init(&n, below).map(|sum| *sum)
    }
    let map = OnceMap::new();
    assert_eq!(sum(&map, 100), Ok(5050));
    assert_eq!(map.loaded(), 101);
    assert_eq!(map.get(&10).as_deref(), Some(&55));
}

/// A loader fails because one that it has asked for does: both keys are as if nobody had asked.
#[harness::test]
fn a_failure_passes_through_the_loaders_that_asked() {
    let map = OnceMap::new();
    let attempt = |fails: bool| {
        map.get_or_try_init(&"page", |_| {
            let part = map.get_or_try_init(&"part", |_| if fails { Err("gone") } else { Ok(1) })?;
            Ok(*part + 1)
        })
    };
    assert_eq!(attempt(true), Err("gone"));
    assert_eq!(map.loaded(), 0);
    assert_eq!(attempt(false).as_deref(), Ok(&2));
    assert_eq!(map.loaded(), 2);
}

/// Values are there as long as the map is, and no longer.
#[harness::test]
fn the_map_owns_its_values() {
    let map = OnceMap::new();
    let value: Weak<&str> = {
        let value = map.get_or_try_init(&1, |_| Ok::<_, Infallible>("value"));
        Arc::downgrade(&value.unwrap())
    };
    assert!(value.upgrade().is_some(), "the map has it");
    drop(map);
    assert!(value.upgrade().is_none(), "and nobody else");
}

/// A key of which a test can tell how many there are.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Counted(Arc<usize>);

/// Failures of many keys, each with somebody who waits; some of them by a panic.
#[harness::test]
fn failed_keys_leave_nothing_behind_however_they_failed() {
    const KEYS: usize = 8;
    let map = Arc::new(OnceMap::<Counted, ()>::new());
    let keys: Vec<Counted> = (0..KEYS).map(|n| Counted(Arc::new(n))).collect();
    for key in &keys {
        let (fail, failed) = channel::<()>();
        let failed = Arc::new(Mutex::new(failed));
        let threads = ["one", "other"].map(|name| {
            let (map, key, failed) = (Arc::clone(&map), key.clone(), Arc::clone(&failed));
            let thread = harness::spawn(name, move || {
                let load = |key: &Counted| -> Result<_, usize> {
                    failed.lock().unwrap().recv().unwrap();
                    if *key.0 % 2 == 1 {
                        harness::intended_panic("odd");
                    }
                    Err(*key.0)
                };
                if *key.0 % 2 == 1 {
                    let ask = std::panic::AssertUnwindSafe(|| map.get_or_try_init(&key, load));
                    assert!(std::panic::catch_unwind(ask).is_err(), "both fail");
                } else {
                    assert_eq!(map.get_or_try_init(&key, load), Err(*key.0));
                }
            });
            thread.wait_until_blocked();
            thread
        });
        for _ in &threads {
            fail.send(()).unwrap();
        }
        for thread in threads {
            thread.join();
        }
        assert!(map.get(key).is_none());
    }
    let kept: usize = keys.iter().map(|key| Arc::strong_count(&key.0) - 1).sum();
    if kept > 0 {
        let message = format!("{KEYS} keys have failed, and the map keeps {kept} of them");
        harness::fail(Verdict::Leak, message);
    }
}

/// Everybody asks for everything in an order of its own. Loaders ask for other keys.
#[harness::test(stress)]
fn a_web_of_keys_is_loaded_once_each() {
    const THREADS: usize = 6;
    const KEYS: usize = 120;
    let map = Arc::new(OnceMap::<usize, usize>::new());
    let loads: Arc<[AtomicUsize; KEYS]> = Arc::new(std::array::from_fn(|_| AtomicUsize::new(0)));
    fn ask(map: &OnceMap<usize, usize>, loads: &[AtomicUsize], key: usize) -> usize {
        let value = map.get_or_try_init(&key, |&key| {
            loads[key].fetch_add(1, Ordering::SeqCst);
            let below = if key < 2 { 0 } else { ask(map, loads, key / 2) };
            Ok::<_, Infallible>(below + 1)
        });
        *value.unwrap()
    }
    let threads: Vec<_> = (0..THREADS)
        .map(|thread| {
            let (map, loads) = (Arc::clone(&map), Arc::clone(&loads));
            // Numbers without a divisor in common with 120, so that each visits all keys.
            let stride = [1, 7, 11, 13, 119, 113][thread];
            harness::spawn(format!("thread {thread}"), move || {
                for n in 0..KEYS {
                    let key = n * stride % KEYS;
                    let expected = key.checked_ilog2().unwrap_or(0) as usize + 1;
                    assert_eq!(ask(&map, &*loads, key), expected, "the value of {key}");
                }
            })
        })
        .collect();
    for thread in threads {
        thread.join();
    }
    for (key, loads) in loads.iter().enumerate() {
        assert_eq!(loads.load(Ordering::SeqCst), 1, "loads of key {key}");
    }
    assert_eq!(map.loaded(), KEYS);
}
