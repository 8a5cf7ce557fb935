//! What a hang report can know.

#[cfg(not(debug_assertions))]
#[test]
fn a_release_build_records_nothing() {
    let mutex = kit::sync::Mutex::new(0);
    let _guard = mutex.lock().unwrap();
    let _waiting = kit::trace::waiting(|| unreachable!("not even asked"));
    assert_eq!(kit::trace::snapshot(), []);
}

#[cfg(debug_assertions)]
mod recorded {
    use findings::{LockKind, Wait};
    use kit::clock::{self, Clock, ManualClock};
    use kit::sync::{Condvar, Mutex, RwLock};
    use kit::trace::{self, ThreadTrace};
    use std::thread::{self, ThreadId};
    use std::time::Duration;

    fn of(id: ThreadId) -> Option<ThreadTrace> {
        trace::snapshot().into_iter().find(|thread| thread.id == id)
    }

    fn me() -> ThreadTrace {
        of(thread::current().id()).expect("this thread is recorded")
    }

    /// Comes back when the thread waits for something that `expected` says yes to.
    fn wait_of(id: ThreadId, expected: impl Fn(&Wait) -> bool) -> ThreadTrace {
        loop {
            if let Some(thread) = of(id)
                && thread.wait.as_ref().is_some_and(&expected)
            {
                return thread;
            }
            thread::yield_now();
        }
    }

    fn address<T>(of: &T) -> usize {
        std::ptr::from_ref(of).addr()
    }

    struct Fork;

    #[test]
    fn names_locks_held_with_type_and_line() {
        let (fork, table) = (Mutex::new(Fork), RwLock::new(5_u8));
        let fork_guard = fork.lock().unwrap();
        let line = line!() - 1;
        let read = table.read().unwrap();

        let holds = me().holds;
        assert_eq!(holds.len(), 2);
        assert_eq!(holds[0].lock.address, address(&fork));
        assert_eq!(holds[0].lock.kind, LockKind::Mutex);
        assert_eq!(holds[0].lock.guards, "trace::recorded::Fork");
        assert_eq!(
            (holds[0].site.file.as_str(), holds[0].site.line),
            (file!(), line)
        );
        assert_eq!(holds[1].lock.kind, LockKind::Read);
        assert_eq!(holds[1].lock.guards, "u8");

        // Released in the order of taking, not in reverse.
        drop(fork_guard);
        assert_eq!(me().holds, holds[1..]);
        drop(read);
        let write = table.write().unwrap();
        assert_eq!(me().holds[0].lock.kind, LockKind::Write);
        let read = kit::sync::RwLockWriteGuard::downgrade(write);
        assert_eq!(me().holds[0].lock.kind, LockKind::Read);
        drop(read);
        assert_eq!(me().holds, []);
    }

    #[test]
    fn a_failed_try_leaves_no_trace_and_a_successful_one_does() {
        let mutex = Mutex::new(());
        thread::scope(|s| {
            let guard = mutex.lock().unwrap();
            let other = s.spawn(|| {
                assert!(mutex.try_lock().is_err());
                // Other locks make sure that there is a record to look at.
                let other = Mutex::new(());
                let _other = other.try_lock().unwrap();
                assert_eq!(me().holds[0].lock.address, address(&other));
                assert_eq!(me().holds.len(), 1);
                assert_eq!(me().wait, None);
            });
            other.join().unwrap();
            drop(guard);
        });
    }

    #[test]
    fn names_the_two_halves_of_a_cycle() {
        let (left, right) = (Mutex::new(1_u8), Mutex::new(2_u16));
        let held = left.lock().unwrap();
        thread::scope(|s| {
            let other = thread::Builder::new().name("P1".into());
            let other = other.spawn_scoped(s, || {
                let _right = right.lock().unwrap();
                drop(left.lock().unwrap());
            });
            let id = other.unwrap().thread().id();
            let trace = wait_of(id, |wait| matches!(wait, Wait::Lock { .. }));
            let holds = me().holds;
            drop(held);
            assert_eq!(trace.name.as_deref(), Some("P1"));
            assert_eq!(trace.holds[0].lock.address, address(&right));
            let Some(Wait::Lock { lock, site }) = trace.wait else {
                unreachable!()
            };
            assert_eq!(lock, holds[0].lock);
            assert_eq!((lock.address, lock.guards.as_str()), (address(&left), "u8"));
            assert_eq!(site.file, file!());
        });
    }

