//! `kit::sync` says and does what `std::sync` does: one suite for both.

macro_rules! suite {
    ($name:ident, $($sync:tt)+) => {
        mod $name {
            use $($sync)+::{
                Arc, Condvar, Mutex, RwLock, RwLockWriteGuard, TryLockError, atomic::AtomicU32,
                atomic::Ordering::Relaxed,
            };
            use std::panic::{AssertUnwindSafe, catch_unwind};
            use std::thread;
            use std::time::Duration;

            static GLOBAL: (Mutex<u32>, RwLock<u32>, Condvar) =
                (Mutex::new(1), RwLock::new(2), Condvar::new());

            fn poison(locked: impl FnOnce()) {
                let panic = catch_unwind(AssertUnwindSafe(locked)).unwrap_err();
                assert_eq!(panic.downcast_ref::<&str>(), Some(&"on purpose"));
            }

            #[test]
            fn can_be_a_static() {
                *GLOBAL.0.lock().unwrap() += 1;
                *GLOBAL.1.write().unwrap() += 1;
                GLOBAL.2.notify_all();
                assert_eq!(*GLOBAL.0.lock().unwrap() + *GLOBAL.1.read().unwrap(), 5);
            }

            #[test]
            fn a_mutex_excludes() {
                let sum = Mutex::new(0);
                thread::scope(|s| {
                    for _ in 0..4 {
                        s.spawn(|| {
                            for _ in 0..1000 {
                                let mut sum = sum.lock().unwrap();
                                let old = *sum;
                                thread::yield_now();
                                *sum = old + 1;
                            }
                        });
                    }
                });
                assert_eq!(sum.into_inner().unwrap(), 4000);
            }

            #[test]
            fn trying_a_taken_lock_would_block() {
                let mutex = Mutex::new(0);
                let guard = mutex.lock().unwrap();
                assert!(matches!(mutex.try_lock(), Err(TryLockError::WouldBlock)));
                drop(guard);
                assert_eq!(*mutex.try_lock().unwrap(), 0);

                let lock = RwLock::new(0);
                let reader = lock.read().unwrap();
                assert_eq!(*lock.try_read().unwrap(), 0);
                assert!(matches!(lock.try_write(), Err(TryLockError::WouldBlock)));
                drop(reader);
                let writer = lock.try_write().unwrap();
                assert!(matches!(lock.try_read(), Err(TryLockError::WouldBlock)));
                let reader = RwLockWriteGuard::downgrade(writer);
                assert_eq!(*lock.try_read().unwrap(), *reader);
                drop(reader);
                assert!(lock.try_write().is_ok());
            }

            #[test]
            fn a_mutex_is_poisoned_by_a_panic_and_can_be_healed() {
                let mut mutex = Mutex::new(3);
                poison(|| {
                    let _guard = mutex.lock().unwrap();
                    panic!("on purpose");
                });
                assert!(mutex.is_poisoned());
                assert_eq!(*mutex.lock().unwrap_err().into_inner(), 3);
                assert!(matches!(mutex.try_lock(), Err(TryLockError::Poisoned(guard)) if **guard.get_ref() == 3));
                assert!(mutex.get_mut().is_err());
                mutex.clear_poison();
                assert!(!mutex.is_poisoned());
                assert_eq!(*mutex.lock().unwrap(), 3);
            }

            #[test]
            fn a_lock_is_poisoned_by_a_writer_and_not_by_a_reader() {
                let lock = RwLock::new(3);
                poison(|| {
                    let _guard = lock.read().unwrap();
                    panic!("on purpose");
                });
                assert!(!lock.is_poisoned());
                poison(|| {
                    let _guard = lock.write().unwrap();
                    panic!("on purpose");
                });
                assert!(lock.is_poisoned());
                assert_eq!(*lock.read().unwrap_err().into_inner(), 3);
                assert!(matches!(lock.try_write(), Err(TryLockError::Poisoned(_))));
                lock.clear_poison();
                assert_eq!(lock.into_inner().unwrap(), 3);
            }

            #[test]
            fn a_wait_gives_the_poison_on() {
                let (mutex, condvar) = (Mutex::new(false), Condvar::new());
                thread::scope(|s| {
                    let guard = mutex.lock().unwrap();
                    s.spawn(|| {
                        poison(|| {
                            let mut guard = mutex.lock().unwrap();
                            *guard = true;
                            panic!("on purpose");
                        });
                        condvar.notify_all();
                    });
                    let woken = condvar.wait_while(guard, |done| !*done);
                    assert!(*woken.unwrap_err().into_inner());
                });
                mutex.clear_poison();
                let late = condvar.wait_timeout(mutex.lock().unwrap(), Duration::ZERO).unwrap();
                assert!(late.1.timed_out());
            }

            #[test]
            fn a_timed_wait_tests_its_condition_first() {
                let (mutex, condvar) = (Mutex::new(7), Condvar::new());
                let guard = mutex.lock().unwrap();
                let (guard, result) =
                    condvar.wait_timeout_while(guard, Duration::ZERO, |value| *value != 7).unwrap();
                assert!(!result.timed_out());
                let (guard, result) =
                    condvar.wait_timeout_while(guard, Duration::ZERO, |value| *value == 7).unwrap();
                assert!(result.timed_out());
                assert_eq!(*guard, 7);
                assert_eq!(format!("{result:?}"), "WaitTimeoutResult(true)");
            }

            #[test]
            fn no_notification_is_lost() {
                // A ball goes back and forth; every throw is one `notify_one`.
                const THROWS: u32 = 2000;
                let (turn, thrown) = (Mutex::new(0), Condvar::new());
                thread::scope(|s| {
                    for player in 0..2 {
                        let (turn, thrown) = (&turn, &thrown);
                        s.spawn(move || {
                            for _ in 0..THROWS {
                                let theirs = turn.lock().unwrap();
                                let mut mine =
                                    thrown.wait_while(theirs, |turn| *turn % 2 != player).unwrap();
                                *mine += 1;
                                thrown.notify_one();
                            }
                        });
                    }
                });
                assert_eq!(*turn.lock().unwrap(), 2 * THROWS);
            }

            #[test]
            fn readers_overlap() {
                let lock = RwLock::new(());
                let inside = AtomicU32::new(0);
                thread::scope(|s| {
                    for _ in 0..2 {
                        s.spawn(|| {
                            let _guard = lock.read().unwrap();
                            inside.fetch_add(1, Relaxed);
                            // Ends only if both are in at once.
                            while inside.load(Relaxed) < 2 {
                                thread::yield_now();
                            }
                        });
                    }
                });
            }

            #[test]
            fn prints_what_the_original_prints() {
                let (mutex, original) = (Mutex::new(5), std::sync::Mutex::new(5));
                let (guard, locked) = (mutex.lock().unwrap(), original.lock().unwrap());
                assert_eq!(format!("{mutex:?} {guard:?} {guard}"), format!("{original:?} {locked:?} 5"));
                let (lock, original) = (RwLock::from("five"), std::sync::RwLock::from("five"));
                let (guard, read) = (lock.read().unwrap(), original.read().unwrap());
                assert_eq!(format!("{lock:?} {guard:?} {guard}"), format!("{original:?} {read:?} five"));
                assert_eq!(format!("{:?}", Condvar::default()), "Condvar { .. }");
            }

            #[test]
            fn guards_what_has_no_size() {
                let slice: Arc<Mutex<[u8]>> = Arc::new(Mutex::new([1, 2, 3]));
                slice.lock().unwrap()[0] = 9;
                assert_eq!(slice.lock().unwrap().iter().sum::<u8>(), 14);
                let shown: Box<RwLock<dyn std::fmt::Display>> = Box::new(RwLock::new(4));
                assert_eq!(shown.read().unwrap().to_string(), "4");
            }
        }
    };
}

