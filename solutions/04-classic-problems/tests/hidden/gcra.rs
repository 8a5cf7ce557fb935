//! Further judgement of the generic cell rate algorithm: a million grants, random schedules against a
//! token bucket that counts tokens, old readings of the clock, and the end of the word.

use ch04::gcra::{Gcra, Limiter, Rate, Refused};
use harness::Rendezvous;
use kit::clock::ManualClock;
use kit::sync::Arc;
use kit::sync::atomic::AtomicU64;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const YEAR: Duration = Duration::from_secs(31_557_600);
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
    Rate::new(9_973, Duration::from_nanos(9_973 * 11)),
    Rate::new(1, Duration::from_secs(86_400)),
];

/// When the `i`-th token after the burst has come, to the nanosecond.
fn comes(rate: Rate, i: u64) -> Duration {
    nanos((u128::from(i) * u128::from(rate.nanos())).div_ceil(rate.tokens().into()))
}

struct Customer {
    gcra: Gcra,
    word: AtomicU64,
}

impl Customer {
    fn new(rate: Rate, burst: u64) -> Customer {
        Customer {
            gcra: Gcra::new(rate, burst),
            word: AtomicU64::new(0),
        }
    }

    fn try_at(&self, now: Duration, n: u64) -> Result<(), Refused> {
        self.gcra.try_acquire_at(&self.word, now, n)
    }

    fn reserve_at(&self, now: Duration, n: u64, latest: Duration) -> Result<Duration, Refused> {
        self.gcra.reserve_at(&self.word, now, n, latest)
    }
}

#[harness::test]
fn a_million_reservations_do_not_drift() {
    let rate = Rate::new(3, SECOND);
    let customer = Customer::new(rate, 1);
    for i in 0..1_000_000 {
        let grant = customer.reserve_at(Duration::ZERO, 1, ANY_TIME);
        assert_eq!(grant, Ok(comes(rate, i)), "reservation {i}");
    }
}

/// Each token is asked for twice: a nanosecond before it has come, and when it has.
#[harness::test]
fn a_million_tokens_asked_for_one_by_one_do_not_drift() {
    let rate = Rate::new(3, SECOND);
    let customer = Customer::new(rate, 2);
    assert_eq!(customer.try_at(Duration::ZERO, 2), Ok(()));
    let nanosecond = Duration::from_nanos(1);
    for i in 1..=1_000_000 {
        let time = comes(rate, i);
        assert_eq!(
            customer.try_at(time - nanosecond, 1),
            Err(Refused::Wait(nanosecond)),
            "token {i}, a nanosecond early"
        );
        assert_eq!(customer.try_at(time, 1), Ok(()), "token {i} at {time:?}");
    }
}

#[harness::test]
fn no_rate_drifts() {
    for rate in RATES {
        let customer = Customer::new(rate, 10);
        let burst = customer.reserve_at(Duration::ZERO, 10, ANY_TIME);
        assert_eq!(burst, Ok(Duration::ZERO));
        let mut tokens = 0;
        for i in 1..=10_000 {
            let n = 1 + i % 10;
            tokens += n;
            let grant = customer.reserve_at(Duration::ZERO, n, ANY_TIME);
            assert_eq!(grant, Ok(comes(rate, tokens)), "number {i} at {rate:?}");
        }
    }
}

/// Attempts, reservations and deadlines, against a bucket that counts tokens. Time stands still or
/// goes on, never back.
#[harness::test]
fn random_schedules_agree_with_a_token_bucket() {
    let mut random = Random::new(harness::seed());
    for round in 0..200 {
        let rate = random.rate();
        let burst = 1 + random.below(8);
        let customer = Customer::new(rate, burst);
        let mut bucket = Bucket::new(rate, burst);
        let mut now = 0;
        for step in 0..200 {
            now += random.pause(rate, burst);
            let n = random.below(burst + 2);
            let latest = match random.below(3) {
                0 => now,
                1 => now + random.pause(rate, burst),
                _ => u128::MAX >> 64,
            };
            let expected = bucket.reserve(now, n, latest);
            let case = format!(
                "round {round}, step {step}: {n} tokens at {now} ns by {latest} ns, {rate:?}, \
                 burst {burst}"
            );
            if latest == now {
                let answer = customer.try_at(nanos(now), n);
                assert_eq!(answer, expected.map(|_| ()), "try_acquire_at, {case}");
            } else {
                let answer = customer.reserve_at(nanos(now), n, nanos(latest));
                assert_eq!(answer, expected, "reserve_at, {case}");
            }
        }
    }
}

