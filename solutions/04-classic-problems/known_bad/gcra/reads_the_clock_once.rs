//! verdict: Hang
//! misconception: pattern-copying
//!
//! The learner has learned to wait in a loop that looks at its condition, and does so. But the time
//! in the condition is the one that was read before the loop. When the sleep is over it is still
//! too early, the next sleep is over at once, and so it goes round for ever.

use kit::clock::Clock;
use kit::sync::Arc;
use kit::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

pub struct Limiter {
    clock: Arc<dyn Clock>,
    start: Instant,
    gcra: Gcra,
    word: AtomicU64,
}

impl Limiter {
    pub fn new(clock: Arc<dyn Clock>, rate: Rate, burst: u64) -> Limiter {
        Limiter {
            start: clock.now(),
            clock,
            gcra: Gcra::new(rate, burst),
            word: AtomicU64::new(0),
        }
    }

    pub fn try_acquire(&self, n: u64) -> Result<(), Refused> {
        self.gcra.try_acquire_at(&self.word, self.now(), n)
    }

    pub fn acquire(&self, n: u64) -> Result<(), Refused> {
        self.acquire_by(self.now(), n, Duration::MAX)
    }

    pub fn acquire_timeout(&self, n: u64, timeout: Duration) -> Result<(), Refused> {
        let now = self.now();
        self.acquire_by(now, n, now.saturating_add(timeout))
    }

    fn acquire_by(&self, now: Duration, n: u64, latest: Duration) -> Result<(), Refused> {
        let grant = self.gcra.reserve_at(&self.word, now, n, latest)?;
        while now < grant {
            self.clock.sleep_until(self.start + grant);
        }
        Ok(())
    }

    fn now(&self) -> Duration {
        self.clock.now() - self.start
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gcra {
    burst: u64,
    per_nano: u64,
    token: u64,
}

impl Gcra {
    const YEAR: u128 = 31_557_600_000_000_000;

    pub fn new(rate: Rate, burst: u64) -> Gcra {
        assert!(burst > 0, "a burst of no tokens grants nothing");
        let full = u128::from(burst) * u128::from(rate.nanos);
        let room = full.checked_add(Self::YEAR * u128::from(rate.tokens));
        assert!(
            room.is_some_and(|room| room <= u128::from(u64::MAX)),
            "a year at this rate, and a burst, do not fit into 64 bits"
        );
        Gcra {
            burst,
            per_nano: rate.tokens,
            token: rate.nanos,
        }
    }

    pub fn try_acquire_at(&self, word: &AtomicU64, now: Duration, n: u64) -> Result<(), Refused> {
        self.reserve_at(word, now, n, now).map(|_| ())
    }

    pub fn reserve_at(
        &self,
        word: &AtomicU64,
        now: Duration,
        n: u64,
        latest: Duration,
    ) -> Result<Duration, Refused> {
        if n > self.burst {
            return Err(Refused::TooMany);
        }
        if n == 0 {
            return Ok(now);
        }
        let arrival = self.ticks(now).ok_or(Refused::Never)?;
        let mut full_at = word.load(Relaxed);
        loop {
            let next = full_at.max(arrival).checked_add(self.ticks_of(n));
            let next = next.ok_or(Refused::Never)?;
            let early = next
                .saturating_sub(self.ticks_of(self.burst))
                .saturating_sub(arrival);
            let wait = Duration::from_nanos(early.div_ceil(self.per_nano));
            if wait > latest.saturating_sub(now) {
                return Err(Refused::Wait(wait));
            }
            match word.compare_exchange_weak(full_at, next, Relaxed, Relaxed) {
                Ok(_) => return Ok(now + wait),
                Err(found) => full_at = found,
            }
        }
    }

    fn ticks(&self, time: Duration) -> Option<u64> {
        u64::try_from(time.as_nanos())
            .ok()?
            .checked_mul(self.per_nano)
    }

    fn ticks_of(&self, n: u64) -> u64 {
        n * self.token
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    tokens: u64,
    nanos: u64,
}

impl Rate {
    pub const fn new(tokens: u64, per: Duration) -> Rate {
        assert!(tokens > 0, "a rate of no tokens");
        assert!(!per.is_zero(), "tokens in no time");
        assert!(per.as_nanos() <= u64::MAX as u128, "tokens in an age");
        let nanos = per.as_nanos() as u64;
        let (mut common, mut rest) = (tokens, nanos);
        while rest > 0 {
            (common, rest) = (rest, common % rest);
        }
        Rate {
            tokens: tokens / common,
            nanos: nanos / common,
        }
    }

    pub const fn tokens(self) -> u64 {
        self.tokens
    }

    pub const fn nanos(self) -> u64 {
        self.nanos
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    TooMany,
    Wait(Duration),
    Never,
}
