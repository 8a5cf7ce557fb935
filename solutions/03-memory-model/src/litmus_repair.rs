//! As strong as it has to be, and no stronger.
//!
//! Three questions lead to each of the choices. *Who passes something on to whom?* There a Release and an Acquire
//! belong, on what is looked at, not on what is passed on. *Does somebody look away from what it has just
//! written?* Then nothing below SeqCst helps. *Do several have to agree on the order of what nobody passes on?*
//! Then neither. All the rest is Relaxed.

use litmus::repair::{Choice, Order::*};

/// 1. A message. The flag is stored with Release and loaded with Acquire. The data need not be ordered
///    themselves: the flag's store takes what stands before it along.
pub const MESSAGE: Choice = &[
    ("A", Relaxed),
    ("B", Release),
    ("C", Acquire),
    ("D", Relaxed),
];

/// 2. A letter in a mailbox. On the reader's side the fence: who looks often and finds the flag down pays for
///    the Acquire only once, when there is a letter. An Acquire load, or a Release fence, would do as well.
pub const MAILBOX: Choice = &[
    ("A", NoFence),
    ("B", Release),
    ("C", Relaxed),
    ("D", Acquire),
];

/// 3. A relay. P1 has seen `x`, and all that P1 saw before its Release store, by whatever load, cannot be missed
///    after the Acquire load that reads from it. So a Relaxed load of `x` is enough.
pub const RELAY: Choice = &[
    ("A", Relaxed),
    ("B", Relaxed),
    ("C", Release),
    ("D", Acquire),
    ("E", Relaxed),
];

/// 4. Two hops. P1 has not seen `x`, it only has P0's word, and so both links must synchronise; happens-before
///    is transitive.
pub const TWO_HOPS: Choice = &[
    ("A", Relaxed),
    ("B", Release),
    ("C", Acquire),
    ("D", Release),
    ("E", Acquire),
    ("F", Relaxed),
];

/// 5. A lock that is tried once. Taking it is an Acquire of the Release that gave it back. Who fails touches
///    nothing, and needs no order; and to take a lock publishes nothing.
pub const TRY_LOCK: Choice = &[("A", Acquire), ("B", Relaxed), ("C", Release)];

/// 6. The last one out. Each decrement is a Release of what the thread did with the data. Only the last one
///    needs to have seen all of it: an Acquire fence there reads from the whole chain of decrements. `AcqRel`
///    without a fence is minimal too, and pays at each decrement.
pub const LAST_ONE_OUT: Choice = &[("A", Release), ("B", Acquire)];

/// 7. Both wait. A store must not be overtaken by a later load of another location, and only SeqCst keeps it from
///    that: a fence between the two in both threads. (Four SeqCst accesses would do as well.)
pub const BOTH_WAIT: Choice = &[
    ("A", Relaxed),
    ("B", SeqCst),
    ("C", Relaxed),
    ("D", Relaxed),
    ("E", SeqCst),
    ("F", Relaxed),
];

/// 8. Two witnesses. Nobody passes anything on here, so there is nothing to synchronise. What is asked for is one
///    order of two independent writes that all agree on, and that all six must be part of.
pub const TWO_WITNESSES: Choice = &[
    ("A", SeqCst),
    ("B", SeqCst),
    ("C", SeqCst),
    ("D", SeqCst),
    ("E", SeqCst),
    ("F", SeqCst),
];

/// 9. Before it was written. One synchronising pair suffices: if P1's load synchronises with P0's store,
///    P1's store happens after P0's load, which can no longer read from it. The other pair would do as well.
pub const BEFORE_IT_WAS_WRITTEN: Choice = &[
    ("A", Relaxed),
    ("B", Release),
    ("C", Acquire),
    ("D", Relaxed),
];
