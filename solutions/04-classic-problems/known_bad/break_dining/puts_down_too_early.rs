//! verdict: WrongAnswer
//! misconception: assumed-order
//!
//! P0 finds its right fork taken and puts the left one back at once, before P2 has looked. Nothing says that
//! P2 looked first; it finds fork 0 free, and eats.

use turns::{Turn, run};

/// The stubborn.
pub fn deadlock() -> Vec<Turn> {
    vec![
        run("P0").through("lock fork 0"),
        run("P1").through("lock fork 1"),
        run("P2").through("lock fork 2"),
    ]
}

/// The polite.
// ANCHOR: schedule
pub fn livelock() -> Vec<Turn> {
    let round = [
        run("P0").through("lock fork 0"),
        run("P1").through("lock fork 1"),
        run("P2").through("lock fork 2"),
        run("P0").through("unlock fork 0"),
        run("P1").through("unlock fork 1"),
        run("P2").through("unlock fork 2"),
    ];
    [round.clone(), round.clone(), round].concat()
}
// ANCHOR_END: schedule
