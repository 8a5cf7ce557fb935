//! The clock of a test: what a move does, and when.

use kit::channel::{Receiver, TryRecvError};
use kit::clock::{Clock, Condvar, ManualClock, SystemClock, Waiter};
use kit::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use kit::sync::{Arc, Mutex};
use kit::thread;
use std::panic::catch_unwind;
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn time_stands_still_until_it_is_moved() {
    let clock = ManualClock::new();
    let start = clock.now();
    assert_eq!(clock.now(), start);
    clock.advance(3 * SECOND);
    clock.advance(Duration::ZERO);
    assert_eq!(clock.now(), start + 3 * SECOND);
    assert_eq!(clock.elapsed(), 3 * SECOND);
    assert_eq!(
        clock.clone().elapsed(),
        3 * SECOND,
        "a clone is the same clock"
    );
}

#[test]
fn a_sleeper_is_woken_at_its_time_and_not_before() {
    let clock = ManualClock::new();
    thread::scope(|s| {
        let sleeper = s.spawn(|| {
            clock.sleep(3 * SECOND);
            clock.elapsed()
        });
        clock.wait_for_sleepers(1);
        clock.advance(3 * SECOND - Duration::from_nanos(1));
        assert_eq!(clock.sleepers(), 1);
        assert!(!sleeper.is_finished());
        clock.advance(Duration::from_nanos(1));
        assert_eq!(
            clock.sleepers(),
            0,
            "woken, and not counted before it has run"
        );
        assert_eq!(sleeper.join().unwrap(), 3 * SECOND);
    });
}

#[test]
fn a_time_that_has_come_is_not_waited_for() {
    let clock = ManualClock::new();
    clock.advance(SECOND);
    clock.sleep(Duration::ZERO);
    clock.sleep_until(clock.now());
    clock.sleep_until(clock.start());
    if let Some(before) = clock.start().checked_sub(SECOND) {
        clock.sleep_until(before);
    }
    assert_eq!(clock.after(Duration::ZERO).try_recv(), Ok(clock.now()));
    assert_eq!(clock.elapsed(), SECOND);
}

#[test]
fn a_time_that_never_comes_does_not_overflow() {
    let clock = ManualClock::new();
    let timer = clock.after(Duration::MAX);
    let ticker = clock.tick(Duration::MAX);
    assert_eq!(clock.advance_to_next(), None, "nothing will ever come");
    clock.advance(SECOND);
    assert_eq!(timer.try_recv(), Err(TryRecvError::Empty));
    assert_eq!(ticker.try_recv(), Err(TryRecvError::Empty));
    // A sleeper for ever is counted, and left behind by the clock: it never ends.
    thread::spawn({
        let clock = clock.clone();
        move || clock.sleep(Duration::MAX)
    });
    clock.wait_for_sleepers(1);
    clock.advance(1_000_000 * SECOND);
    assert_eq!(clock.sleepers(), 1);
}

#[test]
fn a_move_beyond_the_end_of_time_is_refused_and_leaves_the_clock_as_it_was() {
    let clock = ManualClock::new();
    clock.advance(SECOND);
    let panic = catch_unwind({
        let clock = clock.clone();
        move || clock.advance(Duration::MAX)
    });
    let message = *panic.unwrap_err().downcast::<String>().unwrap();
    assert!(message.contains("no Instant is that late"), "{message}");
    assert_eq!(clock.elapsed(), SECOND);
    clock.advance(SECOND);
    assert_eq!(clock.elapsed(), 2 * SECOND);
}

#[test]
fn messages_carry_their_deadline_even_if_the_move_goes_further() {
    let clock = ManualClock::new();
    let timers = [3, 1, 2].map(|seconds| clock.after(seconds * SECOND));
    clock.advance(10 * SECOND);
    let carried = timers.map(|timer| timer.try_recv().unwrap() - clock.start());
    assert_eq!(carried, [3 * SECOND, SECOND, 2 * SECOND]);
    assert_eq!(clock.timers(), 3);
}

#[test]
fn advance_to_next_goes_from_deadline_to_deadline() {
    let clock = ManualClock::new();
    let _timers = [5, 2, 5].map(|seconds| clock.after(seconds * SECOND));
    let ticker = clock.tick(3 * SECOND);
    let mut stops = Vec::new();
    for _ in 0..4 {
        stops.push(clock.advance_to_next().unwrap() - clock.start());
        let _ = ticker.try_recv();
    }
    assert_eq!(stops, [2, 3, 5, 6].map(Duration::from_secs));
    drop(ticker);
    assert_eq!(
        clock.advance_to_next(),
        Some(clock.start() + 9 * SECOND),
        "then it finds out"
    );
    assert_eq!(clock.advance_to_next(), None);
    assert_eq!(clock.elapsed(), 9 * SECOND);
}

