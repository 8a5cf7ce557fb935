//! A condition variable whose deadlines are on a [`Clock`].

use super::Clock;
use super::waiter::{Outcome, Waiter, lock};
use crate::sync::{Mutex, MutexGuard};
use std::collections::VecDeque;
use std::fmt;
use std::panic::Location;
use std::sync::{self, Arc};
use std::time::Instant;

/// A condition variable that can give up at a time of any [`Clock`].
///
/// It differs from [`sync::Condvar`](crate::sync::Condvar) in three ways. Each wait names the mutex
/// next to its guard, because a guard does not say which mutex it is of. Waiters are woken in the
/// order in which they came. And where the other gives a poisoned result, this one panics, as an
/// `unwrap` would.
///
/// A waiter is registered before its mutex is unlocked, so that a notification sent by anyone who has
/// held the mutex since cannot be lost. A notification and a deadline that come at the same time are
/// told apart by which of them settles the waiter first: the waiter reports exactly one of them, and a
/// notification that comes second goes to the next in line.
///
/// Wake-ups without a notification do not happen here, but wait in a loop all the same (or use
/// `wait_while`): between the notification and the moment when the mutex is locked again, another
/// thread may have changed everything.
///
/// # Example
///
/// ```
/// use kit::clock::{Clock, Condvar, ManualClock};
/// use kit::{sync::{Arc, Mutex}, thread};
/// use std::time::Duration;
///
/// struct Gate {
///     clock: Arc<dyn Clock>,
///     open: Mutex<bool>,
///     opened: Condvar,
/// }
///
/// impl Gate {
///     /// True if the gate was open within `limit`.
///     fn pass(&self, limit: Duration) -> bool {
///         let deadline = self.clock.now() + limit;
///         let open = self.open.lock().unwrap();
///         let (_open, timed_out) =
///             self.opened.wait_while_until(&self.clock, &self.open, open, deadline, |open| !*open);
///         !timed_out
///     }
/// }
///
/// let clock = ManualClock::new();
/// let gate =
///     Gate { clock: Arc::new(clock.clone()), open: Mutex::new(false), opened: Condvar::new() };
/// thread::scope(|s| {
///     let first = s.spawn(|| gate.pass(Duration::from_secs(5)));
///     clock.wait_for_sleepers(1);
///     clock.advance(Duration::from_secs(5));
///     assert!(!first.join().unwrap());
///
///     let second = s.spawn(|| gate.pass(Duration::from_secs(5)));
///     clock.wait_for_sleepers(1);
///     *gate.open.lock().unwrap() = true;
///     gate.opened.notify_one();
///     assert!(second.join().unwrap());
/// });
/// ```
pub struct Condvar {
    /// In order of arrival. A waiter leaves when it is notified, or by itself when its time is up; in
    /// between it may stand here settled, and a notification passes over it.
    waiters: sync::Mutex<VecDeque<Arc<Waiter>>>,
}

impl Condvar {
    /// With nobody waiting.
    pub const fn new() -> Self {
        Condvar {
            waiters: sync::Mutex::new(VecDeque::new()),
        }
    }

    /// Unlocks `mutex`, waits for a notification, locks it again.
    ///
    /// # Panics
    ///
    /// If a thread panicked while it held the mutex. In debug builds also if `guard` is not of `mutex`.
    #[track_caller]
    pub fn wait<'a, T: ?Sized>(
        &self,
        mutex: &'a Mutex<T>,
        guard: MutexGuard<'a, T>,
    ) -> MutexGuard<'a, T> {
        let waiter = self.register();
        unlock(mutex, guard);
        {
            let _waiting = waiter.record(None);
            waiter.wait();
        }
        relock(mutex)
    }

    /// [`wait`](Condvar::wait)s as long as `condition` holds; it is tested with the mutex locked.
    ///
    /// # Panics
    ///
    /// As [`wait`](Condvar::wait), and if `condition` does.
    #[track_caller]
    pub fn wait_while<'a, T: ?Sized>(
        &self,
        mutex: &'a Mutex<T>,
        mut guard: MutexGuard<'a, T>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> MutexGuard<'a, T> {
        while condition(&mut guard) {
            guard = self.wait(mutex, guard);
        }
        guard
    }

    /// Unlocks `mutex`, waits for a notification or until `clock` reaches `deadline`, locks it again.
    /// True if it was the time that ended the wait. A deadline that has passed ends it at once, with the
    /// mutex unlocked in between.
    ///
    /// # Panics
    ///
    /// As [`wait`](Condvar::wait).
    #[track_caller]
    pub fn wait_until<'a, T: ?Sized>(
        &self,
        clock: &dyn Clock,
        mutex: &'a Mutex<T>,
        guard: MutexGuard<'a, T>,
        deadline: Instant,
    ) -> (MutexGuard<'a, T>, bool) {
        let waiter = self.register();
        unlock(mutex, guard);
        clock.block(&waiter, Some(deadline));
        let timed_out = waiter.outcome() != Some(Outcome::Notified);
        if timed_out {
            // Notified ones were taken off by who notified them.
            lock(&self.waiters).retain(|other| !Arc::ptr_eq(other, &waiter));
        }
        (relock(mutex), timed_out)
    }

    /// [`wait_until`](Condvar::wait_until)s as long as `condition` holds. True if `clock` reached
    /// `deadline` and the condition still holds; a condition that has ended by then is no time-out.
    ///
    /// # Panics
    ///
    /// As [`wait`](Condvar::wait), and if `condition` does.
    #[track_caller]
    pub fn wait_while_until<'a, T: ?Sized>(
        &self,
        clock: &dyn Clock,
        mutex: &'a Mutex<T>,
        mut guard: MutexGuard<'a, T>,
        deadline: Instant,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> (MutexGuard<'a, T>, bool) {
        let mut timed_out = false;
        while condition(&mut guard) {
            if timed_out {
                return (guard, true);
            }
            (guard, timed_out) = self.wait_until(clock, mutex, guard, deadline);
        }
        (guard, false)
    }

    /// Wakes the thread that has waited longest, if any. A thread whose time is up is passed over.
    pub fn notify_one(&self) {
        loop {
            // The lock is not held while a waiter is settled: that may call into a clock.
            let first = lock(&self.waiters).pop_front();
            match first {
                Some(waiter) if !waiter.settle(Outcome::Notified) => {}
                _ => return,
            }
        }
    }

    /// Wakes all threads that wait now, in the order in which they came.
    pub fn notify_all(&self) {
        let all = std::mem::take(&mut *lock(&self.waiters));
        for waiter in all {
            waiter.settle(Outcome::Notified);
        }
    }

    #[track_caller]
    fn register(&self) -> Arc<Waiter> {
        let waiter = Waiter::on_condvar(std::ptr::from_ref(self).addr(), Location::caller());
        lock(&self.waiters).push_back(waiter.clone());
        waiter
    }
}

