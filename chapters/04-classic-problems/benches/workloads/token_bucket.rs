//! What is measured of `token_bucket`: `try_acquire` on real time, since what a limit costs is what it
//! costs those who are let through and those who are not.

use super::subject::{Rate, TokenBucket};
use kit::clock::SystemClock;
use kit::sync::Arc;
use paired::{Workload, at_once};
use std::time::{Duration, Instant};

pub const WORKLOADS: &[Workload] = &[
    Workload {
        name: "one thread, granted",
        unit: "call",
        run: granted,
    },
    Workload {
        name: "one thread, refused",
        unit: "call",
        run: refused,
    },
    Workload {
        name: "two threads",
        unit: "call",
        run: two_threads,
    },
];

/// A token comes every nanosecond, and a call takes longer than that.
fn granted(calls: u64) -> Duration {
    let bucket = bucket(1_000_000_000, Duration::from_secs(1), 1_000_000);
    let began = Instant::now();
    let granted = (0..calls).filter(|_| bucket.try_acquire(1)).count();
    let took = began.elapsed();
    assert_eq!(granted as u64, calls, "a call was refused");
    took
}

/// The bucket is empty, and the next token is an hour away.
fn refused(calls: u64) -> Duration {
    let bucket = bucket(1, Duration::from_secs(3600), 1);
    assert!(bucket.try_acquire(1), "a new bucket is full");
    let began = Instant::now();
    let granted = (0..calls).filter(|_| bucket.try_acquire(1)).count();
    let took = began.elapsed();
    assert_eq!(granted, 0, "a call was granted a token that was not there");
    took
}

/// Two threads at one bucket, which has tokens for half of the calls.
fn two_threads(calls: u64) -> Duration {
    let each = calls.div_ceil(2);
    let burst = u32::try_from(each).expect("a slice is far shorter");
    let bucket = bucket(1, Duration::from_secs(3600), burst.into());
    let (took, granted) = at_once(2, |_| (0..each).filter(|_| bucket.try_acquire(1)).count());
    let granted: usize = granted.iter().sum();
    assert_eq!(granted as u64, each, "not as many grants as tokens");
    took
}

fn bucket(tokens: u64, per: Duration, burst: u64) -> TokenBucket {
    TokenBucket::new(Arc::new(SystemClock), Rate::new(tokens, per), burst)
}
