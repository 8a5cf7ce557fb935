//! verdict: WrongAnswer
//! misconception: fair-system
//!
//! P2 takes a fork and never gets another turn, while P0 and P1 go round in vain. That is starvation of one,
//! and the scheduler is to blame; P2 had only to run. A livelock needs no such enemy.

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
        run("P0").through("try fork 1"),
        run("P1").through("try fork 2"),
        run("P0").through("unlock fork 0"),
        run("P1").through("unlock fork 1"),
    ];
    let begin = vec![run("P2").through("lock fork 2")];
    [&begin[..], &round, &round, &round].concat()
}
// ANCHOR_END: schedule
