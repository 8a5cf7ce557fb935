//! Results remembered by everything they depend on, so that an unchanged exercise costs nothing.

use std::{fs, path::PathBuf};

use sha2::{Digest, Sha256};
use tempfile::NamedTempFile;

use crate::{
    catalog::Exercise,
    course::Course,
    edition,
    error::{Error, Result},
    overlay::Scope,
    score::Grade,
    submission::hex,
};

/// Names one result.
#[derive(Clone, Debug)]
pub struct Key(String);

impl Key {
    /// Names a result that depends on `more` as well.
    pub fn with(&self, more: &str) -> Key {
        Key(hex(&Sha256::digest(format!("{} {more}", self.0))))
    }
}

#[derive(Clone, Debug)]
pub struct Results {
    folder: PathBuf,
}

impl Results {
    pub fn open(course: &Course) -> Result<Results> {
        let folder = course.target.join("results");
        fs::create_dir_all(&folder).map_err(|cause| Error::file("create", &folder, cause))?;
        Ok(Results { folder })
    }

    /// The exact source, its tests, its manifest entry, and the grader with its toolchain.
    pub fn key(course: &Course, exercise: &Exercise, source: &str, scope: Scope) -> Key {
        let mut hasher = Sha256::new();
        let mut add = |bytes: &[u8]| {
            hasher.update(bytes.len().to_le_bytes());
            hasher.update(bytes);
        };
        add(course.fingerprint.as_bytes());
        add(course.root.as_os_str().as_encoded_bytes());
        add(source.as_bytes());
        add(&serde_json::to_vec(&exercise.entry).expect("an entry is plain data"));
        let paths = &exercise.paths;
        add(&fs::read(&paths.public_tests).unwrap_or_default());
        add(&fs::read(&paths.models).unwrap_or_default());
        match scope {
            Scope::Public => add(b"public"),
            Scope::All => add(edition::hidden_tests(course, exercise)
                .ok()
                .flatten()
                .unwrap_or_default()
                .as_bytes()),
        }
        Key(hex(&hasher.finalize()))
    }

    pub fn recall(&self, key: &Key) -> Option<Grade> {
        serde_json::from_slice(&fs::read(self.path(key)).ok()?).ok()
    }

    /// Remembers `grade`, whole or not at all. What is open is asked again the next time.
    pub fn remember(&self, key: &Key, grade: &Grade) -> Result<()> {
        if grade.verdict.is_open() || grade.open.0 > 0 {
            return Ok(());
        }
        let path = self.path(key);
        let write = || -> std::io::Result<()> {
            let mut file = NamedTempFile::new_in(&self.folder)?;
            serde_json::to_writer(&mut file, grade)?;
            file.persist(&path)?;
            Ok(())
        };
        write().map_err(|cause| Error::file("write", &path, cause))
    }

    fn path(&self, key: &Key) -> PathBuf {
        self.folder.join(format!("{}.json", key.0))
    }
}
