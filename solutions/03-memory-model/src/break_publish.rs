//! Break it: a flag and a value.
//!
//! The reader's flag comes from the store that raised it, its value from before everything. Six times that is an
//! execution. Four times an arrow leads from the write of the value, or from somebody who has seen it, to the read
//! that misses it, and there is the circle.

use litmus::claim::{Answer, Axiom::*, Broken, Edge::*, Witness};

/// 1. MP: both are Relaxed.
///
/// Nothing orders anything: the flag comes from `b`, the value from before everything.
pub const RELAXED: Answer = Answer::Allowed(Witness {
    reads: &[("c", "b"), ("d", "init x")],
    orders: &[],
});

/// 2. MP+rel-rlx: the flag is stored with Release.
///
/// A Release synchronises with an Acquire, and there is none.
pub const RELEASED: Answer = Answer::Allowed(Witness {
    reads: &[("c", "b"), ("d", "init x")],
    orders: &[],
});

/// 3. MP+facq-early: the reader has a fence, and then looks.
///
/// An Acquire fence works for the loads before it. Here there is none before it.
pub const FENCE_FIRST: Answer = Answer::Allowed(Witness {
    reads: &[("d", "b"), ("e", "init x")],
    orders: &[],
});

/// 4. MP+rel-acq: Release and Acquire.
///
/// `c` reads from `b`, so they synchronise; the write of the value happens before the read that misses it.
pub const BOTH_ENDS: Answer = Answer::Forbidden(&[Broken {
    axiom: Coherence,
    cycle: &[
        ("a", Po, "b"),
        ("b", Sw, "c"),
        ("c", Po, "d"),
        ("d", Rb, "a"),
    ],
}]);

/// 5. MP+frel-facq: a fence on either side, all accesses Relaxed.
///
/// It is the fences that synchronise, by way of the two accesses that stand between them.
pub const TWO_FENCES: Answer = Answer::Forbidden(&[Broken {
    axiom: Coherence,
    cycle: &[
        ("a", Po, "b"),
        ("b", Sw, "e"),
        ("e", Po, "f"),
        ("f", Rb, "a"),
    ],
}]);

/// 6. MP+cas-fail: the reader tries to take the flag, and finds it raised.
///
/// A compare-exchange that fails is a load, with the order for failing: here Relaxed.
pub const NOT_TAKEN: Answer = Answer::Allowed(Witness {
    reads: &[("c", "b"), ("d", "init x")],
    orders: &[],
});

/// 7. ISA2+second-rlx: a third thread passes the word on.
///
/// P1 knows of the value, but the second link is Relaxed: P2 hears the word and nothing with it.
pub const SECOND_HAND: Answer = Answer::Allowed(Witness {
    reads: &[("c", "b"), ("e", "d"), ("f", "init x")],
    orders: &[],
});

/// 8. WRC+second: a third thread passes on what it has seen itself.
///
/// `a` does not happen before `e`, but `b` does, which has seen the value. A later read finds no older one.
pub const EYE_WITNESS: Answer = Answer::Forbidden(&[Broken {
    axiom: Coherence,
    cycle: &[
        ("b", Po, "c"),
        ("c", Sw, "d"),
        ("d", Po, "e"),
        ("e", Rb, "a"),
        ("a", Rf, "b"),
    ],
}]);

/// 9. MP+relseq-other: a third thread raises the flag to 2.
///
/// P2 reads what P1 stored, and P1 released nothing. The Release in `b` has been stored over.
pub const STORED_OVER: Answer = Answer::Allowed(Witness {
    reads: &[("c", "b"), ("e", "d"), ("f", "init x")],
    orders: &[&["b", "d"]],
});

/// 10. MP+relseq-rmw: a third thread counts the flag up.
///
/// A read-modify-write carries on what it read from, whatever its own order: `d` synchronises with `b`.
pub const COUNTED_UP: Answer = Answer::Forbidden(&[Broken {
    axiom: Coherence,
    cycle: &[
        ("a", Po, "b"),
        ("b", Sw, "d"),
        ("d", Po, "e"),
        ("e", Rb, "a"),
    ],
}]);
