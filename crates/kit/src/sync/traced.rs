//! The standard library's locks, recorded: same methods, same traits, same poisoning.
//!
//! A lock is tried first, so that only one that has to be waited for is recorded as waited for. It is
//! recorded as held right after it was taken, and as released right before it is.

use crate::trace::record::{self, Entry, Kind};
use std::any::type_name;
use std::fmt;
use std::ops::{Deref, DerefMut};
use std::panic::Location;
use std::ptr;
use std::sync::{self, LockResult, PoisonError, TryLockError, TryLockResult};
use std::time::{Duration, Instant};

/// [`std::sync::Mutex`], recorded.
#[derive(Default)]
pub struct Mutex<T: ?Sized> {
    inner: sync::Mutex<T>,
}

/// [`std::sync::MutexGuard`], recorded.
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct MutexGuard<'a, T: ?Sized + 'a> {
    // Dropped in this order.
    held: Held,
    inner: sync::MutexGuard<'a, T>,
    mutex: &'a Mutex<T>,
}

// SAFETY: a shared guard gives out `&T` and nothing else. (The standard library's guard has the same.)
unsafe impl<T: ?Sized + Sync> Sync for MutexGuard<'_, T> {}

impl<T> Mutex<T> {
    /// See [`std::sync::Mutex::new`].
    pub const fn new(value: T) -> Self {
        Mutex {
            inner: sync::Mutex::new(value),
        }
    }

    /// See [`std::sync::Mutex::into_inner`].
    pub fn into_inner(self) -> LockResult<T> {
        self.inner.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// See [`std::sync::Mutex::lock`].
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        let entry = entry(self, Kind::Mutex, Location::caller());
        take(
            entry,
            self.inner.try_lock(),
            || self.inner.lock(),
            |inner, held| self.guard(inner, held),
        )
    }

    /// See [`std::sync::Mutex::try_lock`].
    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        let entry = entry(self, Kind::Mutex, Location::caller());
        try_take(entry, self.inner.try_lock(), |inner, held| {
            self.guard(inner, held)
        })
    }

    /// See [`std::sync::Mutex::is_poisoned`].
    pub fn is_poisoned(&self) -> bool {
        self.inner.is_poisoned()
    }

    /// See [`std::sync::Mutex::clear_poison`].
    pub fn clear_poison(&self) {
        self.inner.clear_poison();
    }

    /// See [`std::sync::Mutex::get_mut`].
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.inner.get_mut()
    }

    fn guard<'a>(&'a self, inner: sync::MutexGuard<'a, T>, held: Held) -> MutexGuard<'a, T> {
        MutexGuard {
            held,
            inner,
            mutex: self,
        }
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(value: T) -> Self {
        Mutex::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<T: ?Sized> MutexGuard<'_, T> {
    /// Whether this is a guard of `mutex`.
    pub(crate) fn is_of(&self, mutex: &Mutex<T>) -> bool {
        self.held.0 == ptr::from_ref(mutex).addr()
    }
}

/// [`std::sync::RwLock`], recorded.
#[derive(Default)]
pub struct RwLock<T: ?Sized> {
    inner: sync::RwLock<T>,
}

/// [`std::sync::RwLockReadGuard`], recorded.
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockReadGuard<'a, T: ?Sized + 'a> {
    // Dropped in this order. No reference to the lock: it would make the guard invariant in `T`.
    _held: Held,
    inner: sync::RwLockReadGuard<'a, T>,
}

/// [`std::sync::RwLockWriteGuard`], recorded.
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockWriteGuard<'a, T: ?Sized + 'a> {
    // Dropped in this order.
    held: Held,
    inner: sync::RwLockWriteGuard<'a, T>,
}

impl<T> RwLock<T> {
    /// See [`std::sync::RwLock::new`].
    pub const fn new(value: T) -> Self {
        RwLock {
            inner: sync::RwLock::new(value),
        }
    }

    /// See [`std::sync::RwLock::into_inner`].
    pub fn into_inner(self) -> LockResult<T> {
        self.inner.into_inner()
    }
}

impl<T: ?Sized> RwLock<T> {
    /// See [`std::sync::RwLock::read`].
    #[track_caller]
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        let entry = entry(self, Kind::Read, Location::caller());
        let guard = |inner, _held| RwLockReadGuard { _held, inner };
        take(entry, self.inner.try_read(), || self.inner.read(), guard)
    }

    /// See [`std::sync::RwLock::try_read`].
    #[track_caller]
    pub fn try_read(&self) -> TryLockResult<RwLockReadGuard<'_, T>> {
        let entry = entry(self, Kind::Read, Location::caller());
        try_take(entry, self.inner.try_read(), |inner, _held| {
            RwLockReadGuard { _held, inner }
        })
    }

    /// See [`std::sync::RwLock::write`].
    #[track_caller]
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        let entry = entry(self, Kind::Write, Location::caller());
        let guard = |inner, held| RwLockWriteGuard { held, inner };
        take(entry, self.inner.try_write(), || self.inner.write(), guard)
    }

    /// See [`std::sync::RwLock::try_write`].
    #[track_caller]
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        let entry = entry(self, Kind::Write, Location::caller());
        try_take(entry, self.inner.try_write(), |inner, held| {
            RwLockWriteGuard { held, inner }
        })
    }

    /// See [`std::sync::RwLock::is_poisoned`].
    pub fn is_poisoned(&self) -> bool {
        self.inner.is_poisoned()
    }

    /// See [`std::sync::RwLock::clear_poison`].
    pub fn clear_poison(&self) {
        self.inner.clear_poison();
    }

    /// See [`std::sync::RwLock::get_mut`].
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.inner.get_mut()
    }
}

