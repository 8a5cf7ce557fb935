//! `verify`: the course judges itself. Stubs fail, solutions pass, every known-bad solution gets exactly
//! the verdict it names, and everything that belongs to an exercise is there.

use std::{fs, iter, path::Path, time::Instant};

use findings::Verdict;
use serde::Serialize;

use crate::{
    api,
    args::ListFormat,
    catalog::{Catalog, Chapter, Exercise},
    edition,
    error::{Error, Result, exit},
    flow::Judge,
    known_bad::{self, KnownBad},
    overlay::Scope,
    progress::Progress,
    report::{
        lines::{Line, Tone},
        terminal::{BOLD, DIM, WIDTH, style},
    },
    runs::{Run, verdict_name},
    score::Grade,
    submission::Stubs,
    tidy,
};

pub fn run(
    judge: &Judge,
    catalog: &Catalog,
    names: &[String],
    format: ListFormat,
    accept_stubs: bool,
) -> Result<u8> {
    edition::full_only(&judge.course, "verify")?;
    let begun = Instant::now();
    let selected = catalog.select(names)?;
    let mut stubs = Stubs::read(&judge.course.root, &catalog.chapters)?;
    if accept_stubs {
        let among = |id: &str| selected.iter().any(|exercise| exercise.id() == id);
        for chapter in &catalog.chapters {
            stubs.accept(&judge.course.root, chapter, among)?;
        }
        stubs = Stubs::read(&judge.course.root, &catalog.chapters)?;
    }
    let mut report = Report::default();
    if names.is_empty() {
        report.exceptions.extend(
            tidy::strays(&judge.course.root, catalog)
                .into_iter()
                .map(Exception::from),
        );
    }
    let mut subjects = Vec::new();
    for exercise in &selected {
        let chapter = catalog
            .chapter(&exercise.chapter)
            .ok_or_else(|| Error::course(format!("`{}` belongs to no chapter", exercise.id())))?;
        standing(judge, chapter, exercise, &stubs, &mut report.exceptions);
        subjects.extend(plan(exercise, &mut report.exceptions));
    }
    let progress = Progress::new(subjects.len());
    let grades = judge.each(&subjects, |subject| {
        let grade = judge.grade(subject.exercise, &subject.source, Scope::All, &|_| {})?;
        progress.done(&format!("{}: {}", subject.exercise.id(), subject.name()));
        Ok(grade)
    });
    progress.clear();
    for (subject, grade) in subjects.iter().zip(grades) {
        match grade {
            Some(grade) => report.judge(subject, &grade?),
            None if judge.stop().is_stopped() => return Err(Error::stopped()),
            None => {}
        }
    }
    report.seconds = begun.elapsed().as_secs_f64();
    match format {
        ListFormat::Json => {
            anstream::println!(
                "{}",
                serde_json::to_string_pretty(&report).expect("plain data")
            );
        }
        ListFormat::Terminal => terminal(&report),
    }
    Ok(if report.exceptions.is_empty() {
        exit::OK
    } else {
        exit::FAILED
    })
}

/// One source that is put through the flow.
struct Subject<'a> {
    exercise: &'a Exercise,
    role: Role,
    source: String,
}

enum Role {
    Stub,
    Solution,
    KnownBad(KnownBad),
}

impl Subject<'_> {
    fn name(&self) -> String {
        match &self.role {
            Role::Stub => "stub".to_owned(),
            Role::Solution => "solution".to_owned(),
            Role::KnownBad(bad) => format!("known_bad/{}", bad.name),
        }
    }
}

/// Everything that is to be judged of one exercise; what cannot be read is an exception.
fn plan<'a>(exercise: &'a Exercise, exceptions: &mut Vec<Exception>) -> Vec<Subject<'a>> {
    let mut subjects = Vec::new();
    let read =
        |path: &Path, role: Role, exceptions: &mut Vec<Exception>| match fs::read_to_string(path) {
            Ok(source) => Some(Subject {
                exercise,
                role,
                source,
            }),
            Err(cause) => {
                exceptions.push(Exception::new(
                    exercise,
                    "files",
                    format!("cannot read {}: {cause}", path.display()),
                ));
                None
            }
        };
    subjects.extend(read(&exercise.paths.source, Role::Stub, exceptions));
    subjects.extend(read(&exercise.paths.solution, Role::Solution, exceptions));
    for entry in known_bad::all(&exercise.paths.known_bad) {
        match entry {
            Ok((bad, source)) => subjects.push(Subject {
                exercise,
                role: Role::KnownBad(bad),
                source,
            }),
            Err(fault) => exceptions.push(Exception::new(exercise, "known_bad", fault)),
        }
    }
    subjects
}

