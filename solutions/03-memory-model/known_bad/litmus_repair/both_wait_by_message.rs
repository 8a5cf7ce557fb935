//! verdict: WrongAnswer
//! misconception: pattern-copying
//!
//! What works for a message works here: Release stores, Acquire loads. But neither of the two reads
//! what the other wrote, so nothing synchronises.

use litmus::repair::{Choice, Order::*};

/// 1. A message.
pub const MESSAGE: Choice = &[("A", Relaxed), ("B", Release), ("C", Acquire), ("D", Relaxed)];

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

// ANCHOR: idea
/// 7. Both wait.
pub const BOTH_WAIT: Choice = &[("A", Release), ("B", NoFence), ("C", Acquire), ("D", Release), ("E", NoFence), ("F", Acquire)];
// ANCHOR_END: idea

/// 8. Two witnesses.
pub const TWO_WITNESSES: Choice = &[("A", SeqCst), ("B", SeqCst), ("C", SeqCst), ("D", SeqCst), ("E", SeqCst), ("F", SeqCst)];

/// 9. Before it was written.
pub const BEFORE_IT_WAS_WRITTEN: Choice = &[("A", Relaxed), ("B", Release), ("C", Acquire), ("D", Relaxed)];
