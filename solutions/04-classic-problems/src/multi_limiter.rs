//! Several limits at once, all or nothing.
//!
//! [`try_acquire_all_at`] takes from any number of [`Limit`]s in one step. [`Limits`] says which ones
//! a caller's request has to pass; [`MultiLimiter`] adds the clock. Reservations and a queue are left
//! out, and so is forgetting callers that have gone.

use kit::clock::Clock;
use kit::sync::{Arc, Mutex, MutexGuard};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::ptr;
use std::time::{Duration, Instant};

/// Limits for all callers together and for each of them, which read a clock and can wait.
pub struct MultiLimiter {
    clock: Arc<dyn Clock>,
    /// The clock's time when `limits`' time was zero.
    start: Instant,
    limits: Limits,
}

impl MultiLimiter {
    /// All limits have all their tokens now.
    pub fn new(clock: Arc<dyn Clock>, global: &[Quota], per_caller: &[Quota]) -> MultiLimiter {
        MultiLimiter {
            start: clock.now(),
            clock,
            limits: Limits::new(global, per_caller),
        }
    }

    /// Takes `n` tokens from each global limit and each limit of `caller`, if all have them now; never
    /// waits.
    ///
    /// # Errors
    /// As [`Limits::try_acquire_at`].
    pub fn try_acquire(&self, caller: &str, n: u64) -> Result<(), Refused> {
        self.limits.try_acquire_at(self.now(), caller, n)
    }

    /// As [`try_acquire`](Self::try_acquire), but waits until all have them. Nothing is reserved:
    /// whoever comes when the tokens are there gets them.
    ///
    /// # Errors
    /// [`Refused::TooMany`], at once.
    pub fn acquire(&self, caller: &str, n: u64) -> Result<(), Refused> {
        loop {
            // Told the time anew at each turn: a wait has ended in between.
            let now = self.now();
            match self.limits.try_acquire_at(now, caller, n) {
                // No lock is held here. When we wake, others may have been faster: ask again.
                Err(Refused::Wait { wait, .. }) => self.clock.sleep_until(self.start + now + wait),
                answer => return answer,
            }
        }
    }

    fn now(&self) -> Duration {
        self.clock.now() - self.start
    }
}

/// Limits for all callers together and for each of them, which are told the time, as a duration since
/// they were made.
pub struct Limits {
    global: Vec<Limit>,
    per_caller: Vec<Quota>,
    /// The limits of each caller who has ever asked. This lock is held for as long as it takes to find
    /// them, never while one of theirs is.
    callers: Mutex<HashMap<String, Arc<[Limit]>>>,
}

impl Limits {
    /// All limits have all their tokens at time zero.
    pub fn new(global: &[Quota], per_caller: &[Quota]) -> Limits {
        Limits {
            global: global.iter().copied().map(Limit::new).collect(),
            per_caller: per_caller.to_vec(),
            callers: Mutex::new(HashMap::new()),
        }
    }

    /// Takes `n` tokens from each global limit and each limit of `caller`, if all have them at `now`.
    ///
    /// # Errors
    /// As [`try_acquire_all_at`]; limits are counted from 0, the global ones first.
    pub fn try_acquire_at(&self, now: Duration, caller: &str, n: u64) -> Result<(), Refused> {
        let own = self.of(caller);
        let limits: Vec<&Limit> = self.global.iter().chain(own.iter()).collect();
        try_acquire_all_at(now, &limits, n)
    }

    /// The caller's own limits. Looking for them and putting them there is one critical section:
    /// otherwise two requests of a new caller would each make a set.
    fn of(&self, caller: &str) -> Arc<[Limit]> {
        let mut callers = self.callers.lock().unwrap();
        if let Some(own) = callers.get(caller) {
            return own.clone();
        }
        let own: Arc<[Limit]> = self.per_caller.iter().copied().map(Limit::new).collect();
        callers.insert(caller.to_owned(), own.clone());
        own
    }
}

/// One limit, which any number of threads may ask.
pub struct Limit {
    quota: Quota,
    level: Mutex<Level>,
}

impl Limit {
    /// A limit that has all its tokens at time zero.
    pub fn new(quota: Quota) -> Limit {
        Limit {
            quota,
            level: Mutex::new(Level::full(quota)),
        }
    }

    /// The whole tokens that are there at `now`. Those of a request that is being refused are among
    /// them.
    pub fn available_at(&self, now: Duration) -> u64 {
        self.level.lock().unwrap().available(now)
    }
}

/// Takes `n` tokens from each of `limits`, if all of them have `n` at `now`; otherwise none from any.
/// To everybody else it is one step. A limit that is named twice counts once, and without a limit
/// everything is granted.
///
/// # Errors
/// [`Refused::TooMany`] if `n` exceeds a burst; otherwise [`Refused::Wait`] if a limit lacks tokens.
pub fn try_acquire_all_at(now: Duration, limits: &[&Limit], n: u64) -> Result<(), Refused> {
    if let Some(limit) = limits.iter().position(|limit| n > limit.quota.burst) {
        return Err(Refused::TooMany { limit });
    }
    // All locks are held from the first look to the last token. Everybody takes them in the order of
    // the limits' addresses, so no circle of waits can close; a limit that is there twice would wait
    // for itself. (A limit does not move while we have a reference to it.)
    let mut order: Vec<usize> = (0..limits.len()).collect();
    order.sort_by_key(|&i| ptr::from_ref(limits[i]));
    order.dedup_by_key(|i| ptr::from_ref(limits[*i]));
    let mut held: Vec<(usize, MutexGuard<'_, Level>)> = order
        .into_iter()
        .map(|i| (i, limits[i].level.lock().unwrap()))
        .collect();
    let waits = held.iter_mut().map(|(i, level)| (level.wait(now, n), *i));
    if let Some((wait, limit)) = waits.max_by_key(|&(wait, i)| (wait, Reverse(i)))
        && !wait.is_zero()
    {
        return Err(Refused::Wait { limit, wait });
    }
    for (_, level) in &mut held {
        level.take(n);
    }
    Ok(())
}

/// So many tokens in so much time, and no more than `burst` at once; exact, so 2.5 a second is 5 in
/// two seconds.
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
/// time as a duration since some time zero. It knows nothing of other threads.
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
