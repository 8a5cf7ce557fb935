//! `submit`: packs what a grader reads, and says first how it stands. What the grader would refuse to read
//! is not packed; what does not pass is.

use std::{
    io::Write as _,
    path::{Path, PathBuf},
};

use findings::Verdict;

use crate::{
    archive::{self, Packed},
    catalog::{Catalog, Exercise},
    edition::chapter_folder,
    error::{Error, Result, exit},
    flow::Judge,
    overlay::Scope,
    progress::Progress,
    report::terminal::{self, BOLD, style},
    score::Grade,
    submission::{self, Stubs, Submission},
};

pub fn run(judge: &Judge, catalog: &Catalog, out: Option<PathBuf>, check: bool) -> Result<u8> {
    let root = &judge.course.root;
    let out = out.unwrap_or_else(|| root.join("submission.tar.gz"));
    let folder = place(&out)?;
    let sources = match read(root, catalog)? {
        Ok(sources) => sources,
        Err(refused) => {
            let mut text = String::new();
            for reason in &refused {
                terminal::wrapped(reason, "", "  ", &mut text);
                text.push('\n');
            }
            anstream::eprintln!("{}", text.trim_end());
            anstream::eprintln!("Nothing was packed: a grader does not read files like that.");
            return Ok(exit::FAILED);
        }
    };
    if check {
        tell(&judged(judge, catalog, &sources)?);
    }
    let files: Vec<Packed> = sources.into_iter().map(|source| source.packed).collect();
    let bytes = archive::pack(&files).map_err(|cause| Error::file("pack", &out, cause))?;
    write(&folder, &out, &bytes)?;
    anstream::println!(
        "{BOLD}{}{BOLD:#}\n  {} {}, {} bytes",
        out.display(),
        files.len(),
        if files.len() == 1 { "file" } else { "files" },
        bytes.len()
    );
    Ok(exit::OK)
}

/// The folder that `out` goes into, if `out` may be written.
fn place(out: &Path) -> Result<PathBuf> {
    let shown = out.display();
    let name = out.file_name().unwrap_or_default().to_string_lossy();
    if out.is_dir() {
        return Err(Error::usage(format!(
            "{shown} is a folder; name the file to make, such as {}",
            out.join("submission.tar.gz").display()
        )));
    }
    if !archive::ENDINGS.iter().any(|ending| name.ends_with(ending)) {
        return Err(Error::usage(format!(
            "{shown} must end in .tar.gz, so that a grader sees what it is"
        )));
    }
    if out.symlink_metadata().is_ok() && !archive::is_submission(out) {
        return Err(Error::usage(format!(
            "{shown} is there and is no submission, so it is not replaced; name another file"
        )));
    }
    let folder = match out.parent() {
        Some(folder) if folder.as_os_str().is_empty() => Path::new("."),
        Some(folder) => folder,
        None => Path::new("."),
    };
    if !folder.is_dir() {
        return Err(Error::usage(format!(
            "there is no folder {}; make it first",
            folder.display()
        )));
    }
    Ok(folder.to_owned())
}

struct Source<'a> {
    exercise: &'a Exercise,
    packed: Packed,
}

/// Every source that is there, or what is wrong with those that a grader would refuse.
fn read<'a>(root: &Path, catalog: &'a Catalog) -> Result<Result<Vec<Source<'a>>, Vec<String>>> {
    let mut sources = Vec::new();
    let mut refused = Vec::new();
    for chapter in &catalog.chapters {
        for exercise in &chapter.exercises {
            // Untouched stubs are packed too: a grader tells them from files that are missing.
            match submission::read(root, chapter, exercise, &Stubs::default()) {
                Submission::Source(text) => {
                    let path = format!(
                        "chapters/{}/src/{}.rs",
                        chapter_folder(exercise),
                        exercise.id()
                    );
                    let packed = Packed { path, text };
                    sources.push(Source { exercise, packed });
                }
                Submission::Settled {
                    verdict: Verdict::NotStarted,
                    ..
                } => {}
                Submission::Settled { reason, .. } => refused.push(reason),
            }
        }
    }
    if !refused.is_empty() {
        return Ok(Err(refused));
    }
    if sources.is_empty() {
        return Err(Error::usage(
            "there is no exercise file to pack; `cargo xtask list` shows where they belong",
        ));
    }
    Ok(Ok(sources))
}

