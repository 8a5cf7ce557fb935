//! Changes many files of a tree, all or none. What is new is written beside first; then every step is a
//! rename, and a journal tells how to go back, also after a crash. Knows nothing of courses.
//!
//! All of it lies in one folder of the tree, [`FOLDER`]: `new/` what comes, `old/` what was there (by its
//! path, so that a person can find it too), `journal` while renames are under way.

use std::{
    fs,
    io::{self, ErrorKind, Write as _},
    path::{Path, PathBuf},
};

use crate::error::{Error, Result};

pub const FOLDER: &str = ".xtask-update";

/// One change, by the path from the root of the tree, with `/`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// The file becomes a copy of another one, which lies anywhere.
    Write {
        path: String,
        from: PathBuf,
    },
    Remove {
        path: String,
    },
}

/// Brings all of `changes` about, or returns an error and leaves the tree as it was.
pub fn apply(root: &Path, changes: &[Change]) -> Result<()> {
    recover(root)?;
    let mut staged = Staged::lay(root, changes)?;
    for step in 0..staged.steps.len() {
        if let Err(error) = staged.step(step) {
            recover(root)?;
            return Err(error);
        }
    }
    staged.finish()
}

/// Takes back what an interrupted [`apply`] left. True if there was something to take back.
pub fn recover(root: &Path) -> Result<bool> {
    let folder = root.join(FOLDER);
    if !folder.exists() {
        return Ok(false);
    }
    let journal = folder.join("journal");
    let begun = match fs::read_to_string(&journal) {
        Ok(text) => {
            for step in text.lines().rev().filter_map(Step::parse) {
                step.undo(root)
                    .map_err(|cause| Error::file("restore", &root.join(&step.path), cause))?;
            }
            true
        }
        // Nothing had been renamed.
        Err(cause) if cause.kind() == ErrorKind::NotFound => false,
        Err(cause) => return Err(Error::file("read", &journal, cause)),
    };
    clear(&folder)?;
    Ok(begun)
}

/// Every new file lies beside; the tree is still as it was.
struct Staged<'a> {
    root: &'a Path,
    steps: Vec<Step>,
}

impl<'a> Staged<'a> {
    fn lay(root: &'a Path, changes: &[Change]) -> Result<Staged<'a>> {
        let folder = root.join(FOLDER);
        let mut steps = Vec::with_capacity(changes.len());
        let mut lay = || -> Result<()> {
            for change in changes {
                let step = Step::of(root, change);
                if let Change::Write { path, from } = change {
                    let to = folder.join("new").join(path);
                    make_folder_for(&to)
                        .and_then(|()| fs::copy(from, &to))
                        .map_err(|cause| Error::file("copy", from, cause))?;
                }
                steps.push(step);
            }
            let text: String = steps.iter().map(Step::line).collect();
            write_durably(&folder.join("journal"), &text)
        };
        if let Err(error) = fs::create_dir(&folder)
            .map_err(|cause| Error::file("create", &folder, cause))
            .and_then(|()| lay())
        {
            let _ = fs::remove_dir_all(&folder);
            return Err(error);
        }
        Ok(Staged { root, steps })
    }

    fn step(&mut self, index: usize) -> Result<()> {
        let step = &self.steps[index];
        step.make(self.root)
            .map_err(|cause| Error::file("replace", &self.root.join(&step.path), cause))
    }

    fn finish(self) -> Result<()> {
        let folder = self.root.join(FOLDER);
        let journal = folder.join("journal");
        // From here on the new state holds, whatever happens to the rest of the folder.
        fs::remove_file(&journal).map_err(|cause| Error::file("remove", &journal, cause))?;
        for step in self.steps.iter().filter(|step| step.kind == Kind::Remove) {
            remove_empty_folders(self.root, &step.path);
        }
        clear(&folder)
    }
}

fn clear(folder: &Path) -> Result<()> {
    fs::remove_dir_all(folder).map_err(|cause| Error::file("remove", folder, cause))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Add,
    Replace,
    Remove,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Step {
    kind: Kind,
    path: String,
}

impl Step {
    fn of(root: &Path, change: &Change) -> Step {
        let (path, kind) = match change {
            Change::Remove { path } => (path, Kind::Remove),
            Change::Write { path, .. } if root.join(path).symlink_metadata().is_ok() => {
                (path, Kind::Replace)
            }
            Change::Write { path, .. } => (path, Kind::Add),
        };
        Step {
            kind,
            path: path.clone(),
        }
    }

    fn line(&self) -> String {
        let kind = match self.kind {
            Kind::Add => "add",
            Kind::Replace => "replace",
            Kind::Remove => "remove",
        };
        format!("{kind} {}\n", self.path)
    }

    fn parse(line: &str) -> Option<Step> {
        let (kind, path) = line.split_once(' ')?;
        let kind = match kind {
            "add" => Kind::Add,
            "replace" => Kind::Replace,
            "remove" => Kind::Remove,
            _ => return None,
        };
        Some(Step {
            kind,
            path: path.to_owned(),
        })
    }

    fn make(&self, root: &Path) -> io::Result<()> {
        let at = root.join(&self.path);
        let folder = root.join(FOLDER);
        if self.kind != Kind::Add {
            let old = folder.join("old").join(&self.path);
            make_folder_for(&old)?;
            fs::rename(&at, old)?;
        }
        if self.kind != Kind::Remove {
            make_folder_for(&at)?;
            fs::rename(folder.join("new").join(&self.path), at)?;
        }
        Ok(())
    }

    /// Whether this step was made, made half or not made is seen from what lies in the folder.
    fn undo(&self, root: &Path) -> io::Result<()> {
        let at = root.join(&self.path);
        let folder = root.join(FOLDER);
        if self.kind == Kind::Add {
            if !folder.join("new").join(&self.path).exists() {
                match fs::remove_file(&at) {
                    Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(cause),
                    _ => {}
                }
            }
            remove_empty_folders(root, &self.path);
            return Ok(());
        }
        let old = folder.join("old").join(&self.path);
        if old.symlink_metadata().is_ok() {
            make_folder_for(&at)?;
            fs::rename(old, at)?;
        }
        Ok(())
    }
}

fn make_folder_for(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), fs::create_dir_all)
}

