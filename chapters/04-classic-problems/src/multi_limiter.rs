//! **Several limits at once, all or nothing.**
//!
//! A service grants each caller 10 requests a second and 100 a minute, and all callers together 500 a
//! second. A request has to pass all three limits. If one of them refuses it, the request does not
//! happen, and then the other two must not count it either: a caller who is over its own limit
//! would use up what belongs to everybody.
//!
//! The arithmetic of one limit is given ([`Level`], at the end of this file). What is left is to make
//! several of them act as one, with many threads asking at the same time, each about other limits:
//!
//! 1. [`Limit`] and [`try_acquire_all_at`]: takes from any limits, in one step. It reads no clock: each
//!    call is told the time. This is what the models explore.
//! 2. [`Limits`]: some limits for everybody, and some for each caller.
//! 3. [`MultiLimiter`]: `Limits` and a clock. It can also wait.
//!
//! What has to be true:
//!
//! - **The tightest rules**: a request is granted exactly when every limit has the tokens. Who is
//!   refused learns which limit has to be waited for longest, and how long.
//! - **All or nothing**: a refused request takes nothing from any limit, and nobody can see it take
//!   something and give it back.
//! - **Nobody in vain**: of two requests that each could be granted alone, one is granted. That another
//!   request was looking at the same limits is no reason to refuse.
//! - **No waiting in a circle**: requests name their limits in any order, and even twice.
//! - **No waiting for a sleeper**: while one caller sleeps, the others get their answers.
//! - **A caller is one caller**: also when its first two requests come at the same moment.
//!
//! Use `kit::sync` for locks, and nothing else that waits but the clock. A model starts afresh for each
//! schedule, so there are no `static` locks or counters. (Should you look for something that tells two
//! limits apart, and that all threads agree on: `std::ptr::from_ref(limit)` can be compared.)

use kit::clock::Clock;
use kit::sync::Arc;
use std::time::Duration;

/// Limits for all callers together and for each of them, which read a clock and can wait.
pub struct MultiLimiter {
    // Your fields.
}

impl MultiLimiter {
    /// All limits have all their tokens now.
    pub fn new(clock: Arc<dyn Clock>, global: &[Quota], per_caller: &[Quota]) -> MultiLimiter {
        let _ = (clock, global, per_caller);
        todo!("keep the clock, what it says now (that is time zero), and new `Limits`")
    }

    /// Takes `n` tokens from each global limit and each limit of `caller`, if all have them now; never
    /// waits.
    ///
    /// # Errors
    /// As [`Limits::try_acquire_at`].
    pub fn try_acquire(&self, caller: &str, n: u64) -> Result<(), Refused> {
        let _ = (caller, n);
        todo!("ask the `Limits`, with the time since the start")
    }

    /// As [`try_acquire`](Self::try_acquire), but waits until all have them. Nothing is reserved:
    /// whoever comes when the tokens are there gets them.
    ///
    /// # Errors
    /// [`Refused::TooMany`], at once.
    pub fn acquire(&self, caller: &str, n: u64) -> Result<(), Refused> {
        let _ = (caller, n);
        todo!("ask; if it has to wait, let the clock sleep that long, and ask again")
    }
}

/// Limits for all callers together and for each of them, which are told the time, as a duration since
/// they were made.
pub struct Limits {
    // Your fields.
}

impl Limits {
    /// All limits have all their tokens at time zero.
    pub fn new(global: &[Quota], per_caller: &[Quota]) -> Limits {
        let _ = (global, per_caller);
        todo!("make the global limits, and a place for those of each caller")
    }

    /// Takes `n` tokens from each global limit and each limit of `caller`, if all have them at `now`.
    ///
    /// # Errors
    /// As [`try_acquire_all_at`]; limits are counted from 0, the global ones first.
    pub fn try_acquire_at(&self, now: Duration, caller: &str, n: u64) -> Result<(), Refused> {
        let _ = (now, caller, n);
        todo!("find the caller's own limits, or make them; then `try_acquire_all_at`")
    }
}

/// One limit, which any number of threads may ask.
pub struct Limit {
    // Your fields.
}

impl Limit {
    /// A limit that has all its tokens at time zero.
    pub fn new(quota: Quota) -> Limit {
        let _ = quota;
        todo!("put a `Level` where many threads can use it")
    }

    /// The whole tokens that are there at `now`. Those of a request that is being refused are among
    /// them.
    pub fn available_at(&self, now: Duration) -> u64 {
        let _ = now;
        todo!("ask the `Level`")
    }
}

