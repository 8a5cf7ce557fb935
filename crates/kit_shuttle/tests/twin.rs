//! The twin on shuttle.

extern crate kit_shuttle as kit;

#[path = "../../kit_loom/tests/learner/mod.rs"]
mod learner;
#[path = "../../kit_loom/tests/shared/suite.rs"]
mod suite;

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex as Notes},
};

use findings::{Bounds, Verdict};
use kit::{
    model::explore,
    sync::{
        Mutex, RwLock,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};
use learner::{Counter, Slot, SpinLock, shared};

/// Executions that a complete exploration takes.
mod counts {
    pub const ADDED_COUNTER: u64 = 2;
    pub const ORDERED_TABLE: u64 = 3;
    pub const RELEASED_SLOT: u64 = 2;
    pub const DOOR: u64 = 8;
    pub const SPIN_LOCK: u64 = 260;
    pub const BOUNDED_CHANNEL: u64 = 324;
    pub const RENDEZVOUS: u64 = 612;
    pub const SCOPE: u64 = 1;
    pub const PARK: u64 = 6;
    pub const MUTEX_3_BY_2: u64 = 127;
}

#[test]
fn a_relaxed_publication_is_not_claimed() {
    let exploration = explore(&Bounds::default(), || {
        let (mine, theirs) = shared(Slot::new());
        let publisher = thread::spawn(move || theirs.publish(7, Ordering::Relaxed));
        assert!(mine.read().is_none_or(|value| value == 7));
        publisher.join().unwrap();
    });
    assert_eq!((exploration.finding, exploration.undecided), (None, None));
}

#[test]
fn a_lock_taken_for_good_is_a_livelock() {
    let exploration = explore(&Bounds::default(), || {
        let (mine, theirs) = shared(SpinLock::default());
        let other = thread::spawn(move || theirs.take_for_good());
        mine.take_for_good();
        other.join().unwrap();
    });
    let finding = exploration.finding.expect("nobody ever lets go");
    assert_eq!(finding.verdict, Verdict::Livelock);
    insta::assert_snapshot!(finding.message, @"thread 1 spins for ever, and nothing changes any more that would end it");
}

#[test]
fn a_spin_that_gives_up_is_let_go_on() {
    let exploration = explore(&Bounds::default(), || {
        let (mine, theirs) = shared(Counter::default());
        let other = thread::spawn(move || {
            let mut tries = 0;
            while theirs.get() == 0 && tries < 10 {
                kit::hint::spin_loop();
                tries += 1;
            }
            tries
        });
        assert!(other.join().unwrap() <= 10);
        mine.add();
    });
    assert_eq!((exploration.finding, exploration.undecided), (None, None));
}

#[test]
fn a_bound_that_is_reached_is_followed_by_random_schedules() {
    let bounds = Bounds {
        executions: 2,
        ..Bounds::default()
    };
    let exploration = suite::two_by_two(&bounds);
    assert_eq!(exploration.executions, 2_002);
    insta::assert_snapshot!(exploration.undecided.expect("there is more"), @"the bound of 2 executions was reached before every schedule had been tried; 2000 random schedules (pct:1 to pct:2000) broke nothing either");
}

#[test]
fn a_random_schedule_that_breaks_something_is_named_by_its_seed_and_replays() {
    let race = |bounds: &Bounds| {
        explore(bounds, || {
            let (mine, theirs) = shared(Counter::default());
            let other = thread::spawn(move || theirs.add_racily());
            mine.add_racily();
            other.join().unwrap();
            assert_eq!(mine.get(), 2);
        })
    };
    let bounds = Bounds {
        executions: 1,
        ..Bounds::default()
    };
    let finding = race(&bounds).finding.expect("2000 schedules are enough");
    assert!(finding.replay.starts_with("pct:"), "{}", finding.replay);
    let again = Bounds {
        replay: Some(finding.replay.clone()),
        ..Bounds::default()
    };
    assert_eq!(race(&again).finding, Some(finding));
}

#[test]
fn both_serial_orders_of_load_then_store_are_found() {
    assert_eq!(suite::load_then_store_outcomes(), [(0, 0), (0, 1), (2, 0)]);
}

#[test]
fn a_bound_on_preemptions_leaves_out_what_needs_more() {
    let racy = |preemptions| {
        let bounds = Bounds {
            preemptions: Some(preemptions),
            ..Bounds::default()
        };
        explore(&bounds, || {
            let (mine, theirs) = shared(Counter::default());
            let other = thread::spawn(move || theirs.add_racily());
            mine.add_racily();
            other.join().unwrap();
            assert_eq!(mine.get(), 2);
        })
    };
    assert_eq!(racy(0).finding, None);
    assert!(racy(1).finding.is_some());
}

#[test]
fn a_lock_is_seen_taken_by_who_tries_it() {
    let seen = Arc::new(Notes::new(BTreeSet::new()));
    let notes = Arc::clone(&seen);
    let exploration = explore(&Bounds::default(), move || {
        let (mine, theirs) = shared(Mutex::new(()));
        let other = thread::spawn(move || drop(theirs.lock().unwrap()));
        let taken = mine.try_lock().is_err();
        notes.lock().unwrap().insert(taken);
        other.join().unwrap();
    });
    assert_eq!((exploration.finding, exploration.undecided), (None, None));
    assert_eq!(*seen.lock().unwrap(), BTreeSet::from([false, true]));
}

#[test]
fn who_tries_in_vain_leaves_the_lock_to_its_holder() {
    let exploration = explore(&Bounds::default(), || {
        let (mine, theirs) = shared((Mutex::new(()), RwLock::new(())));
        let held = (mine.0.lock().unwrap(), mine.1.write().unwrap());
        let other = thread::spawn(move || {
            for _ in 0..2 {
                assert!(theirs.0.try_lock().is_err());
                assert!(theirs.1.try_read().is_err());
                assert!(theirs.1.try_write().is_err());
            }
        });
        other.join().unwrap();
        drop(held);
    });
    assert_eq!((exploration.finding, exploration.undecided), (None, None));
}

#[test]
fn a_panic_with_the_lock_held_poisons_it() {
    struct OnPurpose;
    let exploration = explore(&Bounds::default(), || {
        let (mine, theirs) = shared(Mutex::new(1));
        let other = thread::spawn(move || {
            let _guard = theirs.lock().unwrap();
            std::panic::panic_any(OnPurpose);
        });
        assert!(other.join().unwrap_err().is::<OnPurpose>());
        assert!(mine.is_poisoned());
        assert_eq!(*mine.lock().unwrap_err().into_inner(), 1);
    });
    assert_eq!((exploration.finding, exploration.undecided), (None, None));
}

/// Any waiter may be the one that `notify_one` wakes.
#[test]
fn notify_one_wakes_either_of_two() {
    type Pair = (Mutex<(i32, Vec<i32>)>, kit::sync::Condvar);
    let seen = Arc::new(Notes::new(BTreeSet::new()));
    let notes = Arc::clone(&seen);
    let exploration = explore(&Bounds::default(), move || {
        let (mine, one) = shared((Mutex::new((0, Vec::new())), kit::sync::Condvar::new()));
        let two = kit::sync::Arc::clone(&mine);
        let wait = |pair: kit::sync::Arc<Pair>, who| {
            thread::spawn(move || {
                let mut state = pair.0.lock().unwrap();
                while state.0 == 0 {
                    state = pair.1.wait(state).unwrap();
                }
                state.0 -= 1;
                state.1.push(who);
            })
        };
        let threads = [wait(one, 1), wait(two, 2)];
        for _ in 0..2 {
            mine.0.lock().unwrap().0 += 1;
            mine.1.notify_one();
        }
        for thread in threads {
            thread.join().unwrap();
        }
        notes
            .lock()
            .unwrap()
            .insert(mine.0.lock().unwrap().1.clone());
    });
    assert_eq!((exploration.finding, exploration.undecided), (None, None));
    assert_eq!(
        *seen.lock().unwrap(),
        BTreeSet::from([vec![1, 2], vec![2, 1]])
    );
}

/// What is left out as redundant is redundant: small programs drawn at random have the same outcomes
/// when every interleaving is tried, which a bound on preemptions that is never reached does.
#[test]
fn leaving_out_redundant_schedules_loses_no_outcome() {
    #[derive(Clone, Copy, Debug)]
    enum Op {
        Load(usize),
        Store(usize),
        Add(usize),
        Locked(usize),
        TryLocked(usize),
    }
    // A linear congruential generator (Knuth's constants), so that a failure repeats.
    let mut state = 12_345_u64;
    let mut draw = move |n: u64| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) % n
    };
    let (mut fewer, mut all) = (0, 0);
    for round in 0..40 {
        // Three threads of one operation, or two of up to two.
        let (threads, most) = if round % 2 == 0 { (3, 1) } else { (2, 2) };
        let program: Vec<Vec<Op>> = (0..threads)
            .map(|_| {
                (0..1 + draw(most))
                    .map(|_| {
                        let object = draw(2) as usize;
                        match draw(5) {
                            0 => Op::Load(object),
                            1 => Op::Store(object),
                            2 => Op::Add(object),
                            3 => Op::Locked(object),
                            _ => Op::TryLocked(object),
                        }
                    })
                    .collect()
            })
            .collect();
        let outcomes = |preemptions| {
            let seen = Arc::new(Notes::new(BTreeSet::new()));
            let notes = Arc::clone(&seen);
            let program = program.clone();
            let bounds = Bounds {
                preemptions,
                seconds: 60.0,
                ..Bounds::default()
            };
            let exploration = explore(&bounds, move || {
                let atomics = Arc::new([AtomicUsize::new(0), AtomicUsize::new(0)]);
                let locks = Arc::new([Mutex::new(0), Mutex::new(0)]);
                let run = |thread: usize| {
                    let (atomics, locks) = (Arc::clone(&atomics), Arc::clone(&locks));
                    let ops = program[thread].clone();
                    move || {
                        let order = Ordering::Relaxed;
                        let mut read = Vec::new();
                        for (at, op) in ops.into_iter().enumerate() {
                            let new = 10 * (thread + 1) + at;
                            read.push(match op {
                                Op::Load(x) => atomics[x].load(order),
                                Op::Store(x) => {
                                    atomics[x].store(new, order);
                                    0
                                }
                                Op::Add(x) => atomics[x].fetch_add(new, order),
                                Op::Locked(x) => {
                                    let mut value = locks[x].lock().unwrap();
                                    let other = atomics[x].load(order);
                                    std::mem::replace(&mut *value, new) * 1_000 + other
                                }
                                Op::TryLocked(x) => locks[x].try_lock().map_or(1, |value| *value),
                            });
                        }
                        read
                    }
                };
                let threads: Vec<_> = (1..program.len()).map(|t| thread::spawn(run(t))).collect();
                let mut outcome = vec![run(0)()];
                outcome.extend(threads.into_iter().map(|thread| thread.join().unwrap()));
                notes.lock().unwrap().insert(outcome);
            });
            assert_eq!((exploration.finding, exploration.undecided), (None, None));
            let outcomes = seen.lock().unwrap().clone();
            (outcomes, exploration.executions)
        };
        let (without, few) = outcomes(None);
        let (every, many) = outcomes(Some(usize::MAX));
        assert_eq!(without, every, "{program:?}");
        fewer += few;
        all += many;
    }
    assert!(fewer * 3 < all, "{fewer} executions instead of {all}");
}
