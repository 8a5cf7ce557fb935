//! Whose file for an exercise: reads it from the tree to be graded, and refuses what is not plainly
//! one source file. Nothing else of that tree is ever opened.

use std::{fs, path::Path};

use findings::Verdict;
use sha2::{Digest, Sha256};

use crate::{
    catalog::{Chapter, Exercise},
    error::{Error, Result},
};

/// A source file larger than this is not an answer to an exercise.
const LARGEST: u64 = 1 << 20;

/// What was handed in for one exercise.
#[derive(Clone, Debug)]
pub enum Submission {
    /// To be compiled and run.
    Source(String),
    /// Judged without compiling.
    Settled { verdict: Verdict, reason: String },
}

/// Reads the file for `exercise` in the course tree `tree`.
pub fn read(tree: &Path, chapter: &Chapter, exercise: &Exercise, stubs: &Stubs) -> Submission {
    let relative = Path::new("chapters")
        .join(&chapter.folder)
        .join("src")
        .join(format!("{}.rs", exercise.id()));
    let settled = |verdict, reason: String| Submission::Settled { verdict, reason };
    match open(tree, &relative) {
        Ok(text) if stubs.is_pristine(exercise.id(), &text) => {
            settled(Verdict::NotStarted, "the stub is untouched".to_owned())
        }
        Ok(text) => Submission::Source(text),
        Err(Refusal::Missing) => settled(
            Verdict::NotStarted,
            format!("there is no {}", relative.display()),
        ),
        Err(Refusal::Unreadable(cause)) => settled(
            Verdict::Ungraded,
            format!(
                "cannot read {}: {cause}; grade it again once that is mended",
                relative.display()
            ),
        ),
        Err(Refusal::NotASource(what)) => {
            settled(Verdict::Forbidden, format!("{} {what}", relative.display()))
        }
    }
}

enum Refusal {
    Missing,
    Unreadable(std::io::Error),
    NotASource(String),
}

/// Opens `relative` below `tree`, following no link on the way.
fn open(tree: &Path, relative: &Path) -> Result<String, Refusal> {
    let mut path = tree.to_owned();
    for part in relative {
        path.push(part);
        let found = fs::symlink_metadata(&path).map_err(|cause| match cause.kind() {
            std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => Refusal::Missing,
            _ => Refusal::Unreadable(cause),
        })?;
        if found.is_symlink() {
            return Err(Refusal::NotASource(
                "is reached by a link; hand in the file itself".to_owned(),
            ));
        }
    }
    let found = fs::symlink_metadata(&path).map_err(Refusal::Unreadable)?;
    if !found.is_file() {
        return Err(Refusal::NotASource("is not a regular file".to_owned()));
    }
    if found.len() > LARGEST {
        return Err(Refusal::NotASource(format!(
            "is {} bytes long; 1 MiB is the limit",
            found.len()
        )));
    }
    let bytes = fs::read(&path).map_err(Refusal::Unreadable)?;
    String::from_utf8(bytes).map_err(|error| {
        let line = 1 + error.as_bytes()[..error.utf8_error().valid_up_to()]
            .iter()
            .filter(|&&byte| byte == b'\n')
            .count();
        Refusal::NotASource(format!("is not UTF-8 (line {line}); save it as UTF-8"))
    })
}

/// The stubs as they were handed out, by digest: `chapters/*/stubs.lock`.
#[derive(Clone, Debug, Default)]
pub struct Stubs {
    digests: Vec<(String, String)>,
}

impl Stubs {
    /// Reads the lock files; one that is missing knows no stub.
    pub fn read(root: &Path, chapters: &[Chapter]) -> Result<Stubs> {
        let mut digests = Vec::new();
        for chapter in chapters {
            let path = lock_path(root, chapter);
            let text = match fs::read_to_string(&path) {
                Ok(text) => text,
                Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => continue,
                Err(cause) => return Err(Error::file("read", &path, cause)),
            };
            digests.extend(entries(&text));
        }
        Ok(Stubs { digests })
    }

    pub fn is_pristine(&self, id: &str, text: &str) -> bool {
        let digest = stub_digest(text);
        self.digests
            .iter()
            .any(|(known, of)| known == id && *of == digest)
    }

    pub fn knows(&self, id: &str) -> bool {
        self.digests.iter().any(|(known, _)| known == id)
    }

