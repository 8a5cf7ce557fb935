//! Hidden tests of `ticker_bucket`: other rates, longer runs, and every order of waiting and closing.

use ch04::ticker_bucket::{Closed, TickerBucket};
use harness::{Rendezvous, Thread, Verdict};
use kit::channel::Receiver;
use kit::clock::{Clock, ManualClock, Waiter};
use kit::sync::Arc;
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);
const NANO: Duration = Duration::from_nanos(1);

/// A bucket, its clock, and those who have called `wait`, each on a thread of its own.
struct Shop {
    clock: Arc<ManualClock>,
    bucket: Arc<TickerBucket>,
    callers: Vec<Thread<Result<(), Closed>>>,
}

impl Shop {
    fn new(period: Duration, burst: u64) -> Shop {
        Shop::on(Arc::new(ManualClock::new()), period, burst)
    }

    fn on(clock: Arc<ManualClock>, period: Duration, burst: u64) -> Shop {
        Shop {
            bucket: Arc::new(TickerBucket::new(clock.clone(), period, burst)),
            clock,
            callers: Vec::new(),
        }
    }

    fn callers(&mut self, n: usize) {
        for _ in 0..n {
            let bucket = self.bucket.clone();
            let name = format!("caller {}", self.callers.len() + 1);
            self.callers
                .push(harness::spawn(name, move || bucket.wait()));
        }
    }

    /// How many callers have had their answer, once nothing happens any more.
    fn granted(&self) -> usize {
        harness::wait_until_quiet();
        let returned = |caller: &&Thread<_>| caller.is_finished();
        self.callers.iter().filter(returned).count()
    }

    /// Moves the clock, and lets everybody do what there is to do.
    fn advance(&self, by: Duration) {
        self.clock.advance(by);
        harness::wait_until_quiet();
    }

    /// Closes, and says how many callers were told so.
    fn close(self) -> usize {
        self.bucket.close();
        let answers = self.callers.into_iter().map(Thread::join);
        answers.filter(|answer| *answer == Err(Closed)).count()
    }
}

#[harness::test]
fn a_bucket_is_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<TickerBucket>();
    assert_eq!(Shop::new(SECOND, 1).close(), 0);
}

#[harness::test]
fn a_bucket_that_could_grant_nothing_is_refused() {
    let clock: Arc<dyn Clock> = Arc::new(ManualClock::new());
    harness::expect_panic(|| TickerBucket::new(clock.clone(), SECOND, 0));
    harness::expect_panic(|| TickerBucket::new(clock.clone(), Duration::ZERO, 1));
    assert_eq!(Arc::strong_count(&clock), 1, "and no thread is left");
}

/// The eighth token comes at the eighth period, whatever steps the clock takes.
#[harness::test]
fn no_delay_is_carried_on() {
    for step in [
        Duration::from_millis(700),
        Duration::from_millis(1_300),
        Duration::from_millis(2_999),
        SECOND - NANO,
    ] {
        let mut shop = Shop::new(SECOND, 5);
        shop.callers(5);
        assert_eq!(shop.granted(), 5, "the burst");
        shop.callers(8);
        let mut due = 0;
        while due < 8 {
            shop.clock.advance(step);
            due = shop.clock.elapsed().as_secs().min(8) as usize;
            assert_eq!(
                shop.granted() - 5,
                due,
                "tokens by {:?}, one a second, in steps of {step:?}",
                shop.clock.elapsed()
            );
        }
        assert_eq!(shop.close(), 0, "all have had their token");
    }
}

#[harness::test]
fn a_token_comes_to_the_nanosecond() {
    for period in [NANO, Duration::from_nanos(7), SECOND / 3] {
        let mut shop = Shop::new(period, 1);
        shop.callers(5);
        assert_eq!(shop.granted(), 1, "the burst");
        for token in 1..=4 {
            shop.advance(period - NANO);
            assert_eq!(
                shop.granted(),
                token,
                "a nanosecond early, period {period:?}"
            );
            shop.advance(NANO);
            assert_eq!(shop.granted(), token + 1, "token {token} after {period:?}");
        }
        shop.close();
    }
}

