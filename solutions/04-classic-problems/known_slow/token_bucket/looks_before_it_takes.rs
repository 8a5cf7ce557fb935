//! slowdown: 2
//!
//! Asks first whether there are enough tokens, and takes them then, in a second critical section that asks
//! again. Right, since the second one decides; and it reads the clock, locks, refills and divides twice.

use kit::clock::Clock;
use kit::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// A token bucket that reads a clock and can wait.
pub struct TokenBucket {
    clock: Arc<dyn Clock>,
    /// The clock's time when `bucket`'s time was zero.
    start: Instant,
    bucket: Bucket,
}

impl TokenBucket {
    /// The latest time that a caller may wait for: 35 000 years on, which an [`Instant`] can tell.
    const END: Duration = Duration::from_secs(1 << 40);

    /// A bucket that is full now.
    ///
    /// # Panics
    /// As [`Bucket::new`].
    pub fn new(clock: Arc<dyn Clock>, rate: Rate, burst: u64) -> TokenBucket {
        TokenBucket {
            start: clock.now(),
            clock,
            bucket: Bucket::new(rate, burst),
        }
    }

    /// Takes `n` tokens if they are there now; never waits.
    pub fn try_acquire(&self, n: u64) -> bool {
        self.bucket.has_at(self.now(), n) && self.bucket.try_acquire_at(self.now(), n)
    }

    /// Takes `n` tokens, from the future if need be, and says from when on they may be used. The
    /// caller waits, or does not.
    ///
    /// # Errors
    /// [`Refused::TooMany`]; [`Refused::TooLate`] if the time is too far off for an [`Instant`].
    pub fn reserve(&self, n: u64) -> Result<Instant, Refused> {
        self.reserve_by(self.now(), n, Self::END)
    }

    /// Takes `n` tokens and returns when they may be used. Callers are served in the order in which
    /// they came, large or small.
    ///
    /// # Errors
    /// As [`reserve`](Self::reserve), at once.
    pub fn acquire(&self, n: u64) -> Result<(), Refused> {
        // The tokens are ours from here on and the lock is free again: nobody waits for our sleep.
        self.clock.sleep_until(self.reserve(n)?);
        Ok(())
    }

    /// Like [`acquire`](Self::acquire), if that takes no longer than `timeout`.
    ///
    /// # Errors
    /// [`Refused::TooMany`]; [`Refused::TooLate`] if the tokens cannot be had in time. Either comes
    /// at once, without waiting, and nothing is taken.
    pub fn acquire_timeout(&self, n: u64, timeout: Duration) -> Result<(), Refused> {
        let now = self.now();
        let latest = now.saturating_add(timeout).min(Self::END);
        self.clock.sleep_until(self.reserve_by(now, n, latest)?);
        Ok(())
    }

    /// `latest` is at most [`END`](Self::END).
    fn reserve_by(&self, now: Duration, n: u64, latest: Duration) -> Result<Instant, Refused> {
        Ok(self.start + self.bucket.reserve_at(now, n, latest)?)
    }

    fn now(&self) -> Duration {
        self.clock.now() - self.start
    }
}

/// A token bucket that is told the time, as a duration since it was made.
///
/// Tokens are counted in *parts*, of which a token has as many as the period of the rate has
/// nanoseconds. Then a nanosecond brings exactly [`Rate::tokens`] parts, every quantity is a whole
/// number, and nothing is rounded but the times that callers are told.
pub struct Bucket {
    burst: u64,
    /// The parts of a token. `burst` tokens fit an `i128`.
    token: i128,
    /// The parts that a nanosecond brings.
    per_nano: u128,
    /// One lock for both fields: what is there means something only together with when.
    level: Mutex<Level>,
}

struct Level {
    /// The parts that were there at `at`; negative if more have been granted than had come by then.
    parts: i128,
    /// The latest time that anybody has asked at, in nanoseconds. Never goes back.
    at: u128,
}

