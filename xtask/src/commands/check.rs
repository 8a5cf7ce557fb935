//! `check`: what a learner runs. The public tests of one exercise, then its models; the first failure in
//! full, the rest a line each. `watch` does the same, over and over, and shows it elsewhere.

use std::sync::{Mutex, PoisonError};

use findings::Verdict;

use crate::{
    catalog::{Catalog, Exercise},
    error::{Error, Result, exit},
    flow::{Event, Judge},
    overlay::{Scope, Unit},
    report::{
        lines::{Line, Tone, lines, run_lines},
        terminal,
    },
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
    let grade = check(judge, catalog, exercise, &|news| {
        if let News::Lines(lines) = news {
            for line in lines {
                anstream::println!("{line}");
            }
        }
    })?;
    Ok(match grade.verdict {
        Verdict::Pass => exit::OK,
        verdict if verdict.is_open() => exit::OPEN,
        _ => exit::FAILED,
    })
}

/// What there is to tell while an exercise is checked.
#[derive(Clone, Debug, PartialEq)]
pub enum News {
    /// A binary is built; its tests begin.
    Compiled,
    /// One test has run.
    Ran(Verdict),
    /// To be read, after what was told before.
    Lines(Vec<Line>),
}

/// Judges the learner's file for `exercise` by what a learner may see. `tell` hears each thing once, in
/// the order in which it is read.
pub fn check(
    judge: &Judge,
    catalog: &Catalog,
    exercise: &Exercise,
    tell: &(dyn Fn(News) + Sync),
) -> Result<Grade> {
    let chapter = catalog
        .chapter(&exercise.chapter)
        .ok_or_else(|| Error::course(format!("`{}` belongs to no chapter", exercise.id())))?;
    // An untouched stub is compiled and run here: its first failure says what to write.
    let source = match submission::read(&judge.course.root, chapter, exercise, &Stubs::default()) {
        Submission::Source(source) => source,
        Submission::Settled { verdict, reason } => {
            let grade = Grade::settled(&exercise.entry, verdict, reason, String::new());
            tell(News::Lines(Told::default().end(exercise, &grade)));
            return Ok(grade);
        }
    };
    let told = Mutex::new(Told::default());
    let grade = judge.grade(exercise, &source, Scope::Public, &|event| {
        let mut told = told.lock().unwrap_or_else(PoisonError::into_inner);
        match &event {
            Event::Compiled => tell(News::Compiled),
            Event::Ran(run) => tell(News::Ran(run.verdict)),
            Event::Known | Event::Finished(_) => {}
        }
        let lines = told.hear(&event);
        if !lines.is_empty() {
            tell(News::Lines(lines));
        }
    })?;
    let mut told = told.into_inner().unwrap_or_else(PoisonError::into_inner);
    tell(News::Lines(told.end(exercise, &grade)));
    Ok(grade)
}

/// What has been told so far: the tests when all of them have run, each model as it ends.
#[derive(Default)]
struct Told {
    waiting: Vec<Run>,
    /// One failure of a test and one of a model are shown in full: more is more than a screen.
    shown_test: bool,
    shown_model: bool,
    known: bool,
}

impl Told {
    fn hear(&mut self, event: &Event<'_>) -> Vec<Line> {
        match event {
            Event::Known => self.known = true,
            Event::Compiled | Event::Finished(Unit::Loom | Unit::Shuttle) => {}
            Event::Ran(run) if run.is_model() => return self.show(run),
            Event::Ran(run) => self.waiting.push((*run).clone()),
            Event::Finished(Unit::Tests) => {
                let mut runs = std::mem::take(&mut self.waiting);
                // What fails for a certain reason first: that is what to look at.
                runs.sort_by(|a, b| (a.verdict, &a.name).cmp(&(b.verdict, &b.name)));
                return runs.iter().flat_map(|run| self.show(run)).collect();
            }
        }
        Vec::new()
    }

    fn show(&mut self, run: &Run) -> Vec<Line> {
        let mut all = run_lines(run);
        let shown = if run.is_model() {
            &mut self.shown_model
        } else {
            &mut self.shown_test
        };
        if run.verdict.is_pass() || std::mem::replace(shown, true) {
            return all;
        }
        let summary = findings::wrapped("", &run.summary, terminal::WIDTH);
        all.push(Line::empty());
        all.extend(lines(Tone::Plain, &summary));
        all.push(Line::empty());
        all.extend(lines(Tone::Plain, &run.detail));
        all.push(Line::empty());
        all
    }

    fn end(&mut self, exercise: &Exercise, grade: &Grade) -> Vec<Line> {
        let mut all = Vec::new();
        if self.known {
            all.extend(grade.runs.iter().flat_map(|run| self.show(run)));
        }
        // Refused or rejected as a whole: nothing has run.
        if grade.runs.is_empty() && !grade.detail.is_empty() {
            all.extend(lines(Tone::Plain, &grade.detail));
            all.push(Line::empty());
        }
        for warning in &grade.warnings {
            all.extend(lines(Tone::Plain, warning.trim_end()));
        }
        let known = if self.known {
            ", unchanged since it was last checked"
        } else {
            ""
        };
        let passed = grade.runs.iter().filter(|run| run.verdict.is_pass());
        let counted = match grade.runs.len() {
            0 => format!(": {}", grade.summary),
            runs => format!(", {} of {runs} pass{known}", passed.count()),
        };
        let headline = format!("{}: {}", exercise.entry.marked_id(), grade.verdict);
        all.push(Line::new(Tone::Headline(grade.verdict), headline).and(Tone::Plain, counted));
        all
    }
}