#[test]
fn of_a_ticker_one_tick_arrives_in_a_move_and_none_while_the_last_is_not_taken() {
    let clock = ManualClock::new();
    let ticker = clock.tick(SECOND);
    clock.advance(SECOND / 2);
    assert_eq!(ticker.try_recv(), Err(TryRecvError::Empty));
    clock.advance(3 * SECOND);
    assert_eq!(
        ticker.try_recv(),
        Ok(clock.start() + SECOND),
        "the first of three"
    );
    assert_eq!(
        ticker.try_recv(),
        Err(TryRecvError::Empty),
        "the others were dropped"
    );
    clock.advance(SECOND / 2);
    clock.advance(SECOND);
    assert_eq!(
        ticker.try_recv(),
        Ok(clock.start() + 4 * SECOND),
        "it keeps to its beat"
    );
    assert_eq!(ticker.try_recv(), Err(TryRecvError::Empty));
}

#[test]
fn a_long_move_over_a_short_period_is_no_work() {
    let clock = ManualClock::new();
    let ticker = clock.tick(Duration::from_nanos(1));
    clock.advance(3600 * SECOND);
    clock.advance(Duration::from_nanos(1));
    assert_eq!(
        ticker.try_recv(),
        Ok(clock.start() + Duration::from_nanos(1))
    );
    clock.advance(Duration::from_nanos(1));
    assert_eq!(ticker.try_recv(), Ok(clock.now()));
}

#[test]
fn no_clock_ticks_without_a_period() {
    let clocks: [fn() -> Arc<dyn Clock>; 2] =
        [|| Arc::new(SystemClock), || Arc::new(ManualClock::new())];
    for clock in clocks {
        let panic = catch_unwind(|| clock().tick(Duration::ZERO)).unwrap_err();
        let message = panic.downcast_ref::<&str>().unwrap();
        assert_eq!(*message, "a ticker needs a period longer than zero");
    }
}

#[test]
fn no_tick_is_lost_by_a_test_that_waits_until_it_was_received() {
    let clock = ManualClock::new();
    let ticker = clock.tick(SECOND);
    thread::scope(|s| {
        let taker = s.spawn(move || ticker.iter().take(500).collect::<Vec<_>>());
        for _ in 0..500 {
            clock.advance(SECOND);
            clock.wait_until_received();
        }
        let seen = taker.join().unwrap();
        let all: Vec<_> = (1..=500).map(|n| clock.start() + n * SECOND).collect();
        assert_eq!(seen, all);
    });
    // Receivers that were dropped with a message in hand are not waited for.
    clock.tick(SECOND);
    clock.after(SECOND);
    clock.advance(SECOND);
    clock.wait_until_received();
}

#[test]
fn a_sleeper_that_goes_back_to_sleep_is_waited_for() {
    let clock = ManualClock::new();
    let laps = Mutex::new(0);
    thread::scope(|s| {
        s.spawn(|| {
            for _ in 0..1000 {
                clock.sleep(SECOND);
                *laps.lock().unwrap() += 1;
            }
            clock.mark("done");
        });
        for lap in 0..1000 {
            clock.wait_for_sleepers(1);
            assert_eq!(*laps.lock().unwrap(), lap);
            clock.advance(SECOND);
        }
        clock.wait_for_mark("done", 1);
        assert_eq!(*laps.lock().unwrap(), 1000);
        assert_eq!(clock.elapsed(), 1000 * SECOND);
    });
}

#[test]
fn all_sleepers_due_in_a_move_are_woken_by_it() {
    let clock = ManualClock::new();
    thread::scope(|s| {
        let sleepers: Vec<_> = (1..=50)
            .map(|seconds| {
                let clock = &clock;
                s.spawn(move || {
                    clock.sleep(seconds * SECOND);
                    clock.elapsed()
                })
            })
            .collect();
        clock.wait_for_sleepers(50);
        clock.advance(25 * SECOND);
        assert_eq!(clock.sleepers(), 25);
        for (number, sleeper) in sleepers.into_iter().enumerate() {
            if number == 25 {
                clock.advance(25 * SECOND);
            }
            // A woken thread sees the end of the move.
            let end = if number < 25 {
                25 * SECOND
            } else {
                50 * SECOND
            };
            let woken = sleeper.join().unwrap();
            assert!(woken >= end, "sleeper {number} ran at {woken:?}");
        }
    });
}

