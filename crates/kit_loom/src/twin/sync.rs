//! std's locks on an explorer.
//!
//! `new` is not `const` here, so none of these can be a `static`. `Arc` and `Weak` are std's: the
//! explorer does not look into them. A timed wait never times out.

use std::{
    any::type_name,
    fmt,
    ops::{Deref, DerefMut},
    panic::Location,
    time::Duration,
};

pub use std::sync::{Arc, LockResult, PoisonError, TryLockError, TryLockResult, Weak};

use findings::LockKind;

use super::{
    execution::{
        Action, Kind, Tag, Waiting, create, enter_wait, holds, is_over, operation, releases, step,
        waiting,
    },
    monitor::Monitor,
};
use crate::base;

pub mod atomic {
    //! `std::sync::atomic`.

    pub use crate::twin::atomic::*;
}

/// `std::sync::Mutex`.
pub struct Mutex<T: ?Sized> {
    tag: Tag,
    base: base::Mutex,
    /// Never contended, and it poisons as std's does, being std's.
    data: std::sync::Mutex<T>,
}

/// Holds the lock until it is dropped.
#[must_use = "the lock is given back at once if the guard is not kept"]
pub struct MutexGuard<'a, T: ?Sized> {
    mutex: &'a Mutex<T>,
    /// Dropped first, so that the next holder finds the data free. `None` only while waiting.
    data: Option<std::sync::MutexGuard<'a, T>>,
    base: Option<base::Guard<'a>>,
}

impl<T> Mutex<T> {
    /// An unlocked mutex that guards `value`.
    #[track_caller]
    pub fn new(value: T) -> Self {
        let tag = create(Kind::Mutex, type_name::<T>(), Location::caller());
        Mutex {
            tag,
            base: base::Mutex::new(tag.0),
            data: std::sync::Mutex::new(value),
        }
    }

    /// What it guarded.
    ///
    /// # Errors
    ///
    /// If a thread panicked while it held the lock.
    pub fn into_inner(self) -> LockResult<T> {
        self.data.into_inner()
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Waits until the lock is free, and takes it.
    ///
    /// # Errors
    ///
    /// If a thread panicked while it held the lock; the error has the guard.
    #[track_caller]
    pub fn lock(&self) -> LockResult<MutexGuard<'_, T>> {
        let site = Location::caller();
        waiting(Waiting::Lock(self.tag, LockKind::Mutex), site);
        let base = operation(|| self.base.lock());
        holds(self.tag, site);
        step(site, Action::Lock(self.tag));
        self.guard(base)
    }

    /// Takes the lock if it is free.
    ///
    /// # Errors
    ///
    /// If it is taken, or poisoned.
    #[track_caller]
    pub fn try_lock(&self) -> TryLockResult<MutexGuard<'_, T>> {
        let site = Location::caller();
        let base = operation(|| self.base.try_lock());
        step(site, Action::TryLock(self.tag, base.is_some()));
        let Some(base) = base else {
            return Err(TryLockError::WouldBlock);
        };
        holds(self.tag, site);
        Ok(self.guard(base)?)
    }

    /// Whether a thread panicked while it held the lock.
    pub fn is_poisoned(&self) -> bool {
        self.data.is_poisoned()
    }

    /// Forgets that a thread panicked while it held the lock.
    pub fn clear_poison(&self) {
        self.data.clear_poison();
    }

    /// The value; the borrow says that nobody else is there.
    ///
    /// # Errors
    ///
    /// If a thread panicked while it held the lock.
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.data.get_mut()
    }

    fn guard<'a>(&'a self, base: base::Guard<'a>) -> LockResult<MutexGuard<'a, T>> {
        let guard = |data| MutexGuard {
            mutex: self,
            data: Some(data),
            base: Some(base),
        };
        match self.data.try_lock() {
            Ok(data) => Ok(guard(data)),
            Err(TryLockError::Poisoned(error)) => Err(PoisonError::new(guard(error.into_inner()))),
            Err(TryLockError::WouldBlock) => unreachable!("the base's lock is held"),
        }
    }
}

impl<T: ?Sized> Drop for MutexGuard<'_, T> {
    #[track_caller]
    fn drop(&mut self) {
        drop(self.data.take());
        let Some(base) = self.base.take() else {
            return;
        };
        if is_over() {
            std::mem::forget(base);
            return;
        }
        releases(self.mutex.tag);
        operation(|| drop(base));
    }
}

impl<T: ?Sized> Deref for MutexGuard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        self.data.as_ref().expect("it is only away while waiting")
    }
}

impl<T: ?Sized> DerefMut for MutexGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.data.as_mut().expect("it is only away while waiting")
    }
}

