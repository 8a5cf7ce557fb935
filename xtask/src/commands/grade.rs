//! `grade`: tests and models of many exercises, public and hidden, to points.

use std::path::{Path, PathBuf};

use findings::Verdict;

use crate::{
    args::GradeFormat,
    catalog::{Catalog, Exercise},
    edition,
    error::{Error, Result, exit},
    flow::Judge,
    overlay::Scope,
    progress::Progress,
    report::{Graded, json, junit, terminal},
    score::Grade,
    submission::{self, Stubs, Submission},
};

pub fn run(
    judge: &Judge,
    catalog: &Catalog,
    names: &[String],
    tree: Option<PathBuf>,
    bench: bool,
    format: GradeFormat,
) -> Result<u8> {
    let selected = catalog.select(names)?;
    let tree = match tree {
        None => judge.course.root.clone(),
        Some(tree) if tree.join("chapters").is_dir() => tree,
        Some(tree) => {
            return Err(Error::usage(format!(
                "{} holds no chapters; `--tree` takes the root of a learner's copy of the course",
                tree.display()
            )));
        }
    };
    let stubs = Stubs::read(&judge.course.root, &catalog.chapters)?;
    let progress = Progress::new(selected.len());
    let results = judge.each(&selected, |exercise| {
        let grade = one(judge, catalog, &tree, &stubs, exercise)?;
        progress.done(exercise.id());
        Ok(grade)
    });
    progress.clear();
    let mut grades = Vec::new();
    for result in results {
        match result {
            Some(grade) => grades.push(grade?),
            None if judge.stop().is_stopped() => return Err(Error::stopped()),
            None => {}
        }
    }
    if bench {
        // One after the other, when nothing else runs.
        grades = measured(judge, catalog, &tree, &stubs, grades)?;
    }
    let compiled = grades.iter().any(|grade| !grade.runs.is_empty());
    let toolchain = if compiled {
        Some(judge.externs()?.toolchain.clone())
    } else {
        None
    };
    let open = grades.iter().any(|grade| grade.verdict.is_open());
    let graded = Graded::new(catalog, grades, toolchain, judge.course.fingerprint.clone());
    match format {
        GradeFormat::Terminal => anstream::print!("{}", terminal::table(&graded)),
        GradeFormat::Json => anstream::print!("{}", json::text(&graded)),
        GradeFormat::Junit => anstream::print!("{}", junit::text(&graded)),
    }
    Ok(if open { exit::OPEN } else { exit::OK })
}

/// The same grades with the points for speed.
fn measured(
    judge: &Judge,
    catalog: &Catalog,
    tree: &Path,
    stubs: &Stubs,
    grades: Vec<Grade>,
) -> Result<Vec<Grade>> {
    let progress = Progress::new(grades.len());
    let mut measured = Vec::new();
    for grade in grades {
        let exercise = catalog.exercise(&grade.exercise)?;
        let has_points =
            exercise.entry.split.bench > 0 && edition::solution(&judge.course, exercise)?.is_some();
        let grade = match read(catalog, tree, stubs, exercise)? {
            _ if !has_points => grade,
            Submission::Source(source) if grade.is_pass() => {
                let without = grade.clone();
                judge.measure(exercise, &source, grade)?.unwrap_or(without)
            }
            _ => grade.with_speed(&exercise.entry, Vec::new()),
        };
        progress.done(&format!("{}: speed", exercise.id()));
        measured.push(grade);
    }
    progress.clear();
    Ok(measured)
}

fn read(catalog: &Catalog, tree: &Path, stubs: &Stubs, exercise: &Exercise) -> Result<Submission> {
    let chapter = catalog
        .chapter(&exercise.chapter)
        .ok_or_else(|| Error::course(format!("`{}` belongs to no chapter", exercise.id())))?;
    Ok(submission::read(tree, chapter, exercise, stubs))
}

fn one(
    judge: &Judge,
    catalog: &Catalog,
    tree: &Path,
    stubs: &Stubs,
    exercise: &Exercise,
) -> Result<Grade> {
    match read(catalog, tree, stubs, exercise)? {
        Submission::Source(source) => judge.grade(exercise, &source, Scope::All, &|_| {}),
        Submission::Settled { verdict, reason } => {
            debug_assert_ne!(verdict, Verdict::Pass);
            Ok(Grade::settled(
                &exercise.entry,
                verdict,
                reason,
                String::new(),
            ))
        }
    }
}
