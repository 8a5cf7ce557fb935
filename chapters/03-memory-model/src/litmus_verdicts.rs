//! Litmus verdicts: can it end like that?
//!
//! Twenty small programs, each with an outcome and a memory model. For each you say whether the program can
//! end so, and you prove it. A yes or no alone is worth nothing.
//!
//! - **It can**: show an execution that ends so. Its events are the lines of the program, so all you have to say
//!   is from which write each read takes its value, and for each location that is written more than once, in
//!   which order its writes come.
//! - **It cannot**: name the axiom that it would break, and give the circle of events that breaks it. If several
//!   executions would end so, each of them needs a circle.
//!
//! An event is called by its letter. The initial writes, of 0 to each location, are `"init x"` and `"init y"`.
//! The steps of a circle are these:
//!
//! | step | from | to |
//! |---|---|---|
//! | `Po` | an event | a later one of the same thread |
//! | `Rf` | a write | a read that takes its value |
//! | `Mo` | a write | a later write to the same location, in modification order |
//! | `Rb` | a read | a write that comes after the one that was read |
//! | `Sw` | a Release store or fence | an Acquire load or fence that synchronises with it |
//!
//! And these are the models, each with its axioms:
//!
//! | model | axiom | no execution has a circle of |
//! |---|---|---|
//! | `sc` | `Interleaving` | `Po`, `Rf`, `Mo`, `Rb` |
//! | | `Atomicity` | `Rb` from a read-modify-write, then `Mo` back to it |
//! | `tso` (x86) | `StoreBuffers` | `Po` but for a write before a read, `Rf` between threads, `Mo`, `Rb` |
//! | | `Coherence` | `Po` at one location, `Rf`, `Mo`, `Rb` |
//! | | `Atomicity` | as above |
//! | `rc11` (RC11) | `Coherence` | first `Po` and `Sw`, then `Rf`, `Mo` and `Rb` at one location, back to the start |
//! | | `Atomicity` | as above |
//! | | `SeqCst` | steps between SeqCst events: `Po`, `Mo`, `Rb`, or `Po` and `Sw` that end at the same location |
//! | | `NoThinAir` | `Po`, `Rf` |
//! | `rc11-no-thin-air` | | as `rc11`, without `NoThinAir`: Rust's own rules |
//!
//! Under `rc11` a step `Sw` leads from a Release store to an Acquire load that reads from it. (It may also read
//! from the last of a chain of read-modify-writes that begins with the store, and fences can take the place
//! of either end.) SeqCst is both, and more.
//!
//! Two questions are answered to show how it is written. This is the program of the first, SB:
//!
//! ```text
//! P0                               P1
//! a: x.store(1, Relaxed);          c: y.store(1, Relaxed);
//! b: let r0 = y.load(Relaxed);     d: let r0 = x.load(Relaxed);
//!
//! outcome: r0 == 0 in P0 && r0 == 0 in P1
//! ```
//!
//! and of the second, MP+rel-acq:
//!
//! ```text
//! P0                               P1
//! a: x.store(1, Relaxed);          c: let r0 = y.load(Acquire);
//! b: y.store(1, Release);          d: let r1 = x.load(Relaxed);
//!
//! outcome: r0 == 1 && r1 == 0 in P1
//! ```
//!
//! Everything here is `const`: the memory-model engine judges what you write, and what you write cannot
//! ask it. Take paper, draw the events, and begin with the arrows that the outcome forces.

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
/// ```text
/// P0
/// a: x.store(1, Relaxed);
/// b: x.store(2, Relaxed);
///
/// outcome: x == 1
/// ```
pub const COWW: Answer = Answer::Open;

/// 2. CoRR under rc11: the new value, then the old one.
///
/// ```text
/// P0                         P1
/// a: x.store(1, Relaxed);    b: let r0 = x.load(Relaxed);
///                            c: let r1 = x.load(Relaxed);
///
/// outcome: r0 == 1 && r1 == 0 in P1
/// ```
pub const CORR: Answer = Answer::Open;