impl<T: Default> Default for Mutex<T> {
    #[track_caller]
    fn default() -> Self {
        Mutex::new(T::default())
    }
}

impl<T> From<T> for Mutex<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        Mutex::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.data, f)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&**self, f)
    }
}

impl<T: ?Sized + fmt::Display> fmt::Display for MutexGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&**self, f)
    }
}

/// `std::sync::RwLock`.
pub struct RwLock<T: ?Sized> {
    tag: Tag,
    base: base::RwLock,
    data: std::sync::RwLock<T>,
}

/// Holds a shared lock until it is dropped.
#[must_use = "the lock is given back at once if the guard is not kept"]
pub struct RwLockReadGuard<'a, T: ?Sized> {
    tag: Tag,
    data: Option<std::sync::RwLockReadGuard<'a, T>>,
    base: Option<base::ReadGuard<'a>>,
}

/// Holds the lock alone until it is dropped.
#[must_use = "the lock is given back at once if the guard is not kept"]
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    tag: Tag,
    data: Option<std::sync::RwLockWriteGuard<'a, T>>,
    base: Option<base::WriteGuard<'a>>,
}

impl<T> RwLock<T> {
    /// An unlocked lock that guards `value`.
    #[track_caller]
    pub fn new(value: T) -> Self {
        let tag = create(Kind::RwLock, type_name::<T>(), Location::caller());
        RwLock {
            tag,
            base: base::RwLock::new(tag.0),
            data: std::sync::RwLock::new(value),
        }
    }

    /// What it guarded.
    ///
    /// # Errors
    ///
    /// If a thread panicked while it held the lock for writing.
    pub fn into_inner(self) -> LockResult<T> {
        self.data.into_inner()
    }
}

impl<T: ?Sized> RwLock<T> {
    /// Waits until nobody writes, and takes a share of the lock.
    ///
    /// # Errors
    ///
    /// If a thread panicked while it held the lock for writing.
    #[track_caller]
    pub fn read(&self) -> LockResult<RwLockReadGuard<'_, T>> {
        let site = Location::caller();
        waiting(Waiting::Lock(self.tag, LockKind::Read), site);
        let base = operation(|| self.base.read());
        holds(self.tag, site);
        step(site, Action::Read(self.tag));
        self.read_guard(base)
    }

    /// Takes a share if nobody writes.
    ///
    /// # Errors
    ///
    /// If somebody writes, or if the lock is poisoned.
    #[track_caller]
    pub fn try_read(&self) -> TryLockResult<RwLockReadGuard<'_, T>> {
        let site = Location::caller();
        let base = operation(|| self.base.try_read());
        step(site, Action::TryRead(self.tag, base.is_some()));
        let Some(base) = base else {
            return Err(TryLockError::WouldBlock);
        };
        holds(self.tag, site);
        Ok(self.read_guard(base)?)
    }

    /// Waits until nobody else is there, and takes the lock.
    ///
    /// # Errors
    ///
    /// If a thread panicked while it held the lock for writing.
    #[track_caller]
    pub fn write(&self) -> LockResult<RwLockWriteGuard<'_, T>> {
        let site = Location::caller();
        waiting(Waiting::Lock(self.tag, LockKind::Write), site);
        let base = operation(|| self.base.write());
        holds(self.tag, site);
        step(site, Action::Write(self.tag));
        self.write_guard(base)
    }

    /// Takes the lock if nobody is there.
    ///
    /// # Errors
    ///
    /// If somebody is, or if the lock is poisoned.
    #[track_caller]
    pub fn try_write(&self) -> TryLockResult<RwLockWriteGuard<'_, T>> {
        let site = Location::caller();
        let base = operation(|| self.base.try_write());
        step(site, Action::TryWrite(self.tag, base.is_some()));
        let Some(base) = base else {
            return Err(TryLockError::WouldBlock);
        };
        holds(self.tag, site);
        Ok(self.write_guard(base)?)
    }

    /// Whether a thread panicked while it held the lock for writing.
    pub fn is_poisoned(&self) -> bool {
        self.data.is_poisoned()
    }

    /// Forgets that a thread panicked while it held the lock for writing.
    pub fn clear_poison(&self) {
        self.data.clear_poison();
    }

    /// The value; the borrow says that nobody else is there.
    ///
    /// # Errors
    ///
    /// If a thread panicked while it held the lock for writing.
    pub fn get_mut(&mut self) -> LockResult<&mut T> {
        self.data.get_mut()
    }

    fn read_guard<'a>(&'a self, base: base::ReadGuard<'a>) -> LockResult<RwLockReadGuard<'a, T>> {
        let guard = |data| RwLockReadGuard {
            tag: self.tag,
            data: Some(data),
            base: Some(base),
        };
        match self.data.try_read() {
            Ok(data) => Ok(guard(data)),
            Err(TryLockError::Poisoned(error)) => Err(PoisonError::new(guard(error.into_inner()))),
            Err(TryLockError::WouldBlock) => unreachable!("the base's lock is held"),
        }
    }

    fn write_guard<'a>(
        &'a self,
        base: base::WriteGuard<'a>,
    ) -> LockResult<RwLockWriteGuard<'a, T>> {
        let guard = |data| RwLockWriteGuard {
            tag: self.tag,
            data: Some(data),
            base: Some(base),
        };
        match self.data.try_write() {
            Ok(data) => Ok(guard(data)),
            Err(TryLockError::Poisoned(error)) => Err(PoisonError::new(guard(error.into_inner()))),
            Err(TryLockError::WouldBlock) => unreachable!("the base's lock is held"),
        }
    }
}