    /// Records the stubs of those exercises of `chapter` that are `among` these; the others stay as they
    /// were recorded, or unrecorded.
    pub fn accept(
        &self,
        root: &Path,
        chapter: &Chapter,
        among: impl Fn(&str) -> bool,
    ) -> Result<()> {
        let mut text = String::from(
            "# The stubs as they are handed out; `cargo xtask verify --accept-stubs` writes this file.\n",
        );
        for exercise in &chapter.exercises {
            let digest = if among(exercise.id()) {
                let source = &exercise.paths.source;
                let stub = fs::read_to_string(source)
                    .map_err(|cause| Error::file("read", source, cause))?;
                Some(stub_digest(&stub))
            } else {
                let mut known = self.digests.iter();
                let known = known.find(|(known, _)| known == exercise.id());
                known.map(|(_, digest)| digest.clone())
            };
            if let Some(digest) = digest {
                text += &format!("{} {digest}\n", exercise.id());
            }
        }
        let path = lock_path(root, chapter);
        fs::write(&path, text).map_err(|cause| Error::file("write", &path, cause))
    }
}

fn lock_path(root: &Path, chapter: &Chapter) -> std::path::PathBuf {
    root.join("chapters")
        .join(&chapter.folder)
        .join("stubs.lock")
}

/// One line of a `stubs.lock`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locked {
    pub chapter_folder: String,
    pub id: String,
    pub digest: String,
}

impl Locked {
    /// Every stub that the tree at `root` records. Reads no manifest, which may be written for a newer
    /// runner than this one.
    pub fn all(root: &Path) -> Result<Vec<Locked>> {
        let chapters = root.join("chapters");
        let failed = |cause| Error::file("list", &chapters, cause);
        let mut all = Vec::new();
        for entry in fs::read_dir(&chapters).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            let Ok(text) = fs::read_to_string(entry.path().join("stubs.lock")) else {
                continue;
            };
            let Ok(folder) = entry.file_name().into_string() else {
                continue;
            };
            all.extend(entries(&text).map(|(id, digest)| Locked {
                chapter_folder: folder.clone(),
                id,
                digest,
            }));
        }
        all.sort_by(|a, b| (&a.chapter_folder, &a.id).cmp(&(&b.chapter_folder, &b.id)));
        Ok(all)
    }
}

fn entries(text: &str) -> impl Iterator<Item = (String, String)> {
    text.lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once(' '))
        .map(|(id, digest)| (id.to_owned(), digest.trim().to_owned()))
}

/// Line endings and trailing blanks are an editor's business, not a start on the exercise.
pub fn stub_digest(text: &str) -> String {
    let mut hasher = Sha256::new();
    for line in text.trim_end().lines() {
        hasher.update(line.trim_end());
        hasher.update("\n");
    }
    hex(&hasher.finalize())
}

pub fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stub_saved_with_other_line_endings_is_still_untouched() {
        assert_eq!(stub_digest("a\nb\n"), stub_digest("a\r\nb  \r\n\r\n"));
        assert_ne!(stub_digest("a\nb\n"), stub_digest("a\n\nb\n"));
    }

    #[test]
    fn only_a_plain_small_utf8_file_is_a_source() {
        let tree = tempfile::tempdir().unwrap();
        let path = |name: &str| tree.path().join(name);
        let refusal = |name: &str| match open(tree.path(), Path::new(name)) {
            Ok(text) => text,
            Err(Refusal::Missing) => "missing".to_owned(),
            Err(Refusal::Unreadable(cause)) => cause.to_string(),
            Err(Refusal::NotASource(what)) => what,
        };
        fs::write(path("plain.rs"), "fn main() {}").unwrap();
        fs::write(path("latin1.rs"), b"// one\n// caf\xe9").unwrap();
        fs::write(path("large.rs"), vec![b' '; LARGEST as usize + 1]).unwrap();
        fs::create_dir(path("folder.rs")).unwrap();
        assert_eq!(refusal("plain.rs"), "fn main() {}");
        assert_eq!(
            refusal("latin1.rs"),
            "is not UTF-8 (line 2); save it as UTF-8"
        );
        assert_eq!(
            refusal("large.rs"),
            "is 1048577 bytes long; 1 MiB is the limit"
        );
        assert_eq!(refusal("folder.rs"), "is not a regular file");
        assert_eq!(refusal("absent.rs"), "missing");
        assert_eq!(refusal("plain.rs/below.rs"), "missing");
        #[cfg(unix)]
        {
            std::os::unix::fs::symlink(path("plain.rs"), path("link.rs")).unwrap();
            std::os::unix::fs::symlink(tree.path(), path("tree")).unwrap();
            assert_eq!(
                refusal("link.rs"),
                "is reached by a link; hand in the file itself"
            );
            assert_eq!(
                refusal("tree/plain.rs"),
                "is reached by a link; hand in the file itself"
            );
        }
    }
}
