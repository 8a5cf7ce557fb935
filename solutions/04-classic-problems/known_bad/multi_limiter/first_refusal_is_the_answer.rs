//! verdict: WrongAnswer
//! misconception: worked-once
//!
//! The learner stops at the first limit that refuses, and tells the caller what that one said. The
//! others may be much further off: the caller comes back in a second, to hear of a minute.

use kit::clock::Clock;
use kit::sync::{Arc, Mutex, MutexGuard};
use std::collections::HashMap;
use std::ptr;
use std::time::{Duration, Instant};

pub struct MultiLimiter {
    clock: Arc<dyn Clock>,
    start: Instant,
    limits: Limits,
}

impl MultiLimiter {
    pub fn new(clock: Arc<dyn Clock>, global: &[Quota], per_caller: &[Quota]) -> MultiLimiter {
        MultiLimiter {
            start: clock.now(),
            clock,
            limits: Limits::new(global, per_caller),
        }
    }

    pub fn try_acquire(&self, caller: &str, n: u64) -> Result<(), Refused> {
        self.limits.try_acquire_at(self.now(), caller, n)
    }

    pub fn acquire(&self, caller: &str, n: u64) -> Result<(), Refused> {
        loop {
            let now = self.now();
            match self.limits.try_acquire_at(now, caller, n) {
                Err(Refused::Wait { wait, .. }) => self.clock.sleep_until(self.start + now + wait),
                answer => return answer,
            }
        }
    }

    fn now(&self) -> Duration {
        self.clock.now() - self.start
    }
}

pub struct Limits {
    global: Vec<Limit>,
    per_caller: Vec<Quota>,
    callers: Mutex<HashMap<String, Arc<[Limit]>>>,
}

impl Limits {
    pub fn new(global: &[Quota], per_caller: &[Quota]) -> Limits {
        Limits {
            global: global.iter().copied().map(Limit::new).collect(),
            per_caller: per_caller.to_vec(),
            callers: Mutex::new(HashMap::new()),
        }
    }

    pub fn try_acquire_at(&self, now: Duration, caller: &str, n: u64) -> Result<(), Refused> {
        let own = self.of(caller);
        let limits: Vec<&Limit> = self.global.iter().chain(own.iter()).collect();
        try_acquire_all_at(now, &limits, n)
    }

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

pub struct Limit {
    quota: Quota,
    level: Mutex<Level>,
}

impl Limit {
    pub fn new(quota: Quota) -> Limit {
        Limit {
            quota,
            level: Mutex::new(Level::full(quota)),
        }
    }

    pub fn available_at(&self, now: Duration) -> u64 {
        self.level.lock().unwrap().available(now)
    }
}

pub fn try_acquire_all_at(now: Duration, limits: &[&Limit], n: u64) -> Result<(), Refused> {
    if let Some(limit) = limits.iter().position(|limit| n > limit.quota.burst) {
        return Err(Refused::TooMany { limit });
    }
    let mut order: Vec<usize> = (0..limits.len()).collect();
    order.sort_by_key(|&i| ptr::from_ref(limits[i]));
    order.dedup_by_key(|i| ptr::from_ref(limits[*i]));
    let mut held: Vec<(usize, MutexGuard<'_, Level>)> = order
        .into_iter()
        .map(|i| (i, limits[i].level.lock().unwrap()))
        .collect();
    held.sort_by_key(|(i, _)| *i);
    for (i, level) in &mut held {
        let wait = level.wait(now, n);
        if !wait.is_zero() {
            return Err(Refused::Wait { limit: *i, wait });
        }
    }
    for (_, level) in &mut held {
        level.take(n);
    }
    Ok(())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    tokens: u64,
    per: Duration,
    burst: u64,
}

impl Quota {
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

    pub const fn burst(self) -> u64 {
        self.burst
    }
}

#[derive(Clone, Debug)]
pub struct Level {
    quota: Quota,
    parts: u128,
    at: u128,
}

impl Level {
    pub fn full(quota: Quota) -> Level {
        let mut level = Level {
            quota,
            parts: 0,
            at: 0,
        };
        level.parts = level.parts(quota.burst);
        level
    }

    pub fn wait(&mut self, now: Duration, n: u64) -> Duration {
        self.refill(now);
        let missing = self.parts(n).saturating_sub(self.parts);
        if missing == 0 {
            return Duration::ZERO;
        }
        let there = self.at + missing.div_ceil(self.quota.tokens.into());
        Duration::from_nanos_u128(there - now.as_nanos())
    }

    pub fn take(&mut self, n: u64) {
        self.parts = self.parts.saturating_sub(self.parts(n));
    }

    pub fn available(&mut self, now: Duration) -> u64 {
        self.refill(now);
        (self.parts / self.quota.per.as_nanos()) as u64
    }

    fn refill(&mut self, now: Duration) {
        let now = now.as_nanos().max(self.at);
        let come = (now - self.at).saturating_mul(self.quota.tokens.into());
        self.parts = self.parts.saturating_add(come);
        self.parts = self.parts.min(self.parts(self.quota.burst));
        self.at = now;
    }

    fn parts(&self, n: u64) -> u128 {
        self.quota.per.as_nanos() * u128::from(n)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refused {
    TooMany { limit: usize },
    Wait { limit: usize, wait: Duration },
}
