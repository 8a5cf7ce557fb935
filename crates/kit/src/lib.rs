//! What learner code uses in place of `std::sync` and `std::thread`: [`sync`], [`thread`], [`cell`],
//! [`hint`], [`channel`], [`clock`].
//!
//! This is the real one: everything runs on the operating system's threads, and in builds without
//! debug assertions [`sync`] *is* the standard library's, so that a benchmark measures what it
//! claims to. Debug builds record what each thread holds and waits for ([`trace`]), so that a hang
//! can be explained. The twins `kit_loom` and `kit_shuttle` have the same paths and run the same
//! source file under a model.
//!
//! Left out on purpose: `thread::sleep` and channels that fire by real time (use [`clock`]),
//! thread-locals and process-wide state (a model could not reset them).

#![warn(missing_docs)]

pub mod cell;
pub mod channel;
pub mod clock;
pub mod hint;
pub mod sync;
pub mod thread;
pub mod trace;
