//! slowdown: 2
//!
//! Tries on a copy of the word first, and does the same again on the word itself: right, since the second
//! time decides, and every grant reads the clock and does the arithmetic twice.

use kit::clock::Clock;
use kit::sync::Arc;
use kit::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// One customer's limit, which reads a clock and can wait.
pub struct Limiter {
    clock: Arc<dyn Clock>,
    /// The clock's time when `word`'s time was zero.
    start: Instant,
    gcra: Gcra,
    word: AtomicU64,
}

impl Limiter {
    /// A limit of which nothing is used up yet.
    ///
    /// # Panics
    /// As [`Gcra::new`].
    pub fn new(clock: Arc<dyn Clock>, rate: Rate, burst: u64) -> Limiter {
        Limiter {
            start: clock.now(),
            clock,
            gcra: Gcra::new(rate, burst),
            word: AtomicU64::new(0),
        }
    }

    /// Takes `n` tokens if they are there now; never waits.
    ///
    /// # Errors
    /// As [`Gcra::try_acquire_at`].
    pub fn try_acquire(&self, n: u64) -> Result<(), Refused> {
        let copy = AtomicU64::new(self.word.load(Relaxed));
        self.gcra.try_acquire_at(&copy, self.now(), n)?;
        self.gcra.try_acquire_at(&self.word, self.now(), n)
    }

    /// Takes `n` tokens and returns when they may be used. Callers are served in the order in which
    /// they came.
    ///
    /// # Errors
    /// [`Refused::TooMany`] and [`Refused::Never`], at once.
    pub fn acquire(&self, n: u64) -> Result<(), Refused> {
        self.acquire_by(self.now(), n, Duration::MAX)
    }

    /// Like [`acquire`](Self::acquire), if that takes no longer than `timeout`.
    ///
    /// # Errors
    /// As [`Gcra::reserve_at`], at once, and nothing is taken.
    pub fn acquire_timeout(&self, n: u64, timeout: Duration) -> Result<(), Refused> {
        let now = self.now();
        self.acquire_by(now, n, now.saturating_add(timeout))
    }

    fn acquire_by(&self, now: Duration, n: u64, latest: Duration) -> Result<(), Refused> {
        // The tokens are ours before we sleep, so there is nothing to try again when we wake.
        let grant = self.gcra.reserve_at(&self.word, now, n, latest)?;
        self.clock.sleep_until(self.start + grant);
        Ok(())
    }

    fn now(&self) -> Duration {
        self.clock.now() - self.start
    }
}

/// A rate and a burst, and the rule that follows from them. What a customer has used up is not in
/// here but in a word of its own.
///
/// A word is the *theoretical arrival time*: the time at which its customer has a full burst again.
/// It is counted in *ticks*, [`Rate::tokens`] of which make a nanosecond. Then a token is worth
/// exactly [`Rate::nanos`] ticks, and nothing is rounded but the times that callers are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gcra {
    burst: u64,
    /// The ticks in a nanosecond.
    per_nano: u64,
    /// The ticks that a token takes to come. `burst` of them fit a `u64`.
    token: u64,
}

impl Gcra {
    /// A year of 365.25 days, in nanoseconds.
    const YEAR: u128 = 31_557_600_000_000_000;

    /// A limit of `burst` tokens at once, and `rate` in the long run.
    ///
    /// # Panics
    /// If `burst` is 0, or if a word has no room for a year and a burst: for (a year in nanoseconds ×
    /// [`Rate::tokens`]) + (`burst` × [`Rate::nanos`]).
    pub fn new(rate: Rate, burst: u64) -> Gcra {
        assert!(burst > 0, "a burst of no tokens grants nothing");
        // Neither product exceeds a u128, and their sum may.
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

    /// Takes `n` tokens if they are there at `now`; never waits.
    ///
    /// # Errors
    /// As [`reserve_at`](Self::reserve_at) by `now`.
    pub fn try_acquire_at(&self, word: &AtomicU64, now: Duration, n: u64) -> Result<(), Refused> {
        self.reserve_at(word, now, n, now).map(|_| ())
    }

    /// Takes `n` tokens if they can be had by `latest`, and says from when on they may be used: the
    /// first whole nanosecond, not before `now`, at which all earlier grants and this one are paid
    /// for. `n = 0` takes nothing and may be used at once. A `latest` before `now` counts as `now`.
    ///
    /// A word of 0 is that of a customer who has used nothing. Nobody else writes to the word.
    ///
    /// # Errors
    /// [`Refused::TooMany`] if `n` exceeds the burst; [`Refused::Wait`] if the tokens cannot be had by
    /// `latest`; [`Refused::Never`] if the word has no room for the time. Nothing is taken then.
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
        // Relaxed here and below: the word publishes nothing but itself. The exchange acts on its last
        // value whatever the ordering, and a refusal may rest on an older one: words only ever grow,
        // so what was refused then is refused now.
        let mut full_at = word.load(Relaxed);
        loop {
            // An idle customer gains no more than the burst: time that passed before `now` is gone.
            let next = full_at.max(arrival).checked_add(self.ticks_of(n));
            let next = next.ok_or(Refused::Never)?;
            // The tokens are there as soon as no more than a burst is missing. Rounding up is for the
            // caller only: the word goes on from the exact time.
            let early = next
                .saturating_sub(self.ticks_of(self.burst))
                .saturating_sub(arrival);
            let wait = Duration::from_nanos(early.div_ceil(self.per_nano));
            if wait > latest.saturating_sub(now) {
                return Err(Refused::Wait(wait));
            }
            // Weak: to fail for no reason costs one more turn of a loop that is here anyway.
            match word.compare_exchange_weak(full_at, next, Relaxed, Relaxed) {
                Ok(_) => return Ok(now + wait),
                // Somebody was faster. All of the above was about a word that is no longer there.
                Err(found) => full_at = found,
            }
        }
    }

    /// None from the time on that no word can tell.
    fn ticks(&self, time: Duration) -> Option<u64> {
        u64::try_from(time.as_nanos())
            .ok()?
            .checked_mul(self.per_nano)
    }

    /// The ticks that `n` tokens take to come, no more than the burst: hence no overflow.
    fn ticks_of(&self, n: u64) -> u64 {
        n * self.token
    }
}

/// So many tokens in so many nanoseconds, in lowest terms; exact, so 2.5 a second is 1 in
/// 400 000 000.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    tokens: u64,
    nanos: u64,
}

impl Rate {
    /// `tokens` tokens, spread evenly over `per`.
    ///
    /// # Panics
    /// If either is zero, or `per` is longer than [`u64::MAX`] nanoseconds (584 years).
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

    /// The tokens that come in [`nanos`](Self::nanos).
    pub const fn tokens(self) -> u64 {
        self.tokens
    }

    /// The nanoseconds in which [`tokens`](Self::tokens) come.
    pub const fn nanos(self) -> u64 {
        self.nanos
    }
}

/// Why no token was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// More were asked for than are ever there at once.
    TooMany,
    /// They cannot be had in time. They can be had after this long, if nobody takes them first.
    Wait(Duration),
    /// They cannot be had before the end of the time that a word can tell.
    Never,
}
