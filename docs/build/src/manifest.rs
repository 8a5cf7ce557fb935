//! What the book needs from `chapters/*/exercises.toml`. The runner reads them strictly; here a field
//! that the book does not know is none of its business.

use std::{collections::BTreeSet, fs, path::Path};

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// A chapter's exercises, in the order of its manifest.
#[derive(Clone, Debug)]
pub struct Chapter {
    /// `04-classic-problems`: the folder's name in `chapters/` and in the book.
    pub folder: String,
    /// What the manifest says of each exercise.
    pub exercises: Vec<Exercise>,
}

/// One exercise, as its manifest states it.
#[derive(Clone, Debug, Deserialize)]
pub struct Exercise {
    /// Its name, which is in all its paths.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The sum of `split`.
    pub points: u32,
    /// How the points are divided.
    pub split: Split,
    /// 1 (a first step) to 5 (an evening).
    pub difficulty: u8,
    /// How long it takes.
    pub minutes: u32,
    /// Whether an answer may contain `unsafe`.
    #[serde(rename = "unsafe")]
    pub may_be_unsafe: bool,
    /// From a nudge to nearly the code, in Markdown.
    pub hints: Vec<String>,
    /// The mistaken ideas that its known-bad solutions hold. Not in the manifest, and empty in an
    /// edition that has no solutions.
    #[serde(skip)]
    pub misconceptions: BTreeSet<String>,
}

/// The points by what earns them.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Split {
    /// For the tests, public and hidden.
    pub tests: u32,
    /// For the models.
    pub models: u32,
    /// For speed, where it is judged.
    #[serde(default)]
    pub bench: u32,
}

#[derive(Deserialize)]
struct Manifest {
    #[serde(default)]
    exercise: Vec<Exercise>,
}

/// Reads the manifests below `root`, in the order of the chapters.
///
/// # Errors
/// If a manifest cannot be read or does not parse, with its path.
pub fn read(root: &Path) -> Result<Vec<Chapter>> {
    let folder = root.join("chapters");
    let entries =
        fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut folders: Vec<String> = entries
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| folder.join(name).join("exercises.toml").is_file())
        .collect();
    folders.sort();
    let chapter = |name: String| {
        let path = folder.join(&name).join("exercises.toml");
        let text =
            fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        let mut manifest: Manifest = toml::from_str(&text)
            .with_context(|| format!("cannot make sense of {}", path.display()))?;
        for exercise in &mut manifest.exercise {
            let known_bad = root.join("solutions").join(&name).join("known_bad");
            exercise.misconceptions = misconceptions(&known_bad.join(&exercise.id));
        }
        Ok(Chapter {
            folder: name,
            exercises: manifest.exercise,
        })
    };
    folders.into_iter().map(chapter).collect()
}

/// What the heads of the known-bad solutions in `folder` say.
fn misconceptions(folder: &Path) -> BTreeSet<String> {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    let ideas = files.filter_map(|file| {
        let text = fs::read_to_string(file.path()).ok()?;
        let line = text
            .lines()
            .find_map(|line| line.strip_prefix("//! misconception: "))?;
        Some(line.trim().to_owned())
    });
    ideas.collect()
}
