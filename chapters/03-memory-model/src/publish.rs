//! **Publishing a value: one writer, many readers, no lock.**
//!
//! A server starts at once and reads its configuration in the background. When the configuration is
//! there, every request is to use it; until then, each does without. Requests come on many threads, a
//! hundred thousand a second, and the configuration is written once. A lock would make all of them queue,
//! for ever, because of something that happens a single time.
//!
//! A [`Publish`] hands a value from the thread that made it to all that ask for it. A flag says
//! whether the value is there, and an atomic flag needs no lock. But a flag and a value are two pieces of
//! memory, and a thread that sees the flag has not, for that alone, seen the value.
//!
//! What has to be true:
//!
//! - **Whole or not at all**: [`get`](Publish::get) gives `None`, or the value with all that was written
//!   into it before it was published. Once it gave the value to a thread, it always does.
//! - **One writer**: [`publish`](Publish::publish) succeeds once. If several threads try at the same
//!   time, one of them wins, and each other gets its own value back. The first value is never replaced:
//!   readers hold references to it.
//! - **Nobody waits**: neither `publish` nor `get`, whatever another thread is in the middle of. So there
//!   is no lock here, and no loop that waits. A writer that lost may then find that `get` still gives
//!   `None`: the winner has begun, and is not done.
//! - **Dropped once**: a value that was published is dropped with the `Publish`, or handed out by
//!   [`into_inner`](Publish::into_inner); one that was refused belongs to the caller; and where none was
//!   published, none is dropped.
//! - **No thread gets what is not for it**: a `Publish<T>` can be shared by threads if a `T` can be both
//!   shared ([`Sync`]) and sent ([`Send`]), and can be sent if a `T` can. For a `T` with which either is
//!   unsound, the compiler says no.
//!
//! The value lives in a [`kit::cell::UnsafeCell`], which lets you write through a shared reference and
//! trusts you. So this exercise allows `unsafe`. Write next to each `unsafe` why it is sound: that comment is
//! the proof, and the compiler reads none of it. The models watch the cell, and report two accesses that
//! nothing orders as a data race.

use std::marker::PhantomData;

/// A place for one value, which one thread puts there and all can read.
pub struct Publish<T> {
    // Your fields, in place of this one.
    _value: PhantomData<T>,
}

impl<T> Publish<T> {
    /// Nothing is published yet.
    pub fn new() -> Publish<T> {
        todo!("an empty `UnsafeCell`, and an atomic that says how far the value is")
    }

    /// Publishes `value`, if none was published before. Never waits.
    ///
    /// # Errors
    /// Gives `value` back if another one is here, or is on its way.
    pub fn publish(&self, value: T) -> Result<(), T> {
        let _ = value;
        todo!("win the right to write, write, and only then let the readers know")
    }

    /// The value, if it is published. Never waits.
    pub fn get(&self) -> Option<&T> {
        todo!("look at the value only after you have seen that it is there")
    }

    /// The value, if one was published. The `Publish` is gone, so nobody else is at it.
    pub fn into_inner(self) -> Option<T> {
        todo!("take the value out, and see to it that it is not dropped as well")
    }
}

impl<T> Default for Publish<T> {
    fn default() -> Self {
        Publish::new()
    }
}
