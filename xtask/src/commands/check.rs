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
    finish(exercise, &grade, told.shown_failure, told.known);
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
    shown_failure: bool,
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
        if run.verdict.is_pass() || self.shown_failure {
            return;
        }
        self.shown_failure = true;
        anstream::println!();
        for line in run.detail.lines() {
            anstream::println!("    {line}");
        }
        anstream::println!();
    }
}

fn finish(exercise: &Exercise, grade: &Grade, shown_failure: bool, known: bool) {
    if known {
        for run in &grade.runs {
            anstream::println!("{}", terminal::run_line(run));
        }
    }
    if !shown_failure && !grade.detail.is_empty() {
        anstream::println!("\n{}\n", grade.detail);
    }
    for warning in &grade.warnings {
        anstream::println!("{}", warning.trim_end());
    }
    let style = style(grade.verdict);
    let id = exercise.id();
    let unchanged = if known {
        ", unchanged since it was last checked"
    } else {
        ""
    };
    if grade.is_pass() {
        anstream::println!("{style}{BOLD}{id}: Pass{BOLD:#}{style:#}{unchanged}");
    } else {
        let mut text = String::new();
        terminal::wrapped(
            &format!("{}: {}{unchanged}", grade.verdict, grade.summary),
            "",
            "  ",
            &mut text,
        );
        anstream::print!("{style}{id}{style:#}: {text}");
    }
}
