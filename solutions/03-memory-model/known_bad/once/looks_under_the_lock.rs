//! verdict: Deadlock
//! misconception: one-big-lock
//!
//! One lock for all, so that nothing can go wrong. It is held while the initialiser runs, so that whoever only
//! looks waits for it, and the initialiser itself waits for ever.

use kit::cell::UnsafeCell;
use kit::sync::atomic::{AtomicBool, Ordering::Relaxed};
use kit::sync::{Mutex, MutexGuard, PoisonError};
use std::mem::MaybeUninit;

/// A place for one value, which is made when it is needed first.
pub struct InitOnce<T> {
    /// Whether `value` is written. Set once, and never taken back.
    ready: AtomicBool,
    /// Before `ready`: the thread's whose turn it is. After: shared by all, read only.
    value: UnsafeCell<MaybeUninit<T>>,
    /// Locked while an initialiser runs.
    turn: Mutex<()>,
}

// SAFETY: one thread makes the `T`, and another may drop it (`Send`); `get` gives `&T` to any number of threads
// (`Sync`). `value` is written by the one thread that has the turn while `ready` is false, and that write
// happens before `ready` is seen, and so before every read.
unsafe impl<T: Send + Sync> Sync for InitOnce<T> {}

impl<T> InitOnce<T> {
    /// There is no value yet.
    pub fn new() -> InitOnce<T> {
        InitOnce {
            ready: AtomicBool::new(false),
            value: UnsafeCell::new(MaybeUninit::uninit()),
            turn: Mutex::new(()),
        }
    }

    /// The value, if it is there. Never waits.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        let _nobody_else = self.lock();
        if !self.ready.load(Relaxed) {
            return None;
        }
        // SAFETY: it was written before `ready` was set, and is not written again while `self` is borrowed.
        Some(
            self.value
                .with(|place| unsafe { (*place).assume_init_ref() }),
        )
    }

    /// The value. If there is none, `init` makes it; if somebody else's initialiser runs, waits for its end
    /// first.
    ///
    /// # Panics
    /// If `init` panics. If this is called by the initialiser of this very place.
    #[inline]
    pub fn get_or_init<F: FnOnce() -> T>(&self, init: F) -> &T {
        if let Some(value) = self.get() {
            return value;
        }
        self.initialise(init);
        self.get()
            .expect("it is there when `initialise` has returned")
    }

    /// Returns when the value is there.
    #[cold]
    fn initialise<F: FnOnce() -> T>(&self, init: F) {
        let turn = self.lock();
        // Relaxed: it was set, if it was, under the lock.
        if self.ready.load(Relaxed) {
            return;
        }
        let value = init();
        // SAFETY: this thread has the lock, and the value was not there when it got it.
        self.value
            .with_mut(|place| unsafe { (*place).write(value) });
        self.ready.store(true, Relaxed);
        drop(turn);
    }

    /// The value, if there is one. The place is gone, so nobody else is at it.
    pub fn into_inner(self) -> Option<T> {
        let mut this = self;
        if !this.ready.load(Relaxed) {
            return None;
        }
        // So that it is not dropped with `this`. Relaxed, as above: nobody else is here.
        this.ready.store(false, Relaxed);
        // SAFETY: it was written, and from here on `this` does not have it any more.
        Some(unsafe { this.value.get_mut().assume_init_read() })
    }

    /// An initialiser that panicked has changed nothing, so poison means nothing here.
    fn lock(&self) -> MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> Drop for InitOnce<T> {
    fn drop(&mut self) {
        // Relaxed: whoever drops it has been given it by those who used it.
        if self.ready.load(Relaxed) {
            // SAFETY: it was written, and is not there for anyone after this.
            unsafe { self.value.get_mut().assume_init_drop() };
        }
    }
}

impl<T> Default for InitOnce<T> {
    fn default() -> Self {
        InitOnce::new()
    }
}
