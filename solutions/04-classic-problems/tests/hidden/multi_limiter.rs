//! Further judgement of several limits at once: random requests against the rule itself, many threads
//! and many callers, a sleeper whose tokens others take, quantities at the edge of their types.

use ch04::multi_limiter::{Limit, Limits, MultiLimiter, Quota, Refused, try_acquire_all_at};
use harness::Rendezvous;
use kit::clock::{Clock, ManualClock};
use kit::sync::Arc;
use kit::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

const SECOND: Duration = Duration::from_secs(1);

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn one_a_second(burst: u64) -> Quota {
    Quota::new(1, SECOND, burst)
}

/// Random requests for random limits, in random order and with repetitions, against the rule: granted
/// exactly when, for each limit, no stretch of time that ends with the request then holds more than
/// burst + rate × length.
#[harness::test]
fn a_request_is_granted_exactly_when_every_limit_allows_it() {
    let mut random = Random(harness::seed());
    for round in 0..60 {
        let rules: Vec<Rule> = (0..4).map(|_| Rule::random(&mut random)).collect();
        let limits: Vec<Limit> = rules.iter().map(|rule| Limit::new(rule.quota())).collect();
        let mut granted: Vec<Vec<(u64, u64)>> = vec![Vec::new(); rules.len()];
        let mut now = 0;
        for step in 0..150 {
            now += random.below(3) * random.below(20);
            let n = random.below(4);
            let named: Vec<usize> = (0..random.below(6))
                .map(|_| random.below(rules.len() as u64) as usize)
                .collect();
            let expected = expected(&rules, &granted, &named, now, n);
            let refs: Vec<&Limit> = named.iter().map(|&i| &limits[i]).collect();
            assert_eq!(
                try_acquire_all_at(Duration::from_nanos(now), &refs, n),
                expected,
                "round {round}, step {step}: {n} tokens of {named:?} at {now} ns, {rules:?}, \
                 granted so far: {granted:?}"
            );
            if expected.is_ok() {
                let mut once = named;
                once.sort();
                once.dedup();
                for i in once {
                    granted[i].push((now, n));
                }
            }
        }
    }
}

/// What the rule says, by trying every wait until it fits.
fn expected(
    rules: &[Rule],
    granted: &[Vec<(u64, u64)>],
    named: &[usize],
    now: u64,
    n: u64,
) -> Result<(), Refused> {
    if let Some(limit) = named.iter().position(|&i| n > rules[i].burst) {
        return Err(Refused::TooMany { limit });
    }
    let waits: Vec<u64> = named
        .iter()
        .map(|&i| {
            (0..)
                .find(|wait| rules[i].allows(&granted[i], now + wait, n))
                .unwrap()
        })
        .collect();
    match waits.iter().max() {
        Some(&longest) if longest > 0 => Err(Refused::Wait {
            limit: waits.iter().position(|&wait| wait == longest).unwrap(),
            wait: Duration::from_nanos(longest),
        }),
        _ => Ok(()),
    }
}

#[derive(Debug)]
struct Rule {
    tokens: u64,
    nanos: u64,
    burst: u64,
}

impl Rule {
    fn random(random: &mut Random) -> Rule {
        Rule {
            tokens: 1 + random.below(5),
            nanos: 1 + random.below(40),
            burst: 1 + random.below(4),
        }
    }

    fn quota(&self) -> Quota {
        Quota::new(self.tokens, Duration::from_nanos(self.nanos), self.burst)
    }

    fn allows(&self, granted: &[(u64, u64)], now: u64, n: u64) -> bool {
        let mut sum = n;
        n == 0
            || granted.iter().rev().all(|&(then, n)| {
                sum += n;
                sum * self.nanos <= self.burst * self.nanos + self.tokens * (now - then)
            })
    }
}