impl<T> From<T> for RwLock<T> {
    fn from(value: T) -> Self {
        RwLock::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    /// See [`std::sync::RwLockWriteGuard::downgrade`].
    #[track_caller]
    pub fn downgrade(s: Self) -> RwLockReadGuard<'a, T> {
        let RwLockWriteGuard { held, inner } = s;
        let address = held.0;
        drop(held);
        let inner = sync::RwLockWriteGuard::downgrade(inner);
        let entry = Entry {
            kind: Kind::Read,
            address,
            guards: type_name::<T>,
            site: Location::caller(),
        };
        record::acquired(entry);
        RwLockReadGuard {
            _held: Held(address),
            inner,
        }
    }
}

/// [`std::sync::Condvar`], recorded.
#[derive(Default)]
pub struct Condvar {
    /// What the threads on `inner` wait with, in place of their mutex, so that they lock that again
    /// here, where it is recorded. A waiter holds it from before its mutex is unlocked until it is on
    /// `inner`, and a notifier passes through it, so a notification sent by anyone who has locked the
    /// mutex since finds the waiter there.
    gate: sync::Mutex<()>,
    inner: sync::Condvar,
}

/// [`std::sync::WaitTimeoutResult`], which cannot be made outside the standard library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitTimeoutResult(bool);

impl WaitTimeoutResult {
    /// See [`std::sync::WaitTimeoutResult::timed_out`].
    #[must_use]
    pub fn timed_out(&self) -> bool {
        self.0
    }
}

impl Condvar {
    /// See [`std::sync::Condvar::new`].
    pub const fn new() -> Self {
        Condvar {
            gate: sync::Mutex::new(()),
            inner: sync::Condvar::new(),
        }
    }

