//! What can go wrong in a command, as one sentence that says what to do next, and the exit codes.
//!
//! A learner's mistakes are verdicts, never errors: an error is a bad request, a broken course or a
//! machine that lacks something.

use std::{fmt, io, path::Path};

/// The exit codes of every command. Scripts may rely on them.
pub mod exit {
    /// Done, and what was checked passes.
    pub const OK: u8 = 0;
    /// Done, and what was checked does not pass (`check`, `verify`, `replay`), would not be read by a
    /// grader (`submit`), is no litmus test (`litmus`), or is not known to pass (`reveal`).
    pub const FAILED: u8 = 1;
    /// The request makes no sense: an unknown exercise, a wrong flag.
    pub const USAGE: u8 = 2;
    /// The course itself is broken: a manifest that does not parse, a file that is not there.
    pub const COURSE: u8 = 3;
    /// The machine lacks something: a tool, disk space, a permission.
    pub const MACHINE: u8 = 4;
    /// Done, but for some exercises nothing could be said (`Undecided`, `Ungraded`, `Flaky`).
    pub const OPEN: u8 = 5;
    /// Another run works in this tree.
    pub const BUSY: u8 = 6;
    /// This machine did what a memory model forbids (`litmus --hardware`).
    pub const CONTRADICTED: u8 = 7;
    /// Ctrl-C. What was graded until then is kept.
    pub const INTERRUPTED: u8 = 130;
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Usage,
    Course,
    Machine,
    Busy,
    Interrupted,
}

#[derive(Clone, Debug)]
pub struct Error {
    kind: Kind,
    message: String,
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    pub fn usage(message: impl Into<String>) -> Self {
        Error {
            kind: Kind::Usage,
            message: message.into(),
        }
    }

    pub fn course(message: impl Into<String>) -> Self {
        Error {
            kind: Kind::Course,
            message: message.into(),
        }
    }

    pub fn machine(message: impl Into<String>) -> Self {
        Error {
            kind: Kind::Machine,
            message: message.into(),
        }
    }

    pub fn busy(message: impl Into<String>) -> Self {
        Error {
            kind: Kind::Busy,
            message: message.into(),
        }
    }

    /// Told to stop before anything was changed.
    pub fn stopped_before() -> Self {
        Error {
            kind: Kind::Interrupted,
            message: "interrupted; nothing has been changed".to_owned(),
        }
    }

    /// Told to stop; `message` says what became of the rest.
    pub fn interrupted(message: impl Into<String>) -> Self {
        Error {
            kind: Kind::Interrupted,
            message: message.into(),
        }
    }

    /// The run was told to stop.
    pub fn stopped() -> Self {
        Error {
            kind: Kind::Interrupted,
            message: "interrupted; what was graded is kept, run the same command again to go on"
                .to_owned(),
        }
    }

    #[expect(dead_code)]
    pub fn is_stopped(&self) -> bool {
        self.kind == Kind::Interrupted
    }

    /// An operation on a file that failed.
    pub fn file(operation: &str, path: &Path, cause: io::Error) -> Self {
        let advice = match cause.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                "; free some space and run the same command again, nothing is lost"
            }
            io::ErrorKind::PermissionDenied => "; check who owns it",
            io::ErrorKind::ReadOnlyFilesystem => "; the course needs a tree it can write to",
            _ => "",
        };
        Error::machine(format!(
            "cannot {operation} {}: {cause}{advice}",
            path.display()
        ))
    }

    pub fn exit_code(&self) -> u8 {
        match self.kind {
            Kind::Usage => exit::USAGE,
            Kind::Course => exit::COURSE,
            Kind::Machine => exit::MACHINE,
            Kind::Busy => exit::BUSY,
            Kind::Interrupted => exit::INTERRUPTED,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Error {}