/// Each round has a token for one of two requests that name the limits in opposite orders.
#[harness::test(stress)]
fn of_two_requests_for_the_last_tokens_exactly_one_is_granted() {
    let limits: Arc<[Limit; 2]> = Arc::new([0; 2].map(|_| Limit::new(one_a_second(1))));
    const ROUNDS: u64 = 2_000;
    let meet = Rendezvous::new("both callers", 2);
    let callers = [[0, 1], [1, 0]].map(|order| {
        let (limits, meet) = (limits.clone(), meet.clone());
        harness::spawn(format!("takes {order:?}"), move || {
            (0..ROUNDS)
                .map(|round| {
                    let named = order.map(|i| &limits[i]);
                    meet.wait();
                    try_acquire_all_at(secs(round), &named, 1).is_ok()
                })
                .collect::<Vec<bool>>()
        })
    });
    let [forth, back] = callers.map(|caller| caller.join());
    for (round, pair) in forth.into_iter().zip(back).enumerate() {
        assert!(pair.0 != pair.1, "round {round}: granted to {pair:?}");
    }
}

/// Refused requests run all the time; nobody ever sees that they take something.
#[harness::test(stress)]
fn refused_requests_are_never_seen() {
    let limits: Arc<[Limit; 2]> = Arc::new([2, 1].map(|burst| Limit::new(one_a_second(burst))));
    let [full, empty] = &*limits;
    assert_eq!(try_acquire_all_at(secs(0), &[empty], 1), Ok(()));
    let start = Rendezvous::new("all", 3);
    let refused: Vec<_> = [[0, 1], [1, 0]]
        .into_iter()
        .map(|order| {
            let (limits, start) = (limits.clone(), start.clone());
            harness::spawn(format!("is refused, {order:?}"), move || {
                start.wait();
                let named = order.map(|i| &limits[i]);
                (0..5_000).all(|_| try_acquire_all_at(secs(0), &named, 1).is_err())
            })
        })
        .collect();
    start.wait();
    for look in 0..5_000 {
        assert_eq!(full.available_at(secs(0)), 2, "look {look}");
    }
    for caller in refused {
        assert!(caller.join(), "an empty limit granted something");
    }
}

/// Many new callers, each announced by four threads at once: each gets one set of limits.
#[harness::test(stress)]
fn a_caller_is_one_caller_however_it_comes() {
    const CALLERS: u64 = 500;
    let limits = Arc::new(Limits::new(&[], &[one_a_second(3)]));
    let meet = Rendezvous::new("all", 4);
    let threads: Vec<_> = (0..4)
        .map(|i| {
            let (limits, meet) = (limits.clone(), meet.clone());
            harness::spawn(format!("thread {i}"), move || {
                (0..CALLERS)
                    .map(|caller| {
                        let caller = format!("caller {caller}");
                        meet.wait();
                        limits.try_acquire_at(secs(0), &caller, 1).is_ok() as u64
                    })
                    .collect::<Vec<u64>>()
            })
        })
        .collect();
    let granted: Vec<Vec<u64>> = threads.into_iter().map(|thread| thread.join()).collect();
    for caller in 0..CALLERS as usize {
        let sum: u64 = granted.iter().map(|thread| thread[caller]).sum();
        assert_eq!(sum, 3, "granted to caller {caller}, who asked four times");
    }
}

#[harness::test]
fn many_callers_keep_their_limits_apart() {
    let limits = Limits::new(&[one_a_second(10_000)], &[one_a_second(2)]);
    for round in 1..=3 {
        for caller in 0..1_000 {
            let answer = limits.try_acquire_at(secs(0), &format!("caller {caller}"), 1);
            assert_eq!(answer.is_ok(), round <= 2, "caller {caller}, {round}");
        }
    }
    let left = limits.try_acquire_at(secs(0), "somebody new", 2);
    assert_eq!(left, Ok(()), "2000 of 10000 are used");
}

#[harness::test]
fn a_name_is_only_a_name() {
    let limits = Limits::new(&[], &[one_a_second(1)]);
    for caller in ["", " ", "a", "A", "a ", "å", "\0"] {
        assert_eq!(limits.try_acquire_at(secs(0), caller, 1), Ok(()));
        assert!(limits.try_acquire_at(secs(0), caller, 1).is_err());
    }
}