    /// See [`std::sync::Condvar::wait`].
    #[track_caller]
    pub fn wait<'a, T: ?Sized>(&self, guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        let mutex = guard.mutex;
        let gate = pass(self.gate.lock());
        record::waits(self.entry(Location::caller()));
        drop(guard);
        drop(pass(self.inner.wait(gate)));
        record::resumes();
        mutex.lock()
    }

    /// See [`std::sync::Condvar::wait_while`].
    #[track_caller]
    pub fn wait_while<'a, T: ?Sized, F: FnMut(&mut T) -> bool>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut condition: F,
    ) -> LockResult<MutexGuard<'a, T>> {
        while condition(&mut *guard) {
            guard = self.wait(guard)?;
        }
        Ok(guard)
    }

    /// See [`std::sync::Condvar::wait_timeout`].
    #[track_caller]
    pub fn wait_timeout<'a, T: ?Sized>(
        &self,
        guard: MutexGuard<'a, T>,
        dur: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        let mutex = guard.mutex;
        let gate = pass(self.gate.lock());
        record::waits(self.entry(Location::caller()));
        drop(guard);
        let (gate, result) = pass(self.inner.wait_timeout(gate, dur));
        drop(gate);
        record::resumes();
        let result = WaitTimeoutResult(result.timed_out());
        match mutex.lock() {
            Ok(guard) => Ok((guard, result)),
            Err(poisoned) => Err(PoisonError::new((poisoned.into_inner(), result))),
        }
    }

    /// See [`std::sync::Condvar::wait_timeout_ms`].
    #[deprecated(note = "replaced by `wait_timeout`")]
    #[track_caller]
    pub fn wait_timeout_ms<'a, T: ?Sized>(
        &self,
        guard: MutexGuard<'a, T>,
        ms: u32,
    ) -> LockResult<(MutexGuard<'a, T>, bool)> {
        match self.wait_timeout(guard, Duration::from_millis(ms.into())) {
            Ok((guard, result)) => Ok((guard, !result.timed_out())),
            Err(poisoned) => {
                let (guard, result) = poisoned.into_inner();
                Err(PoisonError::new((guard, !result.timed_out())))
            }
        }
    }

    /// See [`std::sync::Condvar::wait_timeout_while`].
    #[track_caller]
    pub fn wait_timeout_while<'a, T: ?Sized, F: FnMut(&mut T) -> bool>(
        &self,
        mut guard: MutexGuard<'a, T>,
        dur: Duration,
        mut condition: F,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        let start = Instant::now();
        loop {
            if !condition(&mut *guard) {
                return Ok((guard, WaitTimeoutResult(false)));
            }
            let Some(left) = dur.checked_sub(start.elapsed()) else {
                return Ok((guard, WaitTimeoutResult(true)));
            };
            guard = self.wait_timeout(guard, left)?.0;
        }
    }

    /// See [`std::sync::Condvar::notify_one`].
    pub fn notify_one(&self) {
        drop(pass(self.gate.lock()));
        self.inner.notify_one();
    }

    /// See [`std::sync::Condvar::notify_all`].
    pub fn notify_all(&self) {
        drop(pass(self.gate.lock()));
        self.inner.notify_all();
    }

    fn entry(&self, site: &'static Location<'static>) -> Entry {
        Entry {
            kind: Kind::Condvar,
            address: ptr::from_ref(self).addr(),
            guards: type_name::<()>,
            site,
        }
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

/// The gate guards nothing, so its poison means nothing.
fn pass<G>(result: LockResult<G>) -> G {
    result.unwrap_or_else(PoisonError::into_inner)
}

/// The lock at this address is recorded as held; not any more when this is dropped. Guards stay on
/// their thread, so it is the thread that recorded it.
struct Held(usize);

impl Drop for Held {
    fn drop(&mut self) {
        record::released(self.0);
    }
}

/// What is recorded of a lock that guards a `T`.
fn entry<L: Guards + ?Sized>(lock: &L, kind: Kind, site: &'static Location<'static>) -> Entry {
    Entry {
        kind,
        address: ptr::from_ref(lock).addr(),
        guards: type_name::<L::Value>,
        site,
    }
}

trait Guards {
    type Value: ?Sized;
}

impl<T: ?Sized> Guards for Mutex<T> {
    type Value = T;
}

impl<T: ?Sized> Guards for RwLock<T> {
    type Value = T;
}

/// Ends a call of `lock`: `first` is what trying gave, `block` waits.
fn take<I, G>(
    entry: Entry,
    first: TryLockResult<I>,
    block: impl FnOnce() -> LockResult<I>,
    guard: impl FnOnce(I, Held) -> G,
) -> LockResult<G> {
    let result = match first {
        Ok(inner) => {
            record::acquired(entry);
            Ok(inner)
        }
        Err(TryLockError::Poisoned(poisoned)) => {
            record::acquired(entry);
            Err(poisoned)
        }
        Err(TryLockError::WouldBlock) => {
            record::waits(entry);
            let result = block();
            record::acquired_after_wait(entry);
            result
        }
    };
    match result {
        Ok(inner) => Ok(guard(inner, Held(entry.address))),
        Err(poisoned) => Err(PoisonError::new(guard(
            poisoned.into_inner(),
            Held(entry.address),
        ))),
    }
}

/// Ends a call of `try_lock`.
fn try_take<I, G>(
    entry: Entry,
    result: TryLockResult<I>,
    guard: impl FnOnce(I, Held) -> G,
) -> TryLockResult<G> {
    match result {
        Err(TryLockError::WouldBlock) => Err(TryLockError::WouldBlock),
        Ok(inner) => {
            record::acquired(entry);
            Ok(guard(inner, Held(entry.address)))
        }
        Err(TryLockError::Poisoned(poisoned)) => {
            record::acquired(entry);
            let guard = guard(poisoned.into_inner(), Held(entry.address));
            Err(TryLockError::Poisoned(PoisonError::new(guard)))
        }
    }
}

/// The traits that every guard has, passed on to what it guards.
macro_rules! guard_traits {
    ($($guard:ident)*) => {$(
        impl<T: ?Sized> Deref for $guard<'_, T> {
            type Target = T;

            fn deref(&self) -> &T {
                &self.inner
            }
        }

        impl<T: ?Sized + fmt::Debug> fmt::Debug for $guard<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }

        impl<T: ?Sized + fmt::Display> fmt::Display for $guard<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                (**self).fmt(f)
            }
        }
    )*};
}

