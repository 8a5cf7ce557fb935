//! What a bucket with a ticker promises. The clock moves only when the test moves it; and after each
//! move the test waits until every thread, the filler among them, has done what it had to and sleeps.

use ch04::ticker_bucket::{Closed, TickerBucket};
use harness::{Rendezvous, Thread, Verdict};
use kit::clock::{Clock, ManualClock};
use kit::sync::Arc;
use std::time::Duration;

const PERIOD: Duration = Duration::from_millis(100);
const NANO: Duration = Duration::from_nanos(1);

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

#[harness::test]
fn a_new_bucket_is_full_and_grants_its_burst_at_once() {
    let mut shop = Shop::new(3);
    shop.callers(4);
    assert_eq!(shop.granted(), 3, "of 4 calls, at time 0, burst 3");
    shop.close();
}

#[harness::test]
fn one_token_comes_a_period() {
    let mut shop = Shop::new(1);
    shop.callers(4);
    assert_eq!(shop.granted(), 1, "at time 0, burst 1");
    for tokens in 2..=4 {
        shop.clock.advance(PERIOD - NANO);
        assert_eq!(
            shop.granted(),
            tokens - 1,
            "a nanosecond before token {tokens}"
        );
        shop.clock.advance(NANO);
        assert_eq!(shop.granted(), tokens, "at {:?}", shop.clock.elapsed());
    }
    shop.close();
}

/// Nobody asks for an hour.
#[harness::test]
fn a_full_bucket_drops_tokens() {
    let mut shop = Shop::new(2);
    shop.callers(3);
    assert_eq!(shop.granted(), 2, "the burst");
    for _ten_minutes in 0..6 {
        shop.clock.advance(6_000 * PERIOD);
        shop.settle();
    }
    shop.callers(3);
    assert_eq!(
        shop.granted(),
        2 + 1 + 2,
        "one for the caller who waited, two in the bucket, and the rest is lost"
    );
    shop.clock.advance(PERIOD);
    assert_eq!(shop.granted(), 6, "and the next token comes a period later");
    shop.close();
}

/// The clock jumps: when the filler wakes, it has missed three tokens and half of the fourth.
#[harness::test]
fn a_filler_that_comes_late_makes_up_for_it() {
    let mut shop = Shop::new(5);
    shop.callers(5 + 7);
    assert_eq!(shop.granted(), 5, "the burst");
    shop.clock.advance(ms(350));
    assert_eq!(shop.granted(), 5 + 3, "350 ms at a token each 100 ms");
    shop.clock.advance(ms(49));
    assert_eq!(shop.granted(), 5 + 3, "at 399 ms");
    shop.clock.advance(ms(1));
    assert_eq!(
        shop.granted(),
        5 + 4,
        "token 4 comes at 400 ms, however late the one before was put in"
    );
    shop.close();
}

#[harness::test]
fn close_wakes_everyone_who_waits() {
    let mut shop = Shop::new(1);
    shop.callers(4);
    assert_eq!(shop.granted(), 1);
    shop.bucket.close();
    let mut answers = shop.answers();
    answers.sort_by_key(Result::is_ok);
    assert_eq!(answers, [Err(Closed), Err(Closed), Err(Closed), Ok(())]);
}

#[harness::test]
fn a_closed_bucket_grants_nothing_even_if_tokens_are_left() {
    let shop = Shop::new(3);
    assert_eq!(shop.bucket.wait(), Ok(()));
    shop.bucket.close();
    for _ in 0..4 {
        assert_eq!(
            shop.bucket.wait(),
            Err(Closed),
            "2 tokens were left when the bucket was closed"
        );
    }
    shop.clock.advance(10 * PERIOD);
    assert_eq!(shop.bucket.wait(), Err(Closed), "and none comes any more");
}

/// Nobody moves the clock: who waits for the next token here, waits for ever.
#[harness::test]
fn close_does_not_wait_for_the_next_token() {
    for advance in [Duration::ZERO, PERIOD / 2, 10 * PERIOD] {
        let shop = Shop::new(2);
        shop.settle();
        shop.clock.advance(advance);
        shop.settle();
        shop.bucket.close();
    }
}

