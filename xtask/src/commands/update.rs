//! `update`: brings a newer edition of the course into this tree. What the learner wrote stays: exercises
//! that were begun, files of their own, and beside the course's file whatever they changed in it.
//!
//! The newer tree may be written for a newer runner than this one, so none of its manifests is read: what
//! is an exercise, and whether it was touched, the `stubs.lock` files say.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Component, Path, PathBuf},
};

use crate::{
    edition::{Edition, Manifest, Release, digest},
    error::{Error, Result, exit},
    flow::Judge,
    git,
    report::terminal::BOLD,
    stage,
    submission::{Locked, stub_digest},
    transaction::{self, Change},
};

pub fn run(judge: &Judge, from: &Path, dry_run: bool) -> Result<u8> {
    let root = &judge.course.root;
    judge.alone()?;
    if transaction::recover(root)? {
        anstream::println!("An update that was interrupted has been taken back first.\n");
    }
    let newer = fs::canonicalize(from).map_err(|_| {
        Error::usage(format!(
            "there is no folder {}; unpack or clone the newer edition first, and name its folder",
            from.display()
        ))
    })?;
    let (here, there) = trees(root, &newer)?;
    // Copies that are not plain files of the newer tree; gone when the command ends.
    let scratch = tempfile::tempdir().map_err(|cause| Error::file("create", root, cause))?;
    let plan = Plan::make(&here, &there, scratch.path())?;
    if plan.changes.is_empty() {
        anstream::println!("Up to date: {} has nothing new.", from.display());
        return Ok(exit::OK);
    }
    not_older(&here, &there, from)?;
    if !dry_run {
        if judge.stop().is_stopped() {
            return Err(Error::stopped_before());
        }
        transaction::apply(root, &plan.changes)?;
    }
    tell(&plan, &here, &there, dry_run);
    Ok(exit::OK)
}

/// One tree of the course: this one, or the newer one.
struct Tree {
    root: PathBuf,
    edition: Edition,
    release: Release,
    /// Its files with what the course has to say about each.
    files: BTreeMap<String, Known>,
    /// Where each exercise's source lies, and the digest of its stub; by id.
    sources: BTreeMap<String, (String, String)>,
}

/// What is known of a file of the course.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Known {
    /// As the course has it, its bytes have this digest.
    Digest(String),
    /// The course has had these very bytes, now or in an earlier version.
    Authentic,
    /// Somebody changed it.
    Changed,
}

/// This tree and the newer one, if the one can be updated from the other.
fn trees(root: &Path, newer: &Path) -> Result<(Tree, Tree)> {
    let shown = newer.display();
    let root = &fs::canonicalize(root).map_err(|cause| Error::file("open", root, cause))?;
    if newer == root {
        return Err(Error::usage(format!(
            "{shown} is this very tree; name the folder of a newer edition"
        )));
    }
    if newer.starts_with(root) || root.starts_with(newer) {
        return Err(Error::usage(format!(
            "{shown} and this tree lie one inside the other; put the newer edition beside this folder"
        )));
    }
    if !newer.join("chapters").is_dir() || !newer.join("xtask").is_dir() {
        return Err(Error::usage(format!(
            "{shown} is no course: it has no chapters and no xtask; name the root of a newer edition"
        )));
    }
    let here = Manifest::read(root)?;
    let there = Manifest::read(newer)?;
    let editions = (
        here.as_ref().map_or(Edition::Full, |m| m.edition),
        there.as_ref().map_or(Edition::Full, |m| m.edition),
    );
    match editions {
        (Edition::Full, Edition::Full) => full(root, newer),
        (mine, Edition::Full) => Err(Error::usage(format!(
            "this is the {mine}, and {shown} is the full course; make a newer {mine} there first, with \
             `cargo xtask export`"
        ))),
        (mine, other) if mine != other => Err(Error::usage(format!(
            "this is the {mine}, and {shown} is the {other}; name a newer {mine}"
        ))),
        _ => match (here, there) {
            (Some(here), Some(there)) => Ok((exported(root, here)?, untouched(newer, there)?)),
            _ => Err(Error::course("a tree without a list of its files")),
        },
    }
}

fn sources(root: &Path) -> Result<BTreeMap<String, (String, String)>> {
    let locked = Locked::all(root)?;
    Ok(locked
        .into_iter()
        .map(|stub| {
            let path = format!("chapters/{}/src/{}.rs", stub.chapter_folder, stub.id);
            (stub.id, (path, stub.digest))
        })
        .collect())
}