/// Whatever times callers believe it to be, and in whatever order: what is granted between any two of
/// the times that they named is at most a burst, and what comes in between.
#[harness::test]
fn wild_clock_readings_never_grant_too_much() {
    let mut random = Random::new(harness::seed());
    for round in 0..60 {
        let rate = random.rate();
        let burst = 1 + random.below(8);
        let customer = Customer::new(rate, burst);
        let mut granted: Vec<(u128, u64)> = Vec::new();
        let mut latest = 0;
        for _ in 0..150 {
            latest += random.pause(rate, burst);
            let now = latest - latest.min(random.pause(rate, burst));
            let n = 1 + random.below(burst);
            if customer.try_at(nanos(now), n).is_ok() {
                granted.push((now, n));
            }
        }
        assert!(!granted.is_empty(), "round {round}: a burst was there");
        granted.sort();
        for (i, &(from, _)) in granted.iter().enumerate() {
            let mut sum = 0;
            for &(to, n) in &granted[i..] {
                sum += u128::from(n);
                assert!(
                    sum * u128::from(rate.nanos())
                        <= u128::from(burst) * u128::from(rate.nanos())
                            + u128::from(rate.tokens()) * (to - from),
                    "round {round}: {sum} tokens from {from} ns to {to} ns, {rate:?}, burst {burst}"
                );
            }
        }
    }
}

#[harness::test]
fn old_readings_change_no_grant() {
    let rate = Rate::new(3, SECOND);
    let customer = Customer::new(rate, 1);
    let late = Duration::from_secs(100);
    assert_eq!(customer.reserve_at(late, 1, ANY_TIME), Ok(late));
    for i in 1..=300 {
        // Backwards, a reading older each time.
        let old = late - Duration::from_millis(i * 300);
        let due = late + comes(rate, i);
        assert_eq!(customer.try_at(old, 1), Err(Refused::Wait(due - old)));
        assert_eq!(
            customer.reserve_at(old, 1, ANY_TIME),
            Ok(due),
            "reading {old:?}"
        );
    }
}

#[harness::test]
fn nothing_asked_for_is_granted_at_once_even_in_debt() {
    let now = SECOND;
    let customer = Customer::new(Rate::new(1, SECOND), 1);
    for _ in 0..3 {
        customer.reserve_at(now, 1, ANY_TIME).unwrap();
    }
    assert_eq!(customer.try_at(now, 0), Ok(()));
    assert_eq!(customer.reserve_at(now, 0, now), Ok(now));
    assert_eq!(customer.reserve_at(now, 0, Duration::ZERO), Ok(now));
    let after = customer.reserve_at(now, 1, ANY_TIME);
    assert_eq!(after, Ok(Duration::from_secs(4)), "nothing was taken");

    let limiter = Limiter::new(Arc::new(ManualClock::new()), Rate::new(1, SECOND), 1);
    assert_eq!(limiter.try_acquire(1), Ok(()));
    assert_eq!(limiter.try_acquire(0), Ok(()));
    assert_eq!(limiter.acquire(0), Ok(()));
    assert_eq!(limiter.acquire_timeout(0, Duration::ZERO), Ok(()));
}

#[harness::test]
fn a_deadline_in_the_past_counts_as_now() {
    let customer = Customer::new(Rate::new(1, SECOND), 1);
    let now = Duration::from_secs(10);
    assert_eq!(customer.reserve_at(now, 1, Duration::ZERO), Ok(now));
    assert_eq!(
        customer.reserve_at(now, 1, Duration::ZERO),
        Err(Refused::Wait(SECOND))
    );
}

#[harness::test]
fn a_timeout_of_zero_is_an_attempt() {
    let clock = Arc::new(ManualClock::new());
    let limiter = Limiter::new(clock.clone(), Rate::new(1, SECOND), 1);
    assert_eq!(limiter.acquire_timeout(1, Duration::ZERO), Ok(()));
    assert_eq!(
        limiter.acquire_timeout(1, Duration::ZERO),
        Err(Refused::Wait(SECOND))
    );
    clock.advance(SECOND);
    assert_eq!(limiter.acquire_timeout(1, Duration::ZERO), Ok(()));
}

