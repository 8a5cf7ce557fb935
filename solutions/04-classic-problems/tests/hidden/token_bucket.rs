//! Further judgement of the token bucket: a million grants, random schedules against oracles that
//! work differently, quantities at the edge of their types, many sleepers.

use ch04::token_bucket::{Bucket, Rate, Refused, TokenBucket};
use kit::clock::{Clock, ManualClock};
use kit::sync::Arc;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const ANY_TIME: Duration = Duration::MAX;

fn nanos(n: u128) -> Duration {
    Duration::from_nanos_u128(n)
}

/// Rates whose periods do not divide, and some that do.
const RATES: [Rate; 6] = [
    Rate::new(3, SECOND),
    Rate::new(5, Duration::from_secs(2)),
    Rate::new(1, Duration::from_nanos(7)),
    Rate::new(7, Duration::from_nanos(3)),
    Rate::new(999_983, Duration::from_secs(60)),
    Rate::new(1, Duration::from_secs(86_400)),
];

/// When the `i`-th token after the burst has come, to the nanosecond.
fn comes(rate: Rate, i: u64) -> Duration {
    nanos((u128::from(i) * rate.per().as_nanos()).div_ceil(rate.tokens().into()))
}

#[harness::test]
fn a_million_reservations_do_not_drift() {
    let rate = Rate::new(3, SECOND);
    let bucket = Bucket::new(rate, 1);
    for i in 0..1_000_000 {
        let grant = bucket.reserve_at(Duration::ZERO, 1, ANY_TIME);
        assert_eq!(grant, Ok(comes(rate, i)), "reservation {i}");
    }
}

/// Each token is asked for twice: a nanosecond before it has come, and when it has.
#[harness::test]
fn a_million_tokens_asked_for_one_by_one_do_not_drift() {
    let rate = Rate::new(3, SECOND);
    let bucket = Bucket::new(rate, 2);
    assert!(bucket.try_acquire_at(Duration::ZERO, 2));
    for i in 1..=1_000_000 {
        let time = comes(rate, i);
        assert!(
            !bucket.try_acquire_at(time - Duration::from_nanos(1), 1),
            "token {i}, a nanosecond early"
        );
        assert!(bucket.try_acquire_at(time, 1), "token {i} at {time:?}");
    }
}

#[harness::test]
fn no_rate_drifts() {
    for rate in RATES {
        let bucket = Bucket::new(rate, 10);
        assert_eq!(
            bucket.reserve_at(Duration::ZERO, 10, ANY_TIME),
            Ok(Duration::ZERO)
        );
        let mut tokens = 0;
        for i in 1..=10_000 {
            let n = 1 + i % 10;
            tokens += n;
            let grant = bucket.reserve_at(Duration::ZERO, n, ANY_TIME);
            assert_eq!(
                grant,
                Ok(comes(rate, tokens)),
                "reservation {i} at {rate:?}"
            );
        }
    }
}

/// The rule itself: a request is granted exactly when every stretch of time that ends with it then
/// holds no more than burst + rate × length.
#[harness::test]
fn a_request_is_granted_exactly_when_every_stretch_of_time_allows_it() {
    let mut random = Random::new(harness::seed());
    for round in 0..30 {
        let rate = random.rate();
        let burst = 1 + random.below(8);
        let bucket = Bucket::new(rate, burst);
        let mut granted: Vec<(u128, u64)> = Vec::new();
        let mut now = 0;
        for step in 0..200 {
            now += random.pause(rate, burst);
            let n = 1 + random.below(burst);
            let mut sum = n;
            let allowed = granted.iter().rev().all(|&(then, n)| {
                sum += n;
                u128::from(sum) * rate.per().as_nanos()
                    <= u128::from(burst) * rate.per().as_nanos()
                        + u128::from(rate.tokens()) * (now - then)
            });
            assert_eq!(
                bucket.try_acquire_at(nanos(now), n),
                allowed,
                "round {round}, step {step}: {n} tokens at {now} ns, {rate:?}, burst {burst}, \
                 granted so far: {granted:?}"
            );
            if allowed {
                granted.push((now, n));
            }
        }
    }
}

