//! verdict: DataRace
//! misconception: sequentially-consistent
//!
//! The writer has done its part with Release, so the reader only has to look. But a Release store orders
//! nothing for a reader that does not Acquire.

use kit::cell::UnsafeCell;
use kit::sync::atomic::{
    AtomicU8,
    Ordering::{Relaxed, Release},
};

/// Nobody has begun to publish.
const EMPTY: u8 = 0;
/// One thread may write, and nobody may read.
const CLAIMED: u8 = 1;
/// Everybody may read, and nobody writes any more.
const READY: u8 = 2;

/// A place for one value, which one thread puts there and all can read.
pub struct Publish<T> {
    /// `EMPTY`, then `CLAIMED`, then `READY`.
    state: AtomicU8,
    /// `EMPTY`: nobody's. `CLAIMED`: the thread's that claimed it. `READY`: shared by all, read only.
    value: UnsafeCell<Option<T>>,
}

// SAFETY: `publish` moves a `T` in, which the thread that drops the `Publish` may not have made (`Send`);
// `get` gives `&T` to any number of threads (`Sync`). Accesses to `value` itself never overlap: the one
// write is made by the thread that went from `EMPTY` to `CLAIMED`, and happens before every read.
unsafe impl<T: Send + Sync> Sync for Publish<T> {}

impl<T> Publish<T> {
    /// Nothing is published yet.
    pub fn new() -> Publish<T> {
        Publish {
            state: AtomicU8::new(EMPTY),
            value: UnsafeCell::new(None),
        }
    }

    /// Publishes `value`, if none was published before. Never waits.
    ///
    /// # Errors
    /// Gives `value` back if another one is here, or is on its way.
    pub fn publish(&self, value: T) -> Result<(), T> {
        // Relaxed: the claim gives nothing to read to anyone. Who loses looks at nothing, and who wins finds
        // the cell as `new` made it, which it has seen since it has seen `self`.
        let claim = self
            .state
            .compare_exchange(EMPTY, CLAIMED, Relaxed, Relaxed);
        if claim.is_err() {
            return Err(value);
        }
        // SAFETY: this thread alone got from `EMPTY` to `CLAIMED`, and nobody reads before `READY`.
        self.value.with_mut(|place| unsafe { *place = Some(value) });
        // Release: publishes the value to the Acquire load in `get`.
        self.state.store(READY, Release);
        Ok(())
    }

    /// The value, if it is published. Never waits.
    pub fn get(&self) -> Option<&T> {
        // The store was Release, so the value is there.
        if self.state.load(Relaxed) != READY {
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
