//! `check`: what a learner runs. The public tests of one exercise, then its models; the first failure in
//! full, the rest a line each.

use findings::Verdict;

use crate::{
    catalog::{Catalog, Exercise},
    error::{Error, Result, exit},
    flow::{Event, Judge},
    overlay::{Scope, Unit},
    report::terminal::{self, BOLD, style},
    runs::Run,
    score::Grade,
    submission::{self, Stubs, Submission},
};

pub fn run(judge: &Judge, catalog: &Catalog, name: &str) -> Result<u8> {
    if let Some(chapter) = catalog.chapter(name) {
        let first = chapter
            .exercises
            .first()
            .map_or("", |exercise| exercise.id());
        return Err(Error::usage(format!(
            "`{name}` is a chapter; check one exercise (`cargo xtask check {first}`), or grade it whole \
             (`cargo xtask grade {name}`)"
        )));
    }
    let exercise = catalog.exercise(name)?;
    let chapter = catalog
        .chapter(&exercise.chapter)
        .ok_or_else(|| Error::course(format!("`{name}` belongs to no chapter")))?;
    // An untouched stub is compiled and run here: its first failure says what to write.
    let source = match submission::read(&judge.course.root, chapter, exercise, &Stubs::default()) {
        Submission::Source(source) => source,
        Submission::Settled { verdict, reason } => {
            let style = style(verdict);
            anstream::println!("{style}{verdict}{style:#}: {reason}");
            return Ok(exit::FAILED);
        }
    };
    let told = std::sync::Mutex::new(Told::default());
    let grade = judge.grade(exercise, &source, Scope::Public, &|event| {
        told.lock().expect("no holder panics").hear(&event);
    })?;
    let told = told.into_inner().expect("no holder panics");
    finish(exercise, &grade, told);
    Ok(match grade.verdict {
        Verdict::Pass => exit::OK,
        verdict if verdict.is_open() => exit::OPEN,
        _ => exit::FAILED,
    })
}

/// What has been printed so far: the tests when all of them have run, each model as it ends.
#[derive(Default)]
struct Told {
    waiting: Vec<Run>,
    /// One failure of a test and one of a model are shown in full: more is more than a screen.
    shown_test: bool,
    shown_model: bool,
    known: bool,
}

impl Told {
    fn hear(&mut self, event: &Event<'_>) {
        match event {
            Event::Known => self.known = true,
            Event::Compiled => {}
            Event::Ran(run) if run.is_model() => self.show(run),
            Event::Ran(run) => self.waiting.push((*run).clone()),
            Event::Finished(Unit::Tests) => {
                let mut runs = std::mem::take(&mut self.waiting);
                // What fails for a certain reason first: that is what to look at.
                runs.sort_by(|a, b| (a.verdict, &a.name).cmp(&(b.verdict, &b.name)));
                for run in &runs {
                    self.show(run);
                }
            }
            Event::Finished(_) => {}
        }
    }

    fn show(&mut self, run: &Run) {
        anstream::println!("{}", terminal::run_line(run));
        let shown = if run.is_model() {
            &mut self.shown_model
        } else {
            &mut self.shown_test
        };
        if run.verdict.is_pass() || std::mem::replace(shown, true) {
            return;
        }
        anstream::println!(
            "\n{}\n",
            findings::wrapped("", &run.summary, terminal::WIDTH)
        );
        for line in run.detail.lines() {
            anstream::println!("{line}");
        }
        anstream::println!();
    }
}

fn finish(exercise: &Exercise, grade: &Grade, mut told: Told) {
    if told.known {
        for run in &grade.runs {
            told.show(run);
        }
    }
    // Refused or rejected as a whole: nothing has run.
    if grade.runs.is_empty() && !grade.detail.is_empty() {
        anstream::println!("{}\n", grade.detail);
    }
    for warning in &grade.warnings {
        anstream::println!("{}", warning.trim_end());
    }
    let style = style(grade.verdict);
    let known = if told.known {
        ", unchanged since it was last checked"
    } else {
        ""
    };
    let (passed, all) = (
        grade
            .runs
            .iter()
            .filter(|run| run.verdict.is_pass())
            .count(),
        grade.runs.len(),
    );
    let counted = match all {
        0 => format!(": {}", grade.summary),
        _ => format!(", {passed} of {all} pass{known}"),
    };
    anstream::println!(
        "{style}{BOLD}{}: {}{BOLD:#}{style:#}{counted}",
        exercise.id(),
        grade.verdict
    );
}