    #[test]
    fn a_waiter_on_a_condvar_holds_nothing_and_once_notified_waits_for_the_mutex() {
        let (mutex, condvar) = (Mutex::new(false), Condvar::new());
        thread::scope(|s| {
            let waiter = s.spawn(|| {
                let guard = mutex.lock().unwrap();
                let _guard = condvar.wait_while(guard, |ready| !*ready).unwrap();
                me()
            });
            let id = waiter.thread().id();
            let trace = wait_of(id, |wait| matches!(wait, Wait::Condvar { .. }));
            let Some(Wait::Condvar { address: on, site }) = trace.wait else {
                unreachable!()
            };
            assert_eq!(on, address(&condvar));
            assert_eq!(site.file, file!());

            let mut guard = mutex.lock().unwrap();
            assert_eq!(of(id).unwrap().holds, []);
            *guard = true;
            condvar.notify_one();
            let trace = wait_of(id, |wait| matches!(wait, Wait::Lock { .. }));
            let Some(Wait::Lock { lock, .. }) = trace.wait else {
                unreachable!()
            };
            assert_eq!(lock.address, address(&mutex));
            drop(guard);

            let after = waiter.join().unwrap();
            assert_eq!(after.wait, None);
            assert_eq!(after.holds.len(), 1);
        });
    }

    #[test]
    fn a_sleeper_says_until_when_by_the_clock_and_where() {
        let clock = ManualClock::new();
        clock.advance(Duration::from_secs(1));
        thread::scope(|s| {
            let sleeper = s.spawn(|| {
                let clock: &dyn Clock = &clock;
                clock.sleep(Duration::from_millis(2500));
            });
            let line = line!() - 2;
            clock.wait_for_sleepers(1);
            // Recorded before it counted as a sleeper: no need to wait for it.
            let trace = of(sleeper.thread().id()).unwrap();
            clock.advance_to_next();
            let Some(Wait::Clock { until, site }) = trace.wait else {
                panic!("not recorded")
            };
            assert_eq!(until, "3.5s");
            assert_eq!((site.file.as_str(), site.line), (file!(), line));
        });
    }

    #[test]
    fn a_deadline_wait_says_which_condvar() {
        let (clock, mutex, condvar) = (ManualClock::new(), Mutex::new(()), clock::Condvar::new());
        let deadline = clock.now() + Duration::from_secs(1);
        thread::scope(|s| {
            let waiter = s.spawn(|| {
                let guard = mutex.lock().unwrap();
                condvar.wait_until(&clock, &mutex, guard, deadline).1
            });
            let line = line!() - 2;
            clock.wait_for_sleepers(1);
            let trace = of(waiter.thread().id()).unwrap();
            condvar.notify_one();
            assert!(!waiter.join().unwrap());
            let Some(Wait::Condvar { address: on, site }) = trace.wait else {
                panic!("not recorded")
            };
            assert_eq!((on, site.line), (address(&condvar), line));
            assert_eq!(trace.holds, []);
        });
    }

    #[test]
    fn a_test_that_waits_for_its_clock_says_what_for() {
        let clock = ManualClock::new();
        thread::scope(|s| {
            let test = s.spawn(|| clock.wait_for_mark("reported", 2));
            let trace = wait_of(test.thread().id(), |_| true);
            let Some(Wait::Other { what, site }) = trace.wait else {
                panic!("{:?}", trace.wait)
            };
            assert_eq!(what, "for `reported` to be marked 2 times");
            assert_eq!(site.unwrap().file, file!());
            clock.mark("reported");
            clock.mark("reported");
        });
    }

    #[test]
    fn what_others_say_nests_and_ends() {
        let rendezvous = |arrived| Wait::Rendezvous {
            name: "all".into(),
            arrived,
            needed: 2,
        };
        let outer = trace::waiting(|| rendezvous(0));
        let inner = trace::waiting(|| rendezvous(1));
        assert_eq!(me().wait, Some(rendezvous(1)));
        drop(inner);
        assert_eq!(me().wait, Some(rendezvous(0)));
        drop(outer);
        assert_eq!(me().wait, None);
    }

