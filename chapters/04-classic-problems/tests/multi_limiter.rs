//! What several limits at once promise. First the limits, which are told the time; then those of many
//! callers; then the `MultiLimiter`, whose clock moves only when the test says so; then contention.

use ch04::multi_limiter::{Limit, Limits, MultiLimiter, Quota, Refused, try_acquire_all_at};
use harness::Rendezvous;
use kit::clock::ManualClock;
use kit::sync::Arc;
use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

fn ms(n: u64) -> Duration {
    Duration::from_millis(n)
}

/// One token a second, and up to `burst` at once.
const fn one_a_second(burst: u64) -> Quota {
    Quota::new(1, SECOND, burst)
}

fn wait(limit: usize, wait: Duration) -> Result<(), Refused> {
    Err(Refused::Wait { limit, wait })
}

// Limits, told the time.

#[harness::test]
fn one_limit_alone_grants_its_burst_and_then_its_rate() {
    let limit = Limit::new(Quota::new(10, SECOND, 3));
    let ask = |at, n| try_acquire_all_at(ms(at), &[&limit], n);
    assert_eq!(ask(0, 2), Ok(()));
    assert_eq!(ask(0, 2), wait(0, ms(100)), "one of two is there");
    assert_eq!(ask(0, 1), Ok(()));
    assert_eq!(ask(99, 1), wait(0, ms(1)));
    assert_eq!(ask(100, 1), Ok(()));
    assert_eq!(ask(60_000, 3), Ok(()), "full again");
    assert_eq!(ask(60_000, 1), wait(0, ms(100)));
}

#[harness::test]
fn the_tokens_of_a_limit_can_be_seen() {
    let limit = Limit::new(one_a_second(3));
    assert_eq!(limit.available_at(secs(0)), 3);
    assert_eq!(try_acquire_all_at(secs(0), &[&limit], 2), Ok(()));
    assert_eq!(limit.available_at(secs(0)), 1);
    assert_eq!(limit.available_at(ms(999)), 1);
    assert_eq!(limit.available_at(secs(1)), 2);
    assert_eq!(limit.available_at(secs(60)), 3);
}

/// 2 a second with a burst of 2, and 6 a minute with a burst of 6, asked every 250 ms: the first
/// limit sets the pace until the second one is used up.
#[harness::test]
fn whichever_limit_is_tightest_rules() {
    let second = Limit::new(Quota::new(2, SECOND, 2));
    let minute = Limit::new(Quota::new(6, MINUTE, 6));
    let granted: Vec<u64> = (0..=30_000)
        .step_by(250)
        .filter(|&at| try_acquire_all_at(ms(at), &[&second, &minute], 1).is_ok())
        .collect();
    assert_eq!(
        granted,
        [0, 250, 500, 1_000, 1_500, 2_000, 10_000, 20_000, 30_000],
        "the times of the grants, in ms"
    );
}

/// Whichever of the two refuses, and whichever is named first.
#[harness::test]
fn a_refused_request_takes_nothing_from_the_other_limits() {
    for empty_first in [true, false] {
        let (empty, full) = (Limit::new(one_a_second(1)), Limit::new(one_a_second(5)));
        assert_eq!(try_acquire_all_at(secs(0), &[&empty], 1), Ok(()));
        let both = if empty_first {
            [&empty, &full]
        } else {
            [&full, &empty]
        };
        for _ in 0..10 {
            assert!(try_acquire_all_at(secs(0), &both, 1).is_err());
        }
        assert_eq!(
            full.available_at(secs(0)),
            5,
            "after ten refusals by the other limit (named first: {empty_first})"
        );
        assert_eq!(try_acquire_all_at(secs(1), &both, 1), Ok(()));
        assert_eq!(full.available_at(secs(1)), 4, "one request was granted");
    }
}