/// Takes `n` tokens from each of `limits`, if all of them have `n` at `now`; otherwise none from any.
/// To everybody else it is one step. A limit that is named twice counts once, and without a limit
/// everything is granted.
///
/// # Errors
/// [`Refused::TooMany`] if `n` exceeds a burst; otherwise [`Refused::Wait`] if a limit lacks tokens.
pub fn try_acquire_all_at(now: Duration, limits: &[&Limit], n: u64) -> Result<(), Refused> {
    let _ = (now, limits, n);
    todo!("find out whether every limit has the tokens, and take them all or none")
}

/// So many tokens in so much time, and no more than `burst` at once; exact, so 2.5 a second is 5 in
/// two seconds. (Nothing to write here.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    tokens: u64,
    per: Duration,
    burst: u64,
}

impl Quota {
    /// `tokens` tokens, spread evenly over `per`, of which up to `burst` are saved.
    ///
    /// # Panics
    /// If one of them is zero, or an empty bucket would take more than a thousand years to fill.
    pub const fn new(tokens: u64, per: Duration, burst: u64) -> Quota {
        assert!(tokens > 0, "a rate of no tokens");
        assert!(!per.is_zero(), "tokens in no time");
        assert!(burst > 0, "a limit of no tokens grants nothing");
        let age = Duration::from_secs(1_000 * 31_557_600).as_nanos();
        let full = per.as_nanos().checked_mul(burst as u128);
        assert!(
            matches!(full, Some(full) if full.div_ceil(tokens as u128) <= age),
            "it would take more than a thousand years to fill"
        );
        Quota { tokens, per, burst }
    }

    /// The most that can be taken at once.
    pub const fn burst(self) -> u64 {
        self.burst
    }
}

/// How many tokens one limit has, and as of when: the arithmetic of a token bucket, which is told the
/// time as a duration since some time zero. It knows nothing of other threads. (Nothing to write here.)
///
/// Counted in parts, of which a token has as many as the period has nanoseconds: a nanosecond brings
/// exactly [`Quota`]'s tokens of them.
#[derive(Clone, Debug)]
pub struct Level {
    quota: Quota,
    parts: u128,
    /// The latest time that it has been told, in nanoseconds. An older one is an old reading of the
    /// clock, and counts as this.
    at: u128,
}

impl Level {
    /// All the tokens that `quota` allows at once, at time zero.
    pub fn full(quota: Quota) -> Level {
        let mut level = Level {
            quota,
            parts: 0,
            at: 0,
        };
        level.parts = level.parts(quota.burst);
        level
    }

    /// How long after `now` there will be `n` tokens, which is no more than the burst: zero if they are
    /// there.
    pub fn wait(&mut self, now: Duration, n: u64) -> Duration {
        self.refill(now);
        let missing = self.parts(n).saturating_sub(self.parts);
        if missing == 0 {
            return Duration::ZERO;
        }
        let there = self.at + missing.div_ceil(self.quota.tokens.into());
        Duration::from_nanos_u128(there - now.as_nanos())
    }

    /// Takes `n` tokens, or what there is. Whether there are `n`, ask [`wait`](Self::wait) first.
    pub fn take(&mut self, n: u64) {
        self.parts = self.parts.saturating_sub(self.parts(n));
    }

    /// The whole tokens that are there at `now`.
    pub fn available(&mut self, now: Duration) -> u64 {
        self.refill(now);
        (self.parts / self.quota.per.as_nanos()) as u64
    }

    /// Adds what has come since it was told the time last.
    fn refill(&mut self, now: Duration) {
        let now = now.as_nanos().max(self.at);
        // Saturating is exact: whatever does not fit is more than all that is allowed.
        let come = (now - self.at).saturating_mul(self.quota.tokens.into());
        self.parts = self.parts.saturating_add(come);
        self.parts = self.parts.min(self.parts(self.quota.burst));
        self.at = now;
    }

    /// The parts of `n` tokens, no more than the burst.
    fn parts(&self, n: u64) -> u128 {
        self.quota.per.as_nanos() * u128::from(n)
    }
}

/// Why no token was taken from any limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    /// More were asked for than this limit ever grants at once: the first such limit, counted from 0
    /// in the order in which they were given.
    TooMany {
        /// Which one.
        limit: usize,
    },
    /// They are not there.
    Wait {
        /// The limit that has to be waited for longest; of several, the first.
        limit: usize,
        /// After this long all of them are there, if nobody takes them first.
        wait: Duration,
    },
}
