//! The libraries that an exercise is linked against, built by Cargo once and remembered: after that an
//! exercise costs the compiler's time and none of Cargo's.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use supervise::{ToolEnd, ToolLimits};

use crate::{
    course::Course,
    error::{Error, Result},
    stop::Stop,
};

/// Where each library lies, by crate name.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Externs {
    fingerprint: String,
    /// `rustc -vV`, for the record.
    pub toolchain: String,
    libraries: BTreeMap<String, PathBuf>,
}

/// A package whose dependencies are the libraries that are wanted.
struct Set {
    package: &'static str,
    /// Optimised.
    release: bool,
    what_for: &'static str,
}

const TESTED: Set = Set {
    package: "externs",
    release: false,
    what_for: "building the libraries that exercises use (once)",
};

const MEASURED: Set = Set {
    package: "peers",
    release: true,
    what_for: "building, optimised, what speed is measured with and against (once)",
};

impl Externs {
    /// Builds what is not built. `say` hears about it before the long wait, not after.
    pub fn ready(course: &Course, stop: &Stop, say: &dyn Fn(&str)) -> Result<Externs> {
        Externs::of(&TESTED, course, &course.fingerprint, stop, say)
    }

    /// The same for measuring, with the peers. `fingerprint` is of those and of all that `course`'s own is.
    pub fn measured(
        course: &Course,
        fingerprint: &str,
        stop: &Stop,
        say: &dyn Fn(&str),
    ) -> Result<Externs> {
        Externs::of(&MEASURED, course, fingerprint, stop, say)
    }

    fn of(
        set: &Set,
        course: &Course,
        fingerprint: &str,
        stop: &Stop,
        say: &dyn Fn(&str),
    ) -> Result<Externs> {
        let memory = course.target.join(format!("{}.json", set.package));
        // Two copies of the course that share a folder of products overwrite each other's libraries.
        let fingerprint = format!("{fingerprint} {}", course.root.display());
        if let Some(known) = recall(&memory, &fingerprint) {
            return Ok(known);
        }
        say(set.what_for);
        let built = Externs {
            fingerprint,
            toolchain: toolchain(course)?,
            libraries: build(set, course, stop)?,
        };
        let text = serde_json::to_string_pretty(&built).expect("paths and names are text");
        fs::write(&memory, text).map_err(|cause| Error::file("write", &memory, cause))?;
        Ok(built)
    }

    pub fn library(&self, name: &str) -> Result<&Path> {
        self.libraries.get(name).map(PathBuf::as_path).ok_or_else(|| {
            Error::course(format!(
                "no library `{name}` is built for exercises; add it to crates/externs/Cargo.toml, and to \
                 crates/peers/Cargo.toml if speed is measured"
            ))
        })
    }

    /// Where the compiler finds what the libraries themselves are linked against.
    pub fn search_path(&self) -> Option<&Path> {
        self.libraries
            .get("harness")
            .and_then(|library| library.parent())
    }
}

fn recall(memory: &Path, fingerprint: &str) -> Option<Externs> {
    let known: Externs = serde_json::from_slice(&fs::read(memory).ok()?).ok()?;
    let usable = known.fingerprint == fingerprint
        && known.libraries.values().all(|library| library.is_file());
    usable.then_some(known)
}

fn toolchain(course: &Course) -> Result<String> {
    let output = Command::new(&course.rustc)
        .arg("-vV")
        .output()
        .map_err(|cause| Error::file("run", &course.rustc, cause))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// What Cargo says of one product; other messages lack a field and are passed over.
#[derive(Deserialize)]
struct Artifact {
    package_id: String,
    target: Target,
    filenames: Vec<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    crate_types: Vec<String>,
}

fn build(set: &Set, course: &Course, stop: &Stop) -> Result<BTreeMap<String, PathBuf>> {
    let named = named(set, course)?;
    let mut cargo = Command::new(&course.cargo);
    cargo
        .args(["build", "--quiet", "--package", set.package])
        .args(set.release.then_some("--release"))
        .args(["--message-format", "json-render-diagnostics"])
        .arg("--target-dir")
        .arg(&course.products)
        .current_dir(&course.root);
    // Our own crates: nothing to guard against but a wish to stop.
    let unlimited = ToolLimits {
        cpu: Duration::from_secs(24 * 3600),
        memory: u64::MAX,
        output: u64::MAX,
    };
    let built = supervise::run_tool(cargo, &unlimited, stop.flag())
        .map_err(|cause| Error::file("run", &course.cargo, cause))?;
    if built.end == ToolEnd::Cancelled {
        return Err(Error::stopped());
    }
    if built.end != ToolEnd::Exited(0) {
        return Err(Error::machine(format!(
            "the libraries that exercises use do not build; mend what Cargo says and run the same \
             command again:\n{}",
            String::from_utf8_lossy(&built.stderr).trim_end()
        )));
    }
    let lines = String::from_utf8_lossy(&built.stdout);
    Ok(lines
        .lines()
        .filter_map(|line| serde_json::from_str::<Artifact>(line).ok())
        .filter(|artifact| artifact.target.crate_types.iter().any(|kind| kind == "lib"))
        .filter_map(|artifact| {
            let name = artifact.target.name.replace('-', "_");
            let version = version_of(&artifact.package_id);
            let library = artifact
                .filenames
                .into_iter()
                .find(|file| file.extension().is_some_and(|e| e == "rlib"))?;
            let is_named = named.get(&name).is_some_and(|wanted| wanted == version);
            is_named.then_some((name, library))
        })
        .collect())
}

/// The libraries that the package itself depends on, with their versions. What those depend on is built
/// too, and may be another version of the same crate.
fn named(set: &Set, course: &Course) -> Result<BTreeMap<String, String>> {
    let output = Command::new(&course.cargo)
        .args(["tree", "--quiet", "--package", set.package, "--depth", "1"])
        .args([
            "--edges",
            "normal",
            "--prefix",
            "none",
            "--format",
            "{lib} {p}",
        ])
        .current_dir(&course.root)
        .stdin(Stdio::null())
        .output()
        .map_err(|cause| Error::file("run", &course.cargo, cause))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        return Err(Error::machine(format!(
            "`cargo tree --package {}` does not work: {said}",
            set.package
        )));
    }
    Ok(tree(&String::from_utf8_lossy(&output.stdout)))
}

/// Lines like `rand rand v0.10.3`.
fn tree(text: &str) -> BTreeMap<String, String> {
    let line = |line: &str| {
        let mut words = line.split(' ');
        let (library, _, version) = (words.next()?, words.next()?, words.next()?);
        Some((library.to_owned(), version.strip_prefix('v')?.to_owned()))
    };
    text.lines().filter_map(line).collect()
}

/// `…#rand@0.10.3`, or `…/kit#0.1.0` where the name is the folder's.
fn version_of(package_id: &str) -> &str {
    let (_, tail) = package_id.rsplit_once('#').unwrap_or(("", package_id));
    tail.rsplit_once('@').map_or(tail, |(_, version)| version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_two_versions_of_a_crate_the_one_that_exercises_name_is_taken() {
        let named = tree("externs externs v0.1.0 (/course/crates/externs)\nrand rand v0.10.3\n");
        let registry = "registry+https://github.com/rust-lang/crates.io-index";
        assert_eq!(
            version_of(&format!("{registry}#rand@0.10.3")),
            named["rand"]
        );
        assert_ne!(version_of(&format!("{registry}#rand@0.8.8")), named["rand"]);
        assert_eq!(
            version_of("path+file:///course/crates/externs#0.1.0"),
            named["externs"]
        );
    }
}
