//! verdict: WrongAnswer
//! misconception: assumed-order
//!
//! A Release store has delivered everything when the flag can be seen. But nothing at the reader's end
//! synchronises with it.

use litmus::claim::{Answer, Axiom::*, Broken, Edge::*, Witness};

/// 1. MP: both are Relaxed.
pub const RELAXED: Answer = Answer::Allowed(Witness { reads: &[("c", "b"), ("d", "init x")], orders: &[] });

// ANCHOR: idea
/// 2. MP+rel-rlx: the flag is stored with Release.
pub const RELEASED: Answer = Answer::Forbidden(&[Broken { axiom: Coherence, cycle: &[("a", Po, "b"), ("b", Sw, "c"), ("c", Po, "d"), ("d", Rb, "a")] }]);
// ANCHOR_END: idea

/// 3. MP+facq-early: the reader has a fence, and then looks.
pub const FENCE_FIRST: Answer = Answer::Allowed(Witness { reads: &[("d", "b"), ("e", "init x")], orders: &[] });

/// 4. MP+rel-acq: Release and Acquire.
pub const BOTH_ENDS: Answer = Answer::Forbidden(&[Broken { axiom: Coherence, cycle: &[("a", Po, "b"), ("b", Sw, "c"), ("c", Po, "d"), ("d", Rb, "a")] }]);

/// 5. MP+frel-facq: a fence on either side, all accesses Relaxed.
pub const TWO_FENCES: Answer = Answer::Forbidden(&[Broken { axiom: Coherence, cycle: &[("a", Po, "b"), ("b", Sw, "e"), ("e", Po, "f"), ("f", Rb, "a")] }]);

/// 6. MP+cas-fail: the reader tries to take the flag, and finds it raised.
pub const NOT_TAKEN: Answer = Answer::Allowed(Witness { reads: &[("c", "b"), ("d", "init x")], orders: &[] });

/// 7. ISA2+second-rlx: a third thread passes the word on.
pub const SECOND_HAND: Answer = Answer::Allowed(Witness { reads: &[("c", "b"), ("e", "d"), ("f", "init x")], orders: &[] });

/// 8. WRC+second: a third thread passes on what it has seen itself.
pub const EYE_WITNESS: Answer = Answer::Forbidden(&[Broken { axiom: Coherence, cycle: &[("b", Po, "c"), ("c", Sw, "d"), ("d", Po, "e"), ("e", Rb, "a"), ("a", Rf, "b")] }]);

/// 9. MP+relseq-other: a third thread raises the flag to 2.
pub const STORED_OVER: Answer = Answer::Allowed(Witness { reads: &[("c", "b"), ("e", "d"), ("f", "init x")], orders: &[&["b", "d"]] });

/// 10. MP+relseq-rmw: a third thread counts the flag up.
pub const COUNTED_UP: Answer = Answer::Forbidden(&[Broken { axiom: Coherence, cycle: &[("a", Po, "b"), ("b", Sw, "d"), ("d", Po, "e"), ("e", Rb, "a")] }]);
