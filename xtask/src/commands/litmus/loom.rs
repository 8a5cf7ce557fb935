//! What loom makes of a test. Loom is no small thing to build, so it lies in a package of its own, which is
//! built when it is first asked for, and is spoken to in lines.

use std::{
    collections::BTreeSet,
    env,
    io::Write as _,
    path::PathBuf,
    process::{Command, Stdio},
};

use litmus::Program;

use crate::{
    course::Course,
    error::{Error, Result},
};

const PACKAGE: &str = "litmus_loom";

/// The program that explores under loom.
#[derive(Clone, Debug)]
pub struct Tool {
    binary: PathBuf,
}

/// What loom found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    pub states: BTreeSet<String>,
    /// Those of them in which the test's condition holds.
    pub satisfying: BTreeSet<String>,
    pub executions: u64,
    pub microseconds: u64,
    /// A data race in loom's words, which ends its search.
    pub race: Option<String>,
    /// Why it did not come to its end.
    pub unfinished: Option<String>,
}

impl Tool {
    /// Builds it where it is not built.
    pub fn build(course: &Course) -> Result<Tool> {
        let binary = course
            .products
            .join("debug")
            .join(PACKAGE)
            .with_extension(env::consts::EXE_EXTENSION);
        if !binary.is_file() {
            anstream::eprintln!("building loom, once: about half a minute");
        }
        let output = Command::new(&course.cargo)
            .args(["build", "--quiet", "--package", PACKAGE, "--target-dir"])
            .arg(&course.products)
            .current_dir(&course.root)
            .stdin(Stdio::null())
            .output()
            .map_err(|cause| Error::file("run", &course.cargo, cause))?;
        if !output.status.success() {
            return Err(Error::course(format!(
                "{PACKAGE} does not build:\n{}",
                String::from_utf8_lossy(&output.stderr).trim_end()
            )));
        }
        Ok(Tool { binary })
    }

    /// What loom finds, or why it finds nothing.
    pub fn explore(&self, program: &Program) -> Result<Found, String> {
        let failed = |cause| format!("loom could not be asked: {cause}");
        let mut child = Command::new(&self.binary)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(failed)?;
        if let Some(mut input) = child.stdin.take() {
            // One that goes away early says why, below.
            let _ = input.write_all(program.to_string().as_bytes());
        }
        let output = child.wait_with_output().map_err(failed)?;
        let said = String::from_utf8_lossy(&output.stdout);
        if output.status.success() {
            return read(&said);
        }
        let complaint = String::from_utf8_lossy(&output.stderr);
        let last = complaint.lines().rev().find(|line| !line.trim().is_empty());
        Err(format!(
            "loom gave up: {}",
            last.unwrap_or("it does not say why").trim()
        ))
    }
}

/// The lines of `crates/litmus_loom/src/main.rs`.
fn read(said: &str) -> Result<Found, String> {
    let mut found = Found::default();
    for line in said.lines() {
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        match word {
            "state" => {
                found.states.insert(rest.to_owned());
            }
            "executions" => found.executions = rest.parse().map_err(|_| unread(line))?,
            "microseconds" => found.microseconds = rest.parse().map_err(|_| unread(line))?,
            "race" => found.race = Some(rest.to_owned()),
            "unfinished" => found.unfinished = Some(rest.to_owned()),
            _ => return Err(unread(line)),
        }
    }
    Ok(found)
}

fn unread(line: &str) -> String {
    format!("loom's answer is not understood: `{line}`")
}