/// Reservations, deadlines, attempts and old readings of the clock, against [`Oracle`].
#[harness::test]
fn random_schedules_agree_with_another_algorithm() {
    let mut random = Random::new(harness::seed());
    for round in 0..100 {
        let rate = random.rate();
        let burst = 1 + random.below(8);
        let bucket = Bucket::new(rate, burst);
        let mut oracle = Oracle::new(rate, burst);
        let mut now = 0;
        for step in 0..200 {
            now += random.pause(rate, burst);
            let n = random.below(burst + 2);
            let case = format!(
                "round {round}, step {step}: {n} tokens at {now} ns, {rate:?}, burst {burst}"
            );
            match random.below(3) {
                0 => assert_eq!(
                    bucket.try_acquire_at(nanos(now), n),
                    oracle.reserve(now, n, now).is_ok(),
                    "{case}: try_acquire_at"
                ),
                1 => {
                    let latest = now + random.pause(rate, burst);
                    assert_eq!(
                        bucket.reserve_at(nanos(now), n, nanos(latest)),
                        oracle.reserve(now, n, latest).map(nanos),
                        "{case}: reserve_at, by {latest} ns"
                    );
                }
                _ => assert_eq!(
                    bucket.reserve_at(nanos(now), n, ANY_TIME),
                    oracle.reserve(now, n, u128::MAX).map(nanos),
                    "{case}: reserve_at, any time"
                ),
            }
            if oracle.seen == now {
                // Somebody who read the clock earlier comes now.
                let old = now - now.min(random.pause(rate, burst));
                let n = 1 + random.below(burst);
                assert_eq!(
                    bucket.try_acquire_at(nanos(old), n),
                    oracle.reserve(old, n, old).is_ok(),
                    "{case}; then {n} tokens with an old reading, {old} ns"
                );
            }
        }
    }
}

#[harness::test]
fn old_readings_change_no_grant() {
    let rate = Rate::new(3, SECOND);
    let bucket = Bucket::new(rate, 1);
    let late = Duration::from_secs(100);
    assert_eq!(bucket.reserve_at(late, 1, ANY_TIME), Ok(late));
    for i in 1..=300 {
        // Backwards, a reading older each time.
        let old = late - Duration::from_millis(i * 300);
        assert!(!bucket.try_acquire_at(old, 1), "reading {old:?}");
        assert_eq!(
            bucket.reserve_at(old, 1, ANY_TIME),
            Ok(late + comes(rate, i)),
            "reading {old:?}"
        );
    }
}

#[harness::test]
fn a_clock_that_stands_still_brings_nothing() {
    let bucket = Bucket::new(Rate::new(1_000_000_000, SECOND), 5);
    let now = Duration::from_secs(1);
    let granted = (0..1_000).filter(|_| bucket.try_acquire_at(now, 1)).count();
    assert_eq!(granted, 5, "granted of 1000 at one time, burst 5");
}

#[harness::test]
fn nothing_asked_for_is_granted_at_once_even_in_debt() {
    let bucket = Bucket::new(Rate::new(1, SECOND), 1);
    let now = Duration::from_secs(1);
    for _ in 0..3 {
        bucket.reserve_at(now, 1, ANY_TIME).unwrap();
    }
    assert!(bucket.try_acquire_at(now, 0));
    assert_eq!(bucket.reserve_at(now, 0, now), Ok(now));
    let after = bucket.reserve_at(now, 1, ANY_TIME);
    assert_eq!(after, Ok(Duration::from_secs(4)), "nothing was taken");

    let clock = Arc::new(ManualClock::new());
    let bucket = TokenBucket::new(clock.clone(), Rate::new(1, SECOND), 1);
    bucket.reserve(1).unwrap();
    bucket.reserve(1).unwrap();
    assert!(bucket.try_acquire(0));
    assert_eq!(bucket.reserve(0), Ok(clock.now()));
    assert_eq!(bucket.acquire(0), Ok(()));
    assert_eq!(bucket.acquire_timeout(0, Duration::ZERO), Ok(()));
}

#[harness::test]
fn a_year_of_rest_fills_a_fast_bucket_and_no_more() {
    let rate = Rate::new(1_000_000_000, SECOND);
    let bucket = Bucket::new(rate, 1_000);
    let mut now = Duration::ZERO;
    for _ in 0..100 {
        assert!(bucket.try_acquire_at(now, 1_000), "at {now:?}");
        assert!(!bucket.try_acquire_at(now, 1), "at {now:?}");
        now += Duration::from_secs(365 * 86_400);
    }
}

