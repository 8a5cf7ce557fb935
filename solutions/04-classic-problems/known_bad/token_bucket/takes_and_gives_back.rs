//! verdict: BadInterleaving
//! misconception: atomic-compound
//!
//! The learner takes the tokens first and gives them back if they would come too late. In
//! between the bucket is in debt, and somebody whose tokens are there is refused.

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

/// A token is worth as many parts as the period has nanoseconds; a nanosecond brings `tokens`.
struct State {
    parts: i128,
    last: Duration,
}

impl Bucket {
    pub fn new(rate: Rate, burst: u64) -> Bucket {
        assert!(burst > 0, "no tokens at all");
        let period = i128::try_from(rate.per.as_nanos()).unwrap();
        let parts = period
            .checked_mul(burst.into())
            .expect("burst × period is too large");
        Bucket {
            rate,
            burst,
            state: Mutex::new(State {
                parts,
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
        let left = state
            .parts
            .checked_sub(self.parts(n))
            .ok_or(Refused::TooLate)?;
        let wait = left.min(0).unsigned_abs().div_ceil(self.rate.tokens.into());
        let grant = state.last.as_nanos() + wait;
        let too_late = grant > latest.max(state.last).as_nanos();
        state.parts = left;
        drop(state);
        if too_late {
            self.state.lock().unwrap().parts += self.parts(n);
            return Err(Refused::TooLate);
        }
        Ok(Duration::from_nanos_u128(grant))
    }

    fn refill(&self, state: &mut State, now: Duration) {
        let passed = now.saturating_sub(state.last);
        let come = passed.as_nanos().saturating_mul(self.rate.tokens.into());
        let parts = state.parts.saturating_add_unsigned(come);
        state.parts = parts.min(self.parts(self.burst));
        state.last = state.last.max(now);
    }

    fn parts(&self, n: u64) -> i128 {
        self.rate.per.as_nanos() as i128 * i128::from(n)
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
