//! Measures an answer: the learner's source, the reference and the peers, each a library of its own, linked
//! into one binary that lets them take turns. Says what came of it and what it is worth.
//!
//! Only a source that has passed its tests is to be brought here. The binary runs supervised as a test does,
//! and its table comes over the harness's private pipe. Left out: absolute times as evidence.

pub mod known_slow;
pub mod picture;

use std::{
    fs,
    path::{Path, PathBuf},
};

use findings::Verdict;
use paired::{Ratio, table::Row};
use serde::Serialize;
use sha2::{Digest, Sha256};
use tempfile::TempDir;

use crate::{
    catalog::{Bench, Exercise},
    compile::{self, Compiled},
    course::Course,
    edition,
    error::{Error, Result},
    flow::Judge,
    overlay::Unit,
    runs::{self, Run},
    submission::hex,
};

/// An interval whose upper bound is more than this many times its lower one says nothing: the machine is
/// too busy.
const TOO_WIDE: f64 = 1.5;

/// The same for the way from the lower bound to the middle, where the lower bound is beyond the budget. Unless
/// it is beyond [`FAR_BEYOND`] times the budget.
const TOO_WIDE_BELOW: f64 = 1.25;

const FAR_BEYOND: f64 = 2.0;

/// Measurements of one answer at most. Points are lost only if two of them agree.
const ATTEMPTS: usize = 3;

/// What the answer is measured against when the edition has no reference.
const REFERENCE: &str = "reference";

/// A finished measurement.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// `reference`, or a peer where there is none.
    pub baseline: String,
    pub rows: Vec<Row>,
}

impl Table {
    /// The rows of the answer itself.
    pub fn own(&self) -> impl Iterator<Item = &Row> {
        let own = self.rows.first().map(|row| row.subject.clone());
        self.rows
            .iter()
            .filter(move |row| Some(&row.subject) == own.as_ref())
    }
}

/// Why there is no table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fault {
    #[serde(with = "runs::verdict_name")]
    pub verdict: Verdict,
    pub summary: String,
    pub detail: String,
}

impl Fault {
    fn new(verdict: Verdict, summary: impl Into<String>) -> Fault {
        Fault {
            verdict,
            summary: summary.into(),
            detail: String::new(),
        }
    }
}

/// An answer, compiled and ready to be measured any number of times.
pub struct Measured<'a> {
    judge: &'a Judge,
    exercise: &'a Exercise,
    binary: PathBuf,
    baseline: &'static str,
    first_peer: Option<&'a str>,
    answer: PathBuf,
    folder: TempDir,
}