/// Only ever called by a thread that is registered: who locks the mutex next finds it there.
#[track_caller]
fn unlock<T: ?Sized>(mutex: &Mutex<T>, guard: MutexGuard<'_, T>) {
    #[cfg(debug_assertions)]
    assert!(
        guard.is_of(mutex),
        "Condvar::wait was given one mutex and the guard of another"
    );
    let _ = mutex;
    drop(guard);
}

#[track_caller]
fn relock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .expect("a thread panicked while it held the mutex")
}

impl Default for Condvar {
    fn default() -> Self {
        Condvar::new()
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Condvar").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site() -> &'static Location<'static> {
        Location::caller()
    }

    #[test]
    fn a_notification_passes_over_a_waiter_whose_time_is_up() {
        let condvar = Condvar::new();
        let [late, first, second] = std::array::from_fn(|_| condvar.register());
        // The clock has ended the wait, and the thread has not come to leave the queue.
        assert!(late.settle(Outcome::TimedOut));
        condvar.notify_one();
        assert_eq!(late.outcome(), Some(Outcome::TimedOut));
        assert_eq!(first.outcome(), Some(Outcome::Notified));
        assert_eq!(second.outcome(), None);
    }

    #[test]
    fn a_deadline_after_a_notification_changes_nothing() {
        let condvar = Condvar::new();
        let clock = crate::clock::ManualClock::new();
        let waiter = condvar.register();
        // Notified between its registration here and the one on the clock.
        condvar.notify_all();
        clock.block(
            &waiter,
            clock.now().checked_add(std::time::Duration::from_secs(1)),
        );
        assert_eq!(clock.sleepers(), 0);
        clock.advance(std::time::Duration::from_secs(1));
        assert_eq!(waiter.outcome(), Some(Outcome::Notified));
    }

    #[test]
    fn whoever_settles_first_decides() {
        let waiter = Waiter::on_condvar(1, site());
        assert!(waiter.settle(Outcome::Notified));
        assert!(!waiter.settle(Outcome::TimedOut));
        assert_eq!(waiter.outcome(), Some(Outcome::Notified));
    }

    #[test]
    fn a_waiter_is_registered_before_its_mutex_is_unlocked() {
        let clock = crate::clock::ManualClock::new();
        let (mutex, condvar) = (Mutex::new(()), Condvar::new());
        for timed in [false, true] {
            let (inside, entered) = std::sync::mpsc::channel();
            std::thread::scope(|s| {
                let waiters = lock(&condvar.waiters);
                let waiter = s.spawn(|| {
                    let guard = mutex.lock().unwrap();
                    inside.send(()).unwrap();
                    if timed {
                        let deadline = clock.now() + std::time::Duration::from_secs(1);
                        drop(condvar.wait_until(&clock, &mutex, guard, deadline));
                    } else {
                        drop(condvar.wait(&mutex, guard));
                    }
                });
                entered.recv().unwrap();
                let mut early = false;
                for _ in 0..2000 {
                    std::thread::yield_now();
                    early |= mutex.try_lock().is_ok();
                }
                drop(waiters);
                while !waiter.is_finished() {
                    condvar.notify_one();
                    std::thread::yield_now();
                }
                assert!(!early, "unlocked before a notification could find it");
            });
        }
    }
}
