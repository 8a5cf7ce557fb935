//! Some state, a lock, a condition variable: what channels, barriers, onces and parking are made of.
//! Its operations are points of the explorer but no steps of the schedule; callers write those down.

use std::sync::PoisonError;

use super::execution::{Caller, Kind, Waiting, create, not_waiting, operation, waiting};
use crate::base;

pub(crate) struct Monitor<S> {
    lock: base::Mutex,
    changed: base::Condvar,
    state: std::sync::Mutex<S>,
}

impl<S> Monitor<S> {
    pub(crate) fn new(site: Caller, state: S) -> Self {
        let part = || create(Kind::Part, "", site).0;
        Monitor {
            lock: base::Mutex::new(part()),
            changed: base::Condvar::new(part()),
            state: std::sync::Mutex::new(state),
        }
    }

    fn access<R>(&self, f: impl FnOnce(&mut S) -> R) -> R {
        // Not contended: the base's lock is held.
        f(&mut self.state.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes what no other thread can look at now. No point.
    pub(crate) fn count<R>(&self, f: impl FnOnce(&mut S) -> R) -> R {
        self.access(f)
    }

    /// Looks or changes, in one step. Wakes nobody.
    pub(crate) fn look<R>(&self, f: impl FnOnce(&mut S) -> R) -> R {
        let guard = operation(|| self.lock.lock());
        let result = self.access(f);
        operation(|| drop(guard));
        result
    }

    /// Changes, and lets all who wait look again.
    pub(crate) fn change<R>(&self, f: impl FnOnce(&mut S) -> R) -> R {
        let guard = operation(|| self.lock.lock());
        let result = self.access(f);
        operation(|| self.changed.notify_all());
        operation(|| drop(guard));
        result
    }

    /// Waits until `f` gives something, then lets the others look again.
    pub(crate) fn wait<R>(
        &self,
        what: Waiting,
        site: Caller,
        mut f: impl FnMut(&mut S) -> Option<R>,
    ) -> R {
        waiting(what, site);
        let mut guard = operation(|| self.lock.lock());
        loop {
            if let Some(result) = self.access(&mut f) {
                operation(|| self.changed.notify_all());
                operation(|| drop(guard));
                not_waiting();
                return result;
            }
            guard = operation(|| self.changed.wait(guard));
        }
    }
}
