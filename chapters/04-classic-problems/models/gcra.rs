//! What a word promises under every schedule. Each thread brings its own reading of the clock; in
//! which order they arrive is for the schedule to decide.

use ch04::gcra::{Gcra, Rate, Refused};
use kit::sync::Arc;
use kit::sync::atomic::AtomicU64;
use kit::thread;
use std::time::Duration;

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// A customer who has one token a second.
struct Customer {
    gcra: Gcra,
    word: AtomicU64,
}

impl Customer {
    fn new(burst: u64) -> Arc<Customer> {
        Arc::new(Customer {
            gcra: Gcra::new(Rate::new(1, secs(1)), burst),
            word: AtomicU64::new(0),
        })
    }

    fn try_at(&self, now: u64, n: u64) -> Result<(), Refused> {
        self.gcra.try_acquire_at(&self.word, secs(now), n)
    }

    fn reserve_at(&self, now: u64, n: u64, latest: Duration) -> Result<Duration, Refused> {
        self.gcra.reserve_at(&self.word, secs(now), n, latest)
    }
}

/// Runs both at once, the second on this thread, and returns what each returned.
fn both<T: Send + 'static>(
    customer: &Arc<Customer>,
    one: impl FnOnce(&Customer) -> T + Send + 'static,
    other: impl FnOnce(&Customer) -> T,
) -> [T; 2] {
    let thread = {
        let customer = customer.clone();
        thread::spawn(move || one(&customer))
    };
    let other = other(customer);
    [thread.join().unwrap(), other]
}

fn count(answers: &[Result<(), Refused>]) -> usize {
    answers.iter().filter(|answer| answer.is_ok()).count()
}

#[harness::model]
fn one_token_is_granted_once() {
    let customer = Customer::new(1);
    let answers = both(&customer, |c| c.try_at(0, 1), |c| c.try_at(0, 1));
    assert_eq!(count(&answers), 1, "one token was there: {answers:?}");
    let refused = Err(Refused::Wait(secs(1)));
    assert!(
        answers.contains(&refused),
        "the next comes at 1 s: {answers:?}"
    );
}

#[harness::model]
fn two_tokens_are_granted_to_two_that_ask_at_once() {
    let customer = Customer::new(2);
    let answers = both(&customer, |c| c.try_at(0, 1), |c| c.try_at(0, 1));
    assert_eq!(answers, [Ok(()), Ok(())], "two tokens were there");
    assert!(customer.try_at(0, 1).is_err(), "and both are taken");
}

#[harness::model]
fn a_burst_is_granted_and_no_more() {
    let customer = Customer::new(2);
    let third = {
        let customer = customer.clone();
        thread::spawn(move || customer.try_at(5, 1))
    };
    let [first, second] = both(&customer, |c| c.try_at(5, 1), |c| c.try_at(5, 1));
    let answers = [first, second, third.join().unwrap()];
    assert_eq!(
        count(&answers),
        2,
        "a burst of 2, asked at 5 s: {answers:?}"
    );
}

#[harness::model]
fn a_token_that_has_come_since_is_granted_once() {
    let customer = Customer::new(2);
    customer.try_at(0, 2).unwrap();
    let answers = both(&customer, |c| c.try_at(1, 1), |c| c.try_at(1, 1));
    assert_eq!(count(&answers), 1, "one token came by 1 s: {answers:?}");
    assert_eq!(customer.try_at(2, 1), Ok(()), "and one more by 2 s");
}

#[harness::model]
fn readings_that_arrive_in_either_order_mint_no_token() {
    let customer = Customer::new(2);
    customer.try_at(0, 2).unwrap();
    let [early, late] = both(&customer, |c| c.try_at(1, 1), |c| c.try_at(2, 1));
    assert_eq!(late, Ok(()), "two tokens came by 2 s");
    // The reading of 1 s may find that the one of 2 s has taken the token of that second.
    let left = if early.is_ok() { 0 } else { 1 };
    let more = [customer.try_at(2, 1), customer.try_at(2, 1)];
    assert_eq!(count(&more), left, "by 2 s, after {early:?} at 1 s");
    assert_eq!(customer.try_at(3, 1), Ok(()), "the third comes by 3 s");
}

#[harness::model]
fn two_that_ask_twice_stay_within_burst_and_rate() {
    let customer = Customer::new(1);
    let answers = both(
        &customer,
        |c| [0, 1].map(|at| c.try_at(at, 1)),
        |c| [0, 2].map(|at| c.try_at(at, 1)),
    );
    let granted = count(answers.as_flattened());
    // The reading of 1 s may come after that of 2 s.
    assert!(
        (2..=3).contains(&granted),
        "{granted} tokens in 2 s, with a burst of 1: {answers:?}"
    );
}

#[harness::model]
fn each_reservation_gets_a_time_of_its_own() {
    let customer = Customer::new(1);
    let third = {
        let customer = customer.clone();
        thread::spawn(move || customer.reserve_at(0, 1, Duration::MAX))
    };
    let [first, second] = both(
        &customer,
        |c| c.reserve_at(0, 1, Duration::MAX),
        |c| c.reserve_at(0, 1, Duration::MAX),
    );
    let mut grants = [first, second, third.join().unwrap()].map(Result::unwrap);
    grants.sort();
    assert_eq!(grants, [0, 1, 2].map(secs), "three reservations at 0 s");
}

#[harness::model]
fn a_refused_caller_takes_nothing_not_even_for_a_moment() {
    let customer = Customer::new(3);
    customer.try_at(0, 3).unwrap();
    let [large, small] = both(&customer, |c| c.try_at(2, 3), |c| c.try_at(2, 2));
    // What is still to come for three depends on whether the two have been taken.
    assert!(
        matches!(large, Err(Refused::Wait(wait)) if wait == secs(1) || wait == secs(3)),
        "two tokens came by 2 s: {large:?}"
    );
    assert_eq!(small, Ok(()), "both are there for whoever asks for two");
}