#[harness::test]
fn who_is_refused_is_told_of_the_limit_to_be_waited_for_longest() {
    let limits = [1, 10, 100].map(|per| Limit::new(Quota::new(1, secs(per), 2)));
    let [quick, slow, slowest] = &limits;
    let ask = |limits: &[&Limit], n| try_acquire_all_at(secs(0), limits, n);
    assert_eq!(ask(&[quick, slow, slowest], 2), Ok(()));
    assert_eq!(ask(&[quick, slow, slowest], 1), wait(2, secs(100)));
    assert_eq!(ask(&[slowest, slow, quick], 1), wait(0, secs(100)));
    assert_eq!(ask(&[quick, slowest, slow], 2), wait(1, secs(200)));
    assert_eq!(ask(&[quick, slow], 2), wait(1, secs(20)));
    assert_eq!(ask(&[quick], 2), wait(0, secs(2)));

    let twins = [0, 1].map(|_| Limit::new(one_a_second(1)));
    assert_eq!(ask(&[&twins[0], &twins[1]], 1), Ok(()));
    for named in [[&twins[0], &twins[1]], [&twins[1], &twins[0]]] {
        assert_eq!(ask(&named, 1), wait(0, SECOND), "the first of equals");
    }
}

#[harness::test]
fn more_than_a_burst_is_an_error_not_a_wait_for_ever() {
    let (small, large) = (Limit::new(one_a_second(2)), Limit::new(one_a_second(9)));
    let ask = |limits: &[&Limit], n| try_acquire_all_at(secs(0), limits, n);
    let too_many = |limit| Err(Refused::TooMany { limit });
    assert_eq!(ask(&[&small, &large], 3), too_many(0));
    assert_eq!(ask(&[&large, &small], 3), too_many(1));
    assert_eq!(ask(&[&large, &small], 10), too_many(0), "the first of two");
    assert_eq!(large.available_at(secs(0)), 9, "nothing was taken");
    assert_eq!(ask(&[&large], 9), Ok(()));
    assert_eq!(ask(&[&large, &small], 3), too_many(1), "however empty");
}

#[harness::test]
fn a_limit_that_is_named_twice_counts_once() {
    let (a, b) = (Limit::new(one_a_second(2)), Limit::new(one_a_second(2)));
    let ask = |n| try_acquire_all_at(secs(0), &[&a, &b, &a, &a], n);
    assert_eq!(ask(1), Ok(()));
    assert_eq!([&a, &b].map(|limit| limit.available_at(secs(0))), [1, 1]);
    assert_eq!(ask(2), wait(0, SECOND));
    assert_eq!(ask(1), Ok(()));
    assert_eq!(try_acquire_all_at(secs(0), &[&a, &a], 1), wait(0, SECOND));
}

#[harness::test]
fn nothing_is_granted_at_once_and_so_is_everything_without_a_limit() {
    let limit = Limit::new(one_a_second(1));
    assert_eq!(try_acquire_all_at(secs(0), &[&limit], 1), Ok(()));
    assert_eq!(try_acquire_all_at(secs(0), &[&limit], 0), Ok(()));
    assert_eq!(try_acquire_all_at(secs(0), &[], u64::MAX), Ok(()));
}

// The limits of many callers.

#[harness::test]
fn each_caller_has_limits_of_its_own_and_all_share_the_global_ones() {
    let limits = Limits::new(&[one_a_second(5)], &[one_a_second(2)]);
    let ask = |caller, n| limits.try_acquire_at(secs(0), caller, n);
    assert_eq!(ask("ann", 2), Ok(()));
    assert_eq!(ask("ann", 1), wait(1, SECOND), "ann's own, number 1");
    assert_eq!(ask("bob", 2), Ok(()), "bob's own");
    assert_eq!(ask("cid", 2), wait(0, SECOND), "one is left for all");
    assert_eq!(ask("cid", 1), Ok(()));
    assert_eq!(ask("bob", 1), wait(0, SECOND), "both lack one: the first");
}

/// A caller who asks a thousand times a second is granted one a second, and spends no more than that
/// of what belongs to everybody.
#[harness::test]
fn a_greedy_caller_spends_no_tokens_of_the_others() {
    let limits = Limits::new(&[Quota::new(10, SECOND, 10)], &[one_a_second(1)]);
    let mut greedy = 0;
    for at in 0..10_000 {
        greedy += limits.try_acquire_at(ms(at), "greedy", 1).is_ok() as u64;
        if at % 1_000 == 500 {
            for polite in ["ann", "bob", "cid", "dot"] {
                let answer = limits.try_acquire_at(ms(at), polite, 1);
                assert_eq!(answer, Ok(()), "{polite} at {at} ms");
            }
        }
    }
    assert_eq!(greedy, 10, "granted to the greedy one in 10 s");
}

