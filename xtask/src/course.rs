//! Where the course stands on this machine: its root, the folder for build products, the toolchain, and
//! the fingerprint of everything a result depends on besides the exercise itself.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use sha2::{Digest, Sha256};

use crate::{
    error::{Error, Result},
    submission::hex,
};

#[derive(Clone, Debug)]
pub struct Course {
    /// The workspace.
    pub root: PathBuf,
    /// Everything that the runner makes: results, work folders, the lock of a run. `XTASK_DIR` moves it.
    pub target: PathBuf,
    /// Where Cargo puts what it builds.
    pub products: PathBuf,
    pub cargo: PathBuf,
    pub rustc: PathBuf,
    /// Digest of the grader, the crates that exercises are linked against, the lock file and the
    /// compiler.
    pub fingerprint: String,
}

impl Course {
    pub fn here() -> Result<Course> {
        let root = root();
        if !root.join("chapters").is_dir() {
            return Err(Error::course(format!(
                "{} holds no chapters; run `cargo xtask` inside the course",
                root.display()
            )));
        }
        let products = products(&root);
        let target = env::var_os("XTASK_DIR").map_or_else(|| products.join("xtask"), PathBuf::from);
        fs::create_dir_all(&target).map_err(|cause| Error::file("create", &target, cause))?;
        let cargo = env::var_os("CARGO").map_or_else(|| PathBuf::from("cargo"), PathBuf::from);
        let rustc = sibling(&cargo, "rustc").unwrap_or_else(|| PathBuf::from("rustc"));
        let fingerprint = fingerprint(&root, &rustc)?;
        Ok(Course {
            root,
            target,
            products,
            cargo,
            rustc,
            fingerprint,
        })
    }
}

/// Cargo says where the package of this binary lies; a binary run by hand remembers where it was built.
fn root() -> PathBuf {
    let package = env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package
        .parent()
        .map_or_else(|| package.clone(), Path::to_path_buf)
}

/// This binary lies in `<target>/<profile>/`, whatever the user's settings are.
fn products(root: &Path) -> PathBuf {
    env::current_exe()
        .ok()
        .and_then(|exe| exe.parent()?.parent().map(Path::to_path_buf))
        .unwrap_or_else(|| root.join("target"))
}

/// The toolchain's own binary beside the one that runs: no detour through a version manager.
fn sibling(cargo: &Path, name: &str) -> Option<PathBuf> {
    let path = cargo
        .parent()?
        .join(format!("{name}{}", env::consts::EXE_SUFFIX));
    path.is_file().then_some(path)
}

fn fingerprint(root: &Path, rustc: &Path) -> Result<String> {
    let mut files = Vec::new();
    for folder in ["crates", "xtask/src"] {
        collect(&root.join(folder), &mut files)?;
    }
    files.extend(["Cargo.toml", "Cargo.lock", "xtask/Cargo.toml"].map(|file| root.join(file)));
    files.sort();
    let mut hasher = Sha256::new();
    for path in &files {
        let bytes = fs::read(path).map_err(|cause| Error::file("read", path, cause))?;
        hasher.update(
            path.strip_prefix(root)
                .unwrap_or(path)
                .as_os_str()
                .as_encoded_bytes(),
        );
        hasher.update(bytes.len().to_le_bytes());
        hasher.update(&bytes);
    }
    hasher.update(rustc.as_os_str().as_encoded_bytes());
    if let Ok(found) = fs::metadata(rustc) {
        let modified = found
            .modified()
            .ok()
            .and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
        hasher.update(format!("{} {modified:?}", found.len()));
    }
    Ok(hex(&hasher.finalize()))
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries = fs::read_dir(folder).map_err(|cause| Error::file("list", folder, cause))?;
    for entry in entries {
        let path = entry
            .map_err(|cause| Error::file("list", folder, cause))?
            .path();
        if path.is_dir() {
            // A crate's own tests decide nothing about an exercise, and peers only about its speed.
            if !["tests", "examples", "benches", "fixtures", "peers"]
                .iter()
                .any(|name| path.ends_with(name))
            {
                collect(&path, files)?;
            }
        } else if path.extension().is_some_and(|ending| {
            ["rs", "toml", "litmus"]
                .iter()
                .any(|known| ending == *known)
        }) {
            files.push(path);
        }
    }
    Ok(())
}
