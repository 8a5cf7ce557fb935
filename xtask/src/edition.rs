//! Which edition of the course this tree is, and where it keeps what only some editions have:
//! solutions, hidden tests, the stubs as handed out. Makes no edition; that is `commands::export`.
//!
//! The full course has plain files and no `edition.toml`. An exported edition has an `edition.toml` at its
//! root, which also lists every file of the course with its digest, and below `packed/` it carries what
//! is not meant to be read by accident. Packed is compressed, nothing more: it is no secret.

use std::{
    collections::BTreeMap,
    fmt, fs,
    io::{ErrorKind, Read as _, Write as _},
    path::{Path, PathBuf},
};

use flate2::{Compression, read::ZlibDecoder, write::ZlibEncoder};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::{
    catalog::Exercise,
    course::Course,
    error::{Error, Result},
    git,
    submission::{Stubs, hex},
};

/// Who a tree is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Edition {
    /// Authors and instructors: everything, in plain files.
    Full,
    /// A class: no solutions, no hidden tests.
    Class,
    /// One reader alone: solutions and hidden tests packed.
    SelfStudy,
}

impl fmt::Display for Edition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Edition::Full => "full course",
            Edition::Class => "class edition",
            Edition::SelfStudy => "self-study edition",
        })
    }
}

/// The edition that `course` is.
pub fn of(course: &Course) -> Result<Edition> {
    Ok(Manifest::read(&course.root)?.map_or(Edition::Full, |manifest| manifest.edition))
}

/// Refuses a command that only the full course can carry out.
pub fn full_only(course: &Course, command: &str) -> Result<()> {
    match of(course)? {
        Edition::Full => Ok(()),
        other => Err(Error::usage(format!(
            "`{command}` needs the full course; this is the {other}, which has no plain solutions"
        ))),
    }
}

/// The reference solution of `exercise`: plain source in the full course, unpacked in the self-study
/// edition, `None` in the class edition. Whether a reader may see it yet is the caller's business.
pub fn solution(course: &Course, exercise: &Exercise) -> Result<Option<String>> {
    match of(course)? {
        Edition::Full => plain(&exercise.paths.solution),
        Edition::SelfStudy => unpacked(course, exercise, Packed::Solution),
        Edition::Class => Ok(None),
    }
}

/// The hidden tests of `exercise`, where this edition has them.
pub fn hidden_tests(course: &Course, exercise: &Exercise) -> Result<Option<String>> {
    match of(course)? {
        Edition::Full => plain(&exercise.paths.hidden_tests),
        Edition::SelfStudy => unpacked(course, exercise, Packed::HiddenTests),
        Edition::Class => Ok(None),
    }
}

/// The stub as it was handed out: the source itself while it is untouched, what the edition carries, or
/// what git has. `None` where no copy of it is left.
pub fn stub(course: &Course, exercise: &Exercise, stubs: &Stubs) -> Result<Option<String>> {
    let pristine = |text: &String| stubs.is_pristine(exercise.id(), text);
    if let Some(text) = plain(&exercise.paths.source)
        .ok()
        .flatten()
        .filter(pristine)
    {
        return Ok(Some(text));
    }
    if of(course)? != Edition::Full {
        return unpacked(course, exercise, Packed::Stub);
    }
    Ok(git::versions(&course.root, &exercise.paths.source).find(pristine))
}

/// What an exported edition carries packed, one file an exercise and kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Packed {
    Solution,
    HiddenTests,
    Stub,
}

impl Packed {
    /// Where it lies, relative to the root, with `/`.
    pub fn path(self, chapter_folder: &str, id: &str) -> String {
        let kind = match self {
            Packed::Solution => "solution",
            Packed::HiddenTests => "hidden",
            Packed::Stub => "stub",
        };
        format!("packed/{chapter_folder}/{id}.{kind}.z")
    }
}

/// The same bytes for the same text, whenever and wherever this build packs it.
pub fn pack(text: &str) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
    encoder
        .write_all(text.as_bytes())
        .and_then(|()| encoder.finish())
        .expect("a Vec takes every byte")
}

fn unpack(bytes: &[u8]) -> std::io::Result<String> {
    let mut text = String::new();
    ZlibDecoder::new(bytes).read_to_string(&mut text)?;
    Ok(text)
}

fn plain(path: &Path) -> Result<Option<String>> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(Error::file("read", path, cause)),
    }
}

