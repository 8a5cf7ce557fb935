//! Threads: the standard library's.
//!
//! `sleep` is left out. A thread that sleeps in real time makes its tests slow, or wrong on a loaded
//! machine; code that has to wait takes an `Arc<dyn Clock>` and sleeps on that, so that a test can
//! move the time by hand ([`crate::clock`]).
//!
//! ```
//! use kit::thread;
//!
//! let words = ["lock", "fence", "channel"];
//! let letters: usize = thread::scope(|s| {
//!     let counts: Vec<_> = words.iter().map(|word| s.spawn(|| word.len())).collect();
//!     counts.into_iter().map(|count| count.join().unwrap()).sum()
//! });
//! assert_eq!(letters, 16);
//! ```

pub use std::thread::{
    Builder, JoinHandle, Result, Scope, ScopedJoinHandle, Thread, ThreadId, available_parallelism,
    current, panicking, park, park_timeout, scope, spawn, yield_now,
};
