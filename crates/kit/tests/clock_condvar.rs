//! The condition variable with deadlines on a clock.

use kit::clock::{Clock, Condvar, ManualClock, SystemClock};
use kit::sync::{Arc, Mutex};
use kit::thread;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// A value behind a mutex, with the condition variable and the clock that go with it.
#[derive(Default)]
struct Shared<T> {
    clock: ManualClock,
    value: Mutex<T>,
    changed: Condvar,
}

impl<T> Shared<T> {
    fn change(&self, change: impl FnOnce(&mut T)) {
        change(&mut self.value.lock().unwrap());
    }

    /// Whether the time was up before `condition` ended.
    fn times_out(&self, limit: Duration, condition: impl FnMut(&mut T) -> bool) -> bool {
        let deadline = self.clock.now() + limit;
        let value = self.value.lock().unwrap();
        self.changed
            .wait_while_until(&self.clock, &self.value, value, deadline, condition)
            .1
    }
}

#[test]
fn a_wait_ends_with_the_notification_or_with_the_time() {
    let shared = Shared::<bool>::default();
    thread::scope(|s| {
        let waiter = s.spawn(|| shared.times_out(SECOND, |open| !*open));
        shared.clock.wait_for_sleepers(1);
        shared.change(|open| *open = true);
        shared.changed.notify_one();
        assert_eq!(
            shared.clock.sleepers(),
            0,
            "notified, so no sleeper any more"
        );
        assert!(!waiter.join().unwrap());

        shared.change(|open| *open = false);
        let waiter = s.spawn(|| shared.times_out(SECOND, |open| !*open));
        shared.clock.wait_for_sleepers(1);
        shared.clock.advance(SECOND);
        assert!(waiter.join().unwrap());
    });
}

#[test]
fn a_condition_that_has_ended_by_the_deadline_is_no_timeout() {
    let shared = Shared::<bool>::default();
    thread::scope(|s| {
        let waiter = s.spawn(|| shared.times_out(SECOND, |open| !*open));
        shared.clock.wait_for_sleepers(1);
        shared.change(|open| *open = true); // and nobody is told
        shared.clock.advance(SECOND);
        assert!(!waiter.join().unwrap());
    });
}

#[test]
fn a_deadline_that_has_passed_ends_the_wait_at_once() {
    let shared = Shared::<bool>::default();
    shared.clock.advance(SECOND);
    let system: &dyn Clock = &SystemClock;
    for clock in [system, &shared.clock] {
        for deadline in [shared.clock.start(), shared.clock.start().min(clock.now())] {
            let value = shared.value.lock().unwrap();
            let (_guard, timed_out) =
                shared
                    .changed
                    .wait_until(clock, &shared.value, value, deadline);
            assert!(timed_out);
        }
    }
    assert!(shared.times_out(Duration::ZERO, |_| true));
    assert!(!shared.times_out(Duration::ZERO, |_| false));
}

#[test]
fn notify_one_wakes_in_the_order_of_arrival() {
    let shared = Shared::<Vec<usize>>::default();
    let turns = Mutex::new(Vec::new());
    let (turns, shared) = (&turns, &shared);
    thread::scope(|s| {
        for number in 0..20 {
            s.spawn(move || {
                let deadline = shared.clock.now() + SECOND;
                let value = shared.value.lock().unwrap();
                let (_value, timed_out) =
                    shared
                        .changed
                        .wait_until(&shared.clock, &shared.value, value, deadline);
                assert!(!timed_out);
                turns.lock().unwrap().push(number);
                shared.clock.mark("turn");
            });
            shared.clock.wait_for_sleepers(number + 1);
        }
        for number in 0..20 {
            shared.changed.notify_one();
            shared.clock.wait_for_mark("turn", number + 1);
        }
        assert_eq!(*turns.lock().unwrap(), Vec::from_iter(0..20));
    });
}

#[test]
fn notify_all_wakes_all_timed_or_not() {
    let shared = Shared::<(bool, usize)>::default();
    thread::scope(|s| {
        for _ in 0..5 {
            s.spawn(|| assert!(!shared.times_out(SECOND, |value| !value.0)));
            s.spawn(|| {
                let mut value = shared.value.lock().unwrap();
                // Announced under the lock: when all five are counted, all five wait.
                value.1 += 1;
                shared.clock.mark("waits");
                let _value = shared
                    .changed
                    .wait_while(&shared.value, value, |value| !value.0);
            });
        }
        shared.clock.wait_for_sleepers(5);
        shared.clock.wait_for_mark("waits", 5);
        shared.change(|value| value.0 = true);
        shared.changed.notify_all();
    });
    assert_eq!(shared.value.lock().unwrap().1, 5);
}

