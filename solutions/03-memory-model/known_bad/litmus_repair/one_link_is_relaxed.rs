//! verdict: WrongAnswer
//! misconception: sequentially-consistent
//!
//! The message is released by the one who writes it and acquired by the one who reads it, and the one
//! in between only passes on a number. There the chain is broken.

use litmus::repair::{Choice, Order::*};

/// 1. A message.
pub const MESSAGE: Choice = &[("A", Relaxed), ("B", Release), ("C", Acquire), ("D", Relaxed)];

/// 2. A letter in a mailbox.
pub const MAILBOX: Choice = &[("A", NoFence), ("B", Release), ("C", Relaxed), ("D", Acquire)];

/// 3. A relay.
pub const RELAY: Choice = &[("A", Relaxed), ("B", Relaxed), ("C", Release), ("D", Acquire), ("E", Relaxed)];

/// 4. Two hops.
pub const TWO_HOPS: Choice = &[("A", Relaxed), ("B", Release), ("C", Relaxed), ("D", Relaxed), ("E", Acquire), ("F", Relaxed)];

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