    #[test]
    fn more_locks_than_a_record_holds_do_no_harm() {
        let locks: Vec<_> = (0..40).map(Mutex::new).collect();
        let mut guards: Vec<_> = locks.iter().map(|lock| lock.lock().unwrap()).collect();
        assert_eq!(me().holds.len(), 16);
        guards.drain(..20);
        assert_eq!(me().holds, []);
        guards.clear();
        let _again = locks[39].lock().unwrap();
        assert_eq!(me().holds.len(), 1);
        assert_eq!(me().holds[0].lock.address, address(&locks[39]));
    }

    #[test]
    fn a_thread_that_ended_is_gone_even_with_a_lock_in_hand() {
        let mutex = Mutex::new(());
        let id = thread::scope(|s| {
            let forgetful = s.spawn(|| {
                std::mem::forget(mutex.lock().unwrap());
                let trace = me();
                assert_eq!(trace.holds.len(), 1);
                trace.id
            });
            forgetful.join().unwrap()
        });
        // A scope may return before the thread's own destructors have run; the thread is over when
        // its record has gone.
        while of(id).is_some() {
            thread::yield_now();
        }
        // The next thread may get the same record, and none of its past.
        thread::scope(|s| {
            s.spawn(|| {
                let other = Mutex::new(());
                let _other = other.lock().unwrap();
                assert_eq!(me().holds.len(), 1);
            });
        });
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn knows_the_kernels_thread_id() {
        drop(Mutex::new(()).lock());
        let task = format!("/proc/self/task/{}/comm", me().os_id.unwrap());
        let name = std::fs::read_to_string(task).unwrap();
        let own = std::fs::read_to_string("/proc/thread-self/comm").unwrap();
        assert_eq!(name, own);
    }

    #[test]
    fn a_wait_that_is_over_leaves_no_trace() {
        let (mutex, condvar) = (Mutex::new(false), Condvar::new());
        let guard = mutex.lock().unwrap();
        let woken = condvar.wait_timeout(guard, Duration::ZERO).unwrap();
        assert_eq!((me().wait, me().holds.len()), (None, 1));
        drop(woken);
        assert_eq!(me().holds, []);
        thread::scope(|s| {
            let waiter = s.spawn(|| {
                let guard = mutex.lock().unwrap();
                let woken = condvar.wait_while(guard, |ready| !*ready).unwrap();
                let trace = me();
                drop(woken);
                trace
            });
            wait_of(waiter.thread().id(), |wait| {
                matches!(wait, Wait::Condvar { .. })
            });
            *mutex.lock().unwrap() = true;
            condvar.notify_one(); // with the mutex free
            let trace = waiter.join().unwrap();
            assert_eq!((trace.wait, trace.holds.len()), (None, 1));
        });
    }

    #[test]
    fn a_thread_in_motion_is_read_whole_or_not_at_all() {
        use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
        // The busy thread takes the two in either order, so that every slot of its record changes.
        let (small, large) = (Mutex::new(1_u8), Mutex::new(2_u16));
        let stop = AtomicBool::new(false);
        let torn = thread::scope(|s| {
            let busy = s.spawn(|| {
                drop(small.lock());
                // Relaxed: it says only "enough".
                while !stop.load(Relaxed) {
                    let _taken = (small.lock(), large.lock());
                    drop(_taken);
                    let _taken = (large.lock(), small.lock());
                }
            });
            let (one, two) = ((address(&small), "u8"), (address(&large), "u16"));
            let (mut nested, mut torn) = (0, None);
            while nested < 2000 && torn.is_none() {
                let Some(trace) = of(busy.thread().id()) else {
                    continue;
                };
                let locks = trace.holds.iter().map(|held| &held.lock);
                let seen: Vec<_> = locks
                    .map(|lock| (lock.address, lock.guards.as_str()))
                    .collect();
                // A guard pair is released first to last, so the second may be alone for a moment.
                let whole = [&[][..], &[one], &[two], &[one, two], &[two, one]];
                torn = (!whole.contains(&&seen[..])).then(|| format!("{seen:?}"));
                nested += usize::from(seen.len() == 2);
            }
            stop.store(true, Relaxed);
            torn
        });
        assert_eq!(torn, None);
    }
}