/// 64 bits end at 2^64 ticks. Up to there every grant is exact; what lies beyond is refused, and
/// leaves the word as it was.
#[harness::test]
fn the_end_of_the_word_refuses_and_never_wraps() {
    let end = Duration::from_nanos(u64::MAX);
    let nano = Duration::from_nanos(1);

    let customer = Customer::new(Rate::new(1, nano), 1);
    assert_eq!(customer.try_at(end - nano, 1), Ok(()), "the last token");
    assert_eq!(customer.try_at(end, 1), Err(Refused::Never));
    assert_eq!(customer.try_at(end - nano, 1), Err(Refused::Never));
    assert_eq!(customer.try_at(end + nano, 1), Err(Refused::Never));
    assert_eq!(customer.try_at(end + end, 1), Err(Refused::Never));
    assert_eq!(customer.try_at(Duration::MAX, 1), Err(Refused::Never));
    assert_eq!(
        customer.reserve_at(Duration::ZERO, 1, ANY_TIME),
        Err(Refused::Never)
    );

    // Three ticks a nanosecond: a third of the time.
    let customer = Customer::new(Rate::new(3, SECOND), 1);
    let last = Duration::from_nanos(u64::MAX / 3) - SECOND;
    assert_eq!(customer.try_at(last, 1), Ok(()));
    assert_eq!(customer.try_at(end / 2, 1), Err(Refused::Never));
    assert_eq!(customer.try_at(end, 1), Err(Refused::Never));
    assert!(matches!(customer.try_at(last, 1), Err(Refused::Wait(_))));

    // A year and a burst, to the last tick.
    let year = YEAR.as_nanos() as u64;
    let burst = u64::MAX - year;
    let customer = Customer::new(Rate::new(1, nano), burst);
    assert_eq!(customer.try_at(YEAR, burst), Ok(()));
    assert_eq!(customer.try_at(YEAR, 1), Err(Refused::Never));
    assert_eq!(customer.try_at(YEAR, 0), Ok(()));
}

#[harness::test]
fn reservations_run_up_to_the_end_of_the_word() {
    let century = Rate::new(1, 100 * YEAR);
    let customer = Customer::new(century, 1);
    for i in 0..5 {
        let grant = customer.reserve_at(Duration::ZERO, 1, ANY_TIME);
        assert_eq!(grant, Ok(i * 100 * YEAR), "reservation {i}");
    }
    let sixth = customer.reserve_at(Duration::ZERO, 1, ANY_TIME);
    assert_eq!(sixth, Err(Refused::Never), "600 years do not fit");

    let limiter = Limiter::new(Arc::new(ManualClock::new()), century, 1);
    assert_eq!(limiter.try_acquire(1), Ok(()));
    assert_eq!(limiter.try_acquire(1), Err(Refused::Wait(100 * YEAR)));
    assert_eq!(
        limiter.acquire_timeout(1, SECOND),
        Err(Refused::Wait(100 * YEAR))
    );
}

#[harness::test]
fn a_rule_that_does_not_fit_a_word_is_refused() {
    let nano = Duration::from_nanos(1);
    let year = YEAR.as_nanos() as u64;
    let panics = |rate, burst| {
        harness::expect_panic(move || {
            Gcra::new(rate, burst);
        });
    };
    panics(Rate::new(1, SECOND), 0);
    panics(Rate::new(1, nano), u64::MAX - year + 1);
    panics(Rate::new(1, nano), u64::MAX);
    // 584 years fit, at a tick a nanosecond: so 584 ticks, and a year.
    Gcra::new(Rate::new(583, nano), 1);
    panics(Rate::new(585, nano), 1);
    panics(Rate::new(u64::MAX, nano), 1);
    // 2^64 and more: what is left after wrapping would fit.
    panics(Rate::new(1, Duration::from_nanos(1 << 63)), 2);
    panics(Rate::new(1, Duration::from_nanos(u64::MAX)), u64::MAX);
    panics(Rate::new(1 << 63, nano), 2);
    let clock = Arc::new(ManualClock::new());
    harness::expect_panic(|| Limiter::new(clock, Rate::new(1, SECOND), 0));
    harness::expect_panic(|| Rate::new(0, SECOND));
    harness::expect_panic(|| Rate::new(1, Duration::ZERO));
    harness::expect_panic(|| Rate::new(1, Duration::MAX));
}

