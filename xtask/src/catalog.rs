//! What exercises there are: reads every `chapters/*/exercises.toml`, and knows from an exercise's
//! name where all that belongs to it lies. Looks at no learner's file.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// All chapters, in order.
#[derive(Clone, Debug)]
pub struct Catalog {
    pub chapters: Vec<Chapter>,
}

#[derive(Clone, Debug)]
pub struct Chapter {
    /// The package, `ch04`.
    pub id: String,
    pub title: String,
    /// `04-classic-problems`, the folder's name in `chapters/`, `solutions/` and the book.
    pub folder: String,
    pub exercises: Vec<Exercise>,
}

/// One entry of a manifest, with the paths that follow from its name.
#[derive(Clone, Debug)]
pub struct Exercise {
    pub chapter: String,
    pub entry: Entry,
    pub paths: Paths,
}

impl Exercise {
    pub fn id(&self) -> &str {
        &self.entry.id
    }
}

/// An exercise as its manifest states it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    pub id: String,
    pub title: String,
    pub points: u32,
    pub split: Split,
    /// 1 (a first step) to 5 (an evening).
    pub difficulty: u8,
    pub minutes: u32,
    /// Whether the exercise may contain `unsafe`. Its grade is marked then: tests can show such code wrong,
    /// but not sound.
    #[serde(rename = "unsafe")]
    pub may_be_unsafe: bool,
    /// Crates that the exercise may name, beyond `kit` and the parts of `std` that the policy allows.
    pub crates: Vec<String>,
    /// Names that the exercise may not use, because they are what it is to build or to do without: in
    /// `once`, say, `OnceLock`. Refused wherever the name stands as a word of the source.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forbids: Vec<String>,
    /// Whether `models/<id>.rs` explores it, in which case it may use no lock, thread or atomic but kit's.
    pub modelled: bool,
    /// From a nudge to nearly the code.
    pub hints: Vec<String>,
    /// Multiple of the calibrated budget of processor time that one test may use.
    #[serde(default = "one")]
    pub budget: f64,
    /// How its speed is judged, where it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bench: Option<Bench>,
}

/// How fast an answer has to be.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bench {
    /// A workload may take this many times as long as with the reference.
    pub budget: f64,
    /// Who else is measured, as modules of `peers::<id>`.
    pub peers: Vec<Peer>,
    /// Whether the peers are answers themselves, so that an edition goes without them.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub spoilers: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Peer {
    pub name: String,
    pub promises: Promises,
}

/// What a peer promises, next to the exercise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Promises {
    /// The same, so the reference has to keep up with it.
    Same,
    Less,
}

impl Entry {
    /// The name with the mark of an exercise that may contain `unsafe`.
    pub fn marked_id(&self) -> String {
        let mark = if self.may_be_unsafe { " (unsafe)" } else { "" };
        format!("{}{mark}", self.id)
    }
}

fn one() -> f64 {
    1.0
}

/// How the points are divided.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Split {
    pub tests: u32,
    pub models: u32,
    /// For speed. Only `--bench` measures it; without it these points do not exist.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub bench: u32,
}

fn is_zero(points: &u32) -> bool {
    *points == 0
}

impl Split {
    /// The points that there are without measuring.
    pub fn unmeasured(self) -> u32 {
        self.tests + self.models
    }
}