impl<'a> Measured<'a> {
    /// Compiles `source`, which reports call `name`. With `peers`, those are measured too; where the
    /// edition has no reference they always are, and the first of them is what all is compared with.
    pub fn prepare(
        judge: &'a Judge,
        exercise: &'a Exercise,
        source: &str,
        name: &str,
        peers: bool,
    ) -> Result<Result<Measured<'a>, Fault>> {
        let bench = exercise.entry.bench.as_ref().ok_or_else(|| {
            Error::usage(format!("the speed of `{}` is not measured", exercise.id()))
        })?;
        let reference = edition::solution(&judge.course, exercise)?;
        let plan = Plan::of(bench, reference.is_some(), peers).ok_or_else(|| {
            Error::usage(format!(
                "this edition has nothing to measure `{}` against; `cargo bench -p {} --bench {}` times it",
                exercise.id(),
                exercise.chapter,
                exercise.id()
            ))
        })?;
        judge.alone()?;
        let folder = lay(
            &judge.course,
            exercise,
            source,
            reference.as_deref(),
            &plan,
            name,
        )?;
        let fault = |compiled| match compiled {
            Compiled::Binary { path, .. } => Ok(path),
            Compiled::Rejected(message) => {
                let summary = message.lines().next().unwrap_or_default().to_owned();
                Err(Fault {
                    detail: message,
                    ..Fault::new(Verdict::DoesNotCompile, summary)
                })
            }
            Compiled::Failed(reason) => Err(Fault::new(Verdict::Ungraded, reason)),
        };
        let library = |name: &str| -> Result<Result<PathBuf, Fault>> {
            let root = folder.path().join(name).join("lib.rs");
            let library = judge.compile_with(|course, externs, tool| {
                compile::optimised_library(course, externs, exercise, &root, name, tool)
            });
            Ok(fault(library?))
        };
        let answer = match library(ANSWER)? {
            Ok(path) => path,
            Err(fault) => return Ok(Err(fault)),
        };
        let mut own = vec![(ANSWER, answer.clone())];
        if reference.is_some() {
            match library(REFERENCE)? {
                Ok(path) => own.push((REFERENCE, path)),
                // It is not the answer that does not compile here.
                Err(fault) => return Ok(Err(Fault::new(Verdict::Ungraded, fault.summary))),
            }
        }
        let root = folder.path().join("measure.rs");
        let linked: Vec<(&str, &Path)> = own.iter().map(|(name, path)| (*name, &**path)).collect();
        let binary = judge.compile_with(|course, externs, tool| {
            compile::optimised_binary(course, externs, exercise, &root, &linked, tool)
        });
        Ok(fault(binary?).map(|binary| Measured {
            judge,
            exercise,
            binary,
            baseline: if reference.is_some() { REFERENCE } else { "" },
            first_peer: bench.peers.first().map(|peer| peer.name.as_str()),
            answer,
            folder,
        }))
    }

    /// One measurement, in a process of its own.
    pub fn measure(&self) -> Result<Result<Table, Fault>> {
        let outcome = runs::supervised(
            &self.binary,
            "measurement",
            &self.judge.limits(self.exercise),
            None,
            self.judge.stop(),
        );
        if self.judge.stop().is_stopped() {
            return Err(Error::stopped());
        }
        if !outcome.verdict.is_pass() {
            return Ok(Err(Fault {
                verdict: outcome.verdict,
                summary: runs::printable(&outcome.summary, 400),
                detail: runs::printable(&outcome.detail, 16_000),
            }));
        }
        let baseline = match (self.baseline, self.first_peer) {
            ("", Some(peer)) => peer,
            (reference, _) => reference,
        };
        Ok(match paired::table::decode(&outcome.notes) {
            Some(rows) if !rows.is_empty() => Ok(Table {
                baseline: baseline.to_owned(),
                rows,
            }),
            _ => Err(Fault::new(
                Verdict::Ungraded,
                "the measurement left no table",
            )),
        })
    }

    /// The tests once more, against the library that is measured: one that was written to pass where it
    /// is not optimised has nothing to gain. `None` if all pass.
    fn fails_optimised(&self) -> Result<Option<Run>> {
        let paths = &self.exercise.paths;
        let mut text = String::new();
        for (item, path) in [
            ("mod public", &paths.public_tests),
            ("mod hidden", &paths.hidden_tests),
        ] {
            if path.is_file() {
                text += &module(item, path);
            }
        }
        let root = self.folder.path().join("tests.rs");
        fs::write(&root, text).map_err(|cause| Error::file("write", &root, cause))?;
        let linked = [(self.exercise.chapter.as_str(), &*self.answer)];
        let compiled = self.judge.compile_with(|course, externs, tool| {
            compile::optimised_binary(course, externs, self.exercise, &root, &linked, tool)
        })?;
        let settled = |verdict, summary| {
            Some(Run {
                summary,
                ..run("tests of the optimised build", verdict)
            })
        };
        Ok(match compiled {
            Compiled::Binary { path, .. } => {
                match self.judge.run_all(self.exercise, &path, Unit::Tests) {
                    Ok(runs) => runs
                        .into_iter()
                        .find(|run| !run.verdict.is_pass())
                        .map(|run| Run {
                            name: format!("optimised, {}", run.label()),
                            suite: "bench".to_owned(),
                            ..run
                        }),
                    Err(reason) => settled(Verdict::Ungraded, reason),
                }
            }
            Compiled::Rejected(reason) | Compiled::Failed(reason) => {
                settled(Verdict::Ungraded, reason)
            }
        })
    }
}

