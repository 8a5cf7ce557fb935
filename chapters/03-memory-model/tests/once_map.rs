//! Public tests of `once_map`: what the module promises, one promise a test. A loader that is to take long
//! waits for a message, and the test sends it when everybody is where it wants them.

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, channel};
use std::sync::{Arc, Mutex};

use ch03::once_map::OnceMap;
use harness::{Gauge, Rendezvous, Verdict};

type Hosts = OnceMap<&'static str, String>;

#[harness::test]
fn a_value_is_loaded_when_it_is_first_asked_for() {
    let hosts = Hosts::new();
    assert_eq!((hosts.get(&"a"), hosts.loaded()), (None, 0), "nothing yet");

    let first = hosts.get_or_try_init(&"a", |host| Ok::<_, Infallible>(format!("key of {host}")));
    let first = first.unwrap();
    assert_eq!(*first, "key of a", "a loader is told the key");

    let again = hosts.get_or_try_init(&"a", |_| -> Result<_, Infallible> {
        panic!("`a` is there, and is loaded again")
    });
    assert!(Arc::ptr_eq(&first, &again.unwrap()), "the same value");
    assert!(Arc::ptr_eq(&first, &hosts.get(&"a").unwrap()));

    let other = hosts.get_or_try_init(&"b", |host| Ok::<_, Infallible>(format!("key of {host}")));
    assert_eq!(*other.unwrap(), "key of b", "another key, another value");
    assert_eq!(hosts.loaded(), 2);
}

/// One is loading, and three others come for the same key.
#[harness::test]
fn a_herd_has_one_loader() {
    let hosts = Arc::new(Hosts::new());
    let loaders = Arc::new(Gauge::new());
    let (finish, finished) = channel::<()>();
    let first = {
        let (hosts, loaders) = (Arc::clone(&hosts), Arc::clone(&loaders));
        harness::spawn("first", move || {
            hosts.get_or_try_init(&"a", |_| {
                let _one = loaders.enter();
                finished.recv().unwrap();
                Ok::<_, Infallible>("by the first".to_owned())
            })
        })
    };
    first.wait_until_blocked();
    let others = [1, 2, 3].map(|n| {
        let (hosts, loaders) = (Arc::clone(&hosts), Arc::clone(&loaders));
        let other = harness::spawn(format!("other {n}"), move || {
            hosts.get_or_try_init(&"a", |_| {
                let _another = loaders.enter();
                Ok::<_, Infallible>(format!("by other {n}"))
            })
        });
        other.wait_until_blocked();
        other
    });
    assert_eq!(
        loaders.peak(),
        1,
        "loaders of one key that ran at the same time"
    );
    finish.send(()).unwrap();
    let value = first.join().unwrap();
    for other in others {
        let seen = other.join().unwrap();
        assert_eq!(*seen, "by the first", "one loader was enough for all");
        assert!(Arc::ptr_eq(&value, &seen));
    }
}

/// Each loader waits until the other one runs too.
#[harness::test]
fn two_keys_are_loaded_at_the_same_time() {
    let hosts = Arc::new(Hosts::new());
    let both = Rendezvous::new("the loaders of `a` and `b`", 2);
    let threads = ["a", "b"].map(|host| {
        let (hosts, both) = (Arc::clone(&hosts), both.clone());
        harness::spawn(format!("loads {host}"), move || {
            let value = hosts.get_or_try_init(&host, |host| {
                both.wait();
                Ok::<_, Infallible>(format!("key of {host}"))
            });
            assert_eq!(*value.unwrap(), format!("key of {host}"));
        })
    });
    for thread in threads {
        thread.join();
    }
}

