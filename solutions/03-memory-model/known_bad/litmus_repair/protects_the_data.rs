//! verdict: WrongAnswer
//! misconception: one-variable
//!
//! The value must not be missed, so it is the value that is stored with Release and loaded with
//! Acquire. It is the flag that says when it is there.

use litmus::repair::{Choice, Order::*};

// ANCHOR: idea
/// 1. A message.
pub const MESSAGE: Choice = &[("A", Release), ("B", Relaxed), ("C", Relaxed), ("D", Acquire)];
// ANCHOR_END: idea

/// 2. A letter in a mailbox.
pub const MAILBOX: Choice = &[("A", NoFence), ("B", Release), ("C", Relaxed), ("D", Acquire)];

/// 3. A relay.
pub const RELAY: Choice = &[("A", Relaxed), ("B", Relaxed), ("C", Release), ("D", Acquire), ("E", Relaxed)];

/// 4. Two hops.
pub const TWO_HOPS: Choice = &[("A", Relaxed), ("B", Release), ("C", Acquire), ("D", Release), ("E", Acquire), ("F", Relaxed)];

/// 5. A lock that is tried once.
pub const TRY_LOCK: Choice = &[("A", Acquire), ("B", Relaxed), ("C", Release)];

/// 6. The last one out.
pub const LAST_ONE_OUT: Choice = &[("A", Release), ("B", Acquire)];

/// 7. Both wait.
pub const BOTH_WAIT: Choice = &[("A", Relaxed), ("B", SeqCst), ("C", Relaxed), ("D", Relaxed), ("E", SeqCst), ("F", Relaxed)];

/// 8. Two witnesses.
pub const TWO_WITNESSES: Choice = &[("A", SeqCst), ("B", SeqCst), ("C", SeqCst), ("D", SeqCst), ("E", SeqCst), ("F", SeqCst)];

/// 9. Before it was written.
pub const BEFORE_IT_WAS_WRITTEN: Choice = &[("A", Relaxed), ("B", Release), ("C", Acquire), ("D", Relaxed)];