macro_rules! rwlock_guard {
    ($name:ident) => {
        impl<T: ?Sized> Drop for $name<'_, T> {
            fn drop(&mut self) {
                drop(self.data.take());
                let Some(base) = self.base.take() else {
                    return;
                };
                if is_over() {
                    std::mem::forget(base);
                    return;
                }
                releases(self.tag);
                operation(|| drop(base));
            }
        }

        impl<T: ?Sized> Deref for $name<'_, T> {
            type Target = T;

            fn deref(&self) -> &T {
                self.data
                    .as_ref()
                    .expect("it is there until the guard is dropped")
            }
        }

        impl<T: ?Sized + fmt::Debug> fmt::Debug for $name<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&**self, f)
            }
        }
    };
}

rwlock_guard!(RwLockReadGuard);
rwlock_guard!(RwLockWriteGuard);

impl<T: ?Sized> DerefMut for RwLockWriteGuard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        self.data
            .as_mut()
            .expect("it is there until the guard is dropped")
    }
}

impl<T: Default> Default for RwLock<T> {
    #[track_caller]
    fn default() -> Self {
        RwLock::new(T::default())
    }
}

impl<T> From<T> for RwLock<T> {
    #[track_caller]
    fn from(value: T) -> Self {
        RwLock::new(value)
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.data, f)
    }
}

/// `std::sync::Condvar`.
///
/// Besides every schedule without one, the exploration covers every schedule with *one* spurious
/// wake-up in all, at any wait that is reached without: enough for an `if` that should be a `while`.
pub struct Condvar {
    tag: Tag,
    base: base::Condvar,
}

/// Whether a timed wait ended by its time. Never, in a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct WaitTimeoutResult(());

impl WaitTimeoutResult {
    /// False: time does not pass in a model.
    pub fn timed_out(&self) -> bool {
        false
    }
}

impl Condvar {
    /// A condition variable nobody waits on.
    #[track_caller]
    pub fn new() -> Self {
        let tag = create(Kind::Condvar, "", Location::caller());
        Condvar {
            tag,
            base: base::Condvar::new(tag.0),
        }
    }

