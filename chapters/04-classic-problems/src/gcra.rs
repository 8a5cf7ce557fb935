//! **The generic cell rate algorithm: a rate limit in one atomic.**
//!
//! A service limits each of its customers: 10 requests a second, say, and up to 5 at once. It has a
//! million customers and many threads. A lock for each customer is a lock to wait for; what is there,
//! and since when, are two numbers that have to change together.
//!
//! They can be put into one. Instead of how many tokens there are, remember *when the customer will
//! have a full burst again*. That time (the *theoretical arrival time*) moves on by itself: each token
//! taken moves it a little into the future, and whoever waits lets it come nearer. If it is too far
//! off, the request is refused. One number fits into one atomic word, and then no lock is needed.
//!
//! Two things are to write:
//!
//! 1. [`Gcra`]: the rule. It holds no state: each call is told the time, as a duration since some
//!    time zero, and is given the customer's word. This is what the models explore.
//! 2. [`Limiter`]: a `Gcra`, one word and a clock. It can also wait.
//!
//! What has to be true:
//!
//! - **Never too many**: in any stretch of time of length *t*, no more than burst + rate × *t* tokens
//!   are granted, whatever the threads do.
//! - **None lost**: a refused call leaves the word as it was, even for a moment, and no part of a
//!   token is forgotten, not after a million grants. (So: whole numbers. If *k* tokens come in *p*
//!   nanoseconds, what unit of time makes both a nanosecond and a token whole?)
//! - **Nobody in vain**: who is refused could not have been served. That another thread was faster is
//!   no reason to refuse.
//! - **No lock**: `Gcra` is `Copy`, so there is room for none, and the word is all the state there is.
//!   A word of 0 is that of a customer who has used nothing.
//! - **A clock reading may come late**: a thread can read the clock, be overtaken by one that reads it
//!   later, and get to the word second. It may then be refused what a newer reading would be granted;
//!   but nothing is granted twice because of that, and nothing panics.
//! - **The end of the word**: 64 bits end some day. What they cannot hold is refused; nothing wraps.

use kit::clock::Clock;
use kit::sync::Arc;
use kit::sync::atomic::AtomicU64;
use std::time::Duration;

/// One customer's limit, which reads a clock and can wait.
pub struct Limiter {
    // Your fields.
}

impl Limiter {
    /// A limit of which nothing is used up yet.
    ///
    /// # Panics
    /// As [`Gcra::new`].
    pub fn new(clock: Arc<dyn Clock>, rate: Rate, burst: u64) -> Limiter {
        let _ = (clock, rate, burst);
        todo!("keep the clock, what it says now (that is time zero), a `Gcra`, and a word of 0")
    }

    /// Takes `n` tokens if they are there now; never waits.
    ///
    /// # Errors
    /// As [`Gcra::try_acquire_at`].
    pub fn try_acquire(&self, n: u64) -> Result<(), Refused> {
        let _ = n;
        todo!("ask the `Gcra`, with the word and the time since the start")
    }

    /// Takes `n` tokens and returns when they may be used. Callers are served in the order in which
    /// they came.
    ///
    /// # Errors
    /// [`Refused::TooMany`] and [`Refused::Never`], at once.
    pub fn acquire(&self, n: u64) -> Result<(), Refused> {
        let _ = n;
        todo!("reserve the tokens, then let the clock sleep until they may be used")
    }

    /// Like [`acquire`](Self::acquire), if that takes no longer than `timeout`.
    ///
    /// # Errors
    /// As [`Gcra::reserve_at`], at once, and nothing is taken.
    pub fn acquire_timeout(&self, n: u64, timeout: Duration) -> Result<(), Refused> {
        let _ = (n, timeout);
        todo!("reserve the tokens only if they come in time, then sleep until they may be used")
    }
}

/// A rate and a burst, and the rule that follows from them. What a customer has used up is not in
/// here but in a word of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gcra {
    // Your fields.
}

impl Gcra {
    /// A limit of `burst` tokens at once, and `rate` in the long run.
    ///
    /// # Panics
    /// If `burst` is 0, or if a word has no room for a year of 365.25 days and a burst: for (the year
    /// in nanoseconds × [`Rate::tokens`]) + (`burst` × [`Rate::nanos`]).
    pub fn new(rate: Rate, burst: u64) -> Gcra {
        let _ = (rate, burst);
        todo!("keep the rate and the burst, once you have checked that they fit")
    }

    /// Takes `n` tokens if they are there at `now`; never waits.
    ///
    /// # Errors
    /// As [`reserve_at`](Self::reserve_at) by `now`.
    pub fn try_acquire_at(&self, word: &AtomicU64, now: Duration, n: u64) -> Result<(), Refused> {
        let _ = (word, now, n);
        todo!("read the word, work out what it would become, and put that there or refuse")
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
        let _ = (word, now, n, latest);
        todo!("like `try_acquire_at`, but accept a wait that ends by `latest`")
    }
}

/// So many tokens in so many nanoseconds, in lowest terms; exact, so 2.5 a second is 1 in
/// 400 000 000. (Nothing to write here.)
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
