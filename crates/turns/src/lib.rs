//! A schedule as plain data: what you write in a break-it puzzle. You are the scheduler, and hand out
//! turns: which thread runs next, and how far.
//!
//! ```
//! use turns::{Turn, run};
//!
//! fn schedule() -> Vec<Turn> {
//!     vec![
//!         run("P0").through("lock fork 0"), // P0 runs; `lock fork 0` is the last step of its turn
//!         run("P1").steps(2),               // P1 does two steps
//!         run("P0"),                        // P0 does one
//!     ]
//! }
//! # assert_eq!(schedule().len(), 3);
//! ```
//!
//! Nothing here runs anything: a test hands the turns to the puzzle, which replays them.

use std::fmt;

/// One thread's turn. Made by [`run`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turn {
    thread: String,
    extent: Extent,
}

/// How far a turn goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Extent {
    /// This many steps.
    Steps(usize),
    /// Until the thread has done the step of this name.
    Through(String),
}

/// A turn of one step for this thread. [`through`](Turn::through) and [`steps`](Turn::steps) make it
/// longer.
pub fn run(thread: impl Into<String>) -> Turn {
    Turn {
        thread: thread.into(),
        extent: Extent::Steps(1),
    }
}

impl Turn {
    /// The thread runs until it has done the step of this name, which is the last one of the turn. If
    /// it has done such a step before, the next one counts.
    pub fn through(self, step: impl Into<String>) -> Turn {
        let extent = Extent::Through(step.into());
        Turn { extent, ..self }
    }

    /// The thread does so many steps.
    pub fn steps(self, steps: usize) -> Turn {
        let extent = Extent::Steps(steps);
        Turn { extent, ..self }
    }

    /// The name of the thread.
    pub fn thread(&self) -> &str {
        &self.thread
    }

    /// How far it runs.
    pub fn extent(&self) -> &Extent {
        &self.extent
    }
}

/// As it is written in Rust.
impl fmt::Display for Turn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "run({:?})", self.thread)?;
        match &self.extent {
            Extent::Steps(1) => Ok(()),
            Extent::Steps(steps) => write!(f, ".steps({steps})"),
            Extent::Through(step) => write!(f, ".through({step:?})"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::run;

    #[test]
    fn a_turn_is_shown_as_it_is_written() {
        let shown = [
            run("P0"),
            run("P0").steps(3),
            run("P0").through("lock fork 0"),
        ]
        .map(|turn| turn.to_string());
        assert_eq!(
            shown,
            [
                "run(\"P0\")",
                "run(\"P0\").steps(3)",
                "run(\"P0\").through(\"lock fork 0\")"
            ]
        );
    }
}
