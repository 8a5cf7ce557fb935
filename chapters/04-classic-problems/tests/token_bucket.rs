//! What a token bucket promises. First the `Bucket`, which is told the time; then the
//! `TokenBucket`, whose clock moves only when the test says so; then both under contention.

use ch04::token_bucket::{Bucket, Rate, Refused, TokenBucket};
use harness::Rendezvous;
use kit::clock::{Clock, ManualClock};
use kit::sync::Arc;
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);
const TEN_A_SECOND: Rate = Rate::new(10, SECOND);
const ONE_A_SECOND: Rate = Rate::new(1, SECOND);
/// A deadline that no grant misses.
const ANY_TIME: Duration = Duration::MAX;

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// Asks at each time (in milliseconds) for so many tokens, and expects the answers.
#[track_caller]
fn play(bucket: &Bucket, timeline: &[(u64, u64, bool)]) {
    for (step, &(at, n, expected)) in timeline.iter().enumerate() {
        let granted = bucket.try_acquire_at(ms(at), n);
        assert_eq!(
            granted, expected,
            "step {step}: try_acquire_at({at} ms, {n})"
        );
    }
}

// The bucket, told the time.

#[harness::test]
fn a_new_bucket_is_full_and_grants_its_burst_at_once() {
    let bucket = Bucket::new(TEN_A_SECOND, 3);
    play(
        &bucket,
        &[(0, 2, true), (0, 2, false), (0, 1, true), (0, 1, false)],
    );
}

/// The timeline of `TestLimiterBurst1` in golang.org/x/time/rate.
#[harness::test]
fn a_bucket_of_one_grants_one_token_a_period() {
    let bucket = Bucket::new(TEN_A_SECOND, 1);
    play(
        &bucket,
        &[
            (0, 1, true),
            (0, 1, false),
            (0, 1, false),
            (100, 1, true),
            (100, 1, false),
            (100, 1, false),
            (200, 2, false),
            (200, 1, true),
            (200, 1, false),
        ],
    );
}

/// The timeline of `TestLimiterBurst3` in golang.org/x/time/rate.
#[harness::test]
fn tokens_add_up_while_nobody_asks() {
    let bucket = Bucket::new(TEN_A_SECOND, 3);
    play(
        &bucket,
        &[
            (0, 2, true),
            (0, 2, false),
            (0, 1, true),
            (0, 1, false),
            (100, 4, false),
            (200, 1, true),
            (300, 1, true),
            (400, 1, true),
            (400, 1, true),
            (400, 1, false),
            (400, 1, false),
            (900, 3, true),
            (900, 0, true),
        ],
    );
}

#[harness::test]
fn a_bucket_never_holds_more_than_its_burst() {
    let bucket = Bucket::new(TEN_A_SECOND, 3);
    let hour = 3_600_000;
    play(
        &bucket,
        &[
            (hour, 3, true),
            (hour, 1, false),
            (2 * hour, 3, true),
            (2 * hour, 1, false),
        ],
    );
}

/// Ten a second, asked every 10 ms: each question finds a tenth of a token more.
#[harness::test]
fn parts_of_a_token_are_kept() {
    let bucket = Bucket::new(TEN_A_SECOND, 5);
    assert!(bucket.try_acquire_at(ms(0), 5));
    for at in (10..=10_000).step_by(10) {
        let granted = bucket.try_acquire_at(ms(at), 1);
        assert_eq!(granted, at % 100 == 0, "try_acquire_at({at} ms, 1)");
    }
}

/// A grant comes at the first whole nanosecond at which its tokens are there.
#[harness::test]
fn grants_come_at_the_exact_time() {
    let timelines: [(Rate, [u64; 5]); 4] = [
        (
            Rate::new(3, SECOND),
            [0, 333_333_334, 666_666_667, 1_000_000_000, 1_333_333_334],
        ),
        // 2.5 a second.
        (
            Rate::new(5, secs(2)),
            [0, 400_000_000, 800_000_000, 1_200_000_000, 1_600_000_000],
        ),
        (Rate::new(1, Duration::from_nanos(7)), [0, 7, 14, 21, 28]),
        (Rate::new(3, Duration::from_nanos(2)), [0, 1, 2, 2, 3]),
    ];
    for (rate, expected) in timelines {
        let bucket = Bucket::new(rate, 1);
        for (i, nanos) in expected.into_iter().enumerate() {
            assert_eq!(
                bucket.reserve_at(Duration::ZERO, 1, ANY_TIME),
                Ok(Duration::from_nanos(nanos)),
                "reservation {i} at {rate:?}, all made at time 0",
            );
        }
    }
}

