//! What a learner does with an exercise apart from solving it: pick one, take a hint, go back
//! to the stub. Each is a function that commands and `watch` share; none of them prints.

use std::{
    collections::BTreeMap,
    fs::{self, OpenOptions},
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
    time::SystemTime,
};

use findings::Verdict;
use serde::Serialize;
use tempfile::NamedTempFile;

use crate::{
    catalog::{Catalog, Exercise},
    course::Course,
    edition,
    error::{Error, Result},
    flow::Judge,
    overlay::Scope,
    runs::verdict_name,
    submission::{self, Stubs, Submission},
};

/// What is known of the learner's work without running anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Status {
    /// Changed since it was last judged, or never judged.
    Changed,
    Judged {
        #[serde(with = "verdict_name")]
        verdict: Verdict,
    },
}

impl Status {
    pub fn name(self) -> &'static str {
        match self {
            Status::Changed => "not checked",
            Status::Judged { verdict } => verdict.name(),
        }
    }

    pub fn is_pass(self) -> bool {
        matches!(self, Status::Judged { verdict } if verdict.is_pass())
    }

    pub fn is_started(self) -> bool {
        !matches!(
            self,
            Status::Judged {
                verdict: Verdict::NotStarted
            }
        )
    }
}

/// Where the learner stands with `exercise`: derived from the file as it is and the grades remembered.
pub fn status(judge: &Judge, catalog: &Catalog, exercise: &Exercise, stubs: &Stubs) -> Status {
    let Some(chapter) = catalog.chapter(&exercise.chapter) else {
        return Status::Changed;
    };
    match submission::read(&judge.course.root, chapter, exercise, stubs) {
        Submission::Settled { verdict, .. } => Status::Judged { verdict },
        Submission::Source(source) => [Scope::All, Scope::Public]
            .into_iter()
            .find_map(|scope| judge.known(exercise, &source, scope))
            .map_or(Status::Changed, |grade| Status::Judged {
                verdict: grade.verdict,
            }),
    }
}

/// [`status`] of every exercise, in course order.
pub fn statuses(judge: &Judge, catalog: &Catalog) -> Result<Vec<Status>> {
    let stubs = Stubs::read(&judge.course.root, &catalog.chapters)?;
    Ok(catalog
        .exercises()
        .map(|exercise| status(judge, catalog, exercise, &stubs))
        .collect())
}

/// The exercise to begin with: of those that are begun and do not pass the one that was saved last, or
/// else the first that does not pass, or else the first.
pub fn resume(catalog: &Catalog, statuses: &[Status]) -> usize {
    let saved = |exercise: &Exercise| {
        fs::metadata(&exercise.paths.source)
            .and_then(|found| found.modified())
            .unwrap_or(SystemTime::UNIX_EPOCH)
    };
    catalog
        .exercises()
        .zip(statuses)
        .enumerate()
        .filter(|(_, (_, status))| status.is_started() && !status.is_pass())
        .max_by_key(|(_, (exercise, _))| saved(exercise))
        .map(|(index, _)| index)
        .or_else(|| statuses.iter().position(|status| !status.is_pass()))
        .unwrap_or(0)
}

/// The first exercise behind `from`, and then from the beginning, that does not pass.
pub fn next_open(statuses: impl ExactSizeIterator<Item = Status>, from: usize) -> Option<usize> {
    let count = statuses.len();
    let open: Vec<bool> = statuses.map(|status| !status.is_pass()).collect();
    (1..count)
        .map(|step| (from + step) % count)
        .find(|&index| open[index])
}

/// How many hints of each exercise were taken, remembered from run to run.
#[derive(Debug)]
pub struct Hints {
    path: PathBuf,
    taken: BTreeMap<String, usize>,
}

impl Hints {
    /// Reads what was taken; a memory that is missing or damaged remembers nothing.
    pub fn open(course: &Course) -> Hints {
        let path = course.target.join("hints.json");
        let taken = Hints::read(&path);
        Hints { path, taken }
    }

    pub fn taken(&self, exercise: &Exercise) -> usize {
        let taken = self.taken.get(exercise.id()).copied().unwrap_or(0);
        taken.min(exercise.entry.hints.len())
    }

    /// Remembers that the first `count` hints of `exercise` are known, and forgets nothing that another
    /// run has remembered meanwhile.
    pub fn take(&mut self, exercise: &Exercise, count: usize) -> Result<()> {
        self.remember(exercise.id(), count)
    }

    fn remember(&mut self, id: &str, count: usize) -> Result<()> {
        for (id, taken) in Hints::read(&self.path) {
            let known = self.taken.entry(id).or_default();
            *known = taken.max(*known);
        }
        let known = self.taken.entry(id.to_owned()).or_default();
        *known = count.max(*known);
        let write = || -> io::Result<()> {
            let folder = self.path.parent().unwrap_or(Path::new("."));
            let mut file = NamedTempFile::new_in(folder)?;
            serde_json::to_writer_pretty(&mut file, &self.taken)?;
            file.persist(&self.path)?;
            Ok(())
        };
        write().map_err(|cause| Error::file("write", &self.path, cause))
    }