/// What a measurement says of the budget.
pub fn judge(ratio: Ratio, budget: f64) -> Verdict {
    if ratio.high <= budget {
        Verdict::Pass
    } else if ratio.low > budget {
        // What makes only the upper bound high makes nothing faster.
        let sure = ratio.point <= TOO_WIDE_BELOW * ratio.low || ratio.low > FAR_BEYOND * budget;
        if sure {
            Verdict::TooSlow
        } else {
            Verdict::Undecided
        }
    } else if ratio.width() > TOO_WIDE {
        Verdict::Undecided
    } else {
        // Around the budget: in doubt for the answer.
        Verdict::Pass
    }
}

/// Measures `source` for its points: a run a workload, or a single one that says why there is no more.
/// `None` where the edition has no reference, since then there are no points for speed.
pub fn speed(judge: &Judge, exercise: &Exercise, source: &str) -> Result<Option<Vec<Run>>> {
    if edition::solution(&judge.course, exercise)?.is_none() {
        return Ok(None);
    }
    let Some(bench) = &exercise.entry.bench else {
        return Ok(None);
    };
    let prepared = match Measured::prepare(judge, exercise, source, "yours", false)? {
        Ok(prepared) => prepared,
        Err(fault) => return Ok(Some(vec![faulty(fault)])),
    };
    if let Some(run) = prepared.fails_optimised()? {
        return Ok(Some(vec![run]));
    }
    Ok(Some(speed_of(&prepared, bench.budget)?))
}

/// Measures until each workload has passed once or failed twice, or [`ATTEMPTS`] are spent.
pub fn speed_of(prepared: &Measured<'_>, budget: f64) -> Result<Vec<Run>> {
    let mut tables = Vec::new();
    while tables.len() < ATTEMPTS {
        match prepared.measure()? {
            Ok(table) => tables.push(table),
            Err(fault) => return Ok(vec![faulty(fault)]),
        }
        let runs = settle(&tables, budget);
        if runs.iter().all(|run| run.verdict != Verdict::Undecided) {
            return Ok(runs);
        }
    }
    Ok(settle(&tables, budget))
}

/// One measurement that passes is enough, since noise makes nothing faster than it is twice as easily as
/// slower; two are needed to fail.
fn settle(tables: &[Table], budget: f64) -> Vec<Run> {
    let Some(last) = tables.last() else {
        return Vec::new();
    };
    last.own()
        .map(|row| {
            let seen: Vec<(Verdict, Ratio)> = tables
                .iter()
                .filter_map(|table| table.own().find(|other| other.workload == row.workload))
                .map(|row| (judge(row.compared.ratio, budget), row.compared.ratio))
                .collect();
            let slow: Vec<Ratio> = seen
                .iter()
                .filter(|(verdict, _)| *verdict == Verdict::TooSlow)
                .map(|(_, ratio)| *ratio)
                .collect();
            let passed = seen.iter().find(|(verdict, _)| verdict.is_pass());
            let base = |verdict| run(&row.workload, verdict);
            if let Some((_, ratio)) = passed {
                return Run {
                    notes: format!("{} of the reference's time", times(*ratio)),
                    ..base(Verdict::Pass)
                };
            }
            if let [.., ratio] = slow[..]
                && slow.len() > 1
            {
                return Run {
                    summary: format!(
                        "takes {} the reference's time; {budget} times is the budget",
                        times(ratio)
                    ),
                    ..base(Verdict::TooSlow)
                };
            }
            Run {
                summary: format!(
                    "the machine is too busy to tell: {} the reference's time",
                    times(row.compared.ratio)
                ),
                ..base(Verdict::Undecided)
            }
        })
        .collect()
}

/// `1.02 (1.01 to 1.03) times`
fn times(ratio: Ratio) -> String {
    let Ratio { point, low, high } = ratio;
    format!("{point:.2} ({low:.2} to {high:.2}) times")
}

fn run(name: &str, verdict: Verdict) -> Run {
    Run {
        name: name.to_owned(),
        suite: "bench".to_owned(),
        verdict,
        summary: String::new(),
        detail: String::new(),
        notes: String::new(),
        milliseconds: 0,
    }
}

fn faulty(fault: Fault) -> Run {
    Run {
        summary: fault.summary,
        detail: fault.detail,
        ..run("all workloads", fault.verdict)
    }
}