/// A tick that found the bucket full is over: it does not come in when there is room again.
#[harness::test]
fn a_dropped_token_stays_dropped() {
    let mut shop = Shop::new(SECOND, 2);
    for _ in 0..7 {
        shop.advance(SECOND);
    }
    shop.advance(SECOND / 2);
    shop.callers(4);
    assert_eq!(shop.granted(), 2, "at 7.5 s, full");
    shop.advance(SECOND / 2 - NANO);
    assert_eq!(shop.granted(), 2, "just before 8 s");
    shop.advance(NANO);
    assert_eq!(shop.granted(), 3, "at 8 s");
    shop.advance(SECOND);
    assert_eq!(shop.granted(), 4, "at 9 s");
    shop.close();
}

/// Nearly full, the filler comes late with more than there is room for.
#[harness::test]
fn a_late_filler_puts_in_no_more_than_there_is_room_for() {
    let mut shop = Shop::new(SECOND, 3);
    shop.callers(1);
    assert_eq!(shop.granted(), 1);
    shop.advance(3_600 * SECOND);
    shop.callers(5);
    assert_eq!(shop.granted(), 1 + 3, "after an hour, burst 3");
    // And to those who wait it gives what the bucket holds, not what has come in all.
    shop.advance(3_600 * SECOND);
    assert_eq!(shop.granted(), 4 + 2, "two were waiting");
    shop.callers(3);
    assert_eq!(
        shop.granted(),
        6 + 1,
        "three came, two went to those who waited"
    );
    shop.close();
}

/// Ten wait, and three tokens come at once: three are served and nobody sleeps beside a token.
#[harness::test]
fn as_many_are_woken_as_tokens_have_come() {
    for come in [1, 2, 3, 5] {
        let mut shop = Shop::new(SECOND, 5);
        shop.callers(5);
        assert_eq!(shop.granted(), 5, "the burst");
        shop.callers(10);
        assert_eq!(shop.granted(), 5);
        shop.advance(come * SECOND);
        assert_eq!(
            shop.granted(),
            5 + come as usize,
            "{come} tokens came at once, and 10 callers wait"
        );
        shop.advance(SECOND);
        assert_eq!(shop.granted(), 6 + come as usize, "then one more");
        assert_eq!(shop.close(), 9 - come as usize, "the others are told");
    }
}

#[harness::test]
fn the_largest_quantities_do_not_overflow() {
    // Fast and far: more periods pass than 64 bits can count.
    let mut shop = Shop::new(NANO, u64::MAX);
    shop.callers(3);
    assert_eq!(shop.granted(), 3);
    shop.advance(Duration::from_secs(1 << 36));
    shop.advance(Duration::from_secs(1 << 36));
    shop.callers(3);
    assert_eq!(shop.granted(), 6);
    shop.close();

    // A token that never comes.
    for period in [Duration::MAX, Duration::MAX / 2] {
        let mut shop = Shop::new(period, 1);
        shop.callers(2);
        assert_eq!(shop.granted(), 1, "the burst");
        shop.advance(Duration::from_secs(1 << 36));
        assert_eq!(shop.granted(), 1, "and no more, period {period:?}");
        assert_eq!(shop.close(), 1);
    }
}

#[harness::test]
fn time_counts_from_when_the_bucket_was_made() {
    let clock = Arc::new(ManualClock::new());
    clock.advance(SECOND / 3);
    let mut first = Shop::on(clock.clone(), SECOND, 1);
    clock.advance(SECOND / 2);
    let mut second = Shop::on(clock.clone(), SECOND, 1);
    first.callers(3);
    second.callers(3);
    assert_eq!((first.granted(), second.granted()), (1, 1));
    clock.advance(SECOND / 2);
    assert_eq!((first.granted(), second.granted()), (2, 1));
    clock.advance(SECOND / 2);
    assert_eq!((first.granted(), second.granted()), (2, 2));
    assert_eq!(first.close(), 1);
    clock.advance(SECOND / 2);
    assert_eq!(second.granted(), 2, "at 1.5 s of its own time");
    clock.advance(SECOND / 2);
    assert_eq!(second.granted(), 3, "one is closed, the other is not");
    assert_eq!(second.close(), 0);
}

