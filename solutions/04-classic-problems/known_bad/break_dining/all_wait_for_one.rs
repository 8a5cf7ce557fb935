//! verdict: WrongAnswer
//! misconception: outcome-only
//!
//! Two wait and one eats, and that nothing moves is taken for the deadlock. It is a queue: who eats will
//! finish, and then the others go on.

use turns::{Turn, run};

/// The stubborn.
// ANCHOR: schedule
pub fn deadlock() -> Vec<Turn> {
    vec![
        run("P1").through("lock fork 2"),
        run("P0").through("lock fork 0"),
        run("P2").through("think"),
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
