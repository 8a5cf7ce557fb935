//! verdict: Forbidden
//! misconception: one-big-lock
//!
//! Two writers at the same time are the problem, and a lock lets one in at a time. It works, and is not what
//! was asked for: whoever comes second waits, and a thread that is stopped in the middle stops all writers.

use kit::cell::UnsafeCell;
use kit::sync::{
    Mutex, PoisonError,
    atomic::{
        AtomicU8,
        Ordering::{Acquire, Relaxed, Release},
    },
};

/// Nobody has begun to publish.
const EMPTY: u8 = 0;
/// Everybody may read, and nobody writes any more.
const READY: u8 = 1;

/// A place for one value, which one thread puts there and all can read.
pub struct Publish<T> {
    writing: Mutex<()>,
    /// `EMPTY`, then `READY`.
    state: AtomicU8,
    /// `EMPTY`: the thread's that holds `writing`. `READY`: shared by all, read only.
    value: UnsafeCell<Option<T>>,
}

// SAFETY: `publish` moves a `T` in, which the thread that drops the `Publish` may not have made (`Send`);
// `get` gives `&T` to any number of threads (`Sync`). Accesses to `value` itself never overlap: the one
// write is made by the thread that holds the lock, and happens before every read.
unsafe impl<T: Send + Sync> Sync for Publish<T> {}

impl<T> Publish<T> {
    /// Nothing is published yet.
    pub fn new() -> Publish<T> {
        Publish {
            writing: Mutex::new(()),
            state: AtomicU8::new(EMPTY),
            value: UnsafeCell::new(None),
        }
    }

    /// Publishes `value`, if none was published before. Never waits.
    ///
    /// # Errors
    /// Gives `value` back if another one is here, or is on its way.
    pub fn publish(&self, value: T) -> Result<(), T> {
        let _one_at_a_time = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if self.state.load(Relaxed) != EMPTY {
            return Err(value);
        }
        // SAFETY: this thread holds the lock, and nobody reads before `READY`.
        self.value.with_mut(|place| unsafe { *place = Some(value) });
        // Release: publishes the value to the Acquire load in `get`.
        self.state.store(READY, Release);
        Ok(())
    }

    /// The value, if it is published. Never waits.
    pub fn get(&self) -> Option<&T> {
        // Acquire: pairs with the Release store of `READY`.
        if self.state.load(Acquire) != READY {
            return None;
        }
        // SAFETY: the write happened before `READY` was stored, and there is no other one as long as
        // `self` is borrowed.
        self.value.with(|place| unsafe { (*place).as_ref() })
    }

    /// The value, if one was published. The `Publish` is gone, so nobody else is at it.
    pub fn into_inner(self) -> Option<T> {
        self.value.into_inner()
    }
}

impl<T> Default for Publish<T> {
    fn default() -> Self {
        Publish::new()
    }
}