fn exported(root: &Path, manifest: Manifest) -> Result<Tree> {
    for file in manifest.files.keys() {
        let plain = Path::new(file)
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if !plain || file.contains(['\\', '\n']) || file.starts_with(transaction::FOLDER) {
            return Err(Error::usage(format!(
                "{} lists `{file}`, which is no file of a course",
                Manifest::path(root).display()
            )));
        }
    }
    let files = manifest
        .files
        .into_iter()
        .map(|(file, digest)| (file, Known::Digest(digest)))
        .collect();
    Ok(Tree {
        root: root.to_owned(),
        edition: manifest.edition,
        release: manifest.release,
        files,
        sources: sources(root)?,
    })
}

/// A newer edition must be as it was exported: nobody's work is brought in as the course's.
fn untouched(root: &Path, manifest: Manifest) -> Result<Tree> {
    let tree = exported(root, manifest)?;
    for (file, known) in &tree.files {
        let path = root.join(file);
        let plain = path.symlink_metadata().is_ok_and(|found| found.is_file());
        let as_exported =
            plain && fs::read(&path).is_ok_and(|bytes| *known == Known::Digest(digest(&bytes)));
        if !as_exported {
            return Err(Error::usage(format!(
                "{} is not as it was exported; unpack a fresh copy of the newer edition",
                path.display()
            )));
        }
    }
    Ok(tree)
}

/// A full course is updated from a clone: its history tells which files were ever the course's.
fn full(root: &Path, newer: &Path) -> Result<(Tree, Tree)> {
    let shown = newer.display();
    let tracked = git::tracked(newer).ok_or_else(|| {
        Error::usage(format!(
            "{shown} is not a git clone; the full course is updated from a clone, or by `git pull`"
        ))
    })?;
    let history = git::all_paths(newer)
        .filter(|_| !git::is_shallow(newer))
        .ok_or_else(|| {
            Error::usage(format!(
                "{shown} has no full history, which tells your files from the course's; \
                 `git fetch --unshallow` in it brings the rest"
            ))
        })?;
    if let Some(first) = git::changed(newer).into_iter().flatten().next() {
        return Err(Error::usage(format!(
            "{shown} has changes that are not committed ({first}); take a fresh clone"
        )));
    }
    let authentic = |_: &String| Known::Authentic;
    let there = Tree {
        root: newer.to_owned(),
        edition: Edition::Full,
        release: stage::release(newer)?,
        files: tracked
            .iter()
            .map(|file| (file.clone(), authentic(file)))
            .collect(),
        sources: sources(newer)?,
    };
    let present: Vec<String> = history
        .into_iter()
        .chain(tracked)
        .collect::<BTreeSet<_>>()
        .into_iter()
        .filter(|file| root.join(file).is_file())
        .collect();
    let known = git::knows_contents(newer, root, &present).ok_or_else(|| {
        Error::machine("git cannot say which files are the course's; is it installed?")
    })?;
    let files = present
        .into_iter()
        .zip(known)
        .map(|(file, known)| {
            (
                file,
                if known {
                    Known::Authentic
                } else {
                    Known::Changed
                },
            )
        })
        .collect();
    let here = Tree {
        root: root.to_owned(),
        edition: Edition::Full,
        release: stage::release(root)?,
        files,
        sources: sources(root)?,
    };
    Ok((here, there))
}

/// Refuses to go back in time.
fn not_older(here: &Tree, there: &Tree, from: &Path) -> Result<()> {
    let (mine, other) = (&here.release, &there.release);
    let older = match version(&other.version).cmp(&version(&mine.version)) {
        std::cmp::Ordering::Less => true,
        std::cmp::Ordering::Greater => false,
        // Of one version: what was committed earlier is older.
        std::cmp::Ordering::Equal => match here.edition {
            Edition::Full => {
                mine.commit != other.commit
                    && other
                        .commit
                        .as_deref()
                        .is_some_and(|commit| git::contains(&here.root, commit))
            }
            _ => matches!((mine.changed, other.changed), (Some(mine), Some(other)) if other < mine),
        },
    };
    if older {
        return Err(Error::usage(format!(
            "{} is older than this tree ({} and {}); name a newer edition",
            from.display(),
            name(other),
            name(mine)
        )));
    }
    Ok(())
}

fn version(text: &str) -> Vec<u64> {
    text.split(['.', '-', '+'])
        .map_while(|part| part.parse().ok())
        .collect()
}

