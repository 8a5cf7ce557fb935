//! Break it: the dining philosophers.
//!
//! Both schedules have the same idea: *everybody does the same step before anybody does the next one*.
//! The programs are symmetric, and such a schedule keeps them so. As long as all stand at the same
//! place, nobody can be the one who gets on.

use turns::{Turn, run};

/// Deadlocks the stubborn philosophers: nobody has eaten, and nobody can ever run again.
///
/// Each thinks and takes the left fork, which is six steps. Fewer cannot do: a deadlock of locks needs
/// a circle of threads in which each holds what the one before it waits for, and with three forks that
/// all belong to different pairs the circle is all three of them.
pub fn deadlock() -> Vec<Turn> {
    vec![
        run("P0").through("lock fork 0"),
        run("P1").through("lock fork 1"),
        run("P2").through("lock fork 2"),
    ]
}

/// Livelocks the polite philosophers for three rounds. A round is a series of turns in which nobody
/// eats, everybody who could run does run, and after which everything is as it was before: forks and
/// philosophers. So it can go on for ever, though nobody waits.
///
/// An attempt that fails is three steps, and each of the three fails once a round.
pub fn livelock() -> Vec<Turn> {
    let round = [
        run("P0").through("lock fork 0"),
        run("P1").through("lock fork 1"),
        run("P2").through("lock fork 2"),
        // All forks are in a left hand, so whoever tries the right one finds it taken.
        run("P0").through("try fork 1"),
        run("P1").through("try fork 2"),
        run("P2").through("try fork 0"),
        // Only now may forks go back: nobody tries any more.
        run("P0").through("unlock fork 0"),
        run("P1").through("unlock fork 1"),
        run("P2").through("unlock fork 2"),
    ];
    [round.clone(), round.clone(), round].concat()
}
