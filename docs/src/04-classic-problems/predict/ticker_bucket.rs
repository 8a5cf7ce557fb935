//! Two fillers, each a millisecond late at every token. When do they put in the last token of an hour?

use kit::clock::{Clock, ManualClock};
use std::time::{Duration, Instant};

const PERIOD: Duration = Duration::from_millis(100);
/// From the moment when the time has come until the thread runs and has put the token in.
const LATE: Duration = Duration::from_millis(1);
/// An hour of tokens.
const TOKENS: u32 = 36_000;

// ANCHOR: due
/// When the next token is due, for a filler that goes by the time of now.
fn from_now(now: Instant, _start: Instant, _put: u32) -> Instant {
    now + PERIOD
}

/// And for one that goes by the number of tokens it has put in.
fn from_the_start(_now: Instant, start: Instant, put: u32) -> Instant {
    start + PERIOD * (put + 1)
}
// ANCHOR_END: due

pub fn answer() -> String {
    format!(
        "a period from now:        token {TOKENS} at {:.3} s\n\
         counted from the start:   token {TOKENS} at {:.3} s\n",
        last_token(from_now).as_secs_f64(),
        last_token(from_the_start).as_secs_f64(),
    )
}

fn last_token(due: fn(Instant, Instant, u32) -> Instant) -> Duration {
    let clock = ManualClock::new();
    for put in 0..TOKENS {
        let due = due(clock.now(), clock.start(), put);
        clock.advance(due - clock.now());
        clock.advance(LATE);
    }
    clock.elapsed()
}
