//! Lays a submitted source over pristine everything else: a work folder with the source, and roots that
//! bring in the course's own tests and models by path. Compiles nothing.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

use crate::{
    catalog::Exercise,
    course::Course,
    edition,
    error::{Error, Result},
};

/// Tests under the real kit, or models under one of its twins: one binary each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unit {
    Tests,
    Loom,
    Shuttle,
}

impl Unit {
    /// What an exercise consists of.
    pub fn of(exercise: &Exercise) -> &'static [Unit] {
        if exercise.entry.modelled {
            &[Unit::Tests, Unit::Loom, Unit::Shuttle]
        } else {
            &[Unit::Tests]
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Unit::Tests => "tests",
            Unit::Loom => "loom",
            Unit::Shuttle => "shuttle",
        }
    }

    pub fn from_explorer(name: &str) -> Option<Unit> {
        [Unit::Loom, Unit::Shuttle]
            .into_iter()
            .find(|unit| unit.name() == name)
    }

    /// The crate that stands under the name `kit`.
    pub fn kit(self) -> &'static str {
        match self {
            Unit::Tests => "kit",
            Unit::Loom => "kit_loom",
            Unit::Shuttle => "kit_shuttle",
        }
    }

    pub fn is_model(self) -> bool {
        self != Unit::Tests
    }
}

/// Which of the course's tests are laid over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// What a learner sees.
    Public,
    /// The hidden tests too, where this edition has them.
    All,
}

/// The work folder of one exercise. It is gone when this is dropped.
#[derive(Debug)]
pub struct Overlay {
    folder: TempDir,
    units: &'static [Unit],
    memory: Option<PathBuf>,
}

impl Overlay {
    pub fn lay(
        course: &Course,
        exercise: &Exercise,
        source: &str,
        scope: Scope,
    ) -> Result<Overlay> {
        let work = course.target.join("work");
        let hidden = match scope {
            Scope::Public => None,
            Scope::All => edition::hidden_tests(course, exercise)?,
        };
        let make = || -> std::io::Result<TempDir> {
            fs::create_dir_all(&work)?;
            let folder = folder_in(&work, exercise, scope)?;
            fs::write(folder.path().join(format!("{}.rs", exercise.id())), source)?;
            fs::write(
                folder.path().join("lib.rs"),
                format!("pub mod {};\n", exercise.id()),
            )?;
            let hidden = match &hidden {
                None => None,
                Some(_) if exercise.paths.hidden_tests.is_file() => {
                    Some(exercise.paths.hidden_tests.clone())
                }
                // Packed in this edition.
                Some(text) => {
                    let path = folder.path().join("hidden.rs");
                    fs::write(&path, text)?;
                    Some(path)
                }
            };
            for unit in Unit::of(exercise) {
                fs::write(
                    root_file(folder.path(), *unit),
                    root_text(exercise, *unit, hidden.as_deref()),
                )?;
                fs::create_dir(folder.path().join(unit.name()))?;
            }
            Ok(folder)
        };
        let folder = make().map_err(|cause| Error::file("write into", &work, cause))?;
        let is_usual = folder.path() == work.join(exercise.id());
        Ok(Overlay {
            folder,
            units: Unit::of(exercise),
            memory: is_usual.then(|| course.target.join("incremental").join(exercise.id())),
        })
    }

    /// Where the compiler keeps what it found out about `unit` for the next time; `None` where there is
    /// no next time, or where the sources of strangers would share it.
    pub fn memory(&self, unit: Unit) -> Option<PathBuf> {
        Some(self.memory.as_ref()?.join(unit.name()))
    }

    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub fn units(&self) -> &'static [Unit] {
        self.units
    }

    /// Where what is built of `unit` goes.
    pub fn products(&self, unit: Unit) -> std::path::PathBuf {
        self.folder().join(unit.name())
    }

    pub fn library_root(&self) -> std::path::PathBuf {
        self.folder().join("lib.rs")
    }

    pub fn test_root(&self, unit: Unit) -> std::path::PathBuf {
        root_file(self.folder(), unit)
    }
}

/// What a learner checks over and over lies in the same folder each time, without which the compiler
/// would not know it again. Whatever else is judged may be judged several times at once.
fn folder_in(work: &Path, exercise: &Exercise, scope: Scope) -> std::io::Result<TempDir> {
    if scope == Scope::Public {
        let usual = tempfile::Builder::new()
            .prefix(exercise.id())
            .rand_bytes(0)
            .tempdir_in(work);
        if usual.is_ok() {
            return usual;
        }
    }
    tempfile::Builder::new()
        .prefix(&format!("{}-", exercise.id()))
        .tempdir_in(work)
}

fn root_file(folder: &Path, unit: Unit) -> std::path::PathBuf {
    folder.join(format!("{}_root.rs", unit.name()))
}

fn root_text(exercise: &Exercise, unit: Unit, hidden: Option<&Path>) -> String {
    let module = |name: &str, path: &Path| {
        format!("#[path = {:?}]\nmod {name};\n", path.display().to_string())
    };
    if unit.is_model() {
        return module("model", &exercise.paths.models);
    }
    let mut text = module("public", &exercise.paths.public_tests);
    if let Some(path) = hidden {
        text += &module("hidden", path);
    }
    text
}