/// `b` is being loaded, and does not get on until somebody has had `a`.
#[harness::test]
fn what_is_ready_can_be_had_while_others_are_loaded() {
    let hosts = Arc::new(Hosts::new());
    let load = |_: &_| Ok::<_, Infallible>("ready".to_owned());
    hosts.get_or_try_init(&"a", load).unwrap();
    let loading = Rendezvous::new("the loader of `b`, and somebody who has `a`", 2);
    let slow = {
        let (hosts, loading) = (Arc::clone(&hosts), loading.clone());
        harness::spawn("loads b", move || {
            hosts.get_or_try_init(&"b", |_| {
                loading.wait();
                Ok::<_, Infallible>("late".to_owned())
            })
        })
    };
    slow.wait_until_blocked();
    assert_eq!(*hosts.get(&"a").unwrap(), "ready");
    assert_eq!(*hosts.get_or_try_init(&"a", load).unwrap(), "ready");
    loading.wait();
    assert_eq!(*slow.join().unwrap(), "late");
}

/// Asked by somebody else, and by the loader itself.
#[harness::test]
fn nothing_is_seen_of_a_value_before_its_loader_returns() {
    let hosts = Arc::new(Hosts::new());
    let (finish, finished) = channel::<()>();
    let loading = {
        let hosts = Arc::clone(&hosts);
        harness::spawn("loads a", move || {
            hosts.get_or_try_init(&"a", |_| {
                let seen = (hosts.get(&"a"), hosts.loaded());
                assert_eq!(seen, (None, 0), "`get` and `loaded`, called by the loader");
                finished.recv().unwrap();
                Ok::<_, Infallible>("at last".to_owned())
            })
        })
    };
    loading.wait_until_blocked();
    assert_eq!(hosts.get(&"a"), None, "while the loader runs");
    assert_eq!(hosts.loaded(), 0, "while the loader runs");
    finish.send(()).unwrap();
    assert_eq!(*loading.join().unwrap(), "at last");
    assert_eq!(hosts.loaded(), 1);
}

#[harness::test]
fn an_error_is_for_its_caller_and_the_next_one_tries_again() {
    let hosts = Hosts::new();
    for attempt in 1..=3 {
        let failed = hosts.get_or_try_init(&"a", |_| Err(format!("time-out {attempt}")));
        assert_eq!(failed, Err(format!("time-out {attempt}")));
        assert_eq!((hosts.get(&"a"), hosts.loaded()), (None, 0), "after it");
    }
    let loaded = hosts.get_or_try_init(&"a", |_| Ok::<_, String>("there".to_owned()));
    assert_eq!(*loaded.unwrap(), "there");
}

/// Three ask for one key. The first loader fails, in either way, while the other two wait: one of the two
/// loads, and the last one waits for that.
#[harness::test]
fn after_a_failure_one_of_those_who_wait_is_next() {
    for panics in [false, true] {
        let hosts = Arc::new(Hosts::new());
        let (fail, failed) = channel::<()>();
        let first = {
            let hosts = Arc::clone(&hosts);
            harness::spawn("the first", move || {
                let load = |_: &_| {
                    failed.recv().unwrap();
                    if panics {
                        harness::intended_panic("no such host");
                    }
                    Err("no such host")
                };
                if panics {
                    harness::expect_panic(|| hosts.get_or_try_init(&"a", load))
                } else {
                    hosts.get_or_try_init(&"a", load).unwrap_err().to_owned()
                }
            })
        };
        first.wait_until_blocked();

        let loaders = Arc::new(Gauge::new());
        let (begins, begun) = channel();
        let (finish, finished) = channel::<()>();
        let finished = Arc::new(Mutex::new(finished));
        let others = [0, 1].map(|n| {
            let (hosts, loaders) = (Arc::clone(&hosts), Arc::clone(&loaders));
            let (begins, finished) = (begins.clone(), Arc::clone(&finished));
            let other = harness::spawn(format!("other {n}"), move || {
                hosts.get_or_try_init(&"a", |_| {
                    let _one = loaders.enter();
                    begins.send(n).unwrap();
                    finished.lock().unwrap().recv().unwrap();
                    Ok::<_, &str>(format!("by other {n}"))
                })
            });
            other.wait_until_blocked();
            other
        });
        fail.send(()).unwrap();
        assert_eq!(first.join(), "no such host");

        let next: usize = begun.recv().unwrap();
        others[1 - next].wait_until_blocked();
        assert_eq!(
            loaders.peak(),
            1,
            "loaders of one key that ran at the same time, after the first one failed"
        );
        finish.send(()).unwrap();
        for other in others {
            let seen = other.join().unwrap();
            assert_eq!(*seen, format!("by other {next}"), "they have one value");
        }
    }
}

