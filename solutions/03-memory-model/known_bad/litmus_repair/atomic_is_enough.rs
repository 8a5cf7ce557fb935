//! verdict: WrongAnswer
//! misconception: sequentially-consistent
//!
//! Everything that is shared is atomic, so nothing can go wrong: all is Relaxed. No value is torn, but
//! nothing orders one location against another.

use litmus::repair::{Choice, Order::*};

/// 1. A message.
pub const MESSAGE: Choice = &[("A", Relaxed), ("B", Relaxed), ("C", Relaxed), ("D", Relaxed)];

/// 2. A letter in a mailbox.
pub const MAILBOX: Choice = &[("A", NoFence), ("B", Relaxed), ("C", Relaxed), ("D", NoFence)];

/// 3. A relay.
pub const RELAY: Choice = &[("A", Relaxed), ("B", Relaxed), ("C", Relaxed), ("D", Relaxed), ("E", Relaxed)];

/// 4. Two hops.
pub const TWO_HOPS: Choice = &[("A", Relaxed), ("B", Relaxed), ("C", Relaxed), ("D", Relaxed), ("E", Relaxed), ("F", Relaxed)];

/// 5. A lock that is tried once.
pub const TRY_LOCK: Choice = &[("A", Relaxed), ("B", Relaxed), ("C", Relaxed)];

/// 6. The last one out.
pub const LAST_ONE_OUT: Choice = &[("A", Relaxed), ("B", NoFence)];

/// 7. Both wait.
pub const BOTH_WAIT: Choice = &[("A", Relaxed), ("B", NoFence), ("C", Relaxed), ("D", Relaxed), ("E", NoFence), ("F", Relaxed)];

/// 8. Two witnesses.
pub const TWO_WITNESSES: Choice = &[("A", Relaxed), ("B", Relaxed), ("C", Relaxed), ("D", Relaxed), ("E", Relaxed), ("F", Relaxed)];

/// 9. Before it was written.
pub const BEFORE_IT_WAS_WRITTEN: Choice = &[("A", Relaxed), ("B", Relaxed), ("C", Relaxed), ("D", Relaxed)];
