//! Litmus verdicts: can it end like that?
//!
//! The way is the same for each. First draw what the outcome forces: the values say which write each read takes,
//! the final values say which write comes last, and each read gets an `Rb` to what overwrites it. Then look for
//! a circle. If there is none of those that the model forbids, what you have drawn is the witness. If there is
//! one, write it down.
//!
//! Under rc11 look at the threads' borders: only a `Sw` carries `Po` across. Where the order of a store or load
//! is Relaxed, or where a read takes its value from another store than the Release one, the chain ends, and
//! nothing comes of it.

use litmus::claim::{Answer, Axiom::*, Broken, Edge::*, Witness};

/// The first example: SB under rc11. Each of the two reads takes the initial value. No location is written
/// twice, so there is no order to give.
pub const EXAMPLE_ALLOWED: Answer = Answer::Allowed(Witness {
    reads: &[("b", "init y"), ("d", "init x")],
    orders: &[],
});

/// The second example: MP+rel-acq under rc11. `c` reads from `b`, and they synchronise; so `a` happens
/// before `d`, which reads what `a` overwrites.
pub const EXAMPLE_FORBIDDEN: Answer = Answer::Forbidden(&[Broken {
    axiom: Coherence,
    cycle: &[
        ("a", Po, "b"),
        ("b", Sw, "c"),
        ("c", Po, "d"),
        ("d", Rb, "a"),
    ],
}]);

// One location

/// 1. CoWW under rc11: two writes of one thread.
///
/// To end as 1, `x` would need `b` before `a` in modification order, against the order of the
/// text.
pub const COWW: Answer = Answer::Forbidden(&[Broken {
    axiom: Coherence,
    cycle: &[("a", Po, "b"), ("b", Mo, "a")],
}]);

/// 2. CoRR under rc11: the new value, then the old one.
///
/// `c` reads what `a` overwrites, so it is before `a`; but `b`, before `c`, has read from `a`.
pub const CORR: Answer = Answer::Forbidden(&[Broken {
    axiom: Coherence,
    cycle: &[("b", Po, "c"), ("c", Rb, "a"), ("a", Rf, "b")],
}]);

/// 3. CoWR under rc11: its own write is overtaken.
///
/// `b` reads from `c`, and `a` ends last, so `a` overwrites what `b` reads: before `b` in the
/// text, after it in memory.
pub const COWR: Answer = Answer::Forbidden(&[Broken {
    axiom: Coherence,
    cycle: &[("a", Po, "b"), ("b", Rb, "a")],
}]);

/// 4. CoRW2 under rc11: it reads what comes after its own write.
///
/// `c` ends last, so it comes after `b`. But `a`, before `b`, has read it.
pub const CORW: Answer = Answer::Forbidden(&[Broken {
    axiom: Coherence,
    cycle: &[("a", Po, "b"), ("b", Mo, "c"), ("c", Rf, "a")],
}]);

// Store buffering

/// 5. SB under sc: both read the old value.
///
/// Whoever goes first, the other one reads 1. The circle says it without going through the
/// orders.
pub const SB_UNDER_SC: Answer = Answer::Forbidden(&[Broken {
    axiom: Interleaving,
    cycle: &[
        ("a", Po, "b"),
        ("b", Rb, "c"),
        ("c", Po, "d"),
        ("d", Rb, "a"),
    ],
}]);

/// 6. SB under tso: the same program, on x86.
///
/// Both writes are still in their store buffers when the reads are done.
pub const SB_UNDER_TSO: Answer = Answer::Allowed(Witness {
    reads: &[("b", "init y"), ("d", "init x")],
    orders: &[],
});

/// 7. SB+fsc-one under rc11: a fence in one of the threads.
///
/// One fence orders nothing: there is no other SeqCst event that it could be before or after.
pub const SB_ONE_FENCE: Answer = Answer::Allowed(Witness {
    reads: &[("c", "init y"), ("e", "init x")],
    orders: &[],
});

// Passing a message

