//! Break it: the dining philosophers.
//!
//! Two programs are given, and both are wrong. You do not write the program this time: you are the
//! **scheduler**. You say who runs next, and how far, and lead each program to its bug in as few steps
//! as can be.
//!
//! Three philosophers, three forks: P0 has fork 0 on the left and fork 1 on the right, P1 has forks 1
//! and 2, P2 has forks 2 and 0. All of them run the same lines, here P0's.
//!
//! The *stubborn* ones:
//!
//! ```text
//!  1  think();
//!  2  let (left, right) = (fork_0.lock(), fork_1.lock());
//!  3  eat();
//!  4  drop((left, right));
//! ```
//!
//! The *polite* ones:
//!
//! ```text
//!  1  loop {
//!  2      let left = fork_0.lock();
//!  3      if let Ok(right) = fork_1.try_lock() {
//!  4          eat();
//!  5          drop((right, left));
//!  6          break;
//!  7      }
//!  8      drop(left);
//!  9  }
//! ```
//!
//! A line can be more than one **step**, and between two steps anybody may run. Line 2 of the stubborn
//! program is two steps, and so is line 4. P0's steps are called, in the order of the text:
//!
//! - stubborn: `think`, `lock fork 0`, `lock fork 1`, `eat`, `unlock fork 0`, `unlock fork 1`
//! - polite: `lock fork 0`, `try fork 1`, `eat`, `unlock fork 1`, `unlock fork 0`
//!
//! You hand over a list of **turns**:
//!
//! - `run("P0").through("lock fork 0")`: P0 runs until it has done that step;
//! - `run("P0").steps(2)`: P0 does two steps;
//! - `run("P0")`: P0 does one.
//!
//! A thread that waits for a lock is blocked, and no turn can be given to it. Run the tests early and
//! often: they replay your turns and show what happened, one lane for each philosopher.

use turns::{Turn, run};

/// Deadlocks the stubborn philosophers: nobody has eaten, and nobody can ever run again.
///
/// In as few steps as can be. The first turn is there; go on from it, or throw it away.
pub fn deadlock() -> Vec<Turn> {
    vec![run("P0").through("lock fork 0")]
}

/// Livelocks the polite philosophers for three rounds. A round is a series of turns in which nobody
/// eats, everybody who could run does run, and after which everything is as it was before: forks and
/// philosophers. So it can go on for ever, though nobody waits.
///
/// In as few steps as can be. A `Vec` of turns can be computed, repeated and joined like any other.
pub fn livelock() -> Vec<Turn> {
    todo!(
        "return the turns that bring all three philosophers back to where they began, three times \
         over, and nobody eats"
    )
}
