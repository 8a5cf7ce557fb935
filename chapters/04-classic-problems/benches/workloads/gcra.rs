//! What is measured of `gcra`: `try_acquire` on real time, since what a limit costs is what it
//! costs those who are let through and those who are not.

use super::subject::{Limiter, Rate};
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
    let limiter = limiter(1_000_000_000, Duration::from_secs(1), 1_000_000);
    let began = Instant::now();
    let granted = (0..calls)
        .filter(|_| limiter.try_acquire(1).is_ok())
        .count();
    let took = began.elapsed();
    assert_eq!(granted as u64, calls, "a call was refused");
    took
}

/// The burst is used up, and the next token is a minute away.
fn refused(calls: u64) -> Duration {
    let limiter = limiter(1, Duration::from_secs(60), 1);
    assert!(limiter.try_acquire(1).is_ok(), "nothing is used up yet");
    let began = Instant::now();
    let granted = (0..calls)
        .filter(|_| limiter.try_acquire(1).is_ok())
        .count();
    let took = began.elapsed();
    assert_eq!(granted, 0, "a call was granted a token that was not there");
    took
}

/// Two threads at one word, which has tokens for half of the calls.
fn two_threads(calls: u64) -> Duration {
    let each = calls.div_ceil(2);
    let burst = u32::try_from(each).expect("a slice is far shorter");
    let limiter = limiter(1, Duration::from_secs(60), burst.into());
    let (took, granted) = at_once(2, |_| {
        (0..each).filter(|_| limiter.try_acquire(1).is_ok()).count()
    });
    let granted: usize = granted.iter().sum();
    assert_eq!(granted as u64, each, "not as many grants as tokens");
    took
}

fn limiter(tokens: u64, per: Duration, burst: u64) -> Limiter {
    Limiter::new(Arc::new(SystemClock), Rate::new(tokens, per), burst)
}