/// `0.2.0 (1a2b3c4)`.
fn name(release: &Release) -> String {
    match &release.commit {
        Some(commit) => format!(
            "{} ({})",
            release.version,
            commit.get(..7).unwrap_or(commit)
        ),
        None => release.version.clone(),
    }
}

/// Everything that will happen, and what the learner has to know about it.
#[derive(Debug, Default)]
struct Plan {
    changes: Vec<Change>,
    added: usize,
    replaced: usize,
    removed: usize,
    /// Exercises that were begun and stay.
    kept: Vec<String>,
    /// Begun exercises that lie elsewhere now.
    moved: Vec<(String, String)>,
    /// Begun exercises whose stub is another one now: where the new stub is put.
    new_stubs: Vec<String>,
    /// Files of the course that the learner changed: where theirs is kept.
    yours: Vec<String>,
    /// Begun exercises that the newer course does not have.
    orphans: Vec<String>,
}

impl Plan {
    fn make(here: &Tree, there: &Tree, scratch: &Path) -> Result<Plan> {
        let mut plan = Plan::default();
        let is_source = |tree: &Tree, file: &str| {
            let stem = file
                .rsplit('/')
                .next()
                .and_then(|name| name.strip_suffix(".rs"));
            stem.and_then(|id| Some((id.to_owned(), tree.sources.get(id)?)))
                .filter(|(_, (path, _))| path == file)
                .map(|(id, (_, digest))| (id, digest.clone()))
        };
        let mut handled = BTreeSet::new();
        for file in there.files.keys() {
            let target = here.root.join(file);
            no_link(&here.root, file)?;
            match is_source(there, file) {
                Some((id, stub)) => {
                    let mine = here.sources.get(&id);
                    handled.extend(mine.map(|(path, _)| path.clone()));
                    plan.source(here, there, scratch, file, &stub, mine)?;
                }
                None => {
                    let new = read(&there.root.join(file))?;
                    match read_if_there(&target)? {
                        None => plan.write(here, file, there.root.join(file)),
                        Some(old) if old == new => {}
                        Some(old) => {
                            if file != "Cargo.lock" && !is_the_courses(here, file, &old) {
                                plan.set_aside(here, file)?;
                            }
                            plan.write(here, file, there.root.join(file));
                        }
                    }
                }
            }
        }
        if here.edition != Edition::Full {
            let list = Manifest::path(&there.root);
            if read(&list)? != read(&Manifest::path(&here.root))? {
                plan.write(here, Manifest::FILE, list);
            }
        }
        for file in here.files.keys() {
            if there.files.contains_key(file) || handled.contains(file) {
                continue;
            }
            let Some(old) = read_if_there(&here.root.join(file))? else {
                continue;
            };
            match is_source(here, file) {
                Some((_, stub)) if is_stub(&old, &stub) => plan.remove(file),
                Some(_) => plan.orphans.push(file.clone()),
                None => {
                    if !is_the_courses(here, file, &old) {
                        plan.set_aside(here, file)?;
                    }
                    plan.remove(file);
                }
            }
        }
        Ok(plan)
    }

    /// The source of an exercise that the newer course has at `file`, and this tree perhaps elsewhere.
    fn source(
        &mut self,
        here: &Tree,
        there: &Tree,
        scratch: &Path,
        file: &str,
        stub: &str,
        mine: Option<&(String, String)>,
    ) -> Result<()> {
        let at = mine.map_or(file, |(path, _)| path.as_str());
        no_link(&here.root, at)?;
        let from = there.root.join(file);
        let new = read(&from)?;
        if !is_stub(&new, stub) {
            return Err(Error::usage(format!(
                "somebody has worked on {}; name a newer edition with untouched stubs",
                from.display()
            )));
        }
        let Some(old) = read_if_there(&here.root.join(at))? else {
            self.write(here, file, from);
            return Ok(());
        };
        let old_stub = mine.map(|(_, digest)| digest.as_str());
        let moved = at != file;
        if moved && here.root.join(file).exists() {
            self.set_aside(here, file)?;
        }
        if old_stub.is_some_and(|digest| is_stub(&old, digest)) {
            if moved {
                self.remove(at);
            }
            if moved || old != new {
                self.write(here, file, from);
            }
            return Ok(());
        }
        if moved {
            // A copy, because the file itself is taken away in the same stroke.
            let copy = scratch.join(file.replace('/', "+"));
            fs::copy(here.root.join(at), &copy)
                .map_err(|cause| Error::file("copy", &here.root.join(at), cause))?;
            self.remove(at);
            self.write(here, file, copy);
            self.moved.push((at.to_owned(), file.to_owned()));
        }
        if old_stub != Some(stub)
            && !is_stub(&old, stub)
            && let Some(beside) = free(&here.root, file, "new", &new)?
        {
            self.write(here, &beside, from);
            self.new_stubs.push(beside);
        }
        self.kept.push(file.to_owned());
        Ok(())
    }

