//! A token bucket that a thread fills: one token a period, as long as there is room.
//!
//! Here the thread is the lesson: how it keeps time without drifting, never waits for those it serves,
//! and ends the moment it is told to. Left out: taking several tokens at once, and any promise about
//! who of several waiting callers comes first.
//!
//! ```
//! use ch04_solutions::ticker_bucket::{Closed, TickerBucket};
//! use kit::{clock::SystemClock, sync::Arc};
//! use std::time::Duration;
//!
//! let bucket = TickerBucket::new(Arc::new(SystemClock), Duration::from_millis(1), 3);
//! for _request in 0..5 {
//!     bucket.wait().unwrap(); // three at once, then one a millisecond
//! }
//! bucket.close();
//! assert_eq!(bucket.wait(), Err(Closed));
//! ```

use kit::clock::{self, Clock};
use kit::sync::{Arc, Condvar, Mutex};
use kit::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// A token bucket, and the thread that fills it.
pub struct TickerBucket {
    shared: Arc<Shared>,
    /// `None` once it is joined. Locked for as long as the joining takes.
    filler: Mutex<Option<JoinHandle<()>>>,
}

/// What callers and the filler have in common. The filler holds this and not the `TickerBucket`, so
/// that dropping the latter is still the owner's to do.
struct Shared {
    burst: u64,
    level: Mutex<Level>,
    /// There are tokens, or the bucket is closed. Callers wait here.
    served: Condvar,
    /// The bucket is closed. The filler waits here, until its next token is due.
    closing: clock::Condvar,
}

struct Level {
    /// At most `burst`.
    tokens: u64,
    /// Once true, true for ever.
    closed: bool,
}

/// The bucket is closed, and grants nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

impl TickerBucket {
    /// A bucket that is full now, and gets a token every `period` from now on.
    ///
    /// # Panics
    /// If `period` is zero or `burst` is 0.
    pub fn new(clock: Arc<dyn Clock>, period: Duration, burst: u64) -> TickerBucket {
        assert!(!period.is_zero(), "tokens in no time");
        assert!(burst > 0, "a bucket of no tokens grants nothing");
        let shared = Arc::new(Shared {
            burst,
            level: Mutex::new(Level {
                tokens: burst,
                closed: false,
            }),
            served: Condvar::new(),
            closing: clock::Condvar::new(),
        });
        let ticks = Ticks::new(clock.now(), period);
        let filler = {
            let shared = shared.clone();
            thread::spawn(move || shared.fill(&clock, ticks))
        };
        TickerBucket {
            shared,
            filler: Mutex::new(Some(filler)),
        }
    }

    /// Takes a token, and waits for one if there is none.
    ///
    /// # Errors
    /// [`Closed`] if the bucket is closed or gets closed meanwhile, tokens or not.
    pub fn wait(&self) -> Result<(), Closed> {
        let level = self.shared.level.lock().unwrap();
        let nothing_to_say = |level: &mut Level| level.tokens == 0 && !level.closed;
        // Both conditions change under this lock only, and those who change them notify. Woken is
        // not served: a caller who has just come may have taken the token.
        let mut level = self
            .shared
            .served
            .wait_while(level, nothing_to_say)
            .unwrap();
        if level.closed {
            return Err(Closed);
        }
        level.tokens -= 1;
        Ok(())
    }

    /// Closes the bucket. When this returns, by whomever and however often it was called, the thread
    /// has ended, every call of [`wait`](Self::wait) that was waiting returns, and every later one is
    /// refused.
    pub fn close(&self) {
        self.shared.level.lock().unwrap().closed = true;
        self.shared.served.notify_all();
        self.shared.closing.notify_all();
        // The level is free again: the filler needs it on its way out. Whoever closes second waits
        // here until the first has joined.
        let mut filler = self.filler.lock().unwrap();
        if let Some(filler) = filler.take() {
            filler.join().expect("the filler does not panic");
        }
    }
}

impl Drop for TickerBucket {
    /// [`close`](TickerBucket::close)s.
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    /// Puts in a token a period until the bucket is closed.
    fn fill(&self, clock: &dyn Clock, mut ticks: Ticks) {
        let mut level = self.level.lock().unwrap();
        loop {
            // Ends by the time, or by `close`, whichever is first; `close` is noticed at once, however
            // long the period is.
            let due = ticks.next();
            level = (self.closing)
                .wait_while_until(clock, &self.level, level, due, |level| !level.closed)
                .0;
            if level.closed {
                return;
            }
            // More than one if this thread comes late.
            let come = ticks.take(clock.now());
            let room = self.burst - level.tokens;
            // What has no room is lost. Waiting for room would stop the clock of the bucket.
            level.tokens += come.min(room.into()) as u64;
            match come {
                0 => {}
                // A token, a caller. If another takes it first, that caller waits on, and rightly.
                1 => self.served.notify_one(),
                _ => self.served.notify_all(),
            }
        }
    }
}

/// When tokens come: the *k*-th, *k* periods after the start. Always counted from the start, so no
/// delay is carried on to the next one.
struct Ticks {
    start: Instant,
    /// In nanoseconds, not zero.
    period: u128,
    /// How many have been taken.
    taken: u128,
}

impl Ticks {
    /// The latest time that is waited for: 35 000 years on, which an [`Instant`] can tell. A token
    /// that comes later, never comes.
    const END: Duration = Duration::from_secs(1 << 40);

    fn new(start: Instant, period: Duration) -> Ticks {
        Ticks {
            start,
            period: period.as_nanos(),
            taken: 0,
        }
    }

    /// When the next one comes.
    fn next(&self) -> Instant {
        let after = self.period.saturating_mul(self.taken + 1);
        self.start + Duration::from_nanos_u128(after.min(Self::END.as_nanos()))
    }

    /// Takes all that have come by `now`, and says how many.
    fn take(&mut self, now: Instant) -> u128 {
        let come = (now - self.start).as_nanos() / self.period - self.taken;
        self.taken += come;
        come
    }
}
