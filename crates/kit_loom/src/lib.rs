//! kit's API on loom: the same source file, run under the schedules and the weak memory that loom
//! explores.
//!
//! What loom 0.7 does not do: it misses schedules of threads that load a location and later write it,
//! takes `SeqCst` loads and stores for acquire and release, wakes waiters first in, first out, cannot use
//! a lock again that a panic unwound through (so no poisoning), and has room for five threads. `kit_shuttle` sees every interleaving, but no weak memory.

mod base;
mod twin;

pub use twin::{cell, channel, clock, hint, model, sync, thread};
