//! verdict: BadInterleaving
//! misconception: check-then-act
//!
//! Nobody has published, so I may. Between the look and the store another writer looks, and both write.

use kit::cell::UnsafeCell;
use kit::sync::atomic::{
    AtomicBool,
    Ordering::{Acquire, Release},
};

/// A place for one value, which one thread puts there and all can read.
pub struct Publish<T> {
    /// Whether the value is published.
    ready: AtomicBool,
    value: UnsafeCell<Option<T>>,
}

// SAFETY: `publish` moves a `T` in, which the thread that drops the `Publish` may not have made (`Send`);
// `get` gives `&T` to any number of threads (`Sync`). Accesses to `value` itself never overlap: the one
// write is made by the thread that set the flag, and happens before every read.
unsafe impl<T: Send + Sync> Sync for Publish<T> {}

impl<T> Publish<T> {
    /// Nothing is published yet.
    pub fn new() -> Publish<T> {
        Publish {
            ready: AtomicBool::new(false),
            value: UnsafeCell::new(None),
        }
    }

    /// Publishes `value`, if none was published before. Never waits.
    ///
    /// # Errors
    /// Gives `value` back if another one is here, or is on its way.
    pub fn publish(&self, value: T) -> Result<(), T> {
        if self.ready.load(Acquire) {
            return Err(value);
        }
        // SAFETY: nobody has published yet.
        self.value.with_mut(|place| unsafe { *place = Some(value) });
        // Release: publishes the value to the Acquire load in `get`.
        self.ready.store(true, Release);
        Ok(())
    }

    /// The value, if it is published. Never waits.
    pub fn get(&self) -> Option<&T> {
        // Acquire: pairs with the Release in `publish`.
        if !self.ready.load(Acquire) {
            return None;
        }
        // SAFETY: the write happened before `ready` was set, and there is no other one as long as
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