/// Digest of what a measurement depends on besides what every grade does.
pub fn fingerprint(course: &Course) -> Result<String> {
    let mut files = vec![course.root.join("crates/peers/Cargo.toml")];
    let folder = course.root.join("crates/peers/src");
    let entries = fs::read_dir(&folder).map_err(|cause| Error::file("list", &folder, cause))?;
    files.extend(entries.filter_map(|entry| Some(entry.ok()?.path())));
    files.sort();
    let mut hasher = Sha256::new();
    hasher.update(&course.fingerprint);
    for path in files {
        let bytes = fs::read(&path).map_err(|cause| Error::file("read", &path, cause))?;
        hasher.update(path.as_os_str().as_encoded_bytes());
        hasher.update(bytes.len().to_le_bytes());
        hasher.update(bytes);
    }
    Ok(hex(&hasher.finalize()))
}

/// Digest of all that a result for speed depends on besides the answer.
pub fn inputs(course: &Course, exercise: &Exercise) -> Result<String> {
    let mut hasher = Sha256::new();
    hasher.update(fingerprint(course)?);
    let workload = &exercise.paths.workload;
    let workload =
        fs::read_to_string(workload).map_err(|cause| Error::file("read", workload, cause))?;
    let reference = edition::solution(course, exercise)?.unwrap_or_default();
    for text in [workload, reference] {
        hasher.update(text.len().to_le_bytes());
        hasher.update(text);
    }
    Ok(hex(&hasher.finalize()))
}

/// The crate of the answer.
const ANSWER: &str = "answer";

/// Who is compared with whom.
struct Plan<'a> {
    /// Names and modules; the first is the baseline.
    subjects: Vec<(&'a str, String)>,
}

impl<'a> Plan<'a> {
    fn of(bench: &'a Bench, reference: bool, peers: bool) -> Option<Plan<'a>> {
        let mut others = Vec::new();
        if reference {
            others.push((REFERENCE, format!("::{REFERENCE}::")));
        }
        if peers || !reference {
            let named = bench.peers.iter();
            others.extend(named.map(|peer| (peer.name.as_str(), String::new())));
        }
        (!others.is_empty()).then_some(Plan { subjects: others })
    }

    fn root(&self, exercise: &Exercise, name: &str) -> String {
        let id = exercise.id();
        let mut text = String::new();
        let mut subject = |index: usize, path: &str| {
            let include = module("pub mod workload", &exercise.paths.workload);
            text += &format!("mod s{index} {{\nuse {path} as subject;\n{include}}}\n");
        };
        let (baseline, others) = self.subjects.split_first().expect("a plan has a baseline");
        let path = |name: &str, library: &str| match library {
            "" => format!("::peers::{id}::{name}"),
            library => format!("{library}{id}"),
        };
        subject(0, &path(baseline.0, &baseline.1));
        subject(1, &format!("::{ANSWER}::{id}"));
        for (index, (name, library)) in others.iter().enumerate() {
            subject(index + 2, &path(name, library));
        }
        let entry = |index: usize, name: &str| {
            format!("Subject {{ name: {name:?}, workloads: s{index}::workload::WORKLOADS }}")
        };
        let mut subjects = entry(1, name);
        for (index, (name, _)) in others.iter().enumerate() {
            subjects += &format!(", {}", entry(index + 2, name));
        }
        text + &format!(
            "\
fn measure() -> String {{
    use ::paired::{{Plan, table::{{Subject, encode, measure}}}};
    encode(&measure(&Plan::default(), &{}, &[{subjects}]))
}}

#[test]
fn measurement() {{
    let meta = ::harness::__private::Meta {{
        module: module_path!(),
        name: \"measurement\",
        file: file!(),
        stress: false,
    }};
    ::harness::__private::measurement(&meta, 600, measure);
}}
",
            entry(0, baseline.0)
        )
    }
}