impl Bucket {
    /// A bucket that holds at most `burst` tokens, and at time zero holds them all.
    ///
    /// # Panics
    /// If `burst` is 0, or so large that burst × period, in nanoseconds, exceeds [`i128::MAX`].
    pub fn new(rate: Rate, burst: u64) -> Bucket {
        assert!(burst > 0, "a bucket of no tokens grants nothing");
        let full = rate.per.as_nanos().checked_mul(burst.into());
        let full = full.and_then(|full| i128::try_from(full).ok());
        let full = full.expect("burst × period exceeds i128::MAX nanoseconds");
        Bucket {
            burst,
            token: full / i128::from(burst),
            per_nano: rate.tokens.into(),
            level: Mutex::new(Level { parts: full, at: 0 }),
        }
    }

    /// Whether `n` tokens are there at `now`.
    fn has_at(&self, now: Duration, n: u64) -> bool {
        let mut level = self.level.lock().unwrap();
        self.refill(&mut level, now.as_nanos());
        n == 0 || n <= self.burst && level.parts / self.token >= i128::from(n)
    }

    /// Takes `n` tokens if they are there at `now`; never waits.
    pub fn try_acquire_at(&self, now: Duration, n: u64) -> bool {
        self.reserve_at(now, n, now).is_ok()
    }

    /// Takes `n` tokens if they can be had by `latest`, and says from when on they may be used: the
    /// first whole nanosecond, not before `now`, at which all earlier grants and this one are paid
    /// for. `n = 0` takes nothing and may be used at once.
    ///
    /// A caller may read its clock, be overtaken, and come late: a time before the one that the
    /// bucket has been filled up to counts as that one, whether it is `now` or `latest`.
    ///
    /// # Errors
    /// [`Refused::TooMany`] if `n` exceeds the burst; [`Refused::TooLate`] if the tokens cannot be
    /// had by `latest`. In both cases nothing is taken.
    pub fn reserve_at(&self, now: Duration, n: u64, latest: Duration) -> Result<Duration, Refused> {
        if n > self.burst {
            return Err(Refused::TooMany);
        }
        if n == 0 {
            return Ok(now);
        }
        // Refill, check and take in one critical section: between any two of them another thread
        // could take the same tokens, or add the same time again.
        let mut level = self.level.lock().unwrap();
        self.refill(&mut level, now.as_nanos());
        // An i128 of parts in debt is paid in 292 years at the highest rate: late by any measure.
        let left = level.parts.checked_sub(self.parts(n));
        let left = left.ok_or(Refused::TooLate)?;
        let debt = left.min(0).unsigned_abs();
        // Counted from the bucket's time, not from a `now` that may lie before it. Rounding up is
        // for the caller only: the bucket goes on from the exact level.
        let grant = level.at + debt.div_ceil(self.per_nano);
        if grant > latest.as_nanos().max(level.at) {
            return Err(Refused::TooLate);
        }
        level.parts = left;
        Ok(Duration::from_nanos_u128(grant))
    }

    /// Adds what has come since `level.at`, up to a full bucket.
    fn refill(&self, level: &mut Level, now: u128) {
        let Some(passed) = now.checked_sub(level.at) else {
            return; // an old reading of the clock: that time has been counted
        };
        // Saturating is exact: whatever does not fit is more than a full bucket.
        let come = passed.saturating_mul(self.per_nano);
        let parts = level.parts.saturating_add_unsigned(come);
        *level = Level {
            parts: parts.min(self.parts(self.burst)),
            at: now,
        };
    }

    /// The parts of `n` tokens, no more than the burst: hence no overflow.
    fn parts(&self, n: u64) -> i128 {
        self.token * i128::from(n)
    }
}

/// So many tokens in so much time; exact, so 2.5 a second is 5 in two seconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    tokens: u64,
    per: Duration,
}

impl Rate {
    /// `tokens` tokens, spread evenly over `per`.
    ///
    /// # Panics
    /// If either is zero.
    pub const fn new(tokens: u64, per: Duration) -> Rate {
        assert!(tokens > 0, "a rate of no tokens");
        assert!(!per.is_zero(), "tokens in no time");
        Rate { tokens, per }
    }

    /// The tokens that come in [`per`](Self::per).
    pub const fn tokens(self) -> u64 {
        self.tokens
    }

    /// The time in which [`tokens`](Self::tokens) come.
    pub const fn per(self) -> Duration {
        self.per
    }
}

/// Why no token was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// More were asked for than the bucket ever holds.
    TooMany,
    /// They cannot be had in time.
    TooLate,
}
