//! Runs one test in a child process, watches it, and says what became of it.
//!
//! A pass is earned: the child must learn a nonce from a private pipe before any code under test
//! runs, and after the test body must write exactly one record that carries it on another; then the
//! process must end as a passing test does. What the test prints, and an exit code alone, decide
//! nothing.
//!
//! A child that does not get on is caught in one of three ways: nothing in it can happen any more
//! (each of its threads is blocked and no timer is pending), it has used its budget of processor
//! time, or it has waited for timers too long. A loaded machine makes none of these come sooner: a
//! thread that could run and is not let is neither blocked nor using the processor. All this is
//! read from Linux' /proc, from outside, so it works for a child that has no /proc itself. Where a
//! thread's system call cannot be read (`kernel.yama.ptrace_scope` ≥ 2), a deadlock is found when
//! the budget for waiting is spent. On other Unix systems only the clock on the wall is watched,
//! against the sum of both budgets, and leaked threads go unnoticed. Elsewhere nothing is run, and
//! the outcome is `Ungraded`.
//!
//! Left out: a sandbox. A child that leaves its process group, or forks without end, is for the
//! caller's sandbox to stop.

mod calibrate;
#[cfg(target_os = "linux")]
mod proc;
#[cfg(unix)]
mod process;
pub mod protocol;
#[cfg(unix)]
mod run;
#[cfg(unix)]
mod tail;
mod tool;

use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use findings::Verdict;

pub use tool::{ToolEnd, ToolLimits, ToolOutcome, run_tool};

/// How much a test may use. Beyond it, the test fails.
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// Processor time of all its threads and processes together. Spent: `Hang`.
    pub cpu: Duration,
    /// Time in which no thread could run and a timer was pending. Spent: `Hang`.
    pub idle: Duration,
    /// The same for what goes on after the test body, before the threads that are left count as
    /// leaked though they are not blocked for good; also the limit on their processor time.
    pub after: Duration,
    /// On the clock on the wall, where the budgets above are not used up. Spent: `Ungraded`, since
    /// the machine was too busy to tell.
    pub wall: Duration,
    /// Resident memory in bytes. More: `OutOfMemory`.
    pub memory: u64,
    /// Bytes on standard output and standard error together. More: `OutputLimit`.
    pub output: u64,
    /// Threads and processes at once. More: `OutOfMemory`, since each needs a stack.
    pub tasks: usize,
}

impl Limits {
    /// What a test may use on a typical machine.
    pub const TYPICAL: Limits = Limits {
        cpu: Duration::from_secs(4),
        idle: Duration::from_secs(10),
        after: Duration::from_secs(2),
        wall: Duration::from_secs(180),
        memory: 1 << 30,
        output: 16 << 20,
        tasks: 600,
    };

    /// [`Limits::TYPICAL`], scaled by a piece of work timed on this machine. The first call takes
    /// about 10 ms.
    pub fn for_this_machine() -> Limits {
        Limits::TYPICAL.scale(calibrate::slowness())
    }

    /// The same limits, with times multiplied by `factor`. Memory, output and tasks stay.
    ///
    /// # Panics
    ///
    /// If `factor` is negative, not a number, or too large for a `Duration`.
    pub fn scale(&self, factor: f64) -> Limits {
        Limits {
            cpu: self.cpu.mul_f64(factor),
            idle: self.idle.mul_f64(factor),
            after: self.after.mul_f64(factor),
            wall: self.wall.mul_f64(factor),
            ..self.clone()
        }
    }
}

/// What became of a test.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    pub verdict: Verdict,
    /// One line: why. Empty for a pass.
    pub summary: String,
    /// Several lines for a person to read, less than a screen, without the summary. May be empty.
    pub detail: String,
    /// What a pass wants to say: `loom: 1 234 schedules, all explored`. May be empty.
    pub notes: String,
    /// What the test printed: the first and the last 32 KiB, invalid UTF-8 replaced.
    pub stdout: String,
    /// As `stdout`.
    pub stderr: String,
    /// Printed on both, also what is not kept.
    pub output_bytes: u64,
    /// Processor time of the child and of those of its own children that it waited for.
    pub cpu: Duration,
    pub wall: Duration,
    /// How the process ended: `exit code 0`, `killed by SIGABRT`, `killed by the supervisor`.
    pub exit: String,
    /// The most resident memory of one process, in bytes.
    pub peak_rss: u64,
}

impl Outcome {
    /// A test that could not be run, for a reason of ours.
    pub fn ungraded(reason: impl Into<String>) -> Outcome {
        Outcome {
            verdict: Verdict::Ungraded,
            summary: reason.into(),
            detail: String::new(),
            notes: String::new(),
            stdout: String::new(),
            stderr: String::new(),
            output_bytes: 0,
            cpu: Duration::ZERO,
            wall: Duration::ZERO,
            exit: "not run".to_owned(),
            peak_rss: 0,
        }
    }
}

/// Runs `command`, which must end up in one test of a test binary that uses the harness (`BINARY
/// --exact PATH --nocapture --test-threads=1 --include-ignored`), directly or inside a wrapper that
/// passes on the environment variable [`protocol::CHANNEL`] and the two descriptors it names.
///
/// Blocks until the child is dead and reaped. Standard input, output and error of `command` are
/// replaced, and it becomes the leader of a process group of its own, which is killed at the end.
/// Setting `cancel` to true, from any thread, ends it within some 50 ms, as `Ungraded`. May be called
/// from many threads at once; no child sees the descriptors of another.
///
/// A child does not outlive the calling thread, even if that is killed.
#[cfg(unix)]
pub fn run(command: Command, limits: &Limits, cancel: &AtomicBool) -> Outcome {
    run::run(command, limits, cancel)
}

/// Not on this system: the outcome is `Ungraded`.
#[cfg(not(unix))]
pub fn run(_command: Command, _limits: &Limits, _cancel: &AtomicBool) -> Outcome {
    Outcome::ungraded("tests are supervised on Linux and macOS only: on Windows, use WSL")
}
