//! verdict: BadInterleaving
//! misconception: wakeup-is-condition
//!
//! Who is woken has been woken because the turn is free. A wake-up can come without a reason, and another thread
//! can be faster.

use kit::cell::UnsafeCell;
use kit::sync::atomic::{
    AtomicBool,
    Ordering::{Acquire, Relaxed, Release},
};
use kit::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use kit::thread::{self, ThreadId};
use std::mem::MaybeUninit;

/// A place for one value, which is made when it is needed first.
pub struct InitOnce<T> {
    /// Whether `value` is written. Set once, and never taken back.
    ready: AtomicBool,
    /// Before `ready`: the thread's whose turn it is. After: shared by all, read only.
    value: UnsafeCell<MaybeUninit<T>>,
    /// The thread whose initialiser runs. Locked to take the turn and to give it back, not in between.
    turn: Mutex<Option<ThreadId>>,
    /// The turn was given back.
    over: Condvar,
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
            turn: Mutex::new(None),
            over: Condvar::new(),
        }
    }

    /// The value, if it is there. Never waits.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        // Acquire: pairs with the Release store in `initialise`, and brings the value along.
        if !self.ready.load(Acquire) {
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
        let Some(turn) = self.take_turn() else {
            return;
        };
        // If this panics, the turn is given back and nothing else has happened.
        let value = init();
        // SAFETY: this thread has the turn, and the value was not there when it got it.
        self.value
            .with_mut(|place| unsafe { (*place).write(value) });
        // Release: publishes the value to the Acquire load in `get`.
        self.ready.store(true, Release);
        drop(turn);
    }

    /// Waits until nobody's initialiser runs, and takes the turn; `None` if the value is there by then.
    fn take_turn(&self) -> Option<Turn<'_, T>> {
        let me = thread::current().id();
        let mut turn = self.lock();
        // Whoever gives the turn back does so under the lock and wakes all who wait, so nobody who has seen
        // it taken here misses that.
        if let Some(whose) = *turn {
            if whose == me {
                drop(turn);
                panic!("the initialiser asks for the value that it is to make");
            }
            turn = self.over.wait(turn).unwrap_or_else(PoisonError::into_inner);
        }
        // Relaxed: it was set, if it was, in an earlier turn, and the mutex puts that before this one.
        if self.ready.load(Relaxed) {
            return None;
        }
        *turn = Some(me);
        Some(Turn(self))
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

    /// No code that can panic runs under the lock, so poison means nothing here.
    fn lock(&self) -> MutexGuard<'_, Option<ThreadId>> {
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

/// The right to initialise; dropped, also by a panic, it is given back.
struct Turn<'a, T>(&'a InitOnce<T>);

impl<T> Drop for Turn<'_, T> {
    fn drop(&mut self) {
        *self.0.lock() = None;
        // All of them: if the value is there, all can go.
        self.0.over.notify_all();
    }
}