/// Every quantity at the edge of its type. Multiplied, they do not fit 128 bits.
#[harness::test]
fn the_largest_quantities_do_not_overflow() {
    let nano = Duration::from_nanos(1);
    let bucket = Bucket::new(Rate::new(u64::MAX, nano), u64::MAX);
    assert!(bucket.try_acquire_at(Duration::ZERO, u64::MAX));
    assert!(!bucket.try_acquire_at(Duration::ZERO, 1));
    assert!(bucket.try_acquire_at(nano, u64::MAX));
    assert!(bucket.try_acquire_at(Duration::MAX, u64::MAX));
    assert!(!bucket.try_acquire_at(Duration::MAX, 1));

    let bucket = Bucket::new(Rate::new(1, Duration::MAX), 1);
    assert!(bucket.try_acquire_at(Duration::ZERO, 1));
    assert!(!bucket.try_acquire_at(Duration::MAX - nano, 1));
    assert_eq!(
        bucket.reserve_at(Duration::ZERO, 1, ANY_TIME),
        Ok(Duration::MAX)
    );
    // Not even a `Duration` can tell when the next one comes.
    let never = bucket.reserve_at(Duration::MAX, 1, ANY_TIME);
    assert_eq!(never, Err(Refused::TooLate));

    // Multiplied, these two are 2^129, and 128 bits of that are zeros.
    let bucket = Bucket::new(Rate::new(1 << 63, nano), 5);
    assert!(bucket.try_acquire_at(Duration::ZERO, 5));
    assert!(bucket.try_acquire_at(nanos(1 << 66), 5));

    // A full bucket is nearly `i128::MAX` parts, and debts of that size add up.
    let bucket = Bucket::new(Rate::new(u64::MAX, Duration::MAX), 1 << 33);
    let mut last = Duration::ZERO;
    for _ in 0..4 {
        match bucket.reserve_at(Duration::ZERO, 1 << 33, ANY_TIME) {
            Ok(grant) => {
                assert!(grant >= last, "{grant:?} after {last:?}");
                last = grant;
            }
            refused => assert_eq!(refused, Err(Refused::TooLate)),
        }
    }
}

#[harness::test]
fn a_grant_a_thousand_years_away_can_be_reserved_and_one_beyond_all_time_cannot() {
    let clock = Arc::new(ManualClock::new());
    let year = Duration::from_secs(31_557_600);
    let bucket = TokenBucket::new(clock.clone(), Rate::new(1, 1_000 * year), 1);
    assert!(bucket.try_acquire(1));
    let now = clock.now();
    assert_eq!(bucket.reserve(1).map(|grant| grant - now), Ok(1_000 * year));

    // A `Duration` can tell the second, and an `Instant` cannot.
    for period in [Duration::MAX, Duration::MAX / 2] {
        let bucket = TokenBucket::new(clock.clone(), Rate::new(1, period), 1);
        assert!(bucket.try_acquire(1));
        assert_eq!(bucket.reserve(1), Err(Refused::TooLate));
        assert_eq!(bucket.acquire(1), Err(Refused::TooLate));
        let forever = bucket.acquire_timeout(1, Duration::MAX);
        assert_eq!(forever, Err(Refused::TooLate));
    }
}

#[harness::test]
fn a_bucket_that_could_grant_nothing_is_refused() {
    let rate = Rate::new(1, SECOND);
    assert!(Bucket::new(rate, 1).try_acquire_at(Duration::ZERO, 1));
    harness::expect_panic(|| Bucket::new(rate, 0));
    let clock = Arc::new(ManualClock::new());
    harness::expect_panic(|| TokenBucket::new(clock, rate, 0));
}

#[harness::test]
fn a_timeout_of_zero_is_an_attempt() {
    let clock = Arc::new(ManualClock::new());
    let bucket = TokenBucket::new(clock.clone(), Rate::new(1, SECOND), 1);
    assert_eq!(bucket.acquire_timeout(1, Duration::ZERO), Ok(()));
    assert_eq!(
        bucket.acquire_timeout(1, Duration::ZERO),
        Err(Refused::TooLate)
    );
    assert_eq!(bucket.acquire_timeout(0, Duration::ZERO), Ok(()));
    clock.advance(SECOND);
    assert_eq!(bucket.acquire_timeout(1, Duration::ZERO), Ok(()));
}

#[harness::test]
fn a_bucket_counts_time_from_when_it_was_made() {
    let clock = Arc::new(ManualClock::new());
    let first = TokenBucket::new(clock.clone(), Rate::new(1, SECOND), 1);
    assert!(first.try_acquire(1));
    clock.advance(Duration::from_millis(500));
    let second = TokenBucket::new(clock.clone(), Rate::new(1, SECOND), 1);
    assert!(second.try_acquire(1), "each bucket has its own tokens");
    clock.advance(Duration::from_millis(500));
    assert!(first.try_acquire(1));
    assert!(!second.try_acquire(1));
    clock.advance(Duration::from_millis(500));
    assert!(second.try_acquire(1));
}