/// The work folder of a measurement: a library root and its source each for answer and reference, and the
/// binary's root.
fn lay(
    course: &Course,
    exercise: &Exercise,
    source: &str,
    reference: Option<&str>,
    plan: &Plan<'_>,
    name: &str,
) -> Result<TempDir> {
    let work = course.target.join("work");
    let make = || -> std::io::Result<TempDir> {
        fs::create_dir_all(&work)?;
        let folder = tempfile::Builder::new()
            .prefix(&format!("{}-bench-", exercise.id()))
            .tempdir_in(&work)?;
        for (name, source) in [(ANSWER, Some(source)), (REFERENCE, reference)] {
            let Some(source) = source else { continue };
            let library = folder.path().join(name);
            fs::create_dir(&library)?;
            fs::write(library.join(format!("{}.rs", exercise.id())), source)?;
            fs::write(
                library.join("lib.rs"),
                format!("pub mod {};\n", exercise.id()),
            )?;
        }
        fs::write(folder.path().join("measure.rs"), plan.root(exercise, name))?;
        Ok(folder)
    };
    make().map_err(|cause| Error::file("write into", &work, cause))
}

fn module(item: &str, path: &Path) -> String {
    format!("#[path = {:?}]\n{item};\n", path.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use paired::Comparison;

    fn ratio(low: f64, high: f64) -> Ratio {
        Ratio {
            point: (low * high).sqrt(),
            low,
            high,
        }
    }

    fn table(low: f64, high: f64) -> Table {
        Table {
            baseline: REFERENCE.to_owned(),
            rows: vec![Row {
                workload: "one thread".to_owned(),
                unit: "call".to_owned(),
                subject: "yours".to_owned(),
                compared: Comparison {
                    ratio: ratio(low, high),
                    baseline_ns: 40.0,
                    subject_ns: 40.0,
                    units: 50_000,
                },
            }],
        }
    }

    fn settled(tables: &[(f64, f64)]) -> Verdict {
        let tables: Vec<Table> = tables.iter().map(|&(low, high)| table(low, high)).collect();
        settle(&tables, 1.5)[0].verdict
    }

    #[test]
    fn only_an_interval_wholly_beyond_the_budget_is_too_slow() {
        assert_eq!(judge(ratio(1.0, 1.1), 1.5), Verdict::Pass);
        assert_eq!(judge(ratio(1.45, 1.55), 1.5), Verdict::Pass);
        assert_eq!(judge(ratio(1.51, 1.55), 1.5), Verdict::TooSlow);
        assert_eq!(judge(ratio(1.95, 2.05), 1.5), Verdict::TooSlow);
    }

    #[test]
    fn a_path_is_taken_as_it_is_whatever_words_are_in_it() {
        assert_eq!(
            module("pub mod workload", Path::new("/03-memory-model/once.rs")),
            "#[path = \"/03-memory-model/once.rs\"]\npub mod workload;\n"
        );
    }

    #[test]
    fn a_wide_interval_says_nothing_unless_it_lies_within_the_budget() {
        assert_eq!(judge(ratio(0.8, 2.4), 1.5), Verdict::Undecided);
        assert_eq!(judge(ratio(1.6, 3.0), 1.5), Verdict::Undecided);
        assert_eq!(judge(ratio(3.1, 30.0), 1.5), Verdict::TooSlow);
        let lopsided = Ratio {
            point: 1.84,
            low: 1.80,
            high: 8.52,
        };
        assert_eq!(judge(lopsided, 1.5), Verdict::TooSlow);
        assert_eq!(judge(ratio(0.2, 0.9), 1.5), Verdict::Pass);
    }

    #[test]
    fn it_takes_two_measurements_to_fail_and_one_to_pass() {
        let (fast, slow, noisy) = ((1.0, 1.1), (2.0, 2.1), (0.5, 3.0));
        assert_eq!(settled(&[fast]), Verdict::Pass);
        assert_eq!(settled(&[slow]), Verdict::Undecided);
        assert_eq!(settled(&[slow, slow]), Verdict::TooSlow);
        assert_eq!(settled(&[slow, fast]), Verdict::Pass);
        assert_eq!(settled(&[noisy]), Verdict::Undecided);
        assert_eq!(settled(&[slow, noisy]), Verdict::Undecided);
        assert_eq!(settled(&[noisy, slow, slow]), Verdict::TooSlow);
        assert_eq!(settled(&[noisy, slow, noisy]), Verdict::Undecided);
    }
}