/// 8. MP under tso: the flag is seen, the data are not, on x86.
///
/// A store buffer is a queue: `a` reaches memory before `b` does. And reads are not overtaken by
/// reads.
pub const MP_UNDER_TSO: Answer = Answer::Forbidden(&[Broken {
    axiom: StoreBuffers,
    cycle: &[
        ("a", Po, "b"),
        ("b", Rf, "c"),
        ("c", Po, "d"),
        ("d", Rb, "a"),
    ],
}]);

/// 9. MP+rlx-acq under rc11: the flag is loaded with Acquire and stored with Relaxed.
///
/// An Acquire load synchronises with a Release store that it reads from, and with no other.
pub const MP_ACQUIRE_ALONE: Answer = Answer::Allowed(Witness {
    reads: &[("c", "b"), ("d", "init x")],
    orders: &[],
});

/// 10. MP+relseq-store under rc11: the flag is stored with Release, then once more with Relaxed.
///
/// `d` reads from `c`, which is Relaxed. In C++11 the release sequence of `b` went on to it;
/// since C++20, and in Rust, only read-modify-writes continue one.
pub const MP_STORED_AGAIN: Answer = Answer::Allowed(Witness {
    reads: &[("d", "c"), ("e", "init x")],
    orders: &[&["b", "c"]],
});

// The order of writes

/// 11. S+rel-acq under rc11: seen, and yet overwritten.
///
/// `a` happens before `d`, and would come after it in modification order.
pub const S: Answer = Answer::Forbidden(&[Broken {
    axiom: Coherence,
    cycle: &[
        ("a", Po, "b"),
        ("b", Sw, "c"),
        ("c", Po, "d"),
        ("d", Mo, "a"),
    ],
}]);

/// 12. R+rel-acq under rc11: the later writer does not see the data.
///
/// Modification order is not happens-before: nobody has read from `b`, so nothing synchronises.
pub const R: Answer = Answer::Allowed(Witness {
    reads: &[("d", "init x")],
    orders: &[&["b", "c"]],
});

/// 13. 2+2W+rel under rc11: both first writes end last.
///
/// There is no read in it, so nothing synchronises, however strong the stores are.
pub const TWO_PLUS_TWO_W: Answer = Answer::Allowed(Witness {
    reads: &[],
    orders: &[&["d", "a"], &["b", "c"]],
});

// Load buffering

/// 14. LB under rc11: both read what is yet to be written.
///
/// Each read is before the write that the other one reads from. RC11 forbids such circles, all of
/// them.
pub const LB_UNDER_RC11: Answer = Answer::Forbidden(&[Broken {
    axiom: NoThinAir,
    cycle: &[
        ("a", Po, "b"),
        ("b", Rf, "c"),
        ("c", Po, "d"),
        ("d", Rf, "a"),
    ],
}]);

/// 15. LB under rc11-no-thin-air: the same program, by Rust's own rules.
///
/// Rust has no such axiom, so the circle is no fault. A compiler may swap `a` and `b`, and ARM
/// may do so too.
pub const LB_IN_RUST: Answer = Answer::Allowed(Witness {
    reads: &[("a", "d"), ("c", "b")],
    orders: &[],
});

// Read and write in one step

/// 16. RMW under rc11: two increments find the same value.
///
/// One of the two comes first in modification order, and then the other one has read past it.
/// That makes two executions, and each has its own cycle.
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

// More threads

/// 17. WRC+rel-acq under rc11: passed on by a second thread.
///
/// Happens-before is a chain: link by link it leads from `a` to `e`, which reads what `a` has
/// overwritten.
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

/// 18. ISA2+second-rlx under rc11: passed on, but one link is Relaxed.
///
/// A chain is as good as its links: `d` and `e` do not synchronise.
pub const ISA2: Answer = Answer::Allowed(Witness {
    reads: &[("c", "b"), ("e", "d"), ("f", "init x")],
    orders: &[],
});

/// 19. IRIW+rel-acq under rc11: two readers, two orders.
///
/// Each reader is ordered after the writer that it saw, and the two writers are not ordered at
/// all. Only SeqCst promises that all agree.
pub const IRIW: Answer = Answer::Allowed(Witness {
    reads: &[("c", "a"), ("d", "init y"), ("e", "b"), ("f", "init x")],
    orders: &[],
});

/// 20. RWC+sc under rc11: read, then write to read.
///
/// All five are SeqCst, and each would have to come before the next.
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