/// What the filler holds, it holds to its end.
#[harness::test]
fn when_close_returns_the_filler_has_ended() {
    for round in 0..50 {
        let clock = Arc::new(ManualClock::new());
        let bucket = TickerBucket::new(clock.clone(), PERIOD, 2);
        bucket.close();
        drop(bucket);
        if Arc::strong_count(&clock) > 1 {
            harness::fail(
                Verdict::Leak,
                format!(
                    "round {round}: the bucket is closed and gone, and somebody still holds its clock"
                ),
            );
        }
    }
}

#[harness::test]
fn a_bucket_can_be_closed_more_than_once() {
    let shop = Shop::new(1);
    shop.bucket.close();
    shop.bucket.close();
    assert_eq!(shop.bucket.wait(), Err(Closed));

    for _ in 0..20 {
        let shop = Shop::new(1);
        let start = Rendezvous::new("all who close", 3);
        let closers = ["A", "B", "C"].map(|name| {
            let (bucket, start) = (shop.bucket.clone(), start.clone());
            harness::spawn(format!("closer {name}"), move || {
                start.wait();
                bucket.close();
            })
        });
        for closer in closers {
            closer.join();
        }
    }
}

#[harness::test]
fn dropping_a_bucket_closes_it() {
    let clock = Arc::new(ManualClock::new());
    let bucket = TickerBucket::new(clock.clone(), PERIOD, 2);
    assert_eq!(bucket.wait(), Ok(()));
    drop(bucket);
    if Arc::strong_count(&clock) > 1 {
        harness::fail(
            Verdict::Leak,
            "the bucket is gone, and somebody still holds its clock",
        );
    }
}

/// While callers come and go, the clock runs for a hundred periods.
#[harness::test(stress)]
fn callers_that_compete_get_the_burst_and_the_rate_and_no_more() {
    let shop = Shop::new(10);
    let callers: Vec<_> = (0..4)
        .map(|i| {
            let bucket = shop.bucket.clone();
            harness::spawn(format!("caller {i}"), move || {
                let mut granted = 0;
                while bucket.wait().is_ok() {
                    granted += 1;
                }
                granted
            })
        })
        .collect();
    shop.settle(); // all wait, and the bucket is empty
    for _ in 0..100 {
        shop.clock.advance(PERIOD);
        std::thread::yield_now();
    }
    shop.settle();
    shop.bucket.close();
    let granted: u64 = callers.into_iter().map(Thread::join).sum();
    assert!(
        granted <= 110,
        "{granted} granted, burst 10 and 100 periods"
    );
    assert!(
        granted >= 20,
        "{granted} granted: twice the burst, and more if the filler was not late"
    );
}

/// A bucket, its clock, and those who have called `wait`, each on a thread of its own.
struct Shop {
    clock: Arc<ManualClock>,
    bucket: Arc<TickerBucket>,
    callers: Vec<Thread<Result<(), Closed>>>,
}

impl Shop {
    /// A token every [`PERIOD`].
    fn new(burst: u64) -> Shop {
        let clock = Arc::new(ManualClock::new());
        let shared: Arc<dyn Clock> = clock.clone();
        Shop {
            bucket: Arc::new(TickerBucket::new(shared, PERIOD, burst)),
            clock,
            callers: Vec::new(),
        }
    }

    /// Starts so many threads that call `wait` once.
    fn callers(&mut self, n: usize) {
        for _ in 0..n {
            let bucket = self.bucket.clone();
            let name = format!("caller {}", self.callers.len() + 1);
            self.callers
                .push(harness::spawn(name, move || bucket.wait()));
        }
    }

    /// Waits until nothing happens any more before the clock moves.
    fn settle(&self) {
        harness::wait_until_quiet();
    }

    /// How many callers have had their answer.
    fn granted(&self) -> usize {
        self.settle();
        let returned = |caller: &&Thread<_>| caller.is_finished();
        self.callers.iter().filter(returned).count()
    }

    /// What each caller was told.
    fn answers(self) -> Vec<Result<(), Closed>> {
        self.callers.into_iter().map(Thread::join).collect()
    }

    fn close(self) {
        self.bucket.close();
        self.answers();
    }
}
