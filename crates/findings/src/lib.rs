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
    lock_names, render, wrapped,
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

impl Site {
    /// The file as people and editors find it: from the workspace on, or, of a file that lies outside,
    /// its last two components.
    fn path(&self) -> String {
        let mut parts: Vec<&str> = Vec::new();
        for part in self.file.split(['/', '\\']) {
            match part {
                "." => {}
                ".." if !matches!(parts.last(), None | Some(&"..")) => {
                    parts.pop();
                }
                _ => parts.push(part),
            }
        }
        let outside = self.file.starts_with(['/', '\\']) || self.file.get(1..2) == Some(":");
        let from = if outside {
            parts.len().saturating_sub(2)
        } else {
            0
        };
        parts[from..].join("/")
    }

    /// The same line said by somebody who stands at `at`: `line 30` within one file.
    fn seen_from(&self, at: Option<&Site>) -> String {
        if at.is_some_and(|at| at.file == self.file) {
            format!("line {}", self.line)
        } else {
            self.to_string()
        }
    }
}

impl fmt::Display for Site {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.path(), self.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_the_course_is_a_path_that_an_editor_opens() {
        for (file, shown) in [
            (
                "chapters/04-x/src/dining.rs",
                "chapters/04-x/src/dining.rs:7",
            ),
            ("./src/dining.rs", "src/dining.rs:7"),
            ("dining.rs", "dining.rs:7"),
            ("crates/x/tests/../learner.rs", "crates/x/learner.rs:7"),
            (
                "/rustc/4eb1612/library/std/src/sync/mutex.rs",
                "sync/mutex.rs:7",
            ),
            ("C:\\lib\\std\\thread\\mod.rs", "thread/mod.rs:7"),
        ] {
            let site = Site {
                file: file.to_owned(),
                line: 7,
            };
            assert_eq!(site.to_string(), shown);
        }
    }
}