/// The timelines of `TestSimpleReserve` and `TestMix` in golang.org/x/time/rate.
#[harness::test]
fn a_reservation_takes_its_tokens_at_once_and_nobody_passes_it() {
    let bucket = Bucket::new(TEN_A_SECOND, 2);
    assert_eq!(bucket.reserve_at(ms(0), 2, ANY_TIME), Ok(ms(0)));
    assert_eq!(bucket.reserve_at(ms(0), 2, ANY_TIME), Ok(ms(200)));
    assert_eq!(bucket.reserve_at(ms(300), 2, ANY_TIME), Ok(ms(400)));

    let bucket = Bucket::new(TEN_A_SECOND, 2);
    assert_eq!(bucket.reserve_at(ms(0), 2, ANY_TIME), Ok(ms(0)));
    play(&bucket, &[(100, 2, false)]);
    assert_eq!(bucket.reserve_at(ms(100), 2, ANY_TIME), Ok(ms(200)));
    // The token of time 100 ms belongs to the reservation.
    play(&bucket, &[(100, 1, false), (200, 1, false), (300, 1, true)]);
}

#[harness::test]
fn more_than_the_burst_is_an_error_not_a_wait_for_ever() {
    let bucket = Bucket::new(TEN_A_SECOND, 2);
    assert!(!bucket.try_acquire_at(secs(60), 3));
    assert_eq!(
        bucket.reserve_at(secs(60), 3, ANY_TIME),
        Err(Refused::TooMany),
        "3 tokens of a bucket that holds 2"
    );
    assert!(bucket.try_acquire_at(secs(60), 2), "nothing was taken");

    let clock = Arc::new(ManualClock::new());
    let bucket = TokenBucket::new(clock.clone(), TEN_A_SECOND, 2);
    assert!(!bucket.try_acquire(3));
    assert_eq!(bucket.reserve(3), Err(Refused::TooMany));
    assert_eq!(bucket.acquire(3), Err(Refused::TooMany));
    assert_eq!(bucket.acquire_timeout(3, SECOND), Err(Refused::TooMany));
    assert!(bucket.try_acquire(2), "nothing was taken");
}

/// The timeline of `TestReserveMax` in golang.org/x/time/rate.
#[harness::test]
fn a_reservation_that_would_come_too_late_takes_nothing() {
    let bucket = Bucket::new(TEN_A_SECOND, 2);
    assert_eq!(bucket.reserve_at(ms(0), 2, ms(100)), Ok(ms(0)));
    assert_eq!(bucket.reserve_at(ms(0), 1, ms(100)), Ok(ms(100)));
    for _ in 0..3 {
        assert_eq!(
            bucket.reserve_at(ms(0), 1, ms(199)),
            Err(Refused::TooLate),
            "it could be had at 200 ms"
        );
    }
    assert_eq!(bucket.reserve_at(ms(0), 1, ms(200)), Ok(ms(200)));
}

/// The caller with the old reading was overtaken by the one with the new reading.
#[harness::test]
fn an_old_reading_of_the_clock_mints_no_token() {
    let bucket = Bucket::new(ONE_A_SECOND, 2);
    play(
        &bucket,
        &[
            (0, 2, true),
            (1_000, 1, true),
            (0, 1, false),
            (1_000, 1, false),
            (500, 1, false),
            (1_999, 1, false),
            (2_000, 1, true),
        ],
    );
    // Empty at 2 s: the next token comes at 3 s, whatever the caller believes the time to be.
    assert_eq!(
        bucket.reserve_at(secs(1), 1, ANY_TIME),
        Ok(secs(3)),
        "a reservation at 1 s, when the bucket has been asked at 2 s"
    );
}

