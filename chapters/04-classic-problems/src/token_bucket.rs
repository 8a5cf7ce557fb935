//! **A token bucket with no thread of its own.**
//!
//! A service allows each customer so many requests: 100 a second, say, and no more than 20 at once.
//! A *token bucket* keeps such a limit. Tokens drip into it at a fixed rate; once it holds as many
//! as its *burst*, further ones are lost. Whoever wants to do something takes a token first, or
//! several for something big.
//!
//! A bucket that is fed by a thread costs a thread a customer. This one has none: when somebody
//! asks, it works out how many tokens have come since it was asked last. Two things are to write:
//!
//! 1. [`Bucket`]: the arithmetic and the lock. It reads no clock: each call is told the time, as a
//!    duration since the bucket was made. This is what the models explore.
//! 2. [`TokenBucket`]: a `Bucket` and a clock. It can also wait.
//!
//! What has to be true:
//!
//! - **Never too many**: in any stretch of time of length *t*, no more than burst + rate × *t*
//!   tokens are granted, whatever the threads do.
//! - **None lost**: a refused call takes nothing, and no part of a token is forgotten, not after a
//!   million grants. (So: whole numbers. `u128` and `i128` have room.)
//! - **In turn**: a reservation takes its tokens at once, even ones that are still to come. From
//!   then on the bucket is in debt, and nobody who comes later passes by.
//! - **No waiting for a sleeper**: while one caller sleeps for its tokens, the others get their
//!   answers.
//! - **The clock may stand still, and readings may come late**: a thread can read the clock, be
//!   overtaken by one that reads it later, and get to the bucket second. Nothing is granted twice
//!   because of that, and nothing panics.
//!
//! Use `kit::sync` for locks, and nothing else that waits but the clock.

use kit::clock::Clock;
use kit::sync::Arc;
use std::time::{Duration, Instant};

/// A token bucket that reads a clock and can wait.
pub struct TokenBucket {
    // Your fields.
}

impl TokenBucket {
    /// A bucket that is full now.
    ///
    /// # Panics
    /// As [`Bucket::new`].
    pub fn new(clock: Arc<dyn Clock>, rate: Rate, burst: u64) -> TokenBucket {
        let _ = (clock, rate, burst);
        todo!("keep the clock, what it says now (that is time zero), and a new `Bucket`")
    }

    /// Takes `n` tokens if they are there now; never waits.
    pub fn try_acquire(&self, n: u64) -> bool {
        let _ = n;
        todo!("ask the `Bucket`, with the time since the start")
    }

    /// Takes `n` tokens, from the future if need be, and says from when on they may be used. The
    /// caller waits, or does not.
    ///
    /// # Errors
    /// [`Refused::TooMany`]; [`Refused::TooLate`] if the time is too far off for an [`Instant`] (a
    /// thousand years ahead must still work).
    pub fn reserve(&self, n: u64) -> Result<Instant, Refused> {
        let _ = n;
        todo!("ask the `Bucket` for the time of the grant, and turn it into an `Instant`")
    }

    /// Takes `n` tokens and returns when they may be used. Callers are served in the order in which
    /// they came, large or small.
    ///
    /// # Errors
    /// As [`reserve`](Self::reserve), at once.
    pub fn acquire(&self, n: u64) -> Result<(), Refused> {
        let _ = n;
        todo!("take the tokens, then let the clock sleep until they may be used")
    }

    /// Like [`acquire`](Self::acquire), if that takes no longer than `timeout`.
    ///
    /// # Errors
    /// [`Refused::TooMany`]; [`Refused::TooLate`] if the tokens cannot be had in time. Either comes
    /// at once, without waiting, and nothing is taken.
    pub fn acquire_timeout(&self, n: u64, timeout: Duration) -> Result<(), Refused> {
        let _ = (n, timeout);
        todo!("take the tokens only if they come in time, then sleep until they may be used")
    }
}

/// A token bucket that is told the time, as a duration since it was made.
pub struct Bucket {
    // Your fields.
}

impl Bucket {
    /// A bucket that holds at most `burst` tokens, and at time zero holds them all.
    ///
    /// # Panics
    /// If `burst` is 0, or so large that burst × period, in nanoseconds, exceeds [`i128::MAX`].
    pub fn new(rate: Rate, burst: u64) -> Bucket {
        let _ = (rate, burst);
        todo!("keep the rate, the burst, and under a lock what is there and since when")
    }

    /// Takes `n` tokens if they are there at `now`; never waits.
    pub fn try_acquire_at(&self, now: Duration, n: u64) -> bool {
        let _ = (now, n);
        todo!("add what has come since the last call, then take `n` tokens or nothing")
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
        let _ = (now, n, latest);
        todo!("work out when the tokens will be there; if that is in time, take them now")
    }
}

/// So many tokens in so much time; exact, so 2.5 a second is 5 in two seconds. (Nothing to write
/// here.)
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