/// An hour of sleeping callers, in their order of arrival, each exactly on time.
#[harness::test]
fn sixty_callers_sleep_an_hour_and_each_returns_on_time() {
    let minute = Duration::from_secs(60);
    let clock = Arc::new(ManualClock::new());
    let bucket = Arc::new(TokenBucket::new(clock.clone(), Rate::new(1, minute), 1));
    assert!(bucket.try_acquire(1));
    let callers: Vec<_> = (1..=60)
        .map(|i| {
            let (caller, bucket) = (clock.clone(), bucket.clone());
            let caller = harness::spawn(format!("caller {i}"), move || {
                bucket.acquire(1).unwrap();
                caller.elapsed()
            });
            clock.wait_for_sleepers(i);
            caller
        })
        .collect();
    for (i, caller) in (1..).zip(callers) {
        clock.advance_to_next();
        assert_eq!(clock.elapsed(), i * minute, "caller {i} is due");
        assert_eq!(caller.join(), i * minute, "caller {i} is served");
    }
}

#[harness::test]
fn one_with_a_timeout_does_not_hold_up_the_others() {
    let clock = Arc::new(ManualClock::new());
    let bucket = Arc::new(TokenBucket::new(clock.clone(), Rate::new(1, SECOND), 2));
    assert!(bucket.try_acquire(2));
    let sleeper = {
        let bucket = bucket.clone();
        harness::spawn("sleeper", move || {
            bucket.acquire_timeout(2, Duration::from_secs(10))
        })
    };
    clock.wait_for_sleepers(1);
    assert!(!bucket.try_acquire(1));
    let now = clock.now();
    assert_eq!(
        bucket.reserve(1).map(|grant| grant - now),
        Ok(3 * SECOND),
        "two tokens for the sleeper, and then one for us"
    );
    clock.advance(2 * SECOND);
    assert_eq!(sleeper.join(), Ok(()));
}

/// The generic cell rate algorithm: one number, the time at which the bucket will be full, counted
/// in fractions of a nanosecond so fine that nothing is rounded.
struct Oracle {
    rate: Rate,
    burst: u64,
    /// In `1 / rate.tokens` nanoseconds.
    full_at: u128,
    /// The time of the latest grant, in nanoseconds.
    seen: u128,
}

impl Oracle {
    fn new(rate: Rate, burst: u64) -> Oracle {
        Oracle {
            rate,
            burst,
            full_at: 0,
            seen: 0,
        }
    }

    fn reserve(&mut self, now: u128, n: u64, latest: u128) -> Result<u128, Refused> {
        if n > self.burst {
            return Err(Refused::TooMany);
        }
        if n == 0 {
            return Ok(now);
        }
        let now = now.max(self.seen);
        let fine = u128::from(self.rate.tokens());
        let full_at = self.full_at.max(now * fine) + u128::from(n) * self.rate.per().as_nanos();
        let fill = u128::from(self.burst) * self.rate.per().as_nanos();
        let grant = full_at.saturating_sub(fill).div_ceil(fine).max(now);
        if grant > latest.max(now) {
            return Err(Refused::TooLate);
        }
        self.full_at = full_at;
        self.seen = now;
        Ok(grant)
    }
}

/// Repeatable random numbers (SplitMix64: Steele, Lea, Flood, OOPSLA 2014).
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Random {
        Random(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Less than `n`. (A little uneven, which harms nobody here.)
    fn below(&mut self, n: u64) -> u64 {
        self.next() % n
    }

    fn rate(&mut self) -> Rate {
        let tokens = 1 + self.below(20);
        let per = match self.below(3) {
            0 => 1 + self.below(50),
            1 => 1 + self.below(1_000_000),
            _ => 1_000_000_000,
        };
        Rate::new(tokens, Duration::from_nanos(per))
    }

    /// A while, in nanoseconds: often none, mostly about a token's worth, now and then long enough
    /// to fill the bucket.
    fn pause(&mut self, rate: Rate, burst: u64) -> u128 {
        let token = rate.per().as_nanos().div_ceil(rate.tokens().into()) as u64;
        match self.below(10) {
            0..=2 => 0,
            3..=4 => token.into(),
            5..=8 => self.below(2 * token + 2).into(),
            _ => self.below(2 * burst * token + 2).into(),
        }
    }
}
