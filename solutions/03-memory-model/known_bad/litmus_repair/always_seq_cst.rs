//! verdict: WrongAnswer
//! misconception: pattern-copying
//!
//! Takes SeqCst everywhere, to be on the safe side. It is impossible then, each time; and nearly each
//! time it takes far less.

use litmus::repair::{Choice, Order::*};

/// 1. A message.
pub const MESSAGE: Choice = &[("A", SeqCst), ("B", SeqCst), ("C", SeqCst), ("D", SeqCst)];

/// 2. A letter in a mailbox.
pub const MAILBOX: Choice = &[("A", SeqCst), ("B", SeqCst), ("C", SeqCst), ("D", SeqCst)];

/// 3. A relay.
pub const RELAY: Choice = &[("A", SeqCst), ("B", SeqCst), ("C", SeqCst), ("D", SeqCst), ("E", SeqCst)];

/// 4. Two hops.
pub const TWO_HOPS: Choice = &[("A", SeqCst), ("B", SeqCst), ("C", SeqCst), ("D", SeqCst), ("E", SeqCst), ("F", SeqCst)];

/// 5. A lock that is tried once.
pub const TRY_LOCK: Choice = &[("A", SeqCst), ("B", SeqCst), ("C", SeqCst)];

/// 6. The last one out.
pub const LAST_ONE_OUT: Choice = &[("A", SeqCst), ("B", SeqCst)];

/// 7. Both wait.
pub const BOTH_WAIT: Choice = &[("A", SeqCst), ("B", SeqCst), ("C", SeqCst), ("D", SeqCst), ("E", SeqCst), ("F", SeqCst)];

/// 8. Two witnesses.
pub const TWO_WITNESSES: Choice = &[("A", SeqCst), ("B", SeqCst), ("C", SeqCst), ("D", SeqCst), ("E", SeqCst), ("F", SeqCst)];

/// 9. Before it was written.
pub const BEFORE_IT_WAS_WRITTEN: Choice = &[("A", SeqCst), ("B", SeqCst), ("C", SeqCst), ("D", SeqCst)];
