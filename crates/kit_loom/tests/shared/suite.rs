//! What holds on either explorer.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex as Notes},
};

use findings::{Bounds, Exploration, Finding, Verdict};
use kit::{
    channel,
    model::explore,
    sync::{
        Barrier, Condvar, Mutex, Once, OnceLock, RwLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
};

use crate::{
    counts,
    learner::{
        Counter, Door, Slot, SpinLock, Table, send_all, shared, sleep_until, sum, sum_in_two, wake,
    },
};

/// Two threads, two additions each: more than two executions on either explorer.
pub fn two_by_two(bounds: &Bounds) -> Exploration {
    explore(bounds, || {
        let (mine, theirs) = shared(Counter::default());
        let add_two = |counter: &Counter| {
            counter.add();
            counter.add();
        };
        let other = thread::spawn(move || add_two(&theirs));
        add_two(&mine);
        other.join().unwrap();
        assert_eq!(mine.get(), 4);
    })
}

/// What `{r = x; x = 1} || {r = x; x = 2}` reads.
pub fn load_then_store_outcomes() -> Vec<(usize, usize)> {
    let seen = Arc::new(Notes::new(BTreeSet::new()));
    let notes = Arc::clone(&seen);
    complete(
        explore(&Bounds::default(), move || {
            let (mine, theirs) = shared(AtomicUsize::new(0));
            let other = thread::spawn(move || {
                let read = theirs.load(Ordering::Relaxed);
                theirs.store(1, Ordering::Relaxed);
                read
            });
            let read = mine.load(Ordering::Relaxed);
            mine.store(2, Ordering::Relaxed);
            let outcome = (other.join().unwrap(), read);
            notes.lock().unwrap().insert(outcome);
        }),
        None,
    );
    let seen = seen.lock().unwrap();
    seen.iter().copied().collect()
}

/// Nothing found, nothing open, and as many executions as stated.
fn complete(exploration: Exploration, executions: Option<u64>) {
    assert_eq!(exploration.finding, None);
    assert_eq!(exploration.undecided, None);
    if let Some(executions) = executions {
        assert_eq!(exploration.executions, executions);
    }
}

fn racy_counter(bounds: &Bounds) -> Exploration {
    explore(bounds, || {
        let (mine, theirs) = shared(Counter::default());
        let other = thread::spawn(move || theirs.add_racily());
        mine.add_racily();
        other.join().unwrap();
        assert_eq!(mine.get(), 2, "a hit was lost");
    })
}

fn found(exploration: Exploration) -> Finding {
    assert_eq!(exploration.undecided, None);
    exploration.finding.expect("this is wrong")
}

#[test]
fn a_racy_counter_is_a_bad_interleaving_at_its_assertion() {
    let exploration = racy_counter(&Bounds::default());
    assert!(exploration.exercise_steps > 0);
    let finding = found(exploration);
    assert_eq!(finding.verdict, Verdict::BadInterleaving);
    assert!(
        finding.message.contains("a hit was lost"),
        "{}",
        finding.message
    );
    let site = finding.site.unwrap();
    assert!(site.file.ends_with("shared/suite.rs"), "{site}");
    let last = finding.schedule.steps.last().unwrap();
    assert!(last.action.starts_with("panics: "), "{}", last.action);
    let lines: Vec<_> = finding
        .schedule
        .steps
        .iter()
        .map(|step| &step.action[..])
        .collect();
    assert!(lines.contains(&"load AtomicUsize = 0"), "{lines:?}");
}

#[test]
fn a_counter_that_adds_is_right_under_every_schedule() {
    let exploration = explore(&Bounds::default(), || {
        let (mine, theirs) = shared(Counter::default());
        let other = thread::spawn(move || theirs.add());
        mine.add();
        other.join().unwrap();
        assert_eq!(mine.get(), 2);
    });
    complete(exploration, Some(counts::ADDED_COUNTER));
}

#[test]
fn forks_taken_in_circles_deadlock_with_the_cycle() {
    let finding = found(explore(&Bounds::default(), || {
        let (mine, theirs) = shared(Table::new());
        let other = thread::Builder::new()
            .name("P1".to_owned())
            .spawn(move || theirs.eat_in_circles(1))
            .unwrap();
        mine.eat_in_circles(0);
        other.join().unwrap();
    }));
    assert_eq!(finding.verdict, Verdict::Deadlock);
    insta::assert_snapshot!(finding.message, @"main holds Fork 0, waits for Fork 1, held by P1; P1 holds Fork 1, waits for Fork 0, held by main");
    insta::assert_snapshot!(finding.schedule.render(80), @"
    in a crates/kit_loom/tests/shared/suite.rs
       b crates/kit_loom/tests/learner/mod.rs
      main                           │ P1
      ───────────────────────────────┼───────────────────────────────
      spawn P1                       │                                 a:130
      lock Fork 0                    │                                 b:30
                                     │ lock Fork 1                     b:30
    > waits for Fork 1, held by P1   │                                 b:31
    >                                │ waits for Fork 0, held by main  b:31
    ");
}

#[test]
fn forks_taken_in_order_are_right() {
    let exploration = explore(&Bounds::default(), || {
        let (mine, theirs) = shared(Table::new());
        let other = thread::spawn(move || theirs.eat_in_order(1));
        mine.eat_in_order(0);
        other.join().unwrap();
    });
    complete(exploration, Some(counts::ORDERED_TABLE));
}

#[test]
fn a_released_publication_is_right() {
    let exploration = explore(&Bounds::default(), || {
        let (mine, theirs) = shared(Slot::new());
        let publisher = thread::spawn(move || theirs.publish(7, Ordering::Release));
        assert!(mine.read().is_none_or(|value| value == 7));
        publisher.join().unwrap();
    });
    complete(exploration, Some(counts::RELEASED_SLOT));
}

#[test]
fn a_lost_wake_up_is_a_deadlock_that_says_who_waits_for_what() {
    let finding = found(explore(&Bounds::default(), || {
        let (mine, theirs) = shared(Door::new());
        let other = thread::spawn(move || theirs.pass_carelessly());
        mine.open();
        other.join().unwrap();
    }));
    assert_eq!(finding.verdict, Verdict::Deadlock);
    insta::assert_snapshot!(finding.message, @"every thread waits: main waits for the end of thread 1; thread 1 waits for a notification of opened");
}

#[test]
fn an_if_where_a_while_belongs_falls_for_a_spurious_wake_up() {
    let finding = found(explore(&Bounds::default(), || {
        let (mine, theirs) = shared(Door::new());
        let other = thread::spawn(move || {
            assert!(theirs.pass_after_one_wait(), "passed a closed door");
        });
        mine.open();
        other.join().unwrap();
    }));
    assert_eq!(finding.verdict, Verdict::BadInterleaving);
    assert_eq!(finding.message, "passed a closed door");
    let lines: Vec<_> = finding
        .schedule
        .steps
        .iter()
        .map(|step| &step.action[..])
        .collect();
    assert!(lines.contains(&"woken by nobody, opened"), "{lines:?}");
}

#[test]
fn a_door_that_is_waited_for_in_a_loop_is_right() {
    let exploration = explore(&Bounds::default(), || {
        let (mine, theirs) = shared(Door::new());
        let other = thread::spawn(move || theirs.pass());
        mine.open();
        other.join().unwrap();
    });
    complete(exploration, Some(counts::DOOR));
}

#[test]
fn a_spin_lock_is_explored_to_the_end() {
    let exploration = explore(&Bounds::default(), || {
        let (mine, theirs) = shared((SpinLock::default(), Counter::default()));
        let add_two = |both: &(SpinLock, Counter)| {
            for _ in 0..2 {
                both.0.with(|| both.1.add_racily());
            }
        };
        let other = thread::spawn(move || add_two(&theirs));
        add_two(&mine);
        other.join().unwrap();
        assert_eq!(mine.1.get(), 4);
    });
    complete(exploration, Some(counts::SPIN_LOCK));
}

#[test]
fn a_full_channel_makes_its_sender_wait() {
    let exploration = explore(&Bounds::default(), || {
        let (sender, receiver) = channel::bounded(1);
        let total = sum(receiver);
        send_all(&[1, 2, 3], &sender);
        drop(sender);
        assert_eq!(total.join().unwrap(), 6);
    });
    complete(exploration, Some(counts::BOUNDED_CHANNEL));
}

#[test]
fn a_channel_without_room_hands_over() {
    let exploration = explore(&Bounds::default(), || {
        let (sender, receiver) = channel::bounded(0);
        assert_eq!(sender.try_send(9), Err(channel::TrySendError::Full(9)));
        let total = sum(receiver);
        send_all(&[1, 2], &sender);
        drop(sender);
        assert_eq!(total.join().unwrap(), 3);
    });
    complete(exploration, Some(counts::RENDEZVOUS));
}

#[test]
fn a_channel_without_the_other_half_says_so() {
    let exploration = explore(&Bounds::default(), || {
        let (sender, receiver) = channel::unbounded();
        sender.send(1).unwrap();
        assert_eq!(sender.len(), 1);
        drop(sender);
        assert_eq!(receiver.try_recv(), Ok(1));
        assert_eq!(
            receiver.try_recv(),
            Err(channel::TryRecvError::Disconnected)
        );
        assert_eq!(receiver.recv(), Err(channel::RecvError));
        let (sender, receiver) = channel::bounded(0);
        drop(receiver);
        assert_eq!(sender.send(2), Err(channel::SendError(2)));
        assert_eq!(
            sender.try_send(2),
            Err(channel::TrySendError::Disconnected(2))
        );
    });
    complete(exploration, Some(1));
}

#[test]
fn a_sender_that_is_kept_leaves_the_receiver_waiting() {
    let finding = found(explore(&Bounds::default(), || {
        let (sender, receiver) = channel::unbounded();
        let total = sum(receiver);
        send_all(&[1, 2], &sender);
        assert_eq!(total.join().unwrap(), 3);
        drop(sender);
    }));
    assert_eq!(finding.verdict, Verdict::Deadlock);
    insta::assert_snapshot!(finding.message, @"every thread waits: main waits for the end of thread 1; thread 1 waits to receive from Channel<u32>");
}

#[test]
fn scoped_threads_borrow_and_end_in_time() {
    let exploration = explore(&Bounds::default(), || assert_eq!(sum_in_two(&[1, 2, 3]), 6));
    complete(exploration, Some(counts::SCOPE));
}

#[test]
fn a_token_that_comes_before_the_park_is_kept() {
    let exploration = explore(&Bounds::default(), || {
        let (mine, theirs) = shared(AtomicBool::new(false));
        let sleeper = thread::spawn(move || sleep_until(&theirs));
        wake(&mine, sleeper.thread());
        sleeper.join().unwrap();
    });
    complete(exploration, Some(counts::PARK));
}

#[test]
fn a_mutex_counter_is_explored_to_the_end() {
    let exploration = explore(&Bounds::default(), || {
        let counter = kit::sync::Arc::new(Mutex::new(0));
        let add_two = |counter: &Mutex<u32>| {
            for _ in 0..2 {
                *counter.lock().unwrap() += 1;
            }
        };
        let others = [(), ()].map(|()| {
            let counter = kit::sync::Arc::clone(&counter);
            thread::spawn(move || add_two(&counter))
        });
        add_two(&counter);
        for other in others {
            other.join().unwrap();
        }
        assert_eq!(*counter.lock().unwrap(), 6);
    });
    complete(exploration, Some(counts::MUTEX_3_BY_2));
}

#[test]
fn a_thread_left_waiting_after_the_test_is_a_leak() {
    let finding = found(explore(&Bounds::default(), || {
        let (mine, theirs) = shared(AtomicBool::new(false));
        thread::spawn(move || sleep_until(&theirs));
        drop(mine);
    }));
    assert_eq!(finding.verdict, Verdict::Leak);
    insta::assert_snapshot!(finding.message, @"the test has ended and left threads behind: thread 1 is parked");
}

#[test]
fn a_replay_is_the_same_finding_with_the_same_schedule() {
    let finding = found(racy_counter(&Bounds::default()));
    let bounds = Bounds {
        replay: Some(finding.replay.clone()),
        // Bounds of the search do not hold a replay back.
        executions: 0,
        ..Bounds::default()
    };
    assert_eq!(found(racy_counter(&bounds)), finding);
}

#[test]
fn a_replay_of_what_is_right_now_says_so() {
    let bounds = Bounds {
        replay: Some("2".to_owned()),
        ..Bounds::default()
    };
    let exploration = two_by_two(&bounds);
    assert_eq!(exploration.finding, None);
    assert_eq!(exploration.executions, 2);
    insta::assert_snapshot!(exploration.undecided.unwrap(), @"the schedule to be replayed breaks nothing any more");
}

#[test]
fn a_bound_in_time_is_a_bound() {
    let bounds = Bounds {
        seconds: 0.0,
        ..Bounds::default()
    };
    let exploration = explore(&bounds, || {
        let (mine, theirs) = shared(Mutex::new(0));
        let add = |counter: &Mutex<u32>| {
            for _ in 0..4 {
                *counter.lock().unwrap() += 1;
            }
        };
        let other = thread::spawn(move || add(&theirs));
        add(&mine);
        other.join().unwrap();
    });
    let open = exploration.undecided.unwrap();
    assert!(open.starts_with("the bound of 0 s, after "), "{open}");
}

#[test]
fn a_panic_of_the_model_counts_even_if_the_exercise_swallows_it() {
    let finding = found(explore(&Bounds::default(), || {
        let job = std::panic::AssertUnwindSafe(|| panic!("seen nevertheless"));
        assert!(std::panic::catch_unwind(job).is_err());
    }));
    assert_eq!(finding.message, "seen nevertheless");
}

#[test]
fn a_panic_raised_on_purpose_reaches_who_joins() {
    struct OnPurpose;
    let exploration = explore(&Bounds::default(), || {
        let other = thread::spawn(|| std::panic::panic_any(OnPurpose));
        assert!(other.join().unwrap_err().is::<OnPurpose>());
    });
    complete(exploration, None);
}

#[test]
fn the_panic_of_a_thread_that_nobody_joins_is_found() {
    let finding = found(explore(&Bounds::default(), || {
        thread::spawn(|| assert_eq!(1 + 1, 3, "in a thread"));
    }));
    assert!(
        finding.message.contains("in a thread"),
        "{}",
        finding.message
    );
    assert_eq!(finding.schedule.steps.last().unwrap().thread, 1);
}

/// Unwinding runs destructors that wait for other threads. They run, or are given up, but the
/// finding stays the panic.
#[test]
fn a_panic_is_found_though_a_destructor_would_wait_for_ever() {
    struct JoinsOnDrop(Option<thread::JoinHandle<()>>);
    impl Drop for JoinsOnDrop {
        fn drop(&mut self) {
            self.0.take().unwrap().join().unwrap();
        }
    }
    let finding = found(explore(&Bounds::default(), || {
        let (mine, theirs) = shared(AtomicBool::new(false));
        let _joins = JoinsOnDrop(Some(thread::spawn(move || sleep_until(&theirs))));
        assert!(mine.load(Ordering::Relaxed), "before the end");
    }));
    assert_eq!(finding.message, "before the end");
}

#[test]
fn readers_share_and_a_writer_does_not() {
    let exploration = explore(&Bounds::default(), || {
        let (mine, theirs) = shared(RwLock::new(0));
        let writer = thread::spawn(move || *theirs.write().unwrap() = 1);
        let one = mine.read().unwrap();
        assert!(mine.try_write().is_err());
        drop(one);
        writer.join().unwrap();
        assert_eq!(*mine.read().unwrap(), 1);
    });
    complete(exploration, None);
}

#[test]
fn a_lock_taken_twice_by_one_thread_is_a_deadlock() {
    let finding = found(explore(&Bounds::default(), || {
        let door = Mutex::new(());
        let _first = door.lock().unwrap();
        let _second = door.lock();
    }));
    assert_eq!(finding.verdict, Verdict::Deadlock);
    insta::assert_snapshot!(finding.message, @"main holds door, waits for door, which it holds itself");
}

#[test]
fn once_runs_once_and_all_see_what_it_did() {
    let exploration = explore(&Bounds::default(), || {
        let (mine, theirs) = shared((Once::new(), AtomicUsize::new(0), OnceLock::new()));
        let run = |all: &(Once, AtomicUsize, OnceLock<u32>), number| {
            all.0.call_once(|| {
                all.1.fetch_add(1, Ordering::Relaxed);
            });
            assert_eq!(all.1.load(Ordering::Relaxed), 1);
            *all.2.get_or_init(|| number)
        };
        let other = thread::spawn(move || run(&theirs, 1));
        let made = run(&mine, 2);
        assert_eq!(other.join().unwrap(), made);
    });
    complete(exploration, None);
}

#[test]
fn a_barrier_lets_one_lead() {
    let exploration = explore(&Bounds::default(), || {
        let (mine, theirs) = shared(Barrier::new(2));
        let other = thread::spawn(move || theirs.wait().is_leader());
        let leads = mine.wait().is_leader();
        assert_ne!(other.join().unwrap(), leads);
    });
    complete(exploration, None);
}

#[test]
fn wait_while_and_a_timed_wait_end_by_notification() {
    let exploration = explore(&Bounds::default(), || {
        let (mine, theirs) = shared((Mutex::new(false), Condvar::new()));
        let other = thread::spawn(move || {
            *theirs.0.lock().unwrap() = true;
            theirs.1.notify_all();
        });
        let limit = std::time::Duration::from_millis(1);
        let open = mine.0.lock().unwrap();
        let (open, waited) = mine
            .1
            .wait_timeout_while(open, limit, |open| !*open)
            .unwrap();
        assert!(*open && !waited.timed_out());
        drop(open);
        other.join().unwrap();
    });
    complete(exploration, None);
}
