//! The one way to spin.
//!
//! Every busy-wait loop calls [`spin_loop`]: it tells the processor to save power and to let the
//! other hardware thread run, and it tells a model that nothing changes until another thread moves.
//!
//! ```
//! use kit::{hint, sync::atomic::{AtomicBool, Ordering::{Acquire, Release}}, thread};
//!
//! let ready = AtomicBool::new(false);
//! thread::scope(|s| {
//!     s.spawn(|| ready.store(true, Release));
//!     // Acquire pairs with the Release above: what was written before it is visible after the loop.
//!     while !ready.load(Acquire) {
//!         hint::spin_loop();
//!     }
//! });
//! ```

pub use std::hint::spin_loop;
