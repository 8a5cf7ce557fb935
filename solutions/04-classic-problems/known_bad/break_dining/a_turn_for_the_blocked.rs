//! verdict: WrongAnswer
//! misconception: will-notify
//!
//! Gives the blocked philosopher another turn, which is to wake it up. A turn wakes nobody: only the unlock
//! of the other one does.

use turns::{Turn, run};

/// The stubborn.
// ANCHOR: schedule
pub fn deadlock() -> Vec<Turn> {
    vec![
        run("P0").through("lock fork 0"),
        run("P1").through("lock fork 1"),
        run("P0").through("lock fork 1"),
        run("P2").through("lock fork 2"),
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