/// What must be there, apart from what has to be run.
fn standing(
    judge: &Judge,
    chapter: &Chapter,
    exercise: &Exercise,
    stubs: &Stubs,
    exceptions: &mut Vec<Exception>,
) {
    let mut fault = |subject: &str, message: String| {
        exceptions.push(Exception::new(exercise, subject, message));
    };
    for message in tidy::missing(&judge.course.root, chapter, exercise) {
        fault("files", message);
    }
    let source = fs::read_to_string(&exercise.paths.source).unwrap_or_default();
    if !stubs.is_pristine(exercise.id(), &source) {
        let message = if stubs.knows(exercise.id()) {
            "is not the stub that is handed out; take the change back, or accept it with \
             `cargo xtask verify --accept-stubs`"
        } else {
            "is in no stubs.lock; `cargo xtask verify --accept-stubs` records it"
        };
        fault("stub", message.to_owned());
    }
    let solution = fs::read_to_string(&exercise.paths.solution).unwrap_or_default();
    match (api::of(&source), api::of(&solution)) {
        (Ok(stub), Ok(solution)) => {
            for line in stub.iter().filter(|line| !solution.contains(line)) {
                fault("public API", format!("in the stub only: {line}"));
            }
            for line in solution.iter().filter(|line| !stub.contains(line)) {
                fault("public API", format!("in the solution only: {line}"));
            }
        }
        (Err(error), _) => fault("stub", format!("does not parse: {error}")),
        (_, Err(error)) => fault("solution", format!("does not parse: {error}")),
    }
}

/// What is not as it must be.
#[derive(Debug, Serialize)]
struct Exception {
    exercise: String,
    subject: String,
    message: String,
}

impl Exception {
    fn new(exercise: &Exercise, subject: &str, message: String) -> Self {
        Exception {
            exercise: exercise.id().to_owned(),
            subject: subject.to_owned(),
            message,
        }
    }
}

impl From<tidy::Stray> for Exception {
    fn from(stray: tidy::Stray) -> Self {
        Exception {
            exercise: String::new(),
            subject: stray.file,
            message: stray.message,
        }
    }
}

#[derive(Debug, Default, Serialize)]
struct Report {
    version: u32,
    stubs: Count,
    solutions: Count,
    known_bad: BadCount,
    models: Vec<ModelRow>,
    caught: Vec<CaughtRow>,
    exceptions: Vec<Exception>,
    seconds: f64,
}

#[derive(Debug, Default, Serialize)]
struct Count {
    total: u32,
    /// Stubs that compile without a warning and fail; solutions that pass everything.
    right: u32,
}

#[derive(Debug, Default, Serialize)]
struct BadCount {
    total: u32,
    rejected: u32,
    exact_verdict: u32,
}

/// What a model explored of the reference solution.
#[derive(Debug, Serialize)]
struct ModelRow {
    exercise: String,
    model: String,
    explorer: String,
    explored: String,
    milliseconds: u64,
}

/// A known-bad solution, and what caught it.
#[derive(Debug, Serialize)]
struct CaughtRow {
    exercise: String,
    name: String,
    misconception: String,
    #[serde(with = "verdict_name")]
    verdict: Verdict,
    /// The tests and models that gave this very verdict.
    by: Vec<String>,
}