#[test]
fn a_notification_is_not_swallowed_by_a_waiter_whose_time_is_up() {
    for _ in 0..200 {
        let shared = Shared::<u32>::default();
        thread::scope(|s| {
            // First in line, and its time is up when the notification is sent. It takes nothing.
            s.spawn(|| {
                let deadline = shared.clock.now() + SECOND;
                let value = shared.value.lock().unwrap();
                shared
                    .changed
                    .wait_until(&shared.clock, &shared.value, value, deadline)
                    .1
            });
            shared.clock.wait_for_sleepers(1);
            let second = s.spawn(|| shared.times_out(3600 * SECOND, |tokens| *tokens == 0));
            shared.clock.wait_for_sleepers(2);
            shared.clock.advance(SECOND);
            shared.change(|tokens| *tokens = 1);
            shared.changed.notify_one();
            assert!(!second.join().unwrap());
        });
    }
}

/// Every token is taken by someone, though waiters come and go by the clock all the while.
#[test]
fn no_token_is_left_behind_under_load() {
    const TOKENS: usize = 2000;
    const TAKERS: usize = 4;
    let shared = Shared::<usize>::default();
    thread::scope(|s| {
        let shared = &shared;
        let takers: Vec<_> = (1..=TAKERS as u32)
            .map(|patience| {
                s.spawn(move || {
                    let mut taken = 0;
                    while taken < TOKENS / TAKERS {
                        let deadline = shared.clock.now() + patience * SECOND;
                        let value = shared.value.lock().unwrap();
                        let (mut value, timed_out) = shared.changed.wait_while_until(
                            &shared.clock,
                            &shared.value,
                            value,
                            deadline,
                            |tokens| *tokens == 0,
                        );
                        if !timed_out {
                            *value -= 1;
                            taken += 1;
                        }
                    }
                })
            })
            .collect();
        s.spawn(move || {
            for _ in 0..TOKENS {
                shared.change(|tokens| *tokens += 1);
                shared.changed.notify_one();
            }
        });
        while !takers.iter().all(|taker| taker.is_finished()) {
            shared.clock.advance(SECOND);
            thread::yield_now();
        }
    });
    assert_eq!(*shared.value.lock().unwrap(), 0);
    assert_eq!(shared.clock.sleepers(), 0);
}

/// The system clock settles waiters by the same rules.
#[test]
fn works_on_real_time() {
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let (value, changed) = (Mutex::new(0), Condvar::new());
    thread::scope(|s| {
        s.spawn(|| {
            for _ in 0..100 {
                *value.lock().unwrap() += 1;
                changed.notify_one();
            }
        });
        let deadline = clock.now() + 3600 * SECOND;
        let guard = value.lock().unwrap();
        let (guard, timed_out) =
            changed.wait_while_until(&clock, &value, guard, deadline, |value| *value < 100);
        assert_eq!((*guard, timed_out), (100, false));
    });
}

#[test]
fn a_poisoned_mutex_ends_the_wait_with_a_panic() {
    let shared = Shared::<bool>::default();
    thread::scope(|s| {
        let waiter = s.spawn(|| {
            catch_unwind(AssertUnwindSafe(|| shared.times_out(SECOND, |open| !*open))).unwrap_err()
        });
        shared.clock.wait_for_sleepers(1);
        let poisoner = s.spawn(|| {
            let _value = shared.value.lock().unwrap();
            panic!("on purpose");
        });
        assert!(poisoner.join().is_err());
        shared.changed.notify_one();
        let message = *waiter.join().unwrap().downcast::<String>().unwrap();
        assert!(
            message.contains("a thread panicked while it held the mutex"),
            "{message}"
        );
    });
}

#[cfg(debug_assertions)]
#[test]
#[should_panic(expected = "one mutex and the guard of another")]
fn the_guard_must_be_of_the_mutex() {
    let (mutex, other) = (Mutex::new(0), Mutex::new(0));
    drop(Condvar::new().wait(&mutex, other.lock().unwrap()));
}