/// Where everything about an exercise lies, absolute.
#[derive(Clone, Debug)]
pub struct Paths {
    pub source: PathBuf,
    pub public_tests: PathBuf,
    pub hidden_tests: PathBuf,
    pub models: PathBuf,
    pub solution: PathBuf,
    pub known_bad: PathBuf,
    pub known_slow: PathBuf,
    pub workload: PathBuf,
    pub lesson: PathBuf,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Manifest {
    chapter: ChapterEntry,
    #[serde(default)]
    exercise: Vec<Entry>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ChapterEntry {
    id: String,
    title: String,
}

impl Catalog {
    /// Reads the manifests below `root`. The first thing wrong is an error with file and line.
    pub fn read(root: &Path) -> Result<Catalog> {
        let folder = root.join("chapters");
        let mut names: Vec<String> = fs::read_dir(&folder)
            .map_err(|cause| Error::file("list", &folder, cause))?
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| folder.join(name).join("exercises.toml").is_file())
            .collect();
        names.sort();
        let chapters = names
            .iter()
            .map(|name| read_chapter(root, name))
            .collect::<Result<Vec<_>>>()?;
        let mut seen = BTreeMap::new();
        for exercise in chapters.iter().flat_map(|chapter| &chapter.exercises) {
            if let Some(other) = seen.insert(exercise.id(), &exercise.chapter) {
                return Err(Error::course(format!(
                    "two exercises are called `{}`, in {other} and {}; names are unique in the course",
                    exercise.id(),
                    exercise.chapter
                )));
            }
        }
        Ok(Catalog { chapters })
    }

    pub fn exercises(&self) -> impl Iterator<Item = &Exercise> {
        self.chapters.iter().flat_map(|chapter| &chapter.exercises)
    }

    pub fn chapter(&self, id: &str) -> Option<&Chapter> {
        self.chapters.iter().find(|chapter| chapter.id == id)
    }

    /// The exercises that `names` (exercises or chapters) select, in course order; all for none.
    pub fn select(&self, names: &[String]) -> Result<Vec<&Exercise>> {
        for name in names {
            if self.chapter(name).is_none() {
                self.exercise(name)?;
            }
        }
        Ok(self
            .exercises()
            .filter(|exercise| {
                names.is_empty()
                    || names
                        .iter()
                        .any(|name| name == exercise.id() || *name == exercise.chapter)
            })
            .collect())
    }

    pub fn exercise(&self, name: &str) -> Result<&Exercise> {
        if let Some(exercise) = self.exercises().find(|exercise| exercise.id() == name) {
            return Ok(exercise);
        }
        let nearest = self
            .exercises()
            .map(Exercise::id)
            .chain(self.chapters.iter().map(|chapter| chapter.id.as_str()))
            .map(|id| (strsim::damerau_levenshtein(id, name), id))
            .min()
            .filter(|(distance, id)| *distance <= id.len().max(name.len()).div_ceil(2));
        Err(Error::usage(match nearest {
            Some((_, id)) => format!(
                "there is no exercise `{name}`; did you mean `{id}`? (`cargo xtask list` shows them all)"
            ),
            None => format!("there is no exercise `{name}`; `cargo xtask list` shows them all"),
        }))
    }
}

fn read_chapter(root: &Path, folder: &str) -> Result<Chapter> {
    let path = root.join("chapters").join(folder).join("exercises.toml");
    let shown = path.strip_prefix(root).unwrap_or(&path).display();
    let text = fs::read_to_string(&path).map_err(|cause| Error::file("read", &path, cause))?;
    let manifest: Manifest = toml::from_str(&text).map_err(|error| {
        let line = error
            .span()
            .map_or(1, |span| 1 + text[..span.start].matches('\n').count());
        Error::course(format!(
            "{shown}:{line}: {}",
            error.message().replace('\n', " ")
        ))
    })?;
    let chapter = manifest.chapter;
    let exercises = manifest
        .exercise
        .into_iter()
        .map(|entry| {
            check_entry(&entry).map_err(|fault| {
                let line = line_of(&text, &entry.id);
                Error::course(format!("{shown}:{line}: exercise `{}`: {fault}", entry.id))
            })?;
            let paths = Paths::of(root, folder, &entry.id);
            Ok(Exercise {
                chapter: chapter.id.clone(),
                entry,
                paths,
            })
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Chapter {
        id: chapter.id,
        title: chapter.title,
        folder: folder.to_owned(),
        exercises,
    })
}

/// Whether an exercise may be called so, as far as letters go.
pub fn is_id(id: &str) -> bool {
    id.starts_with(|c: char| c.is_ascii_lowercase())
        && id
            .chars()
            .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

/// Whether it is one word of Rust: a path or a raw name would never be met among the words of a source.
fn is_name(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// What the types cannot say. The id becomes a file name and a Rust module.
fn check_entry(entry: &Entry) -> Result<(), String> {
    if !is_id(&entry.id) {
        return Err("an id is a Rust module name: lower case, digits and `_`".to_owned());
    }
    let sum = entry.split.unmeasured() + entry.split.bench;
    if sum != entry.points {
        return Err(format!(
            "split adds up to {sum}, points are {}",
            entry.points
        ));
    }
    if let Some(name) = entry.forbids.iter().find(|name| !is_name(name)) {
        return Err(format!("`forbids` holds `{name}`, which is no Rust name"));
    }
    if entry.split.bench > 0 && entry.bench.is_none() {
        return Err("`split.bench` gives points, but there is no `[exercise.bench]`".to_owned());
    }
    if let Some(bench) = &entry.bench {
        check_bench(bench)?;
    }
    if (entry.split.models > 0) != entry.modelled {
        return Err("`modelled` and `split.models` disagree".to_owned());
    }
    if !(1..=5).contains(&entry.difficulty) {
        return Err("difficulty goes from 1 to 5".to_owned());
    }
    if !(entry.budget > 0.0 && entry.budget.is_finite()) {
        return Err("budget is a positive multiple".to_owned());
    }
    Ok(())
}

fn check_bench(bench: &Bench) -> Result<(), String> {
    if !(bench.budget > 1.0 && bench.budget.is_finite()) {
        return Err("bench.budget is a multiple of the reference's time, above 1".to_owned());
    }
    let is_module = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_lowercase())
            && name
                .chars()
                .all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
    };
    let names: Vec<&str> = bench.peers.iter().map(|peer| peer.name.as_str()).collect();
    match names
        .iter()
        .enumerate()
        .find(|(index, name)| !is_module(name) || names[..*index].contains(name))
    {
        Some((_, name)) => Err(format!(
            "bench.peers: `{name}` is no module, or there twice"
        )),
        None => Ok(()),
    }
}

fn line_of(text: &str, id: &str) -> usize {
    let quoted = format!("\"{id}\"");
    1 + text
        .lines()
        .position(|line| line.contains(&quoted))
        .unwrap_or(0)
}

impl Paths {
    fn of(root: &Path, folder: &str, id: &str) -> Paths {
        let chapter = root.join("chapters").join(folder);
        let solutions = root.join("solutions").join(folder);
        let file = format!("{id}.rs");
        Paths {
            source: chapter.join("src").join(&file),
            public_tests: chapter.join("tests").join(&file),
            hidden_tests: solutions.join("tests/hidden").join(&file),
            models: chapter.join("models").join(&file),
            solution: solutions.join("src").join(&file),
            known_bad: solutions.join("known_bad").join(id),
            known_slow: solutions.join("known_slow").join(id),
            workload: chapter.join("benches/workloads").join(&file),
            lesson: root.join("docs/src").join(folder).join(format!("{id}.md")),
        }
    }
}
