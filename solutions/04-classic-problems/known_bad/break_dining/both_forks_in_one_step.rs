//! verdict: WrongAnswer
//! misconception: atomic-compound
//!
//! Takes line 2 for one step: who comes to it has both forks, or neither. Then the first one has both, and
//! the turn of the second cannot be taken to the end of the line.

use turns::{Turn, run};

/// The stubborn.
// ANCHOR: schedule
pub fn deadlock() -> Vec<Turn> {
    vec![
        run("P0").through("lock fork 1"),
        run("P1").through("lock fork 2"),
        run("P2").through("lock fork 0"),
    ]
}
// ANCHOR_END: schedule

/// The polite.
pub fn livelock() -> Vec<Turn> {
    let round = [
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
    [round.clone(), round.clone(), round].concat()
}