#[harness::test]
fn an_old_reading_of_the_clock_mints_no_token() {
    let (a, b) = (Limit::new(one_a_second(2)), Limit::new(one_a_second(9)));
    let ask = |at, n| try_acquire_all_at(secs(at), &[&a, &b], n);
    assert_eq!(ask(10, 2), Ok(()));
    let wait = |secs| {
        Err(Refused::Wait {
            limit: 0,
            wait: Duration::from_secs(secs),
        })
    };
    assert_eq!(ask(3, 1), wait(8), "the next comes at 11 s");
    assert_eq!(ask(10, 1), wait(1));
    assert_eq!(ask(11, 1), Ok(()));
    assert_eq!(ask(11, 1), wait(1));
    assert_eq!(b.available_at(secs(11)), 7);
}

/// Somebody takes the sleeper's tokens again and again, without ever being told to wait.
#[harness::test]
fn a_sleeper_whose_tokens_are_taken_goes_on_waiting() {
    let clock = Arc::new(ManualClock::new());
    let limiter = Arc::new(MultiLimiter::new(
        clock.clone(),
        &[one_a_second(2)],
        &[one_a_second(2)],
    ));
    assert_eq!(limiter.try_acquire("small", 1), Ok(()));
    let large = {
        let (limiter, clock) = (limiter.clone(), clock.clone());
        harness::spawn("large", move || {
            (limiter.acquire("large", 2), clock.elapsed())
        })
    };
    clock.wait_for_sleepers(1);
    for _ in 0..5 {
        // The token that is there goes to who asks now, and the sleeper needs two.
        assert_eq!(limiter.try_acquire("small", 1), Ok(()));
        clock.advance(SECOND);
        harness::wait_until_quiet();
        assert!(!large.is_finished(), "one token cannot be two");
        assert_eq!(clock.sleepers(), 1, "it sleeps and does not spin");
    }
    clock.advance(SECOND);
    assert_eq!(large.join(), (Ok(()), secs(6)));
    let empty = limiter.try_acquire("small", 1);
    assert!(empty.is_err(), "the large one took both: {empty:?}");
}

/// The clock is read after a wait, and not in a loop while it lasts.
#[harness::test]
fn a_sleeper_reads_the_clock_a_few_times_and_no_more() {
    let clock = Arc::new(Counting::default());
    let limiter = Arc::new(MultiLimiter::new(clock.clone(), &[], &[one_a_second(1)]));
    assert_eq!(limiter.try_acquire("ann", 1), Ok(()));
    let ann = {
        let limiter = limiter.clone();
        harness::spawn("ann", move || limiter.acquire("ann", 1))
    };
    clock.inner.wait_for_sleepers(1);
    clock.inner.advance(SECOND);
    assert_eq!(ann.join(), Ok(()));
    let reads = clock.reads.load(Relaxed);
    assert!(reads <= 10, "{reads} readings of the clock for one wait");
}

/// A manual clock that counts how often it is read.
#[derive(Default)]
struct Counting {
    inner: ManualClock,
    reads: AtomicU64,
}

impl Clock for Counting {
    fn now(&self) -> Instant {
        // Relaxed: read once the threads have been joined.
        self.reads.fetch_add(1, Relaxed);
        self.inner.now()
    }

    fn after(&self, duration: Duration) -> kit::channel::Receiver<Instant> {
        self.inner.after(duration)
    }

    fn tick(&self, period: Duration) -> kit::channel::Receiver<Instant> {
        self.inner.tick(period)
    }

    fn block(&self, waiter: &std::sync::Arc<kit::clock::Waiter>, deadline: Option<Instant>) {
        self.inner.block(waiter, deadline);
    }
}

