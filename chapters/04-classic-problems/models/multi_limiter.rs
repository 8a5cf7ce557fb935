//! What several limits promise under every schedule, when requests name them in different orders.

use ch04::multi_limiter::{Limit, Limits, Quota, Refused, try_acquire_all_at};
use kit::sync::Arc;
use kit::thread;
use std::time::Duration;

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// One token a second, and up to `burst` at once.
fn quota(burst: u64) -> Quota {
    Quota::new(1, secs(1), burst)
}

/// One limit each, with so many tokens.
fn limits<const N: usize>(bursts: [u64; N]) -> Arc<[Limit; N]> {
    Arc::new(bursts.map(|burst| Limit::new(quota(burst))))
}

/// Takes `n` tokens from each of the limits with these numbers, at a time in seconds.
fn take<const N: usize>(
    limits: &[Limit; N],
    at: u64,
    names: &[usize],
    n: u64,
) -> Result<(), Refused> {
    let limits: Vec<&Limit> = names.iter().map(|&i| &limits[i]).collect();
    try_acquire_all_at(secs(at), &limits, n)
}

/// Runs both at once, the second on this thread, and returns what each returned.
fn both<S: Send + Sync + 'static, A: Send + 'static, B>(
    shared: &Arc<S>,
    one: impl FnOnce(&S) -> A + Send + 'static,
    other: impl FnOnce(&S) -> B,
) -> (A, B) {
    let thread = {
        let shared = shared.clone();
        thread::spawn(move || one(&shared))
    };
    let other = other(shared);
    (thread.join().unwrap(), other)
}

#[harness::model]
fn of_two_requests_in_opposite_orders_one_is_granted() {
    let limits = limits([1, 1]);
    let (forth, back) = both(
        &limits,
        |l| take(l, 0, &[0, 1], 1),
        |l| take(l, 0, &[1, 0], 1),
    );
    assert_eq!(
        forth.is_ok() as u32 + back.is_ok() as u32,
        1,
        "one token in each of two limits: {forth:?}, {back:?}"
    );
    assert_eq!([0, 1].map(|i| limits[i].available_at(secs(0))), [0, 0]);
}

#[harness::model]
fn two_requests_that_fit_are_both_granted() {
    let limits = limits([2, 1, 1]);
    let (one, other) = both(
        &limits,
        |l| take(l, 0, &[0, 1], 1),
        |l| take(l, 0, &[2, 0], 1),
    );
    assert_eq!((one, other), (Ok(()), Ok(())), "they share a limit of two");
    assert_eq!([0, 1, 2].map(|i| limits[i].available_at(secs(0))), [0; 3]);
}

#[harness::model]
fn three_requests_in_a_ring_do_not_wait_for_each_other() {
    let limits = limits([1, 1, 1]);
    let third = {
        let limits = limits.clone();
        thread::spawn(move || take(&limits, 0, &[2, 0], 1))
    };
    let (first, second) = both(
        &limits,
        |l| take(l, 0, &[0, 1], 1),
        |l| take(l, 0, &[1, 2], 1),
    );
    let answers = [first, second, third.join().unwrap()];
    let granted = answers.iter().filter(|answer| answer.is_ok()).count();
    assert_eq!(granted, 1, "any two of them share a token: {answers:?}");
}

#[harness::model]
fn a_refused_request_takes_nothing_not_even_for_a_moment() {
    let limits = limits([1, 2]);
    take(&limits, 0, &[0], 1).unwrap();
    let (refused, granted) = both(&limits, |l| take(l, 0, &[1, 0], 1), |l| take(l, 0, &[1], 2));
    let wait = |wait, limit| Err(Refused::Wait { limit, wait });
    // Once the other has both of limit 1, that one is as far off as limit 0, and it is named first.
    let expected = [wait(secs(1), 1), wait(secs(1), 0)];
    assert!(expected.contains(&refused), "limit 0 is empty: {refused:?}");
    assert_eq!(granted, Ok(()), "both tokens of limit 1 are there");
}

#[harness::model]
fn nobody_sees_a_refused_request_take_tokens() {
    let limits = limits([1, 1]);
    take(&limits, 0, &[1], 1).unwrap();
    let (refused, seen) = both(
        &limits,
        |l| take(l, 0, &[0, 1], 1),
        |l| l[0].available_at(secs(0)),
    );
    assert!(refused.is_err(), "limit 1 is empty");
    assert_eq!(seen, 1, "tokens of limit 0, which nobody can have taken");
}

#[harness::model]
fn a_limit_that_is_named_twice_counts_once() {
    let limits = limits([2, 1]);
    let (twice, once) = both(
        &limits,
        |l| take(l, 0, &[0, 1, 0], 1),
        |l| take(l, 0, &[0], 1),
    );
    assert_eq!((twice, once), (Ok(()), Ok(())), "two tokens for two");
}

#[harness::model]
fn readings_that_arrive_in_either_order_lose_no_token_and_mint_none() {
    let limits = limits([2, 2]);
    take(&limits, 0, &[0, 1], 2).unwrap();
    let answers = both(
        &limits,
        |l| take(l, 1, &[0, 1], 1),
        |l| take(l, 2, &[1, 0], 1),
    );
    assert_eq!(answers, (Ok(()), Ok(())), "two tokens came by 2 s");
    assert!(take(&limits, 2, &[0, 1], 1).is_err(), "and both are taken");
    assert_eq!(take(&limits, 3, &[0, 1], 1), Ok(()), "the third by 3 s");
}

#[harness::model]
fn a_new_caller_gets_one_set_of_limits() {
    let limits = Arc::new(Limits::new(&[], &[quota(1)]));
    let ask = |limits: &Limits| limits.try_acquire_at(secs(0), "ann", 1);
    let (one, other) = both(&limits, ask, ask);
    assert_eq!(
        one.is_ok() as u32 + other.is_ok() as u32,
        1,
        "ann has one token, and asks twice at once: {one:?}, {other:?}"
    );
}

#[harness::model]
fn callers_who_share_a_token_do_not_pay_for_each_other() {
    let limits = Arc::new(Limits::new(&[quota(1)], &[quota(1)]));
    let (ann, bob) = both(
        &limits,
        |l| l.try_acquire_at(secs(0), "ann", 1),
        |l| l.try_acquire_at(secs(0), "bob", 1),
    );
    let (winner, loser) = if ann.is_ok() {
        ("ann", "bob")
    } else {
        ("bob", "ann")
    };
    assert_eq!(
        ann.is_ok() as u32 + bob.is_ok() as u32,
        1,
        "one token for both: {ann:?}, {bob:?}"
    );
    // A second on there is a global token again, and a second later one more. The loser still has its
    // own of time 0; the winner's comes back at 1 s.
    assert_eq!(limits.try_acquire_at(secs(1), loser, 1), Ok(()), "{loser}");
    assert_eq!(
        limits.try_acquire_at(secs(2), winner, 1),
        Ok(()),
        "{winner}"
    );
}
