//! **A token bucket that a thread fills.**
//!
//! Requests are to go out at a steady pace: one every 100 milliseconds, and after a rest up to 5 at
//! once. A bucket holds *tokens*, at most as many as its *burst*, and is full in the beginning. A
//! thread of its own, the *filler*, puts in one token every *period*. Whoever wants to send calls
//! [`TickerBucket::wait`], which takes a token, or waits for one. In the end somebody calls
//! [`TickerBucket::close`].
//!
//! The counting is easy. What you write here is a thread that keeps time, that nobody has to
//! wait for, and that ends. What has to be true:
//!
//! - **Never too many**: by the time *t* after the start, no more than burst + *t* / period tokens
//!   (rounded down) have been taken, whatever the threads do.
//! - **A steady rate**: the *k*-th token comes *k* periods after [`TickerBucket::new`], to the
//!   nanosecond. A filler that comes late (threads do) puts in all that it has missed, and the next
//!   token comes when it would have come anyway.
//! - **A full bucket drops tokens**: a token that has no room is lost. The filler never waits for
//!   room.
//! - **Nobody sleeps beside a token**: while there are tokens, no call of `wait` waits.
//! - **Closed is closed**: when `close` returns, the filler has ended, every waiting call is on its way
//!   out with [`Closed`], and every later one gets [`Closed`] too, even if tokens are left. `close`
//!   itself does not wait for the next token to come due.
//! - **More than one may close**: two threads at once, or one twice; each time the above holds.
//! - **Dropping closes.**
//!
//! Time is what the [`Clock`] says. Wait with `kit::sync`, `kit::channel` and `kit::clock`: a test's
//! clock moves only when the test moves it. [`kit::clock::Condvar`] waits for a notification *or* for
//! a time, whichever is first; so does `select!` over a channel and [`Clock::after`]. There is no order
//! among callers who wait.
//!
//! ```no_run
//! use ch04::ticker_bucket::{Closed, TickerBucket};
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

use kit::clock::Clock;
use kit::sync::Arc;
use std::time::Duration;

/// A token bucket, and the thread that fills it.
pub struct TickerBucket {
    // Your fields. What the filler needs as well goes into an `Arc` of its own.
}

/// The bucket is closed, and grants nothing any more. (Nothing to write here.)
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

impl TickerBucket {
    /// A bucket that is full now, and gets a token every `period` from now on.
    ///
    /// # Panics
    /// If `period` is zero or `burst` is 0.
    pub fn new(clock: Arc<dyn Clock>, period: Duration, burst: u64) -> TickerBucket {
        let _ = (clock, period, burst);
        todo!("new: a full bucket, and a thread that puts in a token every `period`")
    }

    /// Takes a token, and waits for one if there is none.
    ///
    /// # Errors
    /// [`Closed`] if the bucket is closed or gets closed meanwhile, tokens or not.
    pub fn wait(&self) -> Result<(), Closed> {
        todo!("wait: sleep until there is a token or the bucket is closed, then take it or say so")
    }

    /// Closes the bucket. When this returns, by whomever and however often it was called, the thread
    /// has ended, every call of [`wait`](Self::wait) that was waiting returns, and every later one is
    /// refused.
    pub fn close(&self) {
        todo!("close: note that the bucket is closed, wake everybody, and join the filler")
    }
}

impl Drop for TickerBucket {
    fn drop(&mut self) {
        // A panic while another one unwinds would abort the whole process.
        if !kit::thread::panicking() {
            todo!("drop: close the bucket, unless that was done before");
        }
    }
}