/// 3. CoWR under rc11: its own write is overtaken.
///
/// ```text
/// P0                               P1
/// a: x.store(1, Relaxed);          c: x.store(2, Relaxed);
/// b: let r0 = x.load(Relaxed);
///
/// outcome: r0 == 2 in P0 && x == 1
/// ```
pub const COWR: Answer = Answer::Open;

/// 4. CoRW2 under rc11: it reads what comes after its own write.
///
/// ```text
/// P0                               P1
/// a: let r0 = x.load(Relaxed);     c: x.store(2, Relaxed);
/// b: x.store(1, Relaxed);
///
/// outcome: r0 == 2 in P0 && x == 2
/// ```
pub const CORW: Answer = Answer::Open;

// Store buffering

/// 5. SB under sc: both read the old value.
///
/// ```text
/// P0                               P1
/// a: x.store(1, Relaxed);          c: y.store(1, Relaxed);
/// b: let r0 = y.load(Relaxed);     d: let r0 = x.load(Relaxed);
///
/// outcome: r0 == 0 in P0 && r0 == 0 in P1
/// ```
pub const SB_UNDER_SC: Answer = Answer::Open;

/// 6. SB under tso: the same program, on x86.
///
/// The program is the one before this.
///
/// ```text
/// outcome: r0 == 0 in P0 && r0 == 0 in P1
/// ```
pub const SB_UNDER_TSO: Answer = Answer::Open;

/// 7. SB+fsc-one under rc11: a fence in one of the threads.
///
/// ```text
/// P0                               P1
/// a: x.store(1, Relaxed);          d: y.store(1, Relaxed);
/// b: fence(SeqCst);                e: let r0 = x.load(Relaxed);
/// c: let r0 = y.load(Relaxed);
///
/// outcome: r0 == 0 in P0 && r0 == 0 in P1
/// ```
pub const SB_ONE_FENCE: Answer = Answer::Open;

// Passing a message

/// 8. MP under tso: the flag is seen, the data are not, on x86.
///
/// ```text
/// P0                          P1
/// a: x.store(1, Relaxed);     c: let r0 = y.load(Relaxed);
/// b: y.store(1, Relaxed);     d: let r1 = x.load(Relaxed);
///
/// outcome: r0 == 1 && r1 == 0 in P1
/// ```
pub const MP_UNDER_TSO: Answer = Answer::Open;

/// 9. MP+rlx-acq under rc11: the flag is loaded with Acquire and stored with Relaxed.
///
/// ```text
/// P0                          P1
/// a: x.store(1, Relaxed);     c: let r0 = y.load(Acquire);
/// b: y.store(1, Relaxed);     d: let r1 = x.load(Relaxed);
///
/// outcome: r0 == 1 && r1 == 0 in P1
/// ```
pub const MP_ACQUIRE_ALONE: Answer = Answer::Open;

/// 10. MP+relseq-store under rc11: the flag is stored with Release, then once more with Relaxed.
///
/// ```text
/// P0                          P1
/// a: x.store(1, Relaxed);     d: let r0 = y.load(Acquire);
/// b: y.store(1, Release);     e: let r1 = x.load(Relaxed);
/// c: y.store(2, Relaxed);
///
/// outcome: r0 == 2 && r1 == 0 in P1
/// ```
pub const MP_STORED_AGAIN: Answer = Answer::Open;

// The order of writes

/// 11. S+rel-acq under rc11: seen, and yet overwritten.
///
/// ```text
/// P0                          P1
/// a: x.store(2, Relaxed);     c: let r0 = y.load(Acquire);
/// b: y.store(1, Release);     d: x.store(1, Relaxed);
///
/// outcome: r0 == 1 in P1 && x == 2
/// ```
pub const S: Answer = Answer::Open;