guard_traits! { MutexGuard RwLockReadGuard RwLockWriteGuard }

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.inner
    }
}

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.inner
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    /// Gives every other thread a good chance to go wrong; a right one stays where it is.
    fn yield_often(mut check: impl FnMut()) {
        for _ in 0..2000 {
            thread::yield_now();
            check();
        }
    }

    #[test]
    fn a_waiter_keeps_its_mutex_until_it_has_the_gate() {
        let (mutex, condvar) = (Mutex::new(false), Condvar::new());
        let (inside, entered) = std::sync::mpsc::channel();
        thread::scope(|s| {
            let gate = condvar.gate.lock().unwrap();
            s.spawn(|| {
                let guard = mutex.lock().unwrap();
                inside.send(()).unwrap();
                drop(condvar.wait_while(guard, |ready| !*ready));
            });
            entered.recv().unwrap();
            let mut early = false;
            yield_often(|| early |= mutex.try_lock().is_ok());
            drop(gate);
            *mutex.lock().unwrap() = true;
            condvar.notify_one();
            assert!(!early, "unlocked before a notification could find it");
        });
    }

    #[test]
    fn a_notification_passes_through_the_gate() {
        let condvar = Condvar::new();
        let notifications: [fn(&Condvar); 2] = [Condvar::notify_one, Condvar::notify_all];
        for notify in notifications {
            thread::scope(|s| {
                let gate = condvar.gate.lock().unwrap();
                let notifier = s.spawn(|| notify(&condvar));
                let mut early = false;
                yield_often(|| early |= notifier.is_finished());
                drop(gate);
                assert!(
                    !early,
                    "sent while a waiter was between its mutex and its wait"
                );
            });
        }
    }
}