/// The filler has been told to end, and is on its way out, slowly. Both who close wait for it, the one
/// who came second as well.
#[harness::test]
fn each_of_two_who_close_waits_for_the_filler() {
    let clock = Arc::new(SlowClock::default());
    let bucket = Arc::new(TickerBucket::new(clock.clone(), SECOND, 1));
    harness::wait_until_quiet();
    let close = |name: &str| {
        let bucket = bucket.clone();
        let closer = harness::spawn(name, move || bucket.close());
        harness::wait_until_quiet();
        closer
    };
    let first = close("first to close");
    if first.is_finished() {
        // A filler that waits by a channel is not held up by this clock, and has ended.
        close("second to close").join();
    } else {
        let second = close("second to close");
        if second.is_finished() {
            harness::fail(
                Verdict::Leak,
                "`close` returned to the second who called it, and the filler has not ended",
            );
        }
        clock.let_go();
        second.join();
    }
    first.join();
    assert_eq!(bucket.wait(), Err(Closed));
}

/// A clock on which nobody gets on after having waited, until the test says so.
#[derive(Default)]
struct SlowClock {
    clock: ManualClock,
    held: std::sync::OnceLock<()>,
}

impl SlowClock {
    fn let_go(&self) {
        self.held.set(()).expect("is called once");
    }
}

impl Clock for SlowClock {
    fn now(&self) -> Instant {
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
        self.held.wait();
    }
}

#[harness::test]
fn dropping_ends_the_filler_too() {
    for round in 0..50 {
        let clock = Arc::new(ManualClock::new());
        let bucket = TickerBucket::new(clock.clone(), SECOND, 2);
        if round % 2 == 0 {
            harness::wait_until_quiet();
        }
        drop(bucket);
        if Arc::strong_count(&clock) > 1 {
            harness::fail(
                Verdict::Leak,
                format!("round {round}: the bucket is gone, and somebody still holds its clock"),
            );
        }
    }
}

/// The filler is on its way when the bucket is closed: it finds that out, and wakes nobody else.
#[harness::test(stress)]
fn a_token_and_a_close_at_the_same_time() {
    for round in 0..15 {
        let mut shop = Shop::new(SECOND, 1);
        shop.callers(4);
        assert_eq!(shop.granted(), 1);
        let start = Rendezvous::new("the tick and the close", 2);
        let closer = {
            let (bucket, start) = (shop.bucket.clone(), start.clone());
            harness::spawn("closer", move || {
                start.wait();
                bucket.close();
            })
        };
        start.wait();
        shop.clock.advance(SECOND);
        closer.join();
        let refused = shop.close();
        assert!(
            (2..=3).contains(&refused),
            "round {round}: {refused} of 4 refused, where 1 had a token and 1 more may have come"
        );
    }
}

/// Callers that never rest, and a clock that makes steps of all sizes.
#[harness::test(stress)]
fn no_schedule_grants_too_many() {
    let shop = Shop::new(SECOND, 3);
    let callers: Vec<_> = (0..3)
        .map(|i| {
            let bucket = shop.bucket.clone();
            harness::spawn(format!("greedy {i}"), move || {
                std::iter::repeat_with(|| bucket.wait())
                    .take_while(Result::is_ok)
                    .count()
            })
        })
        .collect();
    harness::wait_until_quiet();
    for i in 1..40 {
        shop.advance(SECOND * (i % 5) / 2);
    }
    let seconds = shop.clock.elapsed().as_secs() as usize;
    shop.bucket.close();
    let granted: usize = callers.into_iter().map(Thread::join).sum();
    assert_eq!(
        granted,
        3 + seconds,
        "in {seconds} s at one a second, burst 3, and never full again"
    );
}
