//! **Once: an initialiser that runs once, whoever comes first.**
//!
//! A program reads a table from disk, compiles a pattern, or opens a connection; not at the start, for perhaps
//! nobody needs it, but when it is asked for the first time. Ten threads ask at the same moment. One of them
//! has to do the work, nine have to wait for it, and ten have to get the same value. From then on, for the rest
//! of the program, asking must cost next to nothing.
//!
//! An [`InitOnce`] is a place for such a value. Whoever asks brings an initialiser along, just in case.
//!
//! What has to be true:
//!
//! - **Once**: of all the initialisers that are brought along, one runs to its end. The others are not
//!   called.
//! - **Before anyone returns**: whoever returns from [`get_or_init`](InitOnce::get_or_init) sees the value,
//!   with all that its initialiser wrote. It is the same value for all, and stays where it is.
//! - **The others sleep**: who comes while an initialiser runs is blocked until it is done, and then wakes
//!   up. Nobody burns a processor to wait.
//! - **A panic is for its caller**: if an initialiser panics, the panic goes to whoever brought it. For
//!   everybody else it is as if it had not begun: one of those who wait, or who come later, tries with
//!   its own. Nothing is poisoned.
//! - **Nobody waits for himself**: an initialiser that asks the very place that it is to fill would wait for
//!   ever. So [`get_or_init`](InitOnce::get_or_init) panics there, and again it is as if the initialiser
//!   had not begun. (Two places whose initialisers ask for each other, in two threads, are as two locks
//!   taken in two orders: a deadlock, and nobody finds it out for you.)
//! - **Looking is free**: [`get`](InitOnce::get) never waits, not even while an initialiser runs, and not
//!   for a lock. Nor does `get_or_init`, once the value is there. What each of them costs then is one load,
//!   and a part of the points is for that.
//! - **Dropped once**, as in `publish`: with the place, or by whoever took it out; never if it never was. And
//!   an `InitOnce<T>` can be shared by threads if a `T` can be shared and sent, and sent if a `T` can.
//!
//! `Once`, `OnceLock` and their kin in the standard library are what you build here, so they are not to be used.
//! For waiting there are [`kit::sync::Mutex`] and [`kit::sync::Condvar`], and
//! [`kit::thread::current`] knows who you are.

use std::marker::PhantomData;

/// A place for one value, which is made when it is needed first.
pub struct InitOnce<T> {
    // Your fields, in place of this one.
    _value: PhantomData<T>,
}

impl<T> InitOnce<T> {
    /// There is no value yet.
    pub fn new() -> InitOnce<T> {
        todo!("a cell without a value, an atomic that says so, and something to wait at")
    }

    /// The value, if it is there. Never waits.
    pub fn get(&self) -> Option<&T> {
        todo!("one load, and then the value or nothing")
    }

    /// The value. If there is none, `init` makes it; if somebody else's initialiser runs, waits for its end
    /// first.
    ///
    /// # Panics
    /// If `init` panics. If this is called by the initialiser of this very place.
    pub fn get_or_init<F: FnOnce() -> T>(&self, init: F) -> &T {
        let _ = init;
        todo!(
            "give the value if it is there; else wait for your turn, look again, and only then make it"
        )
    }

    /// The value, if there is one. The place is gone, so nobody else is at it.
    pub fn into_inner(self) -> Option<T> {
        todo!("take the value out, and see to it that it is not dropped as well")
    }
}

impl<T> Default for InitOnce<T> {
    fn default() -> Self {
        InitOnce::new()
    }
}