/// 12. R+rel-acq under rc11: the later writer does not see the data.
///
/// ```text
/// P0                          P1
/// a: x.store(1, Release);     c: y.store(2, Release);
/// b: y.store(1, Release);     d: let r0 = x.load(Acquire);
///
/// outcome: y == 2 && r0 == 0 in P1
/// ```
pub const R: Answer = Answer::Open;

/// 13. 2+2W+rel under rc11: both first writes end last.
///
/// ```text
/// P0                          P1
/// a: x.store(1, Release);     c: y.store(1, Release);
/// b: y.store(2, Release);     d: x.store(2, Release);
///
/// outcome: x == 1 && y == 1
/// ```
pub const TWO_PLUS_TWO_W: Answer = Answer::Open;

// Load buffering

/// 14. LB under rc11: both read what is yet to be written.
///
/// ```text
/// P0                               P1
/// a: let r0 = x.load(Relaxed);     c: let r0 = y.load(Relaxed);
/// b: y.store(1, Relaxed);          d: x.store(1, Relaxed);
///
/// outcome: r0 == 1 in P0 && r0 == 1 in P1
/// ```
pub const LB_UNDER_RC11: Answer = Answer::Open;

/// 15. LB under rc11-no-thin-air: the same program, by Rust's own rules.
///
/// The program is the one before this.
///
/// ```text
/// outcome: r0 == 1 in P0 && r0 == 1 in P1
/// ```
pub const LB_IN_RUST: Answer = Answer::Open;

// Read and write in one step

/// 16. RMW under rc11: two increments find the same value.
///
/// ```text
/// P0                                   P1
/// a: let r0 = x.fetch_add(1, Relaxed); b: let r0 = x.fetch_add(1, Relaxed);
///
/// outcome: r0 == 0 in P0 && r0 == 0 in P1
/// ```
pub const INCREMENTS: Answer = Answer::Open;

// More threads

/// 17. WRC+rel-acq under rc11: passed on by a second thread.
///
/// ```text
/// P0                         P1                             P2
/// a: x.store(1, Release);    b: let r0 = x.load(Acquire);   d: let r0 = y.load(Acquire);
///                            c: y.store(1, Release);        e: let r1 = x.load(Relaxed);
///
/// outcome: r0 == 1 in P1 && r0 == 1 && r1 == 0 in P2
/// ```
pub const WRC: Answer = Answer::Open;

/// 18. ISA2+second-rlx under rc11: passed on, but one link is Relaxed.
///
/// ```text
/// P0                         P1                             P2
/// a: x.store(1, Relaxed);    c: let r0 = y.load(Acquire);   e: let r0 = z.load(Relaxed);
/// b: y.store(1, Release);    d: z.store(1, Relaxed);        f: let r1 = x.load(Relaxed);
///
/// outcome: r0 == 1 in P1 && r0 == 1 && r1 == 0 in P2
/// ```
pub const ISA2: Answer = Answer::Open;

/// 19. IRIW+rel-acq under rc11: two readers, two orders.
///
/// ```text
/// P0                         P1
/// a: x.store(1, Release);    b: y.store(1, Release);
///
/// P2                               P3
/// c: let r0 = x.load(Acquire);     e: let r0 = y.load(Acquire);
/// d: let r1 = y.load(Acquire);     f: let r1 = x.load(Acquire);
///
/// outcome: r0 == 1 && r1 == 0 in P2 && r0 == 1 && r1 == 0 in P3
/// ```
pub const IRIW: Answer = Answer::Open;

/// 20. RWC+sc under rc11: read, then write to read.
///
/// ```text
/// P0                       P1                             P2
/// a: x.store(1, SeqCst);   b: let r0 = x.load(SeqCst);    d: y.store(1, SeqCst);
///                          c: let r1 = y.load(SeqCst);    e: let r0 = x.load(SeqCst);
///
/// outcome: r0 == 1 && r1 == 0 in P1 && r0 == 0 in P2
/// ```
pub const RWC: Answer = Answer::Open;
