//! verdict: WrongAnswer
//! misconception: worked-once
//!
//! Two rounds have come back to where they began, so the third will: it stops when all forks are taken once
//! more. The third time P1 may be quick and eat.

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
    [&round[..], &round, &round[..3]].concat()
}
// ANCHOR_END: schedule