    fn write(&mut self, here: &Tree, file: &str, from: PathBuf) {
        if here.root.join(file).exists() {
            self.replaced += 1;
        } else {
            self.added += 1;
        }
        self.changes.push(Change::Write {
            path: file.to_owned(),
            from,
        });
    }

    fn remove(&mut self, file: &str) {
        self.removed += 1;
        self.changes.push(Change::Remove {
            path: file.to_owned(),
        });
    }

    /// Keeps the learner's version of `file` beside it.
    fn set_aside(&mut self, here: &Tree, file: &str) -> Result<()> {
        let from = here.root.join(file);
        if let Some(beside) = free(&here.root, file, "yours", &read(&from)?)? {
            self.changes.push(Change::Write {
                path: beside.clone(),
                from,
            });
            self.yours.push(beside);
        }
        Ok(())
    }
}

fn is_stub(bytes: &[u8], digest: &str) -> bool {
    std::str::from_utf8(bytes).is_ok_and(|text| stub_digest(text) == digest)
}

fn is_the_courses(here: &Tree, file: &str, bytes: &[u8]) -> bool {
    match here.files.get(file) {
        Some(Known::Digest(known)) => *known == digest(bytes),
        Some(Known::Authentic) => true,
        Some(Known::Changed) | None => false,
    }
}

/// A name beside `file` that is not taken, or `None` if the same bytes lie there already.
fn free(root: &Path, file: &str, ending: &str, bytes: &[u8]) -> Result<Option<String>> {
    for number in 1.. {
        let name = match number {
            1 => format!("{file}.{ending}"),
            more => format!("{file}.{ending}{more}"),
        };
        match read_if_there(&root.join(&name))? {
            None => return Ok(Some(name)),
            Some(there) if there == bytes => return Ok(None),
            Some(_) => {}
        }
    }
    Ok(None)
}

fn read(path: &Path) -> Result<Vec<u8>> {
    fs::read(path).map_err(|cause| Error::file("read", path, cause))
}

fn read_if_there(path: &Path) -> Result<Option<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(bytes)),
        Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(Error::file("read", path, cause)),
    }
}

/// What lies behind a link in this tree is not ours to replace.
fn no_link(root: &Path, file: &str) -> Result<()> {
    let mut path = root.to_owned();
    for part in Path::new(file) {
        path.push(part);
        if path.is_symlink() {
            return Err(Error::usage(format!(
                "{} is a link; an update replaces plain files only, so put the file itself there",
                path.display()
            )));
        }
    }
    Ok(())
}

fn tell(plan: &Plan, here: &Tree, there: &Tree, dry_run: bool) {
    anstream::println!(
        "{BOLD}{}: {} to {}{BOLD:#}",
        here.edition,
        name(&here.release),
        name(&there.release)
    );
    anstream::println!(
        "  {} files replaced, {} added, {} removed",
        plan.replaced,
        plan.added,
        plan.removed
    );
    let list = |heading: &str, files: &[String]| {
        if !files.is_empty() {
            anstream::println!("{heading}");
            for file in files {
                anstream::println!("  {file}");
            }
        }
    };
    list("Your work, kept as it is:", &plan.kept);
    let moved: Vec<String> = plan
        .moved
        .iter()
        .map(|(from, to)| format!("{from}\n    is now {to}"))
        .collect();
    list("Moved with the exercise:", &moved);
    list(
        "These stubs are new; yours is kept, and the new one lies beside it:",
        &plan.new_stubs,
    );
    list(
        "You had changed these files of the course; yours is kept beside:",
        &plan.yours,
    );
    list(
        "The course no longer has these exercises; your files stay:",
        &plan.orphans,
    );
    if dry_run {
        anstream::println!("Nothing has been changed: this was a dry run.");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_numbers() {
        assert!(version("0.10.0") > version("0.9.3"));
        assert!(version("1.0.0") > version("0.10.0"));
        assert_eq!(version("0.1.0"), version("0.1.0"));
        assert!(version("0.1") < version("0.1.1"));
    }
}
