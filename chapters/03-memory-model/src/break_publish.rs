//! Break it: a flag and a value.
//!
//! Ten ways to hand over a value `x` through a flag: `x` and the flags begin with 0, somebody writes 1 to `x` and
//! raises the flag, and whoever finds the flag raised relies on `x`. A way is **broken** if a reader can see the
//! flag and not the value. Some of the ten are, and some are not. You are the memory: for each, either
//!
//! - **break it**: say where each read takes its value from, so that it ends as it must not
//!   (`Answer::Allowed`, with a witness); or
//! - **show that nobody can** (`Answer::Forbidden`): name the axiom that every such execution would break, and the
//!   circle of events that breaks it.
//!
//! A yes or no alone is worth nothing.
//!
//! **The witness.** `reads` gives each read the write whose value it takes: `("c", "b")` is `c` reads from `b`. The
//! letters are those in the programs, fences included; the writes of 0 in the beginning are `"init x"`, `"init y"`
//! and `"init z"`. A compare-exchange and a `fetch_add` are reads too. If a location is written more than once, not
//! counting the beginning, `orders` has its writes in the order in which they come: `&["b", "d"]`. If no location
//! is, `orders` is empty.
//!
//! **The circle.** Each step leads from one event to the next, and the last one back to the first:
//!
//! | step | from | to |
//! |---|---|---|
//! | `Po` | an event | a later one of the same thread |
//! | `Rf` | a write | a read that takes its value |
//! | `Mo` | a write | a later write to the same location |
//! | `Rb` | a read | a write that comes after the one that was read |
//! | `Sw` | a Release store or fence | an Acquire load or fence that synchronises with it |
//!
//! The model is RC11. These are its axioms:
//!
//! | axiom | no execution has a circle of |
//! |---|---|
//! | `Coherence` | first `Po` and `Sw`, then `Rf`, `Mo` and `Rb` at one location, back to the start |
//! | `Atomicity` | `Rb` from a read-modify-write, then `Mo` back to it |
//! | `SeqCst` | steps between SeqCst events |
//! | `NoThinAir` | `Po` and `Rf` |
//!
//! And this is when a Release `Sw` an Acquire:
//!
//! - a Release store and an Acquire load that reads from it, or from the last of a chain of read-modify-writes of
//!   whatever order that begins with it; a store in between ends the chain;
//! - a Release fence takes the place of the store, if a store that comes after it in its thread is the one that is
//!   read from; and an Acquire fence that of the load, if the load comes before it;
//! - a compare-exchange that fails is a load, with the second of its two orders.
//!
//! The answers are `const`: what you write cannot ask the engine. So this is how they look:
//!
//! ```
//! use litmus::claim::{Answer, Axiom::*, Broken, Edge::*, Witness};
//!
//! const SOME_WITNESS: Answer = Answer::Allowed(Witness {
//!     reads: &[("d", "init x"), ("e", "c")],
//!     orders: &[&["c", "b"]],
//! });
//!
//! const SOME_PROOF: Answer = Answer::Forbidden(&[Broken {
//!     axiom: Atomicity,
//!     cycle: &[("a", Rb, "c"), ("c", Mo, "a")],
//! }]);
//! ```

// Add what you use: Axiom::*, Broken, Edge::* and Witness, as above.
use litmus::claim::Answer;

/// 1. MP: both are Relaxed.
///
/// ```text
/// P0                               P1
/// a: x.store(1, Relaxed);          c: let r0 = y.load(Relaxed);
/// b: y.store(1, Relaxed);          d: let r1 = x.load(Relaxed);
///
/// broken if: r0 == 1 && r1 == 0 in P1
/// ```
pub const RELAXED: Answer = Answer::Open;

/// 2. MP+rel-rlx: the flag is stored with Release.
///
/// ```text
/// P0                               P1
/// a: x.store(1, Relaxed);          c: let r0 = y.load(Relaxed);
/// b: y.store(1, Release);          d: let r1 = x.load(Relaxed);
///
/// broken if: r0 == 1 && r1 == 0 in P1
/// ```
pub const RELEASED: Answer = Answer::Open;

