//! verdict: WrongAnswer
//! misconception: pattern-copying
//!
//! The nine turns that worked are repeated three times, so what comes before them is thought not to matter:
//! P0 goes round twice more on its own at the beginning. The bug shows, six steps too late.

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
    let round = vec![
        run("P0").through("lock fork 0"),
        run("P1").through("lock fork 1"),
        run("P2").through("lock fork 2"),
        run("P0").through("try fork 1"),
        run("P1").through("try fork 2"),
        run("P2").through("try fork 0"),
        run("P0").through("unlock fork 0"),
        run("P1").through("unlock fork 1"),
        run("P2").through("unlock fork 2"),
    ];
    let detour = [run("P1"), run("P2"), run("P0").steps(6)];
    let rest = [run("P0"), run("P0"), run("P1"), run("P2")];
    let down = [run("P0"), run("P1"), run("P2")];
    [&detour[..], &rest, &down, &round, &round, &round].concat()
}
// ANCHOR_END: schedule
