//! How fast this machine is, measured on the spot.

use std::hint::black_box;
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// What one round takes on a typical machine: a server core at about 3 GHz.
const TYPICAL: Duration = Duration::from_micros(1_300);
const ROUNDS: usize = 8;

/// How much longer this machine takes for a piece of work than a typical one: 2.0 is half as fast.
/// Measured once in a process, in about 10 ms; never below 1, since a budget too generous costs
/// nobody a point, and never above 30.
pub(crate) fn slowness() -> f64 {
    static SLOWNESS: OnceLock<f64> = OnceLock::new();
    *SLOWNESS.get_or_init(|| {
        let text = "größer, schöner, weiter · ".repeat(2_000);
        // The best of several rounds: interference only ever adds.
        let best = (0..ROUNDS)
            .map(|_| round(text.as_bytes()))
            .min()
            .unwrap_or(TYPICAL);
        (best.as_secs_f64() / TYPICAL.as_secs_f64()).clamp(1.0, 30.0)
    })
}

/// A fixed piece of work in functions that the standard library carries compiled, so that it takes
/// the same time in a debug and a release build.
fn round(text: &[u8]) -> Duration {
    let start = thread_time();
    for _ in 0..32 {
        black_box(std::str::from_utf8(black_box(text))).expect("is UTF-8");
    }
    for _ in 0..8_000 {
        black_box(black_box("3.141592653589793").parse::<f64>()).expect("is a number");
    }
    thread_time().saturating_sub(start)
}

/// Processor time of this thread, which leaves out what other processes take away.
#[cfg(unix)]
fn thread_time() -> Duration {
    let mut time = libc::timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the pointer is to a timespec that lives through the call.
    if unsafe { libc::clock_gettime(libc::CLOCK_THREAD_CPUTIME_ID, &mut time) } == 0 {
        return Duration::new(time.tv_sec.unsigned_abs(), time.tv_nsec as u32);
    }
    wall_time()
}

#[cfg(not(unix))]
fn thread_time() -> Duration {
    wall_time()
}

fn wall_time() -> Duration {
    static START: OnceLock<Instant> = OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measuring_is_quick_and_the_factor_within_its_bounds() {
        let start = thread_time();
        assert!((1.0..=30.0).contains(&slowness()));
        assert!(thread_time() - start < Duration::from_secs(2));
    }
}