    /// Gives the lock up and waits for a notification, in one; then takes the lock again. May return
    /// without a notification.
    ///
    /// # Errors
    ///
    /// If a thread panicked while it held the lock; the error has the guard.
    #[track_caller]
    pub fn wait<'a, T>(&self, mut guard: MutexGuard<'a, T>) -> LockResult<MutexGuard<'a, T>> {
        let site = Location::caller();
        let mutex = guard.mutex;
        drop(guard.data.take());
        let base = guard.base.take().expect("a guard in use has it");
        drop(guard);
        step(site, Action::WaitOn(self.tag));
        releases(mutex.tag);
        let base = if enter_wait(self.tag, mutex.tag) {
            waiting(Waiting::Lock(mutex.tag, LockKind::Mutex), site);
            operation(|| drop(base));
            let base = operation(|| mutex.base.lock());
            step(site, Action::WokenSpuriously(self.tag));
            base
        } else {
            waiting(Waiting::Condvar(self.tag), site);
            let base = operation(|| self.base.wait(base));
            step(site, Action::Woken(self.tag));
            base
        };
        holds(mutex.tag, site);
        mutex.guard(base)
    }

    /// Waits while `condition` holds.
    ///
    /// # Errors
    ///
    /// If a thread panicked while it held the lock; the error has the guard.
    #[track_caller]
    pub fn wait_while<'a, T>(
        &self,
        mut guard: MutexGuard<'a, T>,
        mut condition: impl FnMut(&mut T) -> bool,
    ) -> LockResult<MutexGuard<'a, T>> {
        while condition(&mut *guard) {
            guard = self.wait(guard)?;
        }
        Ok(guard)
    }

    /// [`wait`](Self::wait): it never times out.
    ///
    /// # Errors
    ///
    /// If a thread panicked while it held the lock.
    #[track_caller]
    pub fn wait_timeout<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        _limit: Duration,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        match self.wait(guard) {
            Ok(guard) => Ok((guard, WaitTimeoutResult(()))),
            Err(error) => Err(PoisonError::new((
                error.into_inner(),
                WaitTimeoutResult(()),
            ))),
        }
    }

    /// [`wait_while`](Self::wait_while): it never times out.
    ///
    /// # Errors
    ///
    /// If a thread panicked while it held the lock.
    #[track_caller]
    pub fn wait_timeout_while<'a, T>(
        &self,
        guard: MutexGuard<'a, T>,
        _limit: Duration,
        condition: impl FnMut(&mut T) -> bool,
    ) -> LockResult<(MutexGuard<'a, T>, WaitTimeoutResult)> {
        match self.wait_while(guard, condition) {
            Ok(guard) => Ok((guard, WaitTimeoutResult(()))),
            Err(error) => Err(PoisonError::new((
                error.into_inner(),
                WaitTimeoutResult(()),
            ))),
        }
    }

    /// Wakes one thread that waits, if any does: under loom the one that waits longest, under
    /// shuttle any.
    #[track_caller]
    pub fn notify_one(&self) {
        operation(|| self.base.notify_one());
        step(Location::caller(), Action::NotifyOne(self.tag));
    }

    /// Wakes all threads that wait.
    #[track_caller]
    pub fn notify_all(&self) {
        operation(|| self.base.notify_all());
        step(Location::caller(), Action::NotifyAll(self.tag));
    }
}

impl Default for Condvar {
    #[track_caller]
    fn default() -> Self {
        Condvar::new()
    }
}

impl fmt::Debug for Condvar {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Condvar { .. }")
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Progress {
    Not,
    Running,
    Done,
    Poisoned,
}

/// `std::sync::Once`, without `call_once_force`.
pub struct Once {
    tag: Tag,
    progress: Monitor<Progress>,
}

impl Once {
    /// One that has not run.
    #[track_caller]
    #[expect(clippy::new_without_default, reason = "std has no default either")]
    pub fn new() -> Self {
        let site = Location::caller();
        Once {
            tag: create(Kind::Once, "", site),
            progress: Monitor::new(site, Progress::Not),
        }
    }

    /// Runs `f` unless that has been done; waits if it is being done.
    ///
    /// # Panics
    ///
    /// If an earlier `f` panicked.
    #[track_caller]
    pub fn call_once(&self, f: impl FnOnce()) {
        let site = Location::caller();
        let found =
            self.progress
                .wait(
                    Waiting::For("for the end of", self.tag),
                    site,
                    |progress| match *progress {
                        Progress::Running => None,
                        Progress::Not => {
                            *progress = Progress::Running;
                            Some(Progress::Not)
                        }
                        other => Some(other),
                    },
                );
        match found {
            Progress::Done => return step(site, Action::Did("done already:", self.tag)),
            Progress::Not => {}
            _ => panic!("Once instance has previously been poisoned"),
        }
        struct Ends<'a>(&'a Once, Progress);
        impl Drop for Ends<'_> {
            fn drop(&mut self) {
                if !is_over() {
                    self.0.progress.change(|progress| *progress = self.1);
                }
            }
        }
        let mut ends = Ends(self, Progress::Poisoned);
        f();
        ends.1 = Progress::Done;
        drop(ends);
        step(site, Action::Did("run", self.tag));
    }

    /// Whether a call has come to its end.
    pub fn is_completed(&self) -> bool {
        self.progress.look(|progress| *progress == Progress::Done)
    }
}

/// `std::sync::OnceLock`.
pub struct OnceLock<T> {
    tag: Tag,
    lock: Monitor<bool>,
    value: std::sync::OnceLock<T>,
}

impl<T> OnceLock<T> {
    /// An empty one.
    #[track_caller]
    pub fn new() -> Self {
        let site = Location::caller();
        OnceLock {
            tag: create(Kind::Once, type_name::<T>(), site),
            lock: Monitor::new(site, false),
            value: std::sync::OnceLock::new(),
        }
    }

    /// The value, if there is one. Does not wait.
    #[track_caller]
    pub fn get(&self) -> Option<&T> {
        self.lock.look(|_| ());
        step(Location::caller(), Action::Did("get", self.tag));
        self.value.get()
    }

