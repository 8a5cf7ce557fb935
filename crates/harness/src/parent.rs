//! The side of a test that `cargo test` runs: it starts the child, and says what became of it.

use std::fmt::Write as _;
use std::io::Write as _;
use std::panic::resume_unwind;
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use findings::Verdict;
use supervise::{Limits, Outcome};

use crate::Meta;

/// Lines of the test's own output that are shown when it fails, of each stream.
const SHOWN: usize = 20;

/// Runs the test in a child process. Returns if it passed.
pub(crate) fn run(meta: &Meta) {
    let outcome = match std::env::current_exe() {
        Ok(program) => {
            let mut command = Command::new(program);
            command.args(["--exact", &meta.path()]);
            command.args(["--nocapture", "--test-threads=1", "--include-ignored"]);
            static LIMITS: OnceLock<Limits> = OnceLock::new();
            let limits = LIMITS.get_or_init(Limits::for_this_machine);
            supervise::run(command, limits, &AtomicBool::new(false))
        }
        Err(error) => Outcome::ungraded(format!("cannot tell where this program is: {error}")),
    };
    // Through the macros, which libtest captures and shows where it sees fit.
    match outcome.verdict {
        Verdict::Pass => {
            print!("{}", outcome.stdout);
            eprint!("{}", outcome.stderr);
            if !outcome.notes.is_empty() {
                println!("{}", outcome.notes);
            }
        }
        // Neither a pass nor the learner's fault: past the capturing, so that it is seen.
        Verdict::Undecided => {
            let text = format!("{}: {}", meta.name, failure(&outcome));
            let _ = std::io::stderr().write_all(text.as_bytes());
        }
        _ => {
            print!("{}", failure(&outcome));
            // Without the hook, which would print a second message, about a line of the harness.
            resume_unwind(Box::new(()));
        }
    }
}

/// What a person reads about a test that did not pass.
pub(crate) fn failure(outcome: &Outcome) -> String {
    let label = format!("{}: ", outcome.verdict);
    let mut text = findings::wrapped(&label, &outcome.summary, crate::dump::WIDTH) + "\n";
    if !outcome.detail.is_empty() {
        let _ = writeln!(text, "{}", outcome.detail.trim_end());
    }
    for (name, printed) in [
        ("standard output", &outcome.stdout),
        ("standard error", &outcome.stderr),
    ] {
        let lines: Vec<&str> = printed.trim_end().lines().collect();
        if lines.is_empty() {
            continue;
        }
        let left_out = lines.len().saturating_sub(SHOWN);
        let _ = match left_out {
            0 => writeln!(text, "\nthe test's {name}:"),
            _ => writeln!(text, "\nthe last {SHOWN} lines of the test's {name}:"),
        };
        for line in &lines[left_out..] {
            let _ = writeln!(text, "  {line}");
        }
    }
    text
}