#[harness::test]
fn acquire_with_nothing_to_wait_for_returns_at_once() {
    let clock = Arc::new(ManualClock::new());
    let limiter = MultiLimiter::new(clock.clone(), &[one_a_second(1)], &[]);
    assert_eq!(limiter.acquire("ann", 0), Ok(()));
    assert_eq!(limiter.acquire("ann", 1), Ok(()));
    assert_eq!(limiter.acquire("ann", 0), Ok(()), "nothing is always there");
    let unlimited = MultiLimiter::new(clock, &[], &[]);
    assert_eq!(unlimited.acquire("ann", u64::MAX), Ok(()));
}

#[harness::test]
fn a_limiter_counts_time_from_when_it_was_made() {
    let clock = Arc::new(ManualClock::new());
    let half = Duration::from_millis(500);
    let first = MultiLimiter::new(clock.clone(), &[one_a_second(1)], &[]);
    assert_eq!(first.try_acquire("ann", 1), Ok(()));
    clock.advance(half);
    let second = MultiLimiter::new(clock.clone(), &[one_a_second(1)], &[]);
    assert_eq!(second.try_acquire("ann", 1), Ok(()));
    clock.advance(half);
    assert_eq!(first.try_acquire("ann", 1), Ok(()));
    assert!(second.try_acquire("ann", 1).is_err());
    clock.advance(half);
    assert_eq!(second.try_acquire("ann", 1), Ok(()));
}

/// A thousand limits in one request.
#[harness::test]
fn a_request_may_name_any_number_of_limits() {
    let limits: Vec<Limit> = (1..=1_000).map(|n| Limit::new(one_a_second(n))).collect();
    let named: Vec<&Limit> = limits.iter().rev().chain(&limits).collect();
    assert_eq!(try_acquire_all_at(secs(0), &named, 1), Ok(()));
    assert_eq!(
        try_acquire_all_at(secs(0), &named, 1),
        Err(Refused::Wait {
            limit: 999,
            wait: SECOND
        }),
        "the one with a burst of 1 is last of the first thousand"
    );
    for (limit, n) in limits.iter().zip(0..) {
        assert_eq!(limit.available_at(secs(0)), n);
    }
}

#[harness::test]
fn the_largest_quantities_do_not_overflow() {
    let nano = Duration::from_nanos(1);
    let most = Limit::new(Quota::new(u64::MAX, nano, u64::MAX));
    let rare = Limit::new(Quota::new(1, secs(1_000 * 31_557_600), 1));
    let ask = |at, limits: &[&Limit], n| try_acquire_all_at(at, limits, n);
    assert_eq!(ask(Duration::ZERO, &[&most, &rare], 1), Ok(()));
    let age = Refused::Wait {
        limit: 1,
        wait: secs(1_000 * 31_557_600),
    };
    assert_eq!(ask(Duration::ZERO, &[&most, &rare], 1), Err(age));
    assert_eq!(ask(nano, &[&most], u64::MAX), Ok(()));
    assert_eq!(ask(Duration::MAX, &[&most, &rare], 1), Ok(()));
    assert_eq!(most.available_at(Duration::MAX), u64::MAX - 1);
}

#[harness::test]
fn a_quota_that_could_grant_nothing_is_refused() {
    let age = secs(1_000 * 31_557_600);
    let rarest = Quota::new(3, age, 3);
    assert_eq!(Limit::new(rarest).available_at(age), rarest.burst());
    harness::expect_panic(|| Quota::new(0, SECOND, 1));
    harness::expect_panic(|| Quota::new(1, Duration::ZERO, 1));
    harness::expect_panic(|| Quota::new(1, SECOND, 0));
    harness::expect_panic(|| Quota::new(1, SECOND + 1_000 * secs(31_557_600), 1));
    harness::expect_panic(|| Quota::new(1, Duration::MAX, u64::MAX));
}

/// Repeatable random numbers (SplitMix64: Steele, Lea, Flood, OOPSLA 2014).
struct Random(u64);

impl Random {
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
}