#[harness::test]
fn an_old_reading_of_the_clock_still_gets_a_token_that_is_there() {
    let bucket = Bucket::new(ONE_A_SECOND, 2);
    play(&bucket, &[(0, 2, true), (2_000, 1, true), (1_000, 1, true)]);
    assert!(!bucket.try_acquire_at(secs(2), 1));
}

// The bucket with a clock.

#[harness::test]
fn the_clock_says_how_many_tokens_have_come() {
    let clock = Arc::new(ManualClock::new());
    clock.advance(secs(5));
    let bucket = TokenBucket::new(clock.clone(), ONE_A_SECOND, 2);
    assert!(bucket.try_acquire(2), "full when it is made");
    assert!(!bucket.try_acquire(1), "and the clock stands still");
    assert!(!bucket.try_acquire(1));
    clock.advance(SECOND - Duration::from_nanos(1));
    assert!(!bucket.try_acquire(1), "a nanosecond early");
    clock.advance(Duration::from_nanos(1));
    assert!(bucket.try_acquire(1));

    let now = clock.now();
    let reserve = |n| bucket.reserve(n).map(|grant| grant - now);
    assert_eq!(reserve(2), Ok(secs(2)), "none there, so two seconds on");
    assert_eq!(reserve(1), Ok(secs(3)), "and then the next");
    clock.advance(secs(60));
    assert_eq!(reserve(2), Ok(secs(60)), "full again, so at once");
}

#[harness::test]
fn acquire_returns_when_its_tokens_are_there() {
    let shop = Shop::new(Rate::new(2, SECOND), 1);
    assert_eq!(shop.bucket.acquire(1), Ok(()), "no need to wait");
    let waiter = shop.spawn("waiter", |bucket| bucket.acquire(1));
    shop.clock.wait_for_sleepers(1);
    shop.clock.advance(Duration::from_nanos(499_999_999));
    assert_eq!(shop.clock.sleepers(), 1, "a nanosecond early");
    shop.clock.advance(Duration::from_nanos(1));
    assert_eq!(waiter.join(), (Ok(()), ms(500)));
}

#[harness::test]
fn others_get_their_answers_while_one_sleeps() {
    let shop = Shop::new(ONE_A_SECOND, 3);
    assert!(shop.bucket.try_acquire(3));
    let sleeper = shop.spawn("sleeper", |bucket| bucket.acquire(2));
    shop.clock.wait_for_sleepers(1);

    assert!(!shop.bucket.try_acquire(1));
    assert_eq!(
        shop.bucket.reserve(1).map(|grant| grant - shop.start),
        Ok(secs(3)),
        "two tokens for the sleeper, and then one for us"
    );
    assert_eq!(
        shop.bucket.acquire_timeout(1, secs(3)),
        Err(Refused::TooLate),
        "the next one comes at 4 s"
    );

    shop.clock.advance(secs(2));
    assert_eq!(sleeper.join(), (Ok(()), secs(2)));
}

#[harness::test]
fn callers_are_served_in_turn_large_or_small() {
    let shop = Shop::new(ONE_A_SECOND, 3);
    assert!(shop.bucket.try_acquire(3));
    let large = shop.spawn("large", |bucket| bucket.acquire(3));
    shop.clock.wait_for_sleepers(1);
    shop.clock.advance(secs(1));
    assert!(
        !shop.bucket.try_acquire(1),
        "this token is for the caller who came first and waits for two more"
    );
    let small = shop.spawn("small", |bucket| bucket.acquire(1));
    shop.clock.wait_for_sleepers(2);

    shop.clock.advance_to_next();
    assert_eq!(shop.clock.elapsed(), secs(3), "the large caller came first");
    assert_eq!(large.join(), (Ok(()), secs(3)));
    shop.clock.advance_to_next();
    assert_eq!(shop.clock.elapsed(), secs(4), "then the small one");
    assert_eq!(small.join(), (Ok(()), secs(4)));
}

