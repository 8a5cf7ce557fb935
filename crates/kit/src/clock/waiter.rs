//! One blocked thread: the object that a clock and a condition variable settle between them.

use super::manual::Alarm;
use crate::trace;
use findings::Wait;
use std::panic::Location;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A thread's one wait, from its registration to its end. Whoever settles it first (a notification
/// or a clock) decides how it ended; the other finds it settled and goes on to the next.
#[doc(hidden)]
pub struct Waiter {
    state: Mutex<State>,
    /// Signalled when `state.outcome` is set; only the waiting thread waits on it.
    settled: Condvar,
    reason: Reason,
    site: &'static Location<'static>,
}

struct State {
    /// `None` → `Some`, once.
    outcome: Option<Outcome>,
    /// Where the waiter is registered with a manual clock, to be taken off when something else
    /// settles it.
    alarm: Option<Alarm>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Notified,
    TimedOut,
}

enum Reason {
    Sleep,
    /// On the condition variable with this address.
    Condvar(usize),
    /// A test waits for this to have happened on the clock.
    Watch(String),
}

impl Waiter {
    pub(super) fn asleep(site: &'static Location<'static>) -> Arc<Self> {
        Self::new(Reason::Sleep, site)
    }

    pub(super) fn on_condvar(address: usize, site: &'static Location<'static>) -> Arc<Self> {
        Self::new(Reason::Condvar(address), site)
    }

    pub(super) fn watching(what: String, site: &'static Location<'static>) -> Arc<Self> {
        Self::new(Reason::Watch(what), site)
    }

    fn new(reason: Reason, site: &'static Location<'static>) -> Arc<Self> {
        let state = Mutex::new(State {
            outcome: None,
            alarm: None,
        });
        Arc::new(Waiter {
            state,
            settled: Condvar::new(),
            reason,
            site,
        })
    }

    /// Ends the wait; false if it had ended already, and then nothing happens.
    pub(super) fn settle(&self, outcome: Outcome) -> bool {
        let alarm = {
            let mut state = lock(&self.state);
            if state.outcome.is_some() {
                return false;
            }
            state.outcome = Some(outcome);
            state.alarm.take()
        };
        // Off the clock before the thread can run: when `settle` has returned, the clock does not
        // count this thread among its sleepers any more.
        if let Some(alarm) = alarm {
            alarm.cancel();
        }
        // The outcome was set under the lock that the waiting thread tests it under, so it either
        // sees it or is already waiting for this.
        self.settled.notify_one();
        true
    }

    /// Remembers where a clock has it registered; gives `alarm` back if it is settled already.
    pub(super) fn arm(&self, alarm: Alarm) -> Result<(), Alarm> {
        let mut state = lock(&self.state);
        if state.outcome.is_some() {
            return Err(alarm);
        }
        state.alarm = Some(alarm);
        Ok(())
    }

    /// Drops the registration with a clock that has just taken it off itself.
    pub(super) fn disarm(&self) {
        lock(&self.state).alarm = None;
    }

    /// `None` while it waits.
    pub(super) fn outcome(&self) -> Option<Outcome> {
        lock(&self.state).outcome
    }

    /// Blocks, with no timer, until it is settled.
    pub(super) fn wait(&self) {
        let mut state = lock(&self.state);
        while state.outcome.is_none() {
            state = self
                .settled
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Blocks until it is settled, and settles it as timed out at `deadline`.
    pub(super) fn wait_in_real_time(&self, deadline: Option<Instant>) {
        let Some(deadline) = deadline else {
            return self.wait();
        };
        let mut state = lock(&self.state);
        while state.outcome.is_none() {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                state.outcome = Some(Outcome::TimedOut);
            } else {
                let woken = self.settled.wait_timeout(state, left);
                state = woken.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
    }

    /// Records the wait if it is one on a condition variable.
    pub(super) fn record_condvar(&self) -> Option<trace::Waiting> {
        matches!(self.reason, Reason::Condvar(_)).then(|| self.record(None))
    }

    /// Records the wait, for a clock that reaches its end at `until` (`None`: never).
    pub(super) fn record(&self, until: Option<Duration>) -> trace::Waiting {
        trace::waiting(|| match &self.reason {
            Reason::Sleep => Wait::Clock {
                until: until.map_or_else(|| "the end of time".into(), |until| format!("{until:?}")),
                site: self.site.into(),
            },
            Reason::Condvar(address) => Wait::Condvar {
                address: *address,
                site: self.site.into(),
            },
            Reason::Watch(what) => Wait::Other {
                what: what.clone(),
                site: Some(self.site.into()),
            },
        })
    }
}

/// Nothing panics while it holds a lock of this module, so a poisoned one is as good as any.
pub(super) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
