//! verdict: WrongAnswer
//! misconception: pattern-copying
//!
//! Learned from an older book that later stores of the same thread continue a release sequence. C++20
//! took that out, and Rust follows C++20.

use litmus::claim::{Answer, Axiom::*, Broken, Edge::*, Witness};

/// SB under rc11.
pub const EXAMPLE_ALLOWED: Answer = Answer::Allowed(Witness {
    reads: &[("b", "init y"), ("d", "init x")],
    orders: &[],
});

/// MP+rel-acq under rc11.
pub const EXAMPLE_FORBIDDEN: Answer = Answer::Forbidden(&[Broken {
    axiom: Coherence,
    cycle: &[
        ("a", Po, "b"),
        ("b", Sw, "c"),
        ("c", Po, "d"),
        ("d", Rb, "a"),
    ],
}]);

/// CoWW under rc11.
pub const COWW: Answer = Answer::Forbidden(&[Broken {
    axiom: Coherence,
    cycle: &[("a", Po, "b"), ("b", Mo, "a")],
}]);

/// CoRR under rc11.
pub const CORR: Answer = Answer::Forbidden(&[Broken {
    axiom: Coherence,
    cycle: &[("b", Po, "c"), ("c", Rb, "a"), ("a", Rf, "b")],
}]);

/// CoWR under rc11.
pub const COWR: Answer = Answer::Forbidden(&[Broken {
    axiom: Coherence,
    cycle: &[("a", Po, "b"), ("b", Rb, "a")],
}]);

/// CoRW2 under rc11.
pub const CORW: Answer = Answer::Forbidden(&[Broken {
    axiom: Coherence,
    cycle: &[("a", Po, "b"), ("b", Mo, "c"), ("c", Rf, "a")],
}]);

/// SB under sc.
pub const SB_UNDER_SC: Answer = Answer::Forbidden(&[Broken {
    axiom: Interleaving,
    cycle: &[
        ("a", Po, "b"),
        ("b", Rb, "c"),
        ("c", Po, "d"),
        ("d", Rb, "a"),
    ],
}]);

/// SB under tso.
pub const SB_UNDER_TSO: Answer = Answer::Allowed(Witness {
    reads: &[("b", "init y"), ("d", "init x")],
    orders: &[],
});

/// SB+fsc-one under rc11.
pub const SB_ONE_FENCE: Answer = Answer::Allowed(Witness {
    reads: &[("c", "init y"), ("e", "init x")],
    orders: &[],
});

/// MP under tso.
pub const MP_UNDER_TSO: Answer = Answer::Forbidden(&[Broken {
    axiom: StoreBuffers,
    cycle: &[
        ("a", Po, "b"),
        ("b", Rf, "c"),
        ("c", Po, "d"),
        ("d", Rb, "a"),
    ],
}]);

/// MP+rlx-acq under rc11.
pub const MP_ACQUIRE_ALONE: Answer = Answer::Allowed(Witness {
    reads: &[("c", "b"), ("d", "init x")],
    orders: &[],
});

// ANCHOR: mp_stored_again
/// MP+relseq-store under rc11.
pub const MP_STORED_AGAIN: Answer = Answer::Forbidden(&[Broken {
    axiom: Coherence,
    cycle: &[
        ("a", Po, "b"),
        ("b", Sw, "d"),
        ("d", Po, "e"),
        ("e", Rb, "a"),
    ],
}]);
// ANCHOR_END: mp_stored_again

/// S+rel-acq under rc11.
pub const S: Answer = Answer::Forbidden(&[Broken {
    axiom: Coherence,
    cycle: &[
        ("a", Po, "b"),
        ("b", Sw, "c"),
        ("c", Po, "d"),
        ("d", Mo, "a"),
    ],
}]);

/// R+rel-acq under rc11.
pub const R: Answer = Answer::Allowed(Witness {
    reads: &[("d", "init x")],
    orders: &[&["b", "c"]],
});

/// 2+2W+rel under rc11.
pub const TWO_PLUS_TWO_W: Answer = Answer::Allowed(Witness {
    reads: &[],
    orders: &[&["d", "a"], &["b", "c"]],
});

/// LB under rc11.
pub const LB_UNDER_RC11: Answer = Answer::Forbidden(&[Broken {
    axiom: NoThinAir,
    cycle: &[
        ("a", Po, "b"),
        ("b", Rf, "c"),
        ("c", Po, "d"),
        ("d", Rf, "a"),
    ],
}]);

/// LB under rc11-no-thin-air.
pub const LB_IN_RUST: Answer = Answer::Allowed(Witness {
    reads: &[("a", "d"), ("c", "b")],
    orders: &[],
});

/// RMW under rc11.
pub const INCREMENTS: Answer = Answer::Forbidden(&[
    Broken {
        axiom: Atomicity,
        cycle: &[("a", Rb, "b"), ("b", Mo, "a")],
    },
    Broken {
        axiom: Atomicity,
        cycle: &[("b", Rb, "a"), ("a", Mo, "b")],
    },
]);

/// WRC+rel-acq under rc11.
pub const WRC: Answer = Answer::Forbidden(&[Broken {
    axiom: Coherence,
    cycle: &[
        ("a", Sw, "b"),
        ("b", Po, "c"),
        ("c", Sw, "d"),
        ("d", Po, "e"),
        ("e", Rb, "a"),
    ],
}]);

/// ISA2+second-rlx under rc11.
pub const ISA2: Answer = Answer::Allowed(Witness {
    reads: &[("c", "b"), ("e", "d"), ("f", "init x")],
    orders: &[],
});

/// IRIW+rel-acq under rc11.
pub const IRIW: Answer = Answer::Allowed(Witness {
    reads: &[("c", "a"), ("d", "init y"), ("e", "b"), ("f", "init x")],
    orders: &[],
});

/// RWC+sc under rc11.
pub const RWC: Answer = Answer::Forbidden(&[Broken {
    axiom: SeqCst,
    cycle: &[
        ("a", Sw, "b"),
        ("b", Po, "c"),
        ("c", Rb, "d"),
        ("d", Po, "e"),
        ("e", Rb, "a"),
    ],
}]);