#[harness::test]
fn several_limits_of_a_caller_all_count() {
    let limits = Limits::new(&[], &[one_a_second(2), Quota::new(3, MINUTE, 3)]);
    let ask = |at| limits.try_acquire_at(secs(at), "ann", 1);
    assert_eq!([0, 0].map(ask), [Ok(()), Ok(())]);
    assert_eq!(ask(0), wait(0, SECOND), "2 at once");
    assert_eq!(ask(1), Ok(()));
    assert_eq!(ask(2), wait(1, secs(18)), "3 in the first 20 s");
    assert_eq!(ask(20), Ok(()));
}

#[harness::test]
fn a_caller_that_comes_late_has_all_its_tokens() {
    let limits = Limits::new(&[], &[one_a_second(2)]);
    assert_eq!(limits.try_acquire_at(secs(100), "ann", 2), Ok(()));
    assert_eq!(limits.try_acquire_at(secs(100), "bob", 2), Ok(()));
    assert_eq!(limits.try_acquire_at(secs(100), "ann", 1), wait(0, SECOND));
}

#[harness::test]
fn without_limits_everything_is_granted() {
    let limits = Limits::new(&[], &[]);
    assert_eq!(limits.try_acquire_at(secs(0), "ann", 1_000_000), Ok(()));
}

// With a clock.

#[harness::test]
fn a_limiter_goes_by_its_clock() {
    let clock = Arc::new(ManualClock::new());
    clock.advance(secs(5));
    let limiter = MultiLimiter::new(clock.clone(), &[one_a_second(2)], &[one_a_second(1)]);
    assert_eq!(limiter.try_acquire("ann", 1), Ok(()));
    assert_eq!(limiter.try_acquire("ann", 1), wait(1, SECOND));
    clock.advance(ms(999));
    assert_eq!(limiter.try_acquire("ann", 1), wait(1, ms(1)));
    clock.advance(ms(1));
    assert_eq!(limiter.try_acquire("ann", 1), Ok(()));
    let too_many = Err(Refused::TooMany { limit: 1 });
    assert_eq!(limiter.try_acquire("ann", 2), too_many);
    assert_eq!(limiter.acquire("ann", 2), too_many, "at once");
}

#[harness::test]
fn acquire_waits_for_the_tightest_limit() {
    let shop = Shop::new(&[one_a_second(3)], &[Quota::new(1, secs(10), 1)]);
    assert_eq!(shop.limiter.acquire("ann", 1), Ok(()), "no need to wait");
    let ann = shop.spawn("ann", |limiter| limiter.acquire("ann", 1));
    shop.clock.wait_for_sleepers(1);
    shop.clock.advance(ms(9_999));
    harness::wait_until_quiet();
    assert!(!ann.is_finished(), "a millisecond early");
    shop.clock.advance(ms(1));
    assert_eq!(ann.join(), (Ok(()), secs(10)));
    assert_eq!(shop.limiter.try_acquire("ann", 1), wait(1, secs(10)));
}

#[harness::test]
fn while_one_caller_sleeps_the_others_get_their_answers() {
    let shop = Shop::new(&[one_a_second(9)], &[one_a_second(1)]);
    assert_eq!(shop.limiter.try_acquire("ann", 1), Ok(()));
    let ann = shop.spawn("ann", |limiter| limiter.acquire("ann", 1));
    shop.clock.wait_for_sleepers(1);
    assert_eq!(shop.limiter.try_acquire("ann", 1), wait(1, SECOND));
    assert_eq!(shop.limiter.try_acquire("bob", 1), Ok(()));
    assert_eq!(shop.limiter.acquire("cid", 1), Ok(()));
    shop.clock.advance(SECOND);
    assert_eq!(ann.join(), (Ok(()), SECOND));
}