    /// The value; the borrow says that nobody else is there.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.value.get_mut()
    }

    /// Puts `value` in.
    ///
    /// # Errors
    ///
    /// `value`, if there is one already.
    #[track_caller]
    pub fn set(&self, value: T) -> Result<(), T> {
        let mut value = Some(value);
        self.get_or_init(|| value.take().expect("it is there"));
        match value {
            None => Ok(()),
            Some(value) => Err(value),
        }
    }

    /// The value; makes it with `f` if there is none, or waits for who does.
    #[track_caller]
    pub fn get_or_init(&self, f: impl FnOnce() -> T) -> &T {
        let site = Location::caller();
        let there = self
            .lock
            .wait(Waiting::For("for the value of", self.tag), site, |busy| {
                if self.value.get().is_some() {
                    return Some(true);
                }
                (!std::mem::replace(busy, true)).then_some(false)
            });
        if !there {
            struct Ends<'a>(&'a Monitor<bool>);
            impl Drop for Ends<'_> {
                fn drop(&mut self) {
                    if !is_over() {
                        self.0.change(|busy| *busy = false);
                    }
                }
            }
            let ends = Ends(&self.lock);
            let value = f();
            assert!(
                self.value.set(value).is_ok(),
                "only one thread makes the value"
            );
            drop(ends);
        }
        step(
            site,
            Action::Did(if there { "get" } else { "make" }, self.tag),
        );
        self.value.get().expect("it has been made")
    }

    /// The value it held.
    pub fn into_inner(self) -> Option<T> {
        self.value.into_inner()
    }

    /// Takes the value out.
    pub fn take(&mut self) -> Option<T> {
        self.value.take()
    }
}

impl<T> Default for OnceLock<T> {
    #[track_caller]
    fn default() -> Self {
        OnceLock::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for OnceLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.value, f)
    }
}

/// `std::sync::LazyLock`.
pub struct LazyLock<T, F = fn() -> T> {
    cell: OnceLock<T>,
    init: std::sync::Mutex<Option<F>>,
}

impl<T, F: FnOnce() -> T> LazyLock<T, F> {
    /// One that makes its value with `f` when it is first asked for.
    #[track_caller]
    pub fn new(f: F) -> Self {
        LazyLock {
            cell: OnceLock::new(),
            init: std::sync::Mutex::new(Some(f)),
        }
    }

    /// The value, made now if need be.
    ///
    /// # Panics
    ///
    /// If making it panicked before.
    #[track_caller]
    pub fn force(this: &Self) -> &T {
        this.cell.get_or_init(|| {
            let init = this
                .init
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .take();
            init.expect("LazyLock instance has previously been poisoned")()
        })
    }
}

impl<T, F: FnOnce() -> T> Deref for LazyLock<T, F> {
    type Target = T;

    #[track_caller]
    fn deref(&self) -> &T {
        LazyLock::force(self)
    }
}

/// `std::sync::Barrier`.
pub struct Barrier {
    tag: Tag,
    needed: usize,
    /// How many have come in this round, and which round it is.
    round: Monitor<(usize, usize)>,
}

/// What [`Barrier::wait`] says: one thread a round is told that it leads.
#[derive(Debug)]
pub struct BarrierWaitResult(bool);

impl BarrierWaitResult {
    /// Whether this thread came last.
    pub fn is_leader(&self) -> bool {
        self.0
    }
}

impl Barrier {
    /// A barrier for `n` threads.
    #[track_caller]
    pub fn new(n: usize) -> Self {
        let site = Location::caller();
        Barrier {
            tag: create(Kind::Barrier, "", site),
            needed: n,
            round: Monitor::new(site, (0, 0)),
        }
    }

    /// Waits until all have come.
    #[track_caller]
    pub fn wait(&self) -> BarrierWaitResult {
        let site = Location::caller();
        step(site, Action::Did("come to", self.tag));
        let mut mine = None;
        let needed = self.needed;
        let last = self.round.wait(
            Waiting::For("for others at", self.tag),
            site,
            |(here, round)| match mine {
                None => {
                    *here += 1;
                    if *here >= needed {
                        *here = 0;
                        *round += 1;
                        return Some(true);
                    }
                    mine = Some(*round);
                    None
                }
                Some(mine) => (mine != *round).then_some(false),
            },
        );
        step(site, Action::Did("leave", self.tag));
        BarrierWaitResult(last)
    }
}

impl fmt::Debug for Once {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Once { .. }")
    }
}

impl fmt::Debug for Barrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Barrier { .. }")
    }
}
