//! A submission as one file: a `.tar.gz` with exercise sources under their paths in the course, and nothing
//! else. The same sources make the same bytes.

use std::{
    fs::{self, File},
    io::{Read as _, Write as _},
    path::Path,
};

use flate2::{Compression, GzBuilder, read::GzDecoder};

/// What packed submissions are called.
pub const ENDINGS: &[&str] = &[".tar.gz", ".tgz"];

/// More than every exercise of a course at its largest is no submission.
const LARGEST: u64 = 256 << 20;

/// One source file, by its path from the root of the course, with `/`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Packed {
    pub path: String,
    pub text: String,
}

/// The archive of `files`, in order of path. Neither times nor owners nor rights of this machine are in it.
pub fn pack(files: &[Packed]) -> std::io::Result<Vec<u8>> {
    let mut sorted: Vec<&Packed> = files.iter().collect();
    sorted.sort();
    let mut archive = tar::Builder::new(Vec::new());
    for file in sorted {
        let mut header = tar::Header::new_gnu();
        header.set_size(file.text.len() as u64);
        header.set_mode(0o644);
        header.set_mtime(0);
        archive.append_data(&mut header, &file.path, file.text.as_bytes())?;
    }
    let plain = archive.into_inner()?;
    let mut packed = GzBuilder::new()
        .mtime(0)
        .write(Vec::new(), Compression::best());
    packed.write_all(&plain)?;
    packed.finish()
}

/// Whether the file at `path` is such an archive and holds nothing but exercise sources: one that may be
/// replaced by a newer one.
pub fn is_submission(path: &Path) -> bool {
    let look = || -> std::io::Result<bool> {
        if !fs::symlink_metadata(path)?.is_file() {
            return Ok(false);
        }
        let plain = GzDecoder::new(File::open(path)?).take(LARGEST);
        let mut archive = tar::Archive::new(plain);
        let mut sources = 0;
        for entry in archive.entries()? {
            let entry = entry?;
            let name = entry.path()?.to_string_lossy().into_owned();
            if !entry.header().entry_type().is_file() || !is_source(&name) {
                return Ok(false);
            }
            sources += 1;
        }
        Ok(sources > 0)
    };
    look().unwrap_or(false)
}

/// `chapters/…/src/….rs`.
fn is_source(path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    matches!(parts[..], ["chapters", _, "src", file] if file.ends_with(".rs"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, text: &str) -> Packed {
        Packed {
            path: path.to_owned(),
            text: text.to_owned(),
        }
    }

    #[test]
    fn the_same_sources_make_the_same_bytes_in_any_order() {
        let one = file("chapters/01-a/src/one.rs", "fn one() {}\n");
        let two = file("chapters/01-a/src/two.rs", "fn two() {}\n");
        let packed = pack(&[one.clone(), two.clone()]).unwrap();
        assert_eq!(pack(&[two, one.clone()]).unwrap(), packed);
        assert_ne!(pack(&[one]).unwrap(), packed);
    }

    #[test]
    fn only_an_archive_of_exercise_sources_may_be_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.tar.gz");
        let is = |bytes: &[u8]| {
            fs::write(&path, bytes).unwrap();
            is_submission(&path)
        };
        let ours = pack(&[file("chapters/01-a/src/one.rs", "x")]).unwrap();
        assert!(is(&ours));
        assert!(!is(&ours[..ours.len() / 2]));
        assert!(!is(&pack(&[file("thesis/chapter.rs", "x")]).unwrap()));
        assert!(!is(b"my thesis"));
        assert!(!is(&pack(&[]).unwrap()));
        assert!(!is_submission(folder.path()));
    }
}
