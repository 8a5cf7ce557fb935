//! What the generic cell rate algorithm promises. First the `Gcra`, which is told the time; then the
//! `Limiter`, whose clock moves only when the test says so; then both under contention.

use ch04::gcra::{Gcra, Limiter, Rate, Refused};
use harness::Rendezvous;
use kit::clock::ManualClock;
use kit::sync::Arc;
use kit::sync::atomic::AtomicU64;
use std::time::Duration;

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

/// A rule, and one customer's word.
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

    /// Asks at each time (in milliseconds) for so many tokens, and expects the answers.
    #[track_caller]
    fn play(&self, timeline: &[(u64, u64, bool)]) {
        for (step, &(at, n, expected)) in timeline.iter().enumerate() {
            let answer = self.try_at(ms(at), n);
            assert_eq!(
                answer.is_ok(),
                expected,
                "step {step}: try_acquire_at({at} ms, {n}) gave {answer:?}"
            );
        }
    }
}

// The rule, told the time.

#[harness::test]
fn a_new_customer_has_a_full_burst_and_no_more() {
    let customer = Customer::new(TEN_A_SECOND, 3);
    customer.play(&[(0, 2, true), (0, 2, false), (0, 1, true), (0, 1, false)]);
}

/// The timeline of `TestLimiterBurst3` in golang.org/x/time/rate.
#[harness::test]
fn tokens_add_up_while_nobody_asks() {
    let customer = Customer::new(TEN_A_SECOND, 3);
    customer.play(&[
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
    ]);
}

#[harness::test]
fn an_idle_hour_saves_up_a_burst_and_no_more() {
    let customer = Customer::new(TEN_A_SECOND, 3);
    let hour = 3_600_000;
    customer.play(&[
        (hour, 3, true),
        (hour, 1, false),
        (2 * hour, 3, true),
        (2 * hour, 1, false),
    ]);
}

/// Ten a second, asked every 10 ms: nine of ten are refused, and that costs nothing.
#[harness::test]
fn a_refused_request_takes_nothing() {
    let customer = Customer::new(TEN_A_SECOND, 5);
    customer.play(&[(0, 5, true)]);
    for at in (10..=10_000).step_by(10) {
        let answer = customer.try_at(ms(at), 1);
        assert_eq!(answer.is_ok(), at % 100 == 0, "at {at} ms: {answer:?}");
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
        let customer = Customer::new(rate, 1);
        for (i, nanos) in expected.into_iter().enumerate() {
            assert_eq!(
                customer.reserve_at(Duration::ZERO, 1, ANY_TIME),
                Ok(Duration::from_nanos(nanos)),
                "reservation {i} at {rate:?}, all made at time 0",
            );
        }
    }
}

#[harness::test]
fn who_is_refused_is_told_how_long_to_wait() {
    let customer = Customer::new(Rate::new(3, SECOND), 2);
    assert_eq!(customer.try_at(secs(0), 2), Ok(()));
    let wait = |nanos| Err(Refused::Wait(Duration::from_nanos(nanos)));
    assert_eq!(customer.try_at(secs(0), 1), wait(333_333_334));
    assert_eq!(customer.try_at(secs(0), 2), wait(666_666_667));
    assert_eq!(customer.try_at(ms(300), 1), wait(33_333_334));
    assert_eq!(
        customer.try_at(Duration::from_nanos(333_333_333), 1),
        wait(1),
        "a nanosecond early"
    );
    assert_eq!(
        customer.try_at(Duration::from_nanos(333_333_334), 1),
        Ok(())
    );
}

/// The timelines of `TestSimpleReserve` and `TestMix` in golang.org/x/time/rate.
#[harness::test]
fn a_reservation_takes_its_tokens_at_once_and_nobody_passes_it() {
    let customer = Customer::new(TEN_A_SECOND, 2);
    assert_eq!(customer.reserve_at(ms(0), 2, ANY_TIME), Ok(ms(0)));
    assert_eq!(customer.reserve_at(ms(0), 2, ANY_TIME), Ok(ms(200)));
    assert_eq!(customer.reserve_at(ms(300), 2, ANY_TIME), Ok(ms(400)));

    let customer = Customer::new(TEN_A_SECOND, 2);
    assert_eq!(customer.reserve_at(ms(0), 2, ANY_TIME), Ok(ms(0)));
    customer.play(&[(100, 2, false)]);
    assert_eq!(customer.reserve_at(ms(100), 2, ANY_TIME), Ok(ms(200)));
    // The token of time 100 ms belongs to the reservation.
    customer.play(&[(100, 1, false), (200, 1, false), (300, 1, true)]);
}