/// 3. MP+facq-early: the reader has a fence, and then looks.
///
/// ```text
/// P0                               P1
/// a: x.store(1, Relaxed);          c: fence(Acquire);
/// b: y.store(1, Release);          d: let r0 = y.load(Relaxed);
///                                  e: let r1 = x.load(Relaxed);
///
/// broken if: r0 == 1 && r1 == 0 in P1
/// ```
pub const FENCE_FIRST: Answer = Answer::Open;

/// 4. MP+rel-acq: Release and Acquire.
///
/// ```text
/// P0                               P1
/// a: x.store(1, Relaxed);          c: let r0 = y.load(Acquire);
/// b: y.store(1, Release);          d: let r1 = x.load(Relaxed);
///
/// broken if: r0 == 1 && r1 == 0 in P1
/// ```
pub const BOTH_ENDS: Answer = Answer::Open;

/// 5. MP+frel-facq: a fence on either side, all accesses Relaxed.
///
/// ```text
/// P0                               P1
/// a: x.store(1, Relaxed);          d: let r0 = y.load(Relaxed);
/// b: fence(Release);               e: fence(Acquire);
/// c: y.store(1, Relaxed);          f: let r1 = x.load(Relaxed);
///
/// broken if: r0 == 1 && r1 == 0 in P1
/// ```
pub const TWO_FENCES: Answer = Answer::Open;

/// 6. MP+cas-fail: the reader tries to take the flag, and finds it raised.
///
/// ```text
/// P0                               P1
/// a: x.store(1, Relaxed);          c: let r0 = y.compare_exchange(2, 3, Acquire, Relaxed);
/// b: y.store(1, Release);          d: let r2 = x.load(Relaxed);
///
/// broken if: r0 == Err(1) && r2 == 0 in P1
/// ```
pub const NOT_TAKEN: Answer = Answer::Open;

/// 7. ISA2+second-rlx: a third thread passes the word on.
///
/// ```text
/// P0                          P1                               P2
/// a: x.store(1, Relaxed);     c: let r0 = y.load(Acquire);     e: let r0 = z.load(Relaxed);
/// b: y.store(1, Release);     d: z.store(1, Relaxed);          f: let r1 = x.load(Relaxed);
///
/// broken if: r0 == 1 in P1 && r0 == 1 && r1 == 0 in P2
/// ```
pub const SECOND_HAND: Answer = Answer::Open;

/// 8. WRC+second: a third thread passes on what it has seen itself.
///
/// ```text
/// P0                          P1                               P2
/// a: x.store(1, Relaxed);     b: let r0 = x.load(Relaxed);     d: let r0 = y.load(Acquire);
///                             c: y.store(1, Release);          e: let r1 = x.load(Relaxed);
///
/// broken if: r0 == 1 in P1 && r0 == 1 && r1 == 0 in P2
/// ```
pub const EYE_WITNESS: Answer = Answer::Open;

/// 9. MP+relseq-other: a third thread raises the flag to 2.
///
/// ```text
/// P0                          P1                               P2
/// a: x.store(1, Relaxed);     c: let r0 = y.load(Relaxed);     e: let r0 = y.load(Acquire);
/// b: y.store(1, Release);     d: y.store(2, Relaxed);          f: let r1 = x.load(Relaxed);
///
/// broken if: r0 == 1 in P1 && r0 == 2 && r1 == 0 in P2
/// ```
pub const STORED_OVER: Answer = Answer::Open;

/// 10. MP+relseq-rmw: a third thread counts the flag up.
///
/// ```text
/// P0                          P1                                    P2
/// a: x.store(1, Relaxed);     c: let r0 = y.fetch_add(1, Relaxed);  d: let r0 = y.load(Acquire);
/// b: y.store(1, Release);                                           e: let r1 = x.load(Relaxed);
///
/// broken if: r0 == 1 in P1 && r0 == 2 && r1 == 0 in P2
/// ```
pub const COUNTED_UP: Answer = Answer::Open;