#[test]
fn marks_are_counted_by_name() {
    let clock = ManualClock::new();
    thread::scope(|s| {
        s.spawn(|| {
            for _ in 0..10 {
                clock.mark("refilled");
            }
            clock.mark("closed");
        });
        clock.wait_for_mark("refilled", 7);
        clock.wait_for_mark("closed", 1);
        assert_eq!(
            (
                clock.marks("refilled"),
                clock.marks("closed"),
                clock.marks("open")
            ),
            (10, 1, 0)
        );
    });
    clock.wait_for_mark("never marked", 0);
}

#[test]
fn several_tests_may_wait_for_different_numbers() {
    let clock = ManualClock::new();
    thread::scope(|s| {
        let watchers: Vec<_> = (1..=8)
            .map(|n| {
                let clock = &clock;
                s.spawn(move || {
                    clock.wait_for_mark("step", n);
                    clock.marks("step")
                })
            })
            .collect();
        for _ in 0..8 {
            clock.mark("step");
        }
        for (watcher, n) in watchers.into_iter().zip(1..) {
            assert!(watcher.join().unwrap() >= n);
        }
    });
}

/// Moves by several threads at once add up, and wake everyone.
#[test]
fn moves_at_the_same_time_are_one_after_the_other() {
    let clock = ManualClock::new();
    thread::scope(|s| {
        for seconds in 1..=200 {
            let clock = &clock;
            s.spawn(move || {
                clock.sleep(seconds * SECOND);
                assert!(clock.elapsed() >= seconds * SECOND);
            });
        }
        clock.wait_for_sleepers(200);
        for _ in 0..4 {
            s.spawn(|| {
                for _ in 0..50 {
                    clock.advance(SECOND);
                }
            });
        }
    });
    assert_eq!(clock.elapsed(), 200 * SECOND);
    assert_eq!(clock.sleepers(), 0);
}

#[test]
fn works_behind_any_pointer() {
    fn uses(clock: &dyn Clock) -> Instant {
        clock.sleep(Duration::ZERO);
        clock.sleep_until(clock.now());
        clock.now()
    }
    let manual = Arc::new(ManualClock::new());
    let shared: Arc<dyn Clock> = manual.clone();
    assert_eq!(uses(&shared), manual.now());
    assert_eq!(uses(&*shared), uses(&manual));
    shared.sleep(Duration::ZERO);
    SystemClock.sleep(Duration::ZERO);
    assert_eq!(format!("{:?}", &*shared), "Clock { .. }");
    assert_eq!(
        format!("{manual:?}"),
        "ManualClock { elapsed: 0ns, sleepers: 0, timers: 0, .. }"
    );
}

/// A clock of one's own that counts how often it is read.
struct Counted {
    clock: ManualClock,
    reads: AtomicUsize,
}

impl Clock for Counted {
    fn now(&self) -> Instant {
        // Relaxed: the test looks after the reads, on the same thread.
        self.reads.fetch_add(1, Relaxed);
        self.clock.now()
    }

    fn after(&self, duration: Duration) -> Receiver<Instant> {
        self.clock.after(duration)
    }

    fn tick(&self, period: Duration) -> Receiver<Instant> {
        self.clock.tick(period)
    }

    fn block(&self, waiter: &Arc<Waiter>, deadline: Option<Instant>) {
        self.clock.block(waiter, deadline);
    }
}

#[test]
fn a_clock_can_be_wrapped() {
    let clock = ManualClock::new();
    let counted = Counted {
        clock: clock.clone(),
        reads: AtomicUsize::new(0),
    };
    thread::scope(|s| {
        let sleeper = s.spawn(|| {
            let clock: &dyn Clock = &counted;
            clock.sleep_until(clock.now() + SECOND);
        });
        clock.wait_for_sleepers(1);
        clock.advance(SECOND);
        sleeper.join().unwrap();
    });
    assert_eq!(
        counted.reads.load(Relaxed),
        2,
        "once by the test, once by the sleep"
    );
}

#[test]
fn the_system_clock_keeps_its_promises() {
    let clock: &dyn Clock = &SystemClock;
    let start = Instant::now();
    clock.sleep(Duration::from_millis(2));
    assert!(start.elapsed() >= Duration::from_millis(2));
    assert!(clock.after(Duration::from_millis(1)).recv().unwrap() >= start);
    assert_eq!(
        clock.tick(Duration::from_millis(1)).iter().take(2).count(),
        2
    );
    let (mutex, condvar) = (Mutex::new(()), Condvar::new());
    let deadline = clock.now() + Duration::from_millis(2);
    let (_guard, timed_out) = condvar.wait_until(clock, &mutex, mutex.lock().unwrap(), deadline);
    assert!(timed_out && clock.now() >= deadline);
}