/// Two wait for one token, and wake at the same time: the slower one has to wait for the next.
#[harness::test]
fn who_wakes_and_finds_the_token_gone_waits_again() {
    let shop = Shop::new(&[one_a_second(1)], &[]);
    assert_eq!(shop.limiter.try_acquire("main", 1), Ok(()));
    let callers = ["ann", "bob"].map(|name| shop.spawn(name, |limiter| limiter.acquire(name, 1)));
    shop.clock.wait_for_sleepers(2);
    let served = |callers: &[harness::Thread<_>]| {
        harness::wait_until_quiet();
        callers.iter().filter(|caller| caller.is_finished()).count()
    };
    shop.clock.advance(SECOND);
    assert_eq!(served(&callers), 1, "served by 1 s, when one token came");
    shop.clock.advance(SECOND);
    assert_eq!(served(&callers), 2, "served by 2 s");
    let mut times = callers.map(|caller| caller.join().1);
    times.sort();
    assert_eq!(times, [secs(1), secs(2)]);
}

// Under contention. The clock stands still, so how many there are to grant is known exactly.

#[harness::test(stress)]
fn threads_that_compete_get_what_each_limit_allows_and_no_more() {
    let shop = Shop::new(&[one_a_second(1_500)], &[one_a_second(1_000)]);
    let start = Rendezvous::new("all callers", 4);
    let callers: Vec<_> = (0..4)
        .map(|i| {
            let (start, name) = (start.clone(), ["ann", "bob"][i % 2]);
            shop.spawn(&format!("{name} {i}"), move |limiter| {
                start.wait();
                (0..1_000)
                    .filter(|_| limiter.try_acquire(name, 1).is_ok())
                    .count()
            })
        })
        .collect();
    let granted: Vec<usize> = callers.into_iter().map(|caller| caller.join().0).collect();
    assert_eq!(granted.iter().sum::<usize>(), 1_500, "of 1500 for all");
    for (name, i) in [("ann", 0), ("bob", 1)] {
        let own = granted[i] + granted[i + 2];
        assert!((500..=1_000).contains(&own), "{name}: {own} of 1000");
    }
}

#[harness::test(stress)]
fn requests_that_name_the_same_limits_in_any_order_all_end() {
    const LIMITS: usize = 3;
    let limits: Arc<[Limit; LIMITS]> =
        Arc::new([0; LIMITS].map(|_| Limit::new(one_a_second(3_000))));
    let start = Rendezvous::new("all callers", 3);
    let callers: Vec<_> = (0..3)
        .map(|first| {
            let (limits, start) = (limits.clone(), start.clone());
            harness::spawn(format!("begins with limit {first}"), move || {
                start.wait();
                let [a, b] = [first, first + 1].map(|i| &limits[i % LIMITS]);
                (0..1_000)
                    .filter(|_| try_acquire_all_at(secs(0), &[a, b], 1).is_ok())
                    .count()
            })
        })
        .collect();
    for caller in callers {
        assert_eq!(caller.join(), 1_000, "there is enough for all");
    }
    for limit in limits.iter() {
        assert_eq!(limit.available_at(secs(0)), 1_000, "2 of 3 callers use it");
    }
}

/// A limiter, and the clock that it goes by.
struct Shop {
    clock: Arc<ManualClock>,
    limiter: Arc<MultiLimiter>,
}

impl Shop {
    fn new(global: &[Quota], per_caller: &[Quota]) -> Shop {
        let clock = Arc::new(ManualClock::new());
        Shop {
            limiter: Arc::new(MultiLimiter::new(clock.clone(), global, per_caller)),
            clock,
        }
    }

    /// A thread that gives back its result, and the time on the clock when it had it.
    fn spawn<T: Send + 'static>(
        &self,
        name: &str,
        job: impl FnOnce(&MultiLimiter) -> T + Send + 'static,
    ) -> harness::Thread<(T, Duration)> {
        let (clock, limiter) = (self.clock.clone(), self.limiter.clone());
        harness::spawn(name, move || {
            let result = job(&limiter);
            (result, clock.elapsed())
        })
    }
}