/// The timeline of `TestReserveMax` in golang.org/x/time/rate.
#[harness::test]
fn a_reservation_that_would_come_too_late_takes_nothing() {
    let customer = Customer::new(TEN_A_SECOND, 2);
    assert_eq!(customer.reserve_at(ms(0), 2, ms(100)), Ok(ms(0)));
    assert_eq!(customer.reserve_at(ms(0), 1, ms(100)), Ok(ms(100)));
    for _ in 0..3 {
        assert_eq!(
            customer.reserve_at(ms(0), 1, ms(199)),
            Err(Refused::Wait(ms(200))),
            "it could be had at 200 ms"
        );
    }
    assert_eq!(customer.reserve_at(ms(0), 1, ms(200)), Ok(ms(200)));
}

#[harness::test]
fn more_than_the_burst_is_an_error_not_a_wait_for_ever() {
    let customer = Customer::new(TEN_A_SECOND, 2);
    let now = secs(60);
    assert_eq!(customer.try_at(now, 3), Err(Refused::TooMany), "3 of 2");
    let reserved = customer.reserve_at(now, 3, ANY_TIME);
    assert_eq!(reserved, Err(Refused::TooMany));
    assert_eq!(customer.try_at(now, 2), Ok(()), "nothing was taken");

    let limiter = Limiter::new(Arc::new(ManualClock::new()), TEN_A_SECOND, 2);
    assert_eq!(limiter.try_acquire(3), Err(Refused::TooMany));
    assert_eq!(limiter.acquire(3), Err(Refused::TooMany));
    assert_eq!(limiter.acquire_timeout(3, SECOND), Err(Refused::TooMany));
    assert_eq!(limiter.try_acquire(2), Ok(()), "nothing was taken");
}

/// The caller with the old reading was overtaken by the one with the new reading.
#[harness::test]
fn an_old_reading_of_the_clock_mints_no_token() {
    let customer = Customer::new(ONE_A_SECOND, 2);
    customer.play(&[
        (0, 2, true),
        (1_000, 1, true),
        (0, 1, false),
        (1_000, 1, false),
        (500, 1, false),
        (1_999, 1, false),
        (2_000, 1, true),
        (60_000, 2, true),
        (5_000, 1, false),
        (60_000, 1, false),
        (61_000, 1, true),
    ]);
    // All is taken up to 61 s: the next token comes at 62 s, whatever the caller believes.
    assert_eq!(customer.reserve_at(secs(1), 1, ANY_TIME), Ok(secs(62)));
}

#[harness::test]
fn an_old_reading_still_gets_what_was_there_then() {
    let customer = Customer::new(ONE_A_SECOND, 3);
    customer.play(&[(0, 3, true), (4_000, 1, true), (3_000, 1, true)]);
    customer.play(&[(4_000, 1, true), (4_000, 1, false)]);
}

/// All state is in the word: one rule serves any number of customers.
#[harness::test]
fn customers_with_words_of_their_own_do_not_share_a_limit() {
    let gcra = Gcra::new(ONE_A_SECOND, 1);
    let copy = gcra;
    let [ann, bob] = [0, 0].map(AtomicU64::new);
    assert_eq!(gcra.try_acquire_at(&ann, SECOND, 1), Ok(()));
    assert_eq!(gcra.try_acquire_at(&bob, SECOND, 1), Ok(()), "bob's own");
    assert!(copy.try_acquire_at(&ann, SECOND, 1).is_err(), "ann's again");
}

/// 1 000 a second is 1 a millisecond: a word has room for that, and for a year.
#[harness::test]
fn a_busy_year_fits_into_a_word() {
    let customer = Customer::new(Rate::new(1_000, SECOND), 1_000);
    let year = secs(365 * 86_400);
    assert_eq!(customer.try_at(year, 1_000), Ok(()));
    assert_eq!(customer.try_at(year, 1), Err(Refused::Wait(ms(1))));
    assert_eq!(customer.try_at(year + ms(1), 1), Ok(()));
}

// With a clock.

#[harness::test]
fn a_limiter_goes_by_its_clock() {
    let clock = Arc::new(ManualClock::new());
    clock.advance(secs(5));
    let limiter = Limiter::new(clock.clone(), ONE_A_SECOND, 2);
    assert_eq!(limiter.try_acquire(2), Ok(()), "a burst is there at first");
    assert_eq!(limiter.try_acquire(1), Err(Refused::Wait(SECOND)));
    clock.advance(SECOND - Duration::from_nanos(1));
    assert!(limiter.try_acquire(1).is_err(), "a nanosecond early");
    clock.advance(Duration::from_nanos(1));
    assert_eq!(limiter.try_acquire(1), Ok(()));
    clock.advance(secs(60));
    assert_eq!(limiter.try_acquire(2), Ok(()), "a full burst again");
    assert!(limiter.try_acquire(1).is_err());
}

