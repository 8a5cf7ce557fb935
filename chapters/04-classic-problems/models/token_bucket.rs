//! What a bucket promises under every schedule. Each thread brings its own reading of the clock; in
//! which order they arrive is for the schedule to decide.

use ch04::token_bucket::{Bucket, Rate, Refused};
use kit::sync::Arc;
use kit::thread;
use std::time::Duration;

const ONE_A_SECOND: Rate = Rate::new(1, Duration::from_secs(1));

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}

/// Runs both at once, the second on this thread, and returns what each returned.
fn both<T: Send + 'static>(
    bucket: &Arc<Bucket>,
    one: impl FnOnce(&Bucket) -> T + Send + 'static,
    other: impl FnOnce(&Bucket) -> T,
) -> [T; 2] {
    let thread = {
        let bucket = bucket.clone();
        thread::spawn(move || one(&bucket))
    };
    let other = other(bucket);
    [thread.join().unwrap(), other]
}

fn count(granted: &[bool]) -> usize {
    granted.iter().filter(|granted| **granted).count()
}

#[harness::model]
fn one_token_is_granted_once() {
    let bucket = Arc::new(Bucket::new(ONE_A_SECOND, 1));
    let granted = both(
        &bucket,
        |bucket| bucket.try_acquire_at(secs(0), 1),
        |bucket| bucket.try_acquire_at(secs(0), 1),
    );
    assert_eq!(count(&granted), 1, "one token was there: {granted:?}");
}

#[harness::model]
fn a_full_bucket_grants_its_burst_and_no_more() {
    let bucket = Arc::new(Bucket::new(ONE_A_SECOND, 2));
    let third = {
        let bucket = bucket.clone();
        thread::spawn(move || bucket.try_acquire_at(secs(5), 1))
    };
    let [first, second] = both(
        &bucket,
        |bucket| bucket.try_acquire_at(secs(5), 1),
        |bucket| bucket.try_acquire_at(secs(5), 1),
    );
    let granted = [first, second, third.join().unwrap()];
    assert_eq!(
        count(&granted),
        2,
        "full since 0 s, asked at 5 s: {granted:?}"
    );
}

#[harness::model]
fn a_token_that_has_come_since_is_granted_once() {
    let bucket = Arc::new(Bucket::new(ONE_A_SECOND, 2));
    assert!(bucket.try_acquire_at(secs(0), 2));
    let granted = both(
        &bucket,
        |bucket| bucket.try_acquire_at(secs(1), 1),
        |bucket| bucket.try_acquire_at(secs(1), 1),
    );
    assert_eq!(count(&granted), 1, "one token came by 1 s: {granted:?}");
    assert!(bucket.try_acquire_at(secs(2), 1), "and one more by 2 s");
}

#[harness::model]
fn readings_that_arrive_in_either_order_lose_no_token_and_mint_none() {
    let bucket = Arc::new(Bucket::new(ONE_A_SECOND, 2));
    assert!(bucket.try_acquire_at(secs(0), 2));
    let granted = both(
        &bucket,
        |bucket| bucket.try_acquire_at(secs(1), 1),
        |bucket| bucket.try_acquire_at(secs(2), 1),
    );
    assert_eq!(granted, [true, true], "two tokens came by 2 s");
    assert!(
        !bucket.try_acquire_at(secs(2), 1),
        "three tokens by 2 s, and two had come"
    );
    assert!(bucket.try_acquire_at(secs(3), 1), "the third comes by 3 s");
}

#[harness::model]
fn two_that_ask_twice_stay_within_burst_and_rate() {
    let bucket = Arc::new(Bucket::new(ONE_A_SECOND, 1));
    let granted = both(
        &bucket,
        |bucket| [0, 1].map(|at| bucket.try_acquire_at(secs(at), 1)),
        |bucket| [0, 2].map(|at| bucket.try_acquire_at(secs(at), 1)),
    );
    let granted = count(granted.as_flattened());
    // The reading of 1 s may come after that of 2 s; the token of that second is lost to the cap.
    assert!(
        (2..=3).contains(&granted),
        "{granted} tokens in 2 s, with a burst of 1"
    );
}

#[harness::model]
fn each_reservation_gets_a_time_of_its_own() {
    let bucket = Arc::new(Bucket::new(ONE_A_SECOND, 1));
    let third = {
        let bucket = bucket.clone();
        thread::spawn(move || bucket.reserve_at(secs(0), 1, Duration::MAX))
    };
    let [first, second] = both(
        &bucket,
        |bucket| bucket.reserve_at(secs(0), 1, Duration::MAX),
        |bucket| bucket.reserve_at(secs(0), 1, Duration::MAX),
    );
    let mut grants = [first, second, third.join().unwrap()].map(Result::unwrap);
    grants.sort();
    assert_eq!(grants, [0, 1, 2].map(secs), "three reservations at 0 s");
}

#[harness::model]
fn a_refused_caller_takes_nothing_not_even_for_a_moment() {
    let bucket = Arc::new(Bucket::new(ONE_A_SECOND, 3));
    assert!(bucket.try_acquire_at(secs(0), 3));
    let [large, small] = both(
        &bucket,
        |bucket| bucket.reserve_at(secs(2), 3, secs(2)).map(|_| ()),
        |bucket| match bucket.try_acquire_at(secs(2), 2) {
            true => Ok(()),
            false => Err(Refused::TooLate),
        },
    );
    assert_eq!(large, Err(Refused::TooLate), "two tokens came by 2 s");
    assert_eq!(small, Ok(()), "both are there for whoever asks for two");
}