fn remove_empty_folders(root: &Path, path: &str) {
    let mut folder = root.join(path);
    while folder.pop() && folder != root && folder.starts_with(root) {
        // Removes an empty folder only.
        if fs::remove_dir(&folder).is_err() {
            break;
        }
    }
}

/// Under its name only once all of it is on disk.
fn write_durably(path: &Path, text: &str) -> Result<()> {
    let beside = path.with_extension("tmp");
    let write = || -> io::Result<()> {
        let mut file = fs::File::create(&beside)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&beside, path)
    };
    write().map_err(|cause| Error::file("write", path, cause))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// Every file of a tree with its text.
    fn tree(root: &Path) -> BTreeMap<String, String> {
        let mut files = BTreeMap::new();
        let mut folders = vec![root.to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    let name = path.strip_prefix(root).unwrap().to_str().unwrap();
                    files.insert(name.to_owned(), fs::read_to_string(&path).unwrap());
                }
            }
        }
        files
    }

    struct Case {
        source: tempfile::TempDir,
        root: tempfile::TempDir,
        changes: Vec<Change>,
    }

    fn case() -> Case {
        let source = tempfile::tempdir().unwrap();
        let root = tempfile::tempdir().unwrap();
        let put = |root: &Path, path: &str, text: &str| {
            make_folder_for(&root.join(path)).unwrap();
            fs::write(root.join(path), text).unwrap();
        };
        put(root.path(), "a.txt", "old a");
        put(root.path(), "d/b.txt", "old b");
        put(root.path(), "gone/c.txt", "old c");
        put(root.path(), "mine.txt", "mine");
        let write = |path: &str, text: &str| {
            put(source.path(), path, text);
            Change::Write {
                path: path.to_owned(),
                from: source.path().join(path),
            }
        };
        let changes = vec![
            write("a.txt", "new a"),
            Change::Remove {
                path: "gone/c.txt".to_owned(),
            },
            write("new/deep/e.txt", "new e"),
            write("d/b.txt", "new b"),
        ];
        Case {
            source,
            root,
            changes,
        }
    }

    fn pairs(files: &[(&str, &str)]) -> BTreeMap<String, String> {
        files
            .iter()
            .map(|(name, text)| ((*name).to_owned(), (*text).to_owned()))
            .collect()
    }

    #[test]
    fn all_changes_are_made_and_nothing_else_is_left() {
        let case = case();
        apply(case.root.path(), &case.changes).unwrap();
        let expected = pairs(&[
            ("a.txt", "new a"),
            ("d/b.txt", "new b"),
            ("mine.txt", "mine"),
            ("new/deep/e.txt", "new e"),
        ]);
        assert_eq!(tree(case.root.path()), expected);
        assert!(!case.root.path().join("gone").exists());
        assert!(case.source.path().join("a.txt").exists());
    }

    #[test]
    fn a_crash_after_any_step_is_taken_back_by_the_next_run() {
        let steps = case().changes.len();
        for crash_after in 0..=steps {
            let case = case();
            let before = tree(case.root.path());
            let mut staged = Staged::lay(case.root.path(), &case.changes).unwrap();
            for step in 0..crash_after {
                staged.step(step).unwrap();
            }
            assert!(recover(case.root.path()).unwrap());
            assert_eq!(tree(case.root.path()), before, "after step {crash_after}");
            assert!(!case.root.path().join("new").exists());
            assert!(!recover(case.root.path()).unwrap());
        }
    }

    #[test]
    fn half_a_step_is_taken_back_too() {
        let case = case();
        let before = tree(case.root.path());
        let _staged = Staged::lay(case.root.path(), &case.changes).unwrap();
        let old = case.root.path().join(FOLDER).join("old");
        fs::create_dir_all(&old).unwrap();
        fs::rename(case.root.path().join("a.txt"), old.join("a.txt")).unwrap();
        recover(case.root.path()).unwrap();
        assert_eq!(tree(case.root.path()), before);
    }

    #[test]
    fn one_step_that_fails_leaves_the_tree_as_it_was() {
        let mut case = case();
        let before = tree(case.root.path());
        // `mine.txt` is a file, so nothing can lie below it.
        case.changes.push(Change::Write {
            path: "mine.txt/below.txt".to_owned(),
            from: case.source.path().join("a.txt"),
        });
        let error = apply(case.root.path(), &case.changes).unwrap_err();
        assert!(error.to_string().contains("mine.txt"), "{error}");
        assert_eq!(tree(case.root.path()), before);
    }

    #[test]
    fn a_source_that_cannot_be_read_changes_nothing() {
        let mut case = case();
        let before = tree(case.root.path());
        case.changes.push(Change::Write {
            path: "x.txt".to_owned(),
            from: case.source.path().join("absent"),
        });
        assert!(apply(case.root.path(), &case.changes).is_err());
        assert_eq!(tree(case.root.path()), before);
    }
}