#[harness::test]
fn acquire_returns_when_its_tokens_are_there() {
    let shop = Shop::new(Rate::new(2, SECOND), 1);
    assert_eq!(shop.limiter.acquire(1), Ok(()), "no need to wait");
    let caller = shop.spawn("caller", |limiter| limiter.acquire(1));
    shop.clock.wait_for_sleepers(1);
    shop.clock.advance(ms(499));
    assert!(!caller.is_finished(), "a millisecond early");
    shop.clock.advance(ms(1));
    assert_eq!(caller.join(), (Ok(()), ms(500)));
}

#[harness::test]
fn callers_are_served_in_the_order_in_which_they_came() {
    let shop = Shop::new(ONE_A_SECOND, 3);
    assert_eq!(shop.limiter.try_acquire(3), Ok(()));
    let large = shop.spawn("large", |limiter| limiter.acquire(3));
    shop.clock.wait_for_sleepers(1);
    let small = shop.spawn("small", |limiter| limiter.acquire(1));
    shop.clock.wait_for_sleepers(2);
    // One token is there by now; it belongs to the large one.
    shop.clock.advance(secs(1));
    assert_eq!(
        shop.limiter.try_acquire(1),
        Err(Refused::Wait(secs(4))),
        "three for the large one, one for the small one"
    );
    shop.clock.advance(secs(2));
    assert_eq!(large.join(), (Ok(()), secs(3)));
    shop.clock.advance(secs(1));
    assert_eq!(small.join(), (Ok(()), secs(4)));
}

#[harness::test]
fn a_timeout_that_is_too_short_returns_at_once_and_takes_nothing() {
    let shop = Shop::new(ONE_A_SECOND, 3);
    assert_eq!(shop.limiter.try_acquire(3), Ok(()));
    for _ in 0..3 {
        // Nobody moves the clock: whoever sleeps here, sleeps for ever.
        assert_eq!(
            shop.limiter.acquire_timeout(2, ms(1_999)),
            Err(Refused::Wait(secs(2))),
            "two tokens take 2 s"
        );
    }
    shop.clock.advance(secs(2));
    assert_eq!(shop.limiter.try_acquire(2), Ok(()), "nothing was taken");
}

#[harness::test]
fn a_timeout_that_is_long_enough_waits_for_the_tokens_only() {
    let shop = Shop::new(ONE_A_SECOND, 3);
    assert_eq!(shop.limiter.try_acquire(3), Ok(()));
    let exact = shop.spawn("exact", |limiter| limiter.acquire_timeout(1, secs(1)));
    shop.clock.wait_for_sleepers(1);
    let patient = shop.spawn("patient", |l| l.acquire_timeout(1, Duration::MAX));
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
            shop.spawn(&format!("caller {i}"), move |limiter| {
                start.wait();
                (0..BURST)
                    .filter(|_| limiter.try_acquire(1).is_ok())
                    .count() as u64
            })
        })
        .collect();
    let granted: u64 = callers.into_iter().map(|caller| caller.join().0).sum();
    assert_eq!(granted, BURST, "tokens granted of a burst of {BURST}");
}

#[harness::test(stress)]
fn threads_that_compete_never_reserve_the_same_token() {
    const EACH: u64 = 250;
    let customer = Arc::new(Customer::new(ONE_A_SECOND, 1));
    let start = Rendezvous::new("all callers", 4);
    let callers: Vec<_> = (0..4)
        .map(|i| {
            let (customer, start) = (customer.clone(), start.clone());
            harness::spawn(format!("caller {i}"), move || {
                start.wait();
                (0..EACH)
                    .map(|_| customer.reserve_at(Duration::ZERO, 1, ANY_TIME).unwrap())
                    .collect::<Vec<Duration>>()
            })
        })
        .collect();
    let mut grants: Vec<Duration> = Vec::new();
    for caller in callers {
        let own = caller.join();
        assert!(own.is_sorted(), "one caller's grants come in its own order");
        grants.extend(own);
    }
    grants.sort();
    for (i, grant) in (0..).zip(grants) {
        assert_eq!(grant, secs(i), "grant {i} of all, in order of time");
    }
}

/// A limiter, and the clock that it goes by.
struct Shop {
    clock: Arc<ManualClock>,
    limiter: Arc<Limiter>,
}

impl Shop {
    fn new(rate: Rate, burst: u64) -> Shop {
        let clock = Arc::new(ManualClock::new());
        Shop {
            limiter: Arc::new(Limiter::new(clock.clone(), rate, burst)),
            clock,
        }
    }

    /// A thread that gives back its result, and the time on the clock when it had it.
    fn spawn<T: Send + 'static>(
        &self,
        name: &str,
        job: impl FnOnce(&Limiter) -> T + Send + 'static,
    ) -> harness::Thread<(T, Duration)> {
        let (clock, limiter) = (self.clock.clone(), self.limiter.clone());
        harness::spawn(name, move || {
            let result = job(&limiter);
            (result, clock.elapsed())
        })
    }
}
