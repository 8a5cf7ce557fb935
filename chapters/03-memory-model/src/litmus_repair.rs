//! As strong as it has to be, and no stronger.
//!
//! Nine small programs, each with an outcome that must not be. Their memory orders are holes, `A`, `B`, `C` …,
//! and you fill them in, so that
//!
//! - **no execution ends like that**, and no execution has a data race: the memory-model engine looks at all of
//!   them; and
//! - **it takes no more**: with any one of your orders weaker, the outcome or a race would be possible again.
//!
//! Both are tested on their own: a choice that is right and too strong is worth a part of the points. Often
//! there are several minimal choices, and each of them is taken.
//!
//! These are the orders that a hole can have, weak ones first. `Acquire` and `Release` are both weaker than
//! `AcqRel`, and neither is weaker than the other.
//!
//! | what stands there | orders |
//! |---|---|
//! | a load | `Relaxed`, `Acquire`, `SeqCst` |
//! | a store | `Relaxed`, `Release`, `SeqCst` |
//! | a read-modify-write, a compare-exchange that succeeds | `Relaxed`, `Acquire` or `Release`, `AcqRel`, `SeqCst` |
//! | a compare-exchange that fails | `Relaxed`, `Acquire`, `SeqCst` |
//! | `fence(…)` | `NoFence`, `Acquire` or `Release`, `AcqRel`, `SeqCst` |
//!
//! What they are good for, in short:
//!
//! - An Acquire load that reads from a Release store **synchronises** with it: all that the storing thread did
//!   before happens before all that the loading thread does afterwards. A fence does the same together with a
//!   Relaxed access: a Release fence stands somewhere before the store, an Acquire fence after the load.
//! - What happens before a read, and what the thread before it saw, cannot be missed by it: a read never takes an
//!   older value than one that was written or read before it.
//! - Two accesses of one location race if one of them is a write and one is not atomic, and neither happens
//!   before the other. A program with a race has no meaning.
//! - All SeqCst accesses and fences together have one order, in which each of them sees what comes before it. No
//!   weaker order keeps a thread's store from being overtaken by its own later load of something else.
//!
//! The model is RC11, and for the last program Rust's own rules. All locations begin with 0 if nothing else is
//! said, and a variable that looks like `*letter` is plain data, not atomic.
//!
//! All that you write is `const`, so it cannot ask the engine. The tests show the execution that speaks against
//! a choice; but try to find it first.

use litmus::repair::{Choice, Order::*};

/// 1. A message. The flag `y` says that `x` is there.
///
/// ```text
/// P0                        P1
/// x.store(1, A);            let r0 = y.load(C);
/// y.store(1, B);            let r1 = x.load(D);
///
/// must not be: r0 == 1 && r1 == 0 in P1
/// ```
pub const MESSAGE: Choice = &[("A", Open), ("B", Open), ("C", Open), ("D", Open)];

/// 2. A letter in a mailbox. The letter is plain data, and looked at only when the flag is up. Two of the
///    holes are places for a fence.
///
/// ```text
/// P0                        P1
/// *letter = 1;              let r0 = flag.load(C);
/// fence(A);                 if r0 == 1 {
/// flag.store(1, B);             fence(D);
///                               let r1 = *letter;
///                           }
///
/// must not be: r0 == 1 && r1 == 0 in P1, nor a data race
/// ```
pub const MAILBOX: Choice = &[("A", Open), ("B", Open), ("C", Open), ("D", Open)];

/// 3. A relay. P1 sees `x` and says so by `y`; P2 hears of it, and looks for itself.
///
/// ```text
/// P0                  P1                        P2
/// x.store(1, A);      let r0 = x.load(B);       let r0 = y.load(D);
///                     y.store(1, C);            let r1 = x.load(E);
///
/// must not be: r0 == 1 in P1 && r0 == 1 && r1 == 0 in P2
/// ```
pub const RELAY: Choice = &[
    ("A", Open),
    ("B", Open),
    ("C", Open),
    ("D", Open),
    ("E", Open),
];

/// 4. Two hops. Here P1 has not seen `x` itself: it only passes on that `y` is there.
///
/// ```text
/// P0                  P1                        P2
/// x.store(1, A);      let r0 = y.load(C);       let r0 = z.load(E);
/// y.store(1, B);      z.store(1, D);            let r1 = x.load(F);
///
/// must not be: r0 == 1 in P1 && r0 == 1 && r1 == 0 in P2
/// ```
pub const TWO_HOPS: Choice = &[
    ("A", Open),
    ("B", Open),
    ("C", Open),
    ("D", Open),
    ("E", Open),
    ("F", Open),
];

/// 5. A lock that is tried once. Both threads run this; `r1` is 9 in a thread that does not get the lock. The
///    same three letters stand in both.
///
/// ```text
/// P0, P1
/// if lock.compare_exchange(0, 1, A, B).is_ok() {
///     r1 = *data;
///     *data = 1;
///     lock.store(0, C);
/// }
///
/// must not be: r1 == 0 in P0 && r1 == 0 in P1, nor a data race
/// ```
///
/// `A` is the order if it succeeds, `B` if it fails.
pub const TRY_LOCK: Choice = &[("A", Open), ("B", Open), ("C", Open)];

/// 6. The last one out. `count` begins with 2: two threads use the data, each says when it is done, and the
///    last one cleans up. This is how an `Arc` is dropped.
///
/// ```text
/// P0, P1
/// let r1 = *data;
/// if count.fetch_sub(1, A) == 1 {
///     fence(B);
///     *data = 7;
/// }
///
/// must not be: r1 == 7 in P0 || r1 == 7 in P1, nor a data race
/// ```
pub const LAST_ONE_OUT: Choice = &[("A", Open), ("B", Open)];

/// 7. Both wait. Each says that it is there, and then looks for the other. If neither sees the other, both
///    go to sleep, or both enter.
///
/// ```text
/// P0                        P1
/// x.store(1, A);            y.store(1, D);
/// fence(B);                 fence(E);
/// let r0 = y.load(C);       let r0 = x.load(F);
///
/// must not be: r0 == 0 in P0 && r0 == 0 in P1
/// ```
pub const BOTH_WAIT: Choice = &[
    ("A", Open),
    ("B", Open),
    ("C", Open),
    ("D", Open),
    ("E", Open),
    ("F", Open),
];

/// 8. Two witnesses. Two threads write, two others look on, and they must not tell different stories of what
///    came first.
///
/// ```text
/// P0                P1                P2                      P3
/// x.store(1, A);    y.store(1, B);    let r0 = x.load(C);     let r0 = y.load(E);
///                                     let r1 = y.load(D);     let r1 = x.load(F);
///
/// must not be: r0 == 1 && r1 == 0 in P2 && r0 == 1 && r1 == 0 in P3
/// ```
pub const TWO_WITNESSES: Choice = &[
    ("A", Open),
    ("B", Open),
    ("C", Open),
    ("D", Open),
    ("E", Open),
    ("F", Open),
];

/// 9. Before it was written. Under Rust's own rules (`rc11-no-thin-air`), which do not forbid that each of
///    two threads reads what the other writes only later.
///
/// ```text
/// P0                        P1
/// let r0 = x.load(A);       let r0 = y.load(C);
/// y.store(1, B);            x.store(1, D);
///
/// must not be: r0 == 1 in P0 && r0 == 1 in P1
/// ```
pub const BEFORE_IT_WAS_WRITTEN: Choice = &[("A", Open), ("B", Open), ("C", Open), ("D", Open)];
