//! Locks, condition variables, shared ownership, one-time initialisation, atomics: the names of
//! `std::sync`, with the meaning they have there.
//!
//! ```
//! use kit::sync::{Arc, Condvar, Mutex};
//! use kit::thread;
//!
//! let inbox = Arc::new((Mutex::new(Vec::new()), Condvar::new()));
//! let reader = thread::spawn({
//!     let inbox = Arc::clone(&inbox);
//!     move || {
//!         let (letters, arrived) = &*inbox;
//!         let mut letters =
//!             arrived.wait_while(letters.lock().unwrap(), |letters| letters.is_empty()).unwrap();
//!         letters.pop()
//!     }
//! });
//! inbox.0.lock().unwrap().push("hello");
//! inbox.1.notify_one();
//! assert_eq!(reader.join().unwrap(), Some("hello"));
//! ```
//!
//! # What it costs
//!
//! Without debug assertions nothing: [`Mutex`], [`RwLock`] and [`Condvar`] are the standard library's
//! own types. With them, they are thin wrappers that note what the thread holds and waits for
//! ([`crate::trace`]) and otherwise do and say exactly what the originals do.
//! An uncontended lock and unlock of a mutex then takes 18 ns in place of 4 with optimisation, and 180 ns
//! in place of 25 without (measured on two shared x86 cores; `cargo run -p kit --example cost` measures
//! it on yours).
//!
//! The wrapped condition variable has a lock of its own around the wait and each notification: so a thread
//! that was notified and cannot lock its mutex again is seen to wait for the mutex.

#[cfg(debug_assertions)]
mod traced;

#[cfg(debug_assertions)]
pub use traced::{
    Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, WaitTimeoutResult,
};

#[cfg(not(debug_assertions))]
pub use std::sync::{
    Condvar, Mutex, MutexGuard, RwLock, RwLockReadGuard, RwLockWriteGuard, WaitTimeoutResult,
};

pub use std::sync::{
    Arc, Barrier, BarrierWaitResult, LazyLock, LockResult, Once, OnceLock, OnceState, PoisonError,
    TryLockError, TryLockResult, Weak, atomic,
};