/// A key of which a test can tell how many there are.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Counted(Arc<u32>);

impl Counted {
    fn is_left_in(&self, hosts: &OnceMap<Counted, String>, after: &str) {
        let copies = Arc::strong_count(&self.0) - 1;
        if copies > 0 {
            harness::fail(
                Verdict::Leak,
                format!("after {after} the map still has {copies} copies of the key"),
            );
        }
        assert_eq!(hosts.loaded(), 0);
    }
}

#[harness::test]
fn nothing_is_left_of_a_key_that_was_not_loaded() {
    let hosts = OnceMap::new();
    let key = Counted(Arc::new(1));
    assert!(hosts.get(&key).is_none());
    key.is_left_in(&hosts, "a `get` that found nothing");
    hosts.get_or_try_init(&key, |_| Err("failed")).unwrap_err();
    key.is_left_in(&hosts, "an error");
    let load = |_: &_| -> Result<_, Infallible> { harness::intended_panic("failed") };
    harness::expect_panic(|| hosts.get_or_try_init(&key, load));
    key.is_left_in(&hosts, "a panic");
}

#[harness::test]
fn a_loader_may_load_another_key() {
    let hosts = Hosts::new();
    let both = hosts.get_or_try_init(&"a", |_| {
        let b = hosts.get_or_try_init(&"b", |_| Ok::<_, Infallible>("key of b".to_owned()))?;
        assert_eq!(hosts.loaded(), 1, "`b` is there, `a` is not yet");
        Ok::<_, Infallible>(format!("key of a, and {b}"))
    });
    assert_eq!(*both.unwrap(), "key of a, and key of b");
    assert_eq!(hosts.loaded(), 2);
}

/// Everybody asks for all keys, in different orders; of each key, the first loader fails.
#[harness::test(stress)]
fn in_a_stampede_each_key_is_loaded_once() {
    const THREADS: usize = 4;
    const KEYS: usize = 60;
    let map = Arc::new(OnceMap::<usize, usize>::new());
    let tries: Arc<[AtomicUsize; KEYS]> = Arc::new(std::array::from_fn(|_| AtomicUsize::new(0)));
    let errors = (0..THREADS).map(|thread| {
        let (map, tries) = (Arc::clone(&map), Arc::clone(&tries));
        harness::spawn(format!("thread {thread}"), move || {
            let mut errors = 0;
            for n in 0..KEYS {
                let key = if thread % 2 == 0 { n } else { KEYS - 1 - n };
                let value = loop {
                    let load = |key: &usize| match tries[*key].fetch_add(1, Ordering::SeqCst) {
                        0 => Err(mpsc::RecvError),
                        _ => Ok(*key * 10),
                    };
                    match map.get_or_try_init(&key, load) {
                        Ok(value) => break value,
                        Err(mpsc::RecvError) => errors += 1,
                    }
                };
                assert_eq!(*value, key * 10, "the value of key {key}");
            }
            errors
        })
    });
    let errors: Vec<_> = errors.collect();
    let errors: usize = errors.into_iter().map(|thread| thread.join()).sum();
    assert_eq!(errors, KEYS, "one error a key, each seen by one caller");
    for (key, tries) in tries.iter().enumerate() {
        let tries = tries.load(Ordering::SeqCst);
        assert_eq!(tries, 2, "loaders run for key {key}: a failure, a success");
    }
    assert_eq!(map.loaded(), KEYS);
}