impl Report {
    fn judge(&mut self, subject: &Subject<'_>, grade: &Grade) {
        self.version = 1;
        let before = self.exceptions.len();
        let exercise = subject.exercise;
        let name = subject.name();
        let mut faults = Vec::new();
        if !grade.warnings.is_empty() {
            faults.push(format!(
                "compiles with a warning: {}",
                grade.warnings[0].trim_end()
            ));
        }
        match &subject.role {
            Role::Stub => {
                faults.extend(stub_faults(grade));
                self.stubs.total += 1;
                self.stubs.right += u32::from(faults.is_empty());
            }
            Role::Solution => {
                if !grade.is_pass() {
                    faults.push(format!("{}: {}", grade.verdict, grade.summary));
                }
                self.solutions.total += 1;
                self.solutions.right += u32::from(faults.is_empty());
                let models = grade.runs.iter().filter(|run| run.is_model());
                self.models.extend(models.map(|run| ModelRow {
                    exercise: exercise.id().to_owned(),
                    model: run.name.clone(),
                    explorer: run.suite.clone(),
                    explored: run.notes.clone(),
                    milliseconds: run.milliseconds,
                }));
            }
            Role::KnownBad(bad) => {
                let rejected = !grade.is_pass() && !grade.verdict.is_open();
                let exact = grade.verdict == bad.verdict;
                if !exact {
                    faults.push(format!(
                        "must get {}, got {}: {}",
                        bad.verdict, grade.verdict, grade.summary
                    ));
                }
                self.known_bad.total += 1;
                self.known_bad.rejected += u32::from(rejected);
                self.known_bad.exact_verdict += u32::from(exact);
                let guilty = grade.runs.iter().filter(|run| run.verdict == grade.verdict);
                self.caught.push(CaughtRow {
                    exercise: exercise.id().to_owned(),
                    name: bad.name.clone(),
                    misconception: bad.misconception.clone(),
                    verdict: grade.verdict,
                    by: guilty.map(Run::label).collect(),
                });
            }
        }
        self.exceptions.extend(
            faults
                .into_iter()
                .map(|message| Exception::new(exercise, &name, message)),
        );
        debug_assert!(self.exceptions.len() >= before);
    }
}

fn stub_faults(grade: &Grade) -> Vec<String> {
    let mut faults = Vec::new();
    if grade.runs.is_empty() {
        faults.push(format!("{}: {}", grade.verdict, grade.summary));
        return faults;
    }
    faults.extend(
        grade
            .runs
            .iter()
            // A model that is for one explorer alone says so under the other, and counts once.
            .filter(|run| run.verdict.is_pass() && !run.notes.starts_with("not for "))
            .map(|run| {
                format!(
                    "{} passes on the stub: it earns points for nothing",
                    run.label()
                )
            }),
    );
    faults.extend(
        grade
            .runs
            .iter()
            .filter(|run| run.verdict.is_open())
            .map(|run| {
                format!(
                    "{} says nothing of the stub: {}: {}",
                    run.label(),
                    run.verdict,
                    run.summary
                )
            }),
    );
    let says_what_to_write = grade
        .runs
        .iter()
        .any(|run| run.suite == "public" && run.summary.contains("not yet implemented: "));
    if !says_what_to_write {
        faults.push("no public test fails with a message that says what to write".to_owned());
    }
    faults
}

fn terminal(report: &Report) {
    for row in &report.caught {
        let style = style(row.verdict);
        let by = match row.by.as_slice() {
            [] => "before any test ran".to_owned(),
            [one] => one.clone(),
            [first, rest @ ..] => format!("{first} and {} more", rest.len()),
        };
        anstream::println!("{}/{}", row.exercise, row.name);
        anstream::println!("  {style}{:<15}{style:#} {DIM}{by}{DIM:#}", row.verdict);
    }
    if !report.models.is_empty() {
        anstream::println!();
    }
    for row in &report.models {
        anstream::println!("{}: {}", row.exercise, row.model);
        anstream::println!("  {DIM}{}, {} ms{DIM:#}", row.explored, row.milliseconds);
    }
    anstream::println!();
    for exception in &report.exceptions {
        let place = [exception.exercise.as_str(), exception.subject.as_str()]
            .into_iter()
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(", ");
        let mut said = exception.message.lines();
        let first = format!(": {}", said.next().unwrap_or_default());
        let first = Line::new(Tone::Verdict(Verdict::WrongAnswer), place).and(Tone::Plain, first);
        for line in iter::once(first).chain(said.map(Line::plain)) {
            for line in line.fold(WIDTH) {
                anstream::println!("{line}");
            }
        }
    }
    let bad = &report.known_bad;
    anstream::println!(
        "{BOLD}stubs {}/{}, solutions {}/{}, known-bad rejected {}/{}, exact verdict {}/{}{BOLD:#} ({:.0} s)",
        report.stubs.right,
        report.stubs.total,
        report.solutions.right,
        report.solutions.total,
        bad.rejected,
        bad.total,
        bad.exact_verdict,
        bad.total,
        report.seconds
    );
}