fn unpacked(course: &Course, exercise: &Exercise, kind: Packed) -> Result<Option<String>> {
    let path = course
        .root
        .join(kind.path(chapter_folder(exercise), exercise.id()));
    match fs::read(&path) {
        Ok(bytes) => unpack(&bytes).map(Some).map_err(|cause| {
            Error::course(format!(
                "{} is damaged ({cause}); take it from a fresh copy of this edition",
                path.display()
            ))
        }),
        Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(None),
        Err(cause) => Err(Error::file("read", &path, cause)),
    }
}

/// `04-classic-problems`.
pub fn chapter_folder(exercise: &Exercise) -> &str {
    exercise
        .paths
        .lesson
        .parent()
        .and_then(|folder| folder.file_name()?.to_str())
        .expect("a catalogue names chapter folders in UTF-8")
}

/// `edition.toml`: what a tree was exported as, from what, and the course's files in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    pub edition: Edition,
    #[serde(flatten)]
    pub release: Release,
    /// Every file of the edition except this one, by its path with `/`, and the digest of its bytes.
    pub files: BTreeMap<String, String>,
}

/// How new a course is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Release {
    /// Of the workspace.
    pub version: String,
    /// What git called the state it was made from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// When the course itself last changed, in seconds since 1970, as git has it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changed: Option<i64>,
}

impl Manifest {
    pub const FILE: &str = "edition.toml";

    /// The manifest of the tree at `root`; `None` for the full course.
    pub fn read(root: &Path) -> Result<Option<Manifest>> {
        let path = Manifest::path(root);
        let Some(text) = plain(&path)? else {
            return Ok(None);
        };
        toml::from_str(&text).map(Some).map_err(|error| {
            Error::course(format!(
                "{}: {}; take it from a fresh copy of this edition",
                path.display(),
                error.message().replace('\n', " ")
            ))
        })
    }

    pub fn path(root: &Path) -> PathBuf {
        root.join(Manifest::FILE)
    }

    pub fn text(&self) -> String {
        let body = toml::to_string(self).expect("text, numbers and a table of text");
        format!(
            "# What this tree was exported as, and the files that `cargo xtask update` may replace.\n\
             # Written by `cargo xtask export`; not to be edited.\n{body}"
        )
    }
}

/// By which a file of the course is known to be untouched. A checkout with other line endings is.
pub fn digest(bytes: &[u8]) -> String {
    let mut hasher = Sha256::new();
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        match line.strip_suffix(b"\r\n") {
            Some(line) => {
                hasher.update(line);
                hasher.update(b"\n");
            }
            None => hasher.update(line),
        }
    }
    hex(&hasher.finalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_comes_back_and_cannot_be_read_by_accident() {
        let text = "pub fn answer() -> u32 {\n    42 // the answer\n}\n".repeat(3);
        let packed = pack(&text);
        assert_eq!(unpack(&packed).unwrap(), text);
        assert_eq!(pack(&text), packed);
        let plain = String::from_utf8_lossy(&packed);
        assert!(!plain.contains("answer") && !plain.contains("pub fn"));
        assert!(unpack(&packed[..packed.len() / 2]).is_err());
    }

    #[test]
    fn a_file_with_other_line_endings_is_the_same_file() {
        assert_eq!(digest(b"a\nb\n"), digest(b"a\r\nb\r\n"));
        assert_ne!(digest(b"a\nb\n"), digest(b"a\n\nb\n"));
        assert_ne!(digest(b"a\rb"), digest(b"a\nb"));
    }

    #[test]
    fn a_manifest_comes_back_as_it_was_written() {
        let manifest = Manifest {
            edition: Edition::SelfStudy,
            release: Release {
                version: "0.1.0".to_owned(),
                commit: Some("abc".to_owned()),
                changed: None,
            },
            files: BTreeMap::from([("a/b.rs".to_owned(), digest(b"x"))]),
        };
        let text = manifest.text();
        assert!(text.contains("edition = \"self-study\""), "{text}");
        let tree = tempfile::tempdir().unwrap();
        assert_eq!(Manifest::read(tree.path()).unwrap(), None);
        fs::write(Manifest::path(tree.path()), &text).unwrap();
        assert_eq!(Manifest::read(tree.path()).unwrap(), Some(manifest));
        fs::write(Manifest::path(tree.path()), "edition = \"school\"\n").unwrap();
        assert!(Manifest::read(tree.path()).is_err());
    }
}
