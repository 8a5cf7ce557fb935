//! Time that a test can hold still: [`Clock`], [`SystemClock`], [`ManualClock`], and a [`Condvar`]
//! whose deadlines are on a clock.
//!
//! Code that sleeps, times out or ticks takes an `Arc<dyn Clock>`. In production that is a
//! [`SystemClock`]. In a test it is a [`ManualClock`], on which an hour passes in a millisecond, and
//! only when the test says so:
//!
//! ```
//! use kit::clock::{Clock, ManualClock};
//! use kit::{sync::Arc, thread};
//! use std::time::Duration;
//!
//! /// Calls `ready` until it says yes, waiting twice as long each time.
//! fn retry(clock: Arc<dyn Clock>, mut ready: impl FnMut() -> bool) -> u32 {
//!     let mut pause = Duration::from_secs(1);
//!     let mut tries = 1;
//!     while !ready() {
//!         clock.sleep(pause);
//!         pause *= 2;
//!         tries += 1;
//!     }
//!     tries
//! }
//!
//! let clock = ManualClock::new();
//! let shared: Arc<dyn Clock> = Arc::new(clock.clone());
//! let opens = clock.now() + Duration::from_secs(60);
//! let caller = thread::spawn(move || retry(shared.clone(), || shared.now() >= opens));
//! for seconds in [1, 2, 4, 8, 16, 32] {
//!     clock.wait_for_sleepers(1); // the caller has gone back to sleep
//!     clock.advance(Duration::from_secs(seconds));
//! }
//! assert_eq!(caller.join().unwrap(), 7);
//! assert_eq!(clock.elapsed(), Duration::from_secs(63));
//! ```
//!
//! Left out: dates. A clock gives [`Instant`]s, which only ever go forward.

mod condvar;
mod manual;
mod timeline;
mod waiter;

pub use condvar::Condvar;
pub use manual::ManualClock;
#[doc(hidden)]
pub use waiter::Waiter;

use crate::channel::Receiver;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Tells the time and wakes who waits for it. Used as `Arc<dyn Clock>`.
///
/// `sleep` and `sleep_until` are methods of `dyn Clock` (below) and of each clock rather than of the
/// trait: so they know the line that called them, and a hang report can name it.
///
/// Blocking takes more than telling the time, so a clock of your own (one that counts how often it is
/// read, say) wraps one of the kit's and passes all four calls on to it.
pub trait Clock: Send + Sync {
    /// The time now. Never earlier than what an earlier call gave.
    fn now(&self) -> Instant;

    /// A channel that receives one message, the time, once `duration` has passed. Zero: at once.
    /// Like crossbeam's `after`: it stays silent, and connected, ever after.
    fn after(&self, duration: Duration) -> Receiver<Instant>;

    /// A channel that receives the time every `period`, for the first time after one period. It holds
    /// one message: while the last one has not been taken, ticks are dropped. It never disconnects.
    ///
    /// # Panics
    ///
    /// If `period` is zero.
    fn tick(&self, period: Duration) -> Receiver<Instant>;

    /// Blocks until `waiter` is settled; settles it as timed out at `deadline` (`None`: never).
    /// The one primitive under `sleep` and the timed waits of [`Condvar`].
    #[doc(hidden)]
    fn block(&self, waiter: &Arc<Waiter>, deadline: Option<Instant>);
}

impl dyn Clock + '_ {
    /// Blocks the calling thread until `duration` has passed on this clock. Zero: not at all.
    #[track_caller]
    pub fn sleep(&self, duration: Duration) {
        sleep_until(self, self.now().checked_add(duration), Location::caller());
    }

    /// Blocks the calling thread until [`now`](Clock::now) is `deadline` or later.
    #[track_caller]
    pub fn sleep_until(&self, deadline: Instant) {
        sleep_until(self, Some(deadline), Location::caller());
    }
}

fn sleep_until(
    clock: &(impl Clock + ?Sized),
    deadline: Option<Instant>,
    site: &'static Location<'static>,
) {
    if deadline.is_none_or(|deadline| clock.now() < deadline) {
        clock.block(&Waiter::asleep(site), deadline);
    }
}

impl fmt::Debug for dyn Clock + '_ {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Clock").finish_non_exhaustive()
    }
}

/// So that `&Arc<dyn Clock>` can be given where `&dyn Clock` is asked for.
impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Instant {
        C::now(self)
    }

    fn after(&self, duration: Duration) -> Receiver<Instant> {
        C::after(self, duration)
    }

    fn tick(&self, period: Duration) -> Receiver<Instant> {
        C::tick(self, period)
    }

    fn block(&self, waiter: &Arc<Waiter>, deadline: Option<Instant>) {
        C::block(self, waiter, deadline);
    }
}

/// Real time: the operating system's monotonic clock.
///
/// ```
/// use kit::clock::{Clock, SystemClock};
/// use kit::sync::Arc;
/// use std::time::Duration;
///
/// let clock: Arc<dyn Clock> = Arc::new(SystemClock);
/// let start = clock.now();
/// clock.sleep(Duration::from_millis(2));
/// assert!(clock.now() >= start + Duration::from_millis(2));
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl SystemClock {
    /// Blocks the calling thread until `duration` has passed. Zero: not at all.
    #[track_caller]
    pub fn sleep(&self, duration: Duration) {
        sleep_until(self, self.now().checked_add(duration), Location::caller());
    }

    /// Blocks the calling thread until [`now`](Clock::now) is `deadline` or later.
    #[track_caller]
    pub fn sleep_until(&self, deadline: Instant) {
        sleep_until(self, Some(deadline), Location::caller());
    }
}

impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn after(&self, duration: Duration) -> Receiver<Instant> {
        crossbeam::channel::after(duration)
    }

    fn tick(&self, period: Duration) -> Receiver<Instant> {
        assert!(
            !period.is_zero(),
            "a ticker needs a period longer than zero"
        );
        crossbeam::channel::tick(period)
    }

    fn block(&self, waiter: &Arc<Waiter>, deadline: Option<Instant>) {
        // A sleep in real time ends by itself, so there is nothing to explain and nothing to record.
        let _waiting = waiter.record_condvar();
        waiter.wait_in_real_time(deadline);
    }
}