struct Standing<'a> {
    exercise: &'a Exercise,
    verdict: Verdict,
    why: String,
}

/// How each exercise stands, by the same flow that `check` uses.
fn judged<'a>(
    judge: &Judge,
    catalog: &'a Catalog,
    sources: &[Source<'a>],
) -> Result<Vec<Standing<'a>>> {
    let stubs = Stubs::read(&judge.course.root, &catalog.chapters)?;
    let exercises: Vec<&Exercise> = catalog.exercises().collect();
    let progress = Progress::new(exercises.len());
    let grades = judge.each(&exercises, |exercise| {
        let source = sources
            .iter()
            .find(|source| source.exercise.id() == exercise.id())
            .map(|source| &source.packed.text);
        let grade = match source {
            None => settled(exercise, "there is no file"),
            Some(text) if stubs.is_pristine(exercise.id(), text) => {
                settled(exercise, "the stub is untouched")
            }
            Some(text) => judge.grade(exercise, text, Scope::Public, &|_| {})?,
        };
        progress.done(exercise.id());
        Ok(grade)
    });
    progress.clear();
    let mut standings = Vec::new();
    for (exercise, grade) in exercises.into_iter().zip(grades) {
        // What was not begun was stopped, by Ctrl-C or by an error that comes later in this loop.
        let Some(grade) = grade else {
            if judge.stop().is_stopped() {
                return Err(Error::stopped());
            }
            continue;
        };
        let grade = grade?;
        standings.push(Standing {
            exercise,
            verdict: grade.verdict,
            why: grade.summary,
        });
    }
    Ok(standings)
}

fn settled(exercise: &Exercise, reason: &str) -> Grade {
    Grade::settled(
        &exercise.entry,
        Verdict::NotStarted,
        reason.to_owned(),
        String::new(),
    )
}

fn tell(standings: &[Standing<'_>]) {
    let mut text = String::new();
    for standing in standings {
        let style = style(standing.verdict);
        anstream::println!(
            "{:<24} {style}{}{style:#}",
            standing.exercise.id(),
            standing.verdict
        );
        if !matches!(standing.verdict, Verdict::Pass | Verdict::NotStarted) {
            text.clear();
            terminal::wrapped(&standing.why, "  ", "  ", &mut text);
            anstream::println!("{}", text.trim_end());
        }
    }
    let failing = standings
        .iter()
        .filter(|standing| !matches!(standing.verdict, Verdict::Pass | Verdict::NotStarted))
        .count();
    let passing = standings
        .iter()
        .filter(|standing| standing.verdict == Verdict::Pass)
        .count();
    anstream::println!(
        "{passing} of {} pass the public tests and models{}\n",
        standings.len(),
        match failing {
            0 => "",
            _ => "; the rest is packed as it is",
        }
    );
}

/// Whole or not at all.
fn write(folder: &Path, out: &Path, bytes: &[u8]) -> Result<()> {
    let failed = |cause| Error::file("write", out, cause);
    let mut builder = tempfile::Builder::new();
    builder.prefix(".submission-");
    #[cfg(unix)]
    {
        use std::{fs::Permissions, os::unix::fs::PermissionsExt as _};
        // As any other new file; the user's mask still applies.
        builder.permissions(Permissions::from_mode(0o666));
    }
    let mut file = builder.tempfile_in(folder).map_err(failed)?;
    file.write_all(bytes).map_err(failed)?;
    file.persist(out)
        .map(drop)
        .map_err(|error| failed(error.error))
}
