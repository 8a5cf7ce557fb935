//! verdict: Forbidden
//! misconception: pattern-copying
//!
//! The standard library has this already, and under another name it will not be noticed. It is noticed, and
//! it would not even do: its initialiser waits for itself.

use kit::sync::OnceLock as Place;

/// A place for one value, which is made when it is needed first.
pub struct InitOnce<T> {
    place: Place<T>,
}

impl<T> InitOnce<T> {
    /// There is no value yet.
    pub fn new() -> InitOnce<T> {
        InitOnce {
            place: Place::new(),
        }
    }

    /// The value, if it is there. Never waits.
    pub fn get(&self) -> Option<&T> {
        self.place.get()
    }

    /// The value. If there is none, `init` makes it; if somebody else's initialiser runs, waits for its end
    /// first.
    ///
    /// # Panics
    /// If `init` panics. If this is called by the initialiser of this very place.
    pub fn get_or_init<F: FnOnce() -> T>(&self, init: F) -> &T {
        self.place.get_or_init(init)
    }

    /// The value, if there is one. The place is gone, so nobody else is at it.
    pub fn into_inner(self) -> Option<T> {
        self.place.into_inner()
    }
}

impl<T> Default for InitOnce<T> {
    fn default() -> Self {
        InitOnce::new()
    }
}