    fn read(path: &Path) -> BTreeMap<String, usize> {
        fs::read(path)
            .ok()
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default()
    }
}

/// A hint without the line breaks of its manifest: a line a paragraph, and code as it stands.
pub fn paragraphs(hint: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut goes_on = false;
    for line in hint.trim_matches('\n').lines() {
        let is_code = line.starts_with("    ");
        match all.last_mut() {
            Some(last) if goes_on && !is_code && !line.trim().is_empty() => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => all.push(line.trim_end().to_owned()),
        }
        goes_on = !is_code && !line.trim().is_empty();
    }
    all
}

/// What became of a [`reset`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reset {
    /// The file is the stub already.
    Untouched,
    /// The stub is back, and what stood there is in this file.
    Kept(PathBuf),
    /// The stub is back where there was no file.
    Restored,
}

/// Puts the stub of `exercise` back. What stands in its place is kept beside it first, in a file that
/// did not exist before.
pub fn reset(course: &Course, catalog: &Catalog, exercise: &Exercise) -> Result<Reset> {
    let stubs = Stubs::read(&course.root, &catalog.chapters)?;
    let path = &exercise.paths.source;
    let old = match fs::read(path) {
        Ok(old) => Some(old),
        Err(cause) if cause.kind() == ErrorKind::NotFound => None,
        Err(cause) => return Err(Error::file("read", path, cause)),
    };
    let untouched = old
        .as_deref()
        .and_then(|old| std::str::from_utf8(old).ok())
        .is_some_and(|old| stubs.is_pristine(exercise.id(), old));
    if untouched {
        return Ok(Reset::Untouched);
    }
    let stub = edition::stub(course, exercise, &stubs)?.ok_or_else(|| {
        Error::course(format!(
            "no copy of the stub of `{}` is left here; take {} from a fresh copy of the course",
            exercise.id(),
            path.strip_prefix(&course.root).unwrap_or(path).display()
        ))
    })?;
    let kept = old.map(|old| keep(path, &old)).transpose()?;
    fs::write(path, stub).map_err(|cause| match &kept {
        // Whatever the file holds now, nothing is lost.
        Some(kept) => Error::machine(format!(
            "cannot write {}: {cause}; what stood there is in {}",
            path.display(),
            kept.display()
        )),
        None => Error::file("write", path, cause),
    })?;
    Ok(kept.map_or(Reset::Restored, Reset::Kept))
}

/// Writes `old` beside `path`: `x.rs.old`, or the first `x.rs.old-N` that is free.
fn keep(path: &Path, old: &[u8]) -> Result<PathBuf> {
    let mut number = 1;
    loop {
        let mut name = path.as_os_str().to_owned();
        name.push(".old");
        if number > 1 {
            name.push(format!("-{number}"));
        }
        let kept = PathBuf::from(name);
        let created = OpenOptions::new().write(true).create_new(true).open(&kept);
        match created.and_then(|mut file| file.write_all(old)) {
            Ok(()) => return Ok(kept),
            Err(cause) if cause.kind() == ErrorKind::AlreadyExists => number += 1,
            Err(cause) => return Err(Error::file("write", &kept, cause)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PASS: Status = Status::Judged {
        verdict: Verdict::Pass,
    };

    #[test]
    fn the_next_exercise_is_the_first_open_one_after_this_and_then_from_the_start() {
        let next = |statuses: &[Status], from| next_open(statuses.iter().copied(), from);
        let open = Status::Changed;
        assert_eq!(next(&[open, PASS, open, PASS], 0), Some(2));
        assert_eq!(next(&[open, PASS, open, PASS], 2), Some(0));
        assert_eq!(next(&[PASS, PASS, open], 2), None, "not the same again");
        assert_eq!(next(&[PASS], 0), None);
    }

    #[test]
    fn what_stands_beside_is_never_overwritten() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.rs");
        for (text, name) in [("1", "x.rs.old"), ("2", "x.rs.old-2"), ("3", "x.rs.old-3")] {
            assert_eq!(
                keep(&path, text.as_bytes()).unwrap(),
                folder.path().join(name)
            );
            assert_eq!(fs::read_to_string(folder.path().join(name)).unwrap(), text);
        }
    }

    #[test]
    fn two_runs_that_take_hints_at_a_time_forget_none_of_them() {
        let folder = tempfile::tempdir().unwrap();
        let open = || Hints {
            path: folder.path().join("hints.json"),
            taken: Hints::read(&folder.path().join("hints.json")),
        };
        let (mut one, mut other) = (open(), open());
        one.remember("a", 2).unwrap();
        other.remember("b", 1).unwrap();
        other.remember("a", 1).unwrap();
        let expected = BTreeMap::from([("a".to_owned(), 2), ("b".to_owned(), 1)]);
        assert_eq!(open().taken, expected);
    }

    #[test]
    fn a_hint_loses_the_line_breaks_of_its_manifest_and_keeps_code() {
        assert_eq!(
            paragraphs("\nOne\ntwo.\n\nThree\n    let x = 1;\n    let y;\nfour\nfive\n"),
            [
                "One two.",
                "",
                "Three",
                "    let x = 1;",
                "    let y;",
                "four five"
            ]
        );
    }
}
