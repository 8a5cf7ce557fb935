//! verdict: WrongAnswer
//! misconception: worked-once
//!
//! The learner keeps the fraction, in an `f64`. A tenth of a token ten times is less than one
//! token, so grants come late, and the more of them the later.

use kit::clock::Clock;
use kit::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// As late as anybody may wait; an `Instant` can still tell.
const FAR: Duration = Duration::from_secs(1 << 40);

pub struct TokenBucket {
    clock: Arc<dyn Clock>,
    start: Instant,
    bucket: Bucket,
}

impl TokenBucket {
    pub fn new(clock: Arc<dyn Clock>, rate: Rate, burst: u64) -> TokenBucket {
        TokenBucket {
            start: clock.now(),
            clock,
            bucket: Bucket::new(rate, burst),
        }
    }

    pub fn try_acquire(&self, n: u64) -> bool {
        self.bucket.try_acquire_at(self.now(), n)
    }

    pub fn reserve(&self, n: u64) -> Result<Instant, Refused> {
        Ok(self.start + self.bucket.reserve_at(self.now(), n, FAR)?)
    }

    pub fn acquire(&self, n: u64) -> Result<(), Refused> {
        self.clock.sleep_until(self.reserve(n)?);
        Ok(())
    }

    pub fn acquire_timeout(&self, n: u64, timeout: Duration) -> Result<(), Refused> {
        let now = self.now();
        let latest = now.saturating_add(timeout).min(FAR);
        let grant = self.bucket.reserve_at(now, n, latest)?;
        self.clock.sleep_until(self.start + grant);
        Ok(())
    }

    fn now(&self) -> Duration {
        self.clock.now() - self.start
    }
}

pub struct Bucket {
    rate: Rate,
    burst: u64,
    state: Mutex<State>,
}

struct State {
    tokens: f64,
    last: Duration,
}

impl Bucket {
    pub fn new(rate: Rate, burst: u64) -> Bucket {
        assert!(burst > 0, "no tokens at all");
        Bucket {
            rate,
            burst,
            state: Mutex::new(State {
                tokens: burst as f64,
                last: Duration::ZERO,
            }),
        }
    }

    pub fn try_acquire_at(&self, now: Duration, n: u64) -> bool {
        self.reserve_at(now, n, now).is_ok()
    }

    pub fn reserve_at(&self, now: Duration, n: u64, latest: Duration) -> Result<Duration, Refused> {
        if n > self.burst {
            return Err(Refused::TooMany);
        }
        if n == 0 {
            return Ok(now);
        }
        let mut state = self.state.lock().unwrap();
        self.refill(&mut state, now);
        let left = state.tokens - n as f64;
        let wait = (-left).max(0.0) / self.per_second() * 1e9;
        let grant = state.last + Duration::from_nanos(wait.ceil() as u64);
        if grant > latest.max(state.last) {
            return Err(Refused::TooLate);
        }
        state.tokens = left;
        Ok(grant)
    }

    fn refill(&self, state: &mut State, now: Duration) {
        let passed = now.saturating_sub(state.last);
        let come = passed.as_secs_f64() * self.per_second();
        state.tokens = (state.tokens + come).min(self.burst as f64);
        state.last = state.last.max(now);
    }

    fn per_second(&self) -> f64 {
        self.rate.tokens as f64 / self.rate.per.as_secs_f64()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    tokens: u64,
    per: Duration,
}

impl Rate {
    pub const fn new(tokens: u64, per: Duration) -> Rate {
        assert!(tokens > 0, "a rate of no tokens");
        assert!(!per.is_zero(), "tokens in no time");
        Rate { tokens, per }
    }

    pub const fn tokens(self) -> u64 {
        self.tokens
    }

    pub const fn per(self) -> Duration {
        self.per
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    TooMany,
    TooLate,
}
