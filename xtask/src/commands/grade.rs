//! `grade`: tests and models of many exercises, public and hidden, to points.

use std::path::{Path, PathBuf};

use findings::Verdict;

use crate::{
    args::GradeFormat,
    catalog::{Catalog, Exercise},
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

fn one(
    judge: &Judge,
    catalog: &Catalog,
    tree: &Path,
    stubs: &Stubs,
    exercise: &Exercise,
) -> Result<Grade> {
    let chapter = catalog
        .chapter(&exercise.chapter)
        .ok_or_else(|| Error::course(format!("`{}` belongs to no chapter", exercise.id())))?;
    match submission::read(tree, chapter, exercise, stubs) {
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