#[harness::test]
fn a_timeout_that_is_too_short_returns_at_once_and_takes_nothing() {
    let shop = Shop::new(ONE_A_SECOND, 3);
    assert!(shop.bucket.try_acquire(3));
    for _ in 0..3 {
        // Nobody moves the clock: whoever sleeps here, sleeps for ever.
        assert_eq!(
            shop.bucket.acquire_timeout(2, ms(1_999)),
            Err(Refused::TooLate),
            "two tokens take 2 s"
        );
    }
    shop.clock.advance(secs(2));
    assert!(shop.bucket.try_acquire(2), "nothing was taken");
}

#[harness::test]
fn a_timeout_that_is_long_enough_waits_for_the_tokens_only() {
    let shop = Shop::new(ONE_A_SECOND, 3);
    assert!(shop.bucket.try_acquire(3));
    let exact = shop.spawn("exact", |bucket| bucket.acquire_timeout(1, secs(1)));
    shop.clock.wait_for_sleepers(1);
    let patient = shop.spawn("patient", |bucket| bucket.acquire_timeout(1, Duration::MAX));
    shop.clock.wait_for_sleepers(2);
    shop.clock.advance(secs(1));
    assert_eq!(exact.join(), (Ok(()), secs(1)));
    shop.clock.advance(secs(1));
    assert_eq!(patient.join(), (Ok(()), secs(2)));
}

// Under contention. The clock stands still, so how many there are to grant is known exactly.

#[harness::test(stress)]
fn threads_that_compete_get_the_burst_and_no_more() {
    const BURST: u64 = 1_000;
    let shop = Shop::new(ONE_A_SECOND, BURST);
    let start = Rendezvous::new("all callers", 4);
    let callers: Vec<_> = (0..4)
        .map(|i| {
            let start = start.clone();
            shop.spawn(&format!("caller {i}"), move |bucket| {
                start.wait();
                (0..BURST).filter(|_| bucket.try_acquire(1)).count() as u64
            })
        })
        .collect();
    let granted: u64 = callers.into_iter().map(|caller| caller.join().0).sum();
    assert_eq!(granted, BURST, "tokens granted by a bucket of {BURST}");
}

#[harness::test(stress)]
fn threads_that_compete_never_reserve_the_same_token() {
    const EACH: u64 = 250;
    let shop = Shop::new(ONE_A_SECOND, 1);
    let opening = shop.start;
    let start = Rendezvous::new("all callers", 4);
    let callers: Vec<_> = (0..4)
        .map(|i| {
            let start = start.clone();
            shop.spawn(&format!("caller {i}"), move |bucket| {
                start.wait();
                (0..EACH)
                    .map(|_| bucket.reserve(1).unwrap() - opening)
                    .collect::<Vec<Duration>>()
            })
        })
        .collect();
    let mut grants: Vec<Duration> = Vec::new();
    for caller in callers {
        let (own, _) = caller.join();
        assert!(own.is_sorted(), "one caller's grants come in its own order");
        grants.extend(own);
    }
    grants.sort();
    for (i, grant) in (0..).zip(grants) {
        assert_eq!(grant, secs(i), "grant {i} of all, in order of time");
    }
}

/// A bucket, and the clock that it goes by.
struct Shop {
    clock: Arc<ManualClock>,
    start: Instant,
    bucket: Arc<TokenBucket>,
}

impl Shop {
    fn new(rate: Rate, burst: u64) -> Shop {
        let clock = Arc::new(ManualClock::new());
        Shop {
            start: clock.now(),
            bucket: Arc::new(TokenBucket::new(clock.clone(), rate, burst)),
            clock,
        }
    }

    /// A thread that gives back its result, and the time on the clock when it had it.
    fn spawn<T: Send + 'static>(
        &self,
        name: &str,
        job: impl FnOnce(&TokenBucket) -> T + Send + 'static,
    ) -> harness::Thread<(T, Duration)> {
        let (clock, bucket) = (self.clock.clone(), self.bucket.clone());
        harness::spawn(name, move || {
            let result = job(&bucket);
            (result, clock.elapsed())
        })
    }
}