#[harness::test]
fn a_limiter_counts_time_from_when_it_was_made() {
    let clock = Arc::new(ManualClock::new());
    let half = Duration::from_millis(500);
    let first = Limiter::new(clock.clone(), Rate::new(1, SECOND), 1);
    assert_eq!(first.try_acquire(1), Ok(()));
    clock.advance(half);
    let second = Limiter::new(clock.clone(), Rate::new(1, SECOND), 1);
    assert_eq!(second.try_acquire(1), Ok(()), "each has its own tokens");
    clock.advance(half);
    assert_eq!(first.try_acquire(1), Ok(()));
    assert_eq!(second.try_acquire(1), Err(Refused::Wait(half)));
    clock.advance(half);
    assert_eq!(second.try_acquire(1), Ok(()));
}

/// An hour of sleeping callers, in their order of arrival, each exactly on time.
#[harness::test]
fn sixty_callers_sleep_an_hour_and_each_returns_on_time() {
    let minute = Duration::from_secs(60);
    let clock = Arc::new(ManualClock::new());
    let limiter = Arc::new(Limiter::new(clock.clone(), Rate::new(1, minute), 1));
    assert_eq!(limiter.try_acquire(1), Ok(()));
    let callers: Vec<_> = (1..=60)
        .map(|i| {
            let (caller, limiter) = (clock.clone(), limiter.clone());
            let caller = harness::spawn(format!("caller {i}"), move || {
                limiter.acquire(1).unwrap();
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

/// Large and small requests at one time: whoever is refused could not have been served, so the one that
/// asks for one token at a time goes on until none is left.
#[harness::test(stress)]
fn nobody_is_refused_in_vain_under_contention() {
    const BURST: u64 = 1_000;
    for _ in 0..50 {
        let customer = Arc::new(Customer::new(Rate::new(1, SECOND), BURST));
        let start = Rendezvous::new("all callers", 4);
        let callers: Vec<_> = (1..=4u64)
            .map(|size| {
                let (customer, start) = (customer.clone(), start.clone());
                harness::spawn(format!("asks for {size}"), move || {
                    start.wait();
                    let mut granted = 0;
                    while customer.try_at(Duration::ZERO, size).is_ok() {
                        granted += size;
                    }
                    granted
                })
            })
            .collect();
        let granted: u64 = callers.into_iter().map(|caller| caller.join()).sum();
        assert_eq!(granted, BURST, "granted of a burst of {BURST}");
    }
}

/// A token bucket with a level that may go below zero, and the time of the last refill.
struct Bucket {
    rate: Rate,
    burst: u64,
    /// In parts, of which a token has `rate.nanos` and a nanosecond brings `rate.tokens`.
    level: i128,
    at: u128,
}

impl Bucket {
    fn new(rate: Rate, burst: u64) -> Bucket {
        let mut bucket = Bucket {
            rate,
            burst,
            level: 0,
            at: 0,
        };
        bucket.level = bucket.parts(burst);
        bucket
    }

    fn reserve(&mut self, now: u128, n: u64, latest: u128) -> Result<Duration, Refused> {
        if n > self.burst {
            return Err(Refused::TooMany);
        }
        let come = (now - self.at) as i128 * i128::from(self.rate.tokens());
        self.level = (self.level + come).min(self.parts(self.burst));
        self.at = now;
        let left = self.level - self.parts(n);
        let wait = left
            .min(0)
            .unsigned_abs()
            .div_ceil(self.rate.tokens().into());
        if n > 0 && now + wait > latest {
            return Err(Refused::Wait(nanos(wait)));
        }
        self.level = left;
        Ok(nanos(if n > 0 { now + wait } else { now }))
    }

    fn parts(&self, n: u64) -> i128 {
        i128::from(n) * i128::from(self.rate.nanos())
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
    /// for a full burst.
    fn pause(&mut self, rate: Rate, burst: u64) -> u128 {
        let token = rate.nanos().div_ceil(rate.tokens());
        match self.below(10) {
            0..=2 => 0,
            3..=4 => token.into(),
            5..=8 => self.below(2 * token + 2).into(),
            _ => self.below(2 * burst * token + 2).into(),
        }
    }
}
