//! Runs the tests of one binary, each in a supervised process of its own, and says what became of each.

use std::{
    path::Path,
    process::{Command, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

use findings::Verdict;
use serde::{Deserialize, Serialize};
use supervise::{Limits, Outcome};

use crate::{
    overlay::Unit,
    stop::{Slots, Stop},
};

/// One test, or one model under one explorer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// The test function.
    pub name: String,
    /// `public`, `hidden`, `bench`, or the explorer.
    pub suite: String,
    #[serde(with = "verdict_name")]
    pub verdict: Verdict,
    /// One line: why.
    pub summary: String,
    /// What a person reads to understand a failure.
    pub detail: String,
    /// What a pass has to say: how much a model explored.
    pub notes: String,
    pub milliseconds: u64,
}

impl Run {
    pub fn is_model(&self) -> bool {
        Unit::from_explorer(&self.suite).is_some()
    }

    /// As reports name it.
    pub fn label(&self) -> String {
        match self.suite.as_str() {
            "public" => format!("test {}", self.name),
            "hidden" => format!("hidden test {}", self.name),
            "bench" => format!("speed, {}", self.name),
            explorer => format!("model {} ({explorer})", self.name),
        }
    }
}

/// Verdicts by name in every file and report.
pub mod verdict_name {
    use findings::Verdict;
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(verdict: &Verdict, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(verdict.name())
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Verdict, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(D::Error::custom)
    }
}

/// Runs every test of `binary`, as many at once as there are `slots`, and hands each to `done` as it
/// ends. In order of name at the end. `Err` is our fault: nothing can be said about the tests.
pub fn run_all(
    binary: &Path,
    unit: Unit,
    limits: &Limits,
    slots: &Slots,
    stop: &Stop,
    done: &(dyn Fn(&Run) + Sync),
) -> Result<Vec<Run>, String> {
    let names = list(binary)?;
    if names.is_empty() {
        return Err("the test binary holds no test".to_owned());
    }
    let runs = Mutex::new(Vec::with_capacity(names.len()));
    let confirmed = AtomicUsize::new(0);
    thread::scope(|scope| {
        for name in &names {
            let slot = slots.take();
            let (runs, confirmed) = (&runs, &confirmed);
            scope.spawn(move || {
                let _slot = slot;
                let run = run_twice_if_in_doubt(binary, unit, name, limits, stop, confirmed);
                done(&run);
                runs.lock().expect("no holder panics").push(run);
            });
        }
    });
    let mut runs = runs.into_inner().expect("no holder panics");
    // A model written for one explorer has nothing to say under another.
    runs.retain(|run: &Run| !(run.verdict.is_pass() && run.notes.starts_with("not for ")));
    runs.sort_by(|a, b| (&a.suite, &a.name).cmp(&(&b.suite, &b.name)));
    Ok(runs)
}

/// So many tests of one binary that hang, and hang again when asked again, speak for the others: a
/// learner whose every test loops for ever waits for one budget a test, and not for two.
const CONFIRMED: usize = 2;

/// A verdict that a busy machine could have caused is asked for again before it counts. `confirmed` is
/// how often that has said the same in this binary.
fn run_twice_if_in_doubt(
    binary: &Path,
    unit: Unit,
    name: &str,
    limits: &Limits,
    stop: &Stop,
    confirmed: &AtomicUsize,
) -> Run {
    let first = run_one(binary, unit, name, limits, stop);
    let in_doubt = match first.verdict {
        // Relaxed: a count that decides how much is checked, and publishes nothing.
        Verdict::Hang => confirmed.load(Relaxed) < CONFIRMED,
        Verdict::TooSlow | Verdict::OutOfMemory | Verdict::Ungraded => true,
        _ => false,
    };
    if !in_doubt || stop.is_stopped() {
        return first;
    }
    let second = run_one(binary, unit, name, limits, stop);
    if first.verdict == Verdict::Hang && second.verdict == Verdict::Hang {
        confirmed.fetch_add(1, Relaxed);
    }
    if first.verdict == second.verdict || second.verdict != Verdict::Pass {
        return second;
    }
    Run {
        verdict: Verdict::Flaky,
        summary: format!(
            "{} at first ({}), then passed",
            first.verdict, first.summary
        ),
        detail: first.detail,
        ..second
    }
}

/// Runs the test called `name` by the test binary.
pub fn run_one(binary: &Path, unit: Unit, name: &str, limits: &Limits, stop: &Stop) -> Run {
    let outcome = supervised(binary, name, limits, None, stop);
    let (module, function) = name.split_once("::").unwrap_or(("public", name));
    Run {
        name: function.to_owned(),
        suite: if unit.is_model() { unit.name() } else { module }.to_owned(),
        verdict: outcome.verdict,
        summary: printable(
            &outcome
                .summary
                .split_whitespace()
                .collect::<Vec<_>>()
                .join(" "),
            400,
        ),
        detail: printable(&outcome.detail, 16_000),
        notes: printable(&outcome.notes, 400),
        milliseconds: outcome.wall.as_millis().try_into().unwrap_or(u64::MAX),
    }
}

/// What learner code said reaches people's terminals: no escapes, no control characters, no floods.
pub fn printable(text: &str, longest: usize) -> String {
    let shown = |c: char| {
        if c.is_control() && c != '\n' && c != '\t' {
            '\u{fffd}'
        } else {
            c
        }
    };
    let mut clean: String = text.chars().map(shown).take(longest).collect();
    if text.chars().nth(longest).is_some() {
        clean.push('…');
    }
    clean
}

/// One test in a supervised process; `replay` names one schedule of a model.
pub fn supervised(
    binary: &Path,
    name: &str,
    limits: &Limits,
    replay: Option<&str>,
    stop: &Stop,
) -> Outcome {
    let mut command = Command::new(binary);
    command.args([
        name,
        "--exact",
        "--nocapture",
        "--test-threads=1",
        "--include-ignored",
    ]);
    command
        .env_remove("RUST_BACKTRACE")
        .env_remove("RUST_LIB_BACKTRACE")
        .env_remove("HARNESS_REPLAY");
    if let Some(schedule) = replay {
        command.env("HARNESS_REPLAY", schedule);
    }
    supervise::run(command, limits, stop.flag())
}

/// The tests of `binary`. Listing runs no test, and safe code cannot run before `main`.
pub fn list(binary: &Path) -> Result<Vec<String>, String> {
    let output = Command::new(binary)
        .args(["--list", "--format", "terse"])
        .stdin(Stdio::null())
        .output()
        .map_err(|cause| format!("cannot run {}: {cause}", binary.display()))?;
    if !output.status.success() {
        return Err(format!(
            "{} does not list its tests ({})",
            binary.display(),
            output.status
        ));
    }
    Ok(String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| line.strip_suffix(": test"))
        .map(str::to_owned)
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_learner_code_says_cannot_steer_a_terminal_or_flood_a_report() {
        assert_eq!(
            printable("a\x1b[2Jb\rc\td\n", 100),
            "a\u{fffd}[2Jb\u{fffd}c\td\n"
        );
        assert_eq!(printable("äöü", 2), "äö…");
        assert_eq!(printable("äö", 2), "äö");
    }
}