suite!(standard, std::sync);
suite!(ours, kit::sync);

use std::panic::{RefUnwindSafe, UnwindSafe};

/// The automatic traits that the standard library's types have, for a value that is not `Send`-able
/// only where that matters.
#[test]
fn has_the_same_automatic_traits() {
    fn shared<T: Send + Sync + UnwindSafe + RefUnwindSafe>() {}
    fn sync<T: Sync>() {}
    shared::<kit::sync::Mutex<Vec<u8>>>();
    shared::<kit::sync::RwLock<Vec<u8>>>();
    shared::<kit::sync::Condvar>();
    // The reference is Sync and not Send.
    type OnlySync = std::sync::MutexGuard<'static, u8>;
    sync::<kit::sync::MutexGuard<'static, OnlySync>>();
    sync::<kit::sync::RwLockReadGuard<'static, OnlySync>>();
    sync::<kit::sync::RwLockWriteGuard<'static, OnlySync>>();
}

#[cfg(not(debug_assertions))]
#[test]
fn is_the_original_in_a_build_without_debug_assertions() {
    let _: std::sync::Mutex<u8> = kit::sync::Mutex::new(1);
    let _: std::sync::RwLock<u8> = kit::sync::RwLock::new(1);
    let _: std::sync::Condvar = kit::sync::Condvar::new();
}
