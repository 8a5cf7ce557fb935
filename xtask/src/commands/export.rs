//! `export`: makes one of the two editions that are handed out, in a folder of its own. It is laid out
//! beside that folder and renamed at the end, so that it is there whole or not at all.

use std::{
    fs,
    io::ErrorKind,
    path::{Path, PathBuf},
};

use crate::{
    args::ExportAs,
    catalog::Catalog,
    course::Course,
    edition::{self, Edition},
    error::{Error, Result, exit},
    stage,
    stop::Stop,
};

pub fn run(
    course: &Course,
    catalog: &Catalog,
    edition: ExportAs,
    folder: &Path,
    stop: &Stop,
) -> Result<u8> {
    edition::full_only(course, "export")?;
    let edition = match edition {
        ExportAs::Class => Edition::Class,
        ExportAs::SelfStudy => Edition::SelfStudy,
    };
    let (parent, folder) = place(&course.root, folder)?;
    let beside = tempfile::Builder::new()
        .prefix(".edition-")
        .tempdir_in(&parent)
        .map_err(|cause| Error::file("write into", &parent, cause))?;
    // A folder in the folder: a temporary one is for its owner's eyes only.
    let staged = beside.path().join("tree");
    fs::create_dir(&staged).map_err(|cause| Error::file("create", &staged, cause))?;
    let manifest = stage::lay(&course.root, catalog, edition, &staged, &course.cargo, stop)?;
    if stop.is_stopped() {
        return Err(Error::stopped_before());
    }
    put(&staged, &folder)?;
    let exercises = catalog.exercises().count();
    anstream::println!(
        "{}\n  the {edition} {}: {exercises} exercises, {} files",
        folder.display(),
        manifest.release.version,
        manifest.files.len() + 1,
    );
    for note in notes(&course.root) {
        anstream::println!("{note}");
    }
    Ok(exit::OK)
}

fn notes(root: &Path) -> Vec<String> {
    let files = |count: usize| match count {
        1 => "1 file".to_owned(),
        more => format!("{more} files"),
    };
    let mut notes: Vec<String> = stage::without_git(root)
        .map(str::to_owned)
        .into_iter()
        .collect();
    match stage::uncommitted(root) {
        0 => {}
        more => notes.push(format!(
            "Changes to {} in it are not committed.",
            files(more)
        )),
    }
    match stage::untracked(root) {
        0 => {}
        more => notes.push(format!(
            "Not in it, because git does not track them: {}.",
            files(more)
        )),
    }
    notes
}

/// The folder that `folder` shall become, and the one that holds it, both resolved. It must be empty or
/// absent, and outside of the course.
fn place(root: &Path, folder: &Path) -> Result<(PathBuf, PathBuf)> {
    let shown = folder.display();
    let resolved = match fs::canonicalize(folder) {
        Ok(there) => {
            let failed = |cause| Error::file("list", &there, cause);
            if !there.is_dir() {
                return Err(Error::usage(format!(
                    "{shown} is a file; name a folder that is empty or does not exist"
                )));
            }
            if fs::read_dir(&there).map_err(failed)?.next().is_some() {
                return Err(Error::usage(format!(
                    "{shown} is not empty, and nothing is overwritten; name a folder that is empty or \
                     does not exist"
                )));
            }
            there
        }
        Err(cause) if cause.kind() == ErrorKind::NotFound => {
            let name = folder.file_name().ok_or_else(|| {
                Error::usage(format!(
                    "{shown} names no folder; give it a name of its own"
                ))
            })?;
            let above = match folder.parent() {
                Some(above) if above.as_os_str().is_empty() => Path::new("."),
                Some(above) => above,
                None => Path::new("/"),
            };
            let above = fs::canonicalize(above).map_err(|cause| match cause.kind() {
                ErrorKind::NotFound => Error::usage(format!(
                    "there is no folder {} to make {shown} in; make it first",
                    above.display()
                )),
                _ => Error::file("open", above, cause),
            })?;
            above.join(name)
        }
        Err(cause) => return Err(Error::file("open", folder, cause)),
    };
    let root = fs::canonicalize(root).map_err(|cause| Error::file("open", root, cause))?;
    if resolved.starts_with(&root) {
        return Err(Error::usage(format!(
            "{shown} lies inside the course; name a folder outside of it, such as ../{}",
            resolved.file_name().unwrap_or_default().display()
        )));
    }
    if root.starts_with(&resolved) {
        return Err(Error::usage(format!(
            "the course lies inside {shown}; name another folder"
        )));
    }
    let parent = resolved
        .parent()
        .ok_or_else(|| Error::usage(format!("{shown} cannot be replaced; name another folder")))?
        .to_owned();
    Ok((parent, resolved))
}

fn put(staged: &Path, folder: &Path) -> Result<()> {
    // Removes an empty folder only; whatever has come into it since is safe.
    match fs::remove_dir(folder) {
        Ok(()) => {}
        Err(cause) if cause.kind() == ErrorKind::NotFound => {}
        Err(cause) => return Err(Error::file("replace", folder, cause)),
    }
    fs::rename(staged, folder).map_err(|cause| Error::file("create", folder, cause))
}
