//! What a test, a watchdog or an explorer can find, as plain data and as the text a person reads:
//! verdicts, the threads of a hung process, the schedule that broke a model.
//!
//! Nothing here runs, measures or decides anything; the crates that do, pass these types on.

mod exploration;
mod schedule;
mod verdict;
mod waits;

pub use exploration::{Bounds, Exploration, Finding};
pub use schedule::{Schedule, Step};
pub use verdict::{ParseVerdictError, Verdict};
pub use waits::{
    Frame, Held, Lock, LockKind, ThreadState, Wait, cycle, cycle_sentence, is_foreign, is_test,
    lock_names, render,
};

use std::fmt;

/// A line of source.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Site {
    /// As the compiler wrote it: relative to the workspace, or absolute.
    pub file: String,
    pub line: u32,
}

impl From<&std::panic::Location<'_>> for Site {
    fn from(location: &std::panic::Location<'_>) -> Self {
        Site {
            file: location.file().to_owned(),
            line: location.line(),
        }
    }
}

impl fmt::Display for Site {
    /// The last two components of the path are enough to find the file, and fit a lane.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = self.file.rsplit(['/', '\\']);
        let name = parts.next().unwrap_or_default();
        match parts.next() {
            Some(folder) if !folder.is_empty() && folder != "." => {
                write!(f, "{folder}/{name}:{}", self.line)
            }
            _ => write!(f, "{name}:{}", self.line),
        }
    }
}
