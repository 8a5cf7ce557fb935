//! Compiles one unit of an overlay: the exercise as a library of its own, then the binary of tests or
//! models that links to it. Says whether it is the learner's source that does not compile, or our side.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde::Deserialize;
use supervise::{ToolEnd, ToolLimits};

use crate::{
    catalog::Exercise,
    course::Course,
    error::{Error, Result},
    externs::Externs,
    overlay::{Overlay, Unit},
    runs::printable,
    stop::Stop,
};

/// What became of compiling one unit.
#[derive(Clone, Debug)]
pub enum Compiled {
    Binary {
        path: PathBuf,
        warnings: Vec<String>,
    },
    /// The learner's source, or its public face, is at fault: what the compiler says.
    Rejected(String),
    /// Ours: a linker that fails, a full disk, a broken test file.
    Failed(String),
}

pub fn compile(
    course: &Course,
    externs: &Externs,
    exercise: &Exercise,
    overlay: &Overlay,
    unit: Unit,
    limits: &ToolLimits,
    stop: &Stop,
) -> Result<Compiled> {
    let folder = overlay.folder();
    let memory = overlay.memory(unit);
    let memory = memory.as_deref();
    // The compiler takes a library only under this form of name.
    let library = overlay
        .products(unit)
        .join(format!("lib{}.rlib", exercise.chapter));
    let binary = overlay
        .products(unit)
        .join(format!("run{}", std::env::consts::EXE_SUFFIX));

    let mut command = rustc(course, externs, exercise, folder, memory);
    command.args(["--crate-type", "lib", "--crate-name", &exercise.chapter]);
    if !exercise.entry.may_be_unsafe {
        // On the command line, where no attribute in the source can lift it.
        command.args(["-F", "unsafe_code"]);
    }
    with_extern(&mut command, "kit", externs.library(unit.kit())?);
    for name in &exercise.entry.crates {
        with_extern(&mut command, name, externs.library(name)?);
    }
    command.arg("-o").arg(&library).arg(overlay.library_root());
    let library_said = match run(command, limits, stop)? {
        Ended::Said(said) => said,
        Ended::Compiled(compiled) => return Ok(compiled),
    };
    if let Some(fault) = library_said.fault(&[]) {
        return Ok(fault);
    }

    let mut command = rustc(course, externs, exercise, folder, memory);
    command.args(["--test", "--crate-name", unit.name()]);
    with_extern(&mut command, "kit", externs.library(unit.kit())?);
    with_extern(&mut command, "harness", externs.library("harness")?);
    with_extern(&mut command, &exercise.chapter, &library);
    for name in &exercise.entry.crates {
        with_extern(&mut command, name, externs.library(name)?);
    }
    command.arg("-o").arg(&binary).arg(overlay.test_root(unit));
    match run(command, limits, stop)? {
        Ended::Said(said) => Ok(said.fault(TESTS_DISAGREE).unwrap_or(Compiled::Binary {
            path: binary,
            warnings: library_said.messages_of("warning"),
        })),
        Ended::Compiled(compiled) => Ok(compiled),
    }
}

/// Compiles `root` (one file, and the modules it names) as an optimised library of the name `name`, as an
/// answer to `exercise`.
pub fn optimised_library(
    course: &Course,
    externs: &Externs,
    exercise: &Exercise,
    root: &Path,
    name: &str,
    tool: (&ToolLimits, &Stop),
) -> Result<Compiled> {
    let folder = root.parent().unwrap_or(&course.root);
    let library = folder.join(format!("lib{name}.rlib"));
    let mut command = rustc(course, externs, exercise, folder, None);
    command
        .args(["--crate-type", "lib", "--crate-name", name])
        // One unit, so that the same source is laid out in the same way.
        .args(["-C", "opt-level=3", "-C", "codegen-units=1"]);
    if !exercise.entry.may_be_unsafe {
        command.args(["-F", "unsafe_code"]);
    }
    with_extern(&mut command, "kit", externs.library("kit")?);
    for name in &exercise.entry.crates {
        with_extern(&mut command, name, externs.library(name)?);
    }
    command.arg("-o").arg(&library).arg(root);
    Ok(match run(command, tool.0, tool.1)? {
        Ended::Said(said) => said.fault(&[]).unwrap_or(Compiled::Binary {
            path: library,
            warnings: Vec::new(),
        }),
        Ended::Compiled(compiled) => compiled,
    })
}

/// Compiles `root` as a test binary that is linked to optimised libraries: those of `externs`, and `own`, by
/// the name that `root` knows each by.
pub fn optimised_binary(
    course: &Course,
    externs: &Externs,
    exercise: &Exercise,
    root: &Path,
    own: &[(&str, &Path)],
    tool: (&ToolLimits, &Stop),
) -> Result<Compiled> {
    let folder = root.parent().unwrap_or(&course.root);
    let binary = root.with_extension(std::env::consts::EXE_EXTENSION);
    let name = root.file_stem().unwrap_or_default().to_string_lossy();
    let mut command = rustc(course, externs, exercise, folder, None);
    command.args(["--test", "--crate-name", &name]).args([
        "-C",
        "opt-level=3",
        "-C",
        "codegen-units=1",
    ]);
    for name in ["kit", "harness", "paired", "peers"] {
        with_extern(&mut command, name, externs.library(name)?);
    }
    for name in &exercise.entry.crates {
        with_extern(&mut command, name, externs.library(name)?);
    }
    for (name, library) in own {
        with_extern(&mut command, name, library);
    }
    command.arg("-o").arg(&binary).arg(root);
    Ok(match run(command, tool.0, tool.1)? {
        Ended::Said(said) => said.fault(TESTS_DISAGREE).unwrap_or(Compiled::Binary {
            path: binary,
            warnings: Vec::new(),
        }),
        Ended::Compiled(compiled) => compiled,
    })
}

/// In a test file these mean that the learner changed the public face of the exercise.
const TESTS_DISAGREE: &[&str] = &["E0"];

fn rustc(
    course: &Course,
    externs: &Externs,
    exercise: &Exercise,
    folder: &Path,
    memory: Option<&Path>,
) -> Command {
    let source = course.root.join("chapters");
    let shown = exercise.paths.source.parent().unwrap_or(&source);
    let shown = shown.strip_prefix(&course.root).unwrap_or(shown);
    let mut command = Command::new(&course.rustc);
    command
        .args(["--edition", "2024", "--error-format", "json"])
        .args(["-C", "debuginfo=line-tables-only", "-C", "embed-bitcode=no"])
        // What people read names files as they stand in the course. The last that fits counts, and the
        // work folder may lie in the course.
        .arg("--remap-path-prefix")
        .arg(format!("{}/=", course.root.display()))
        .arg("--remap-path-prefix")
        .arg(format!("{}={}", folder.display(), shown.display()))
        .current_dir(&course.root)
        .env_remove("RUSTFLAGS");
    if let Some(memory) = memory {
        command
            .arg("-C")
            .arg(format!("incremental={}", memory.display()));
    }
    if let Some(path) = externs.search_path() {
        command
            .arg("-L")
            .arg(format!("dependency={}", path.display()));
    }
    command
}

fn with_extern(command: &mut Command, name: &str, library: &Path) {
    command
        .arg("--extern")
        .arg(format!("{name}={}", library.display()));
}

/// One message of the compiler, of which it prints one a line.
#[derive(Clone, Debug, Deserialize)]
struct Diagnostic {
    message: String,
    level: String,
    code: Option<Code>,
    spans: Vec<serde::de::IgnoredAny>,
    rendered: Option<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Code {
    code: String,
}

/// What the compiler said before it ended by itself.
struct Said {
    succeeded: bool,
    status: String,
    diagnostics: Vec<Diagnostic>,
    /// What is no diagnostic: the compiler's own crash, a tool's message.
    other: String,
}

enum Ended {
    Said(Said),
    /// Without a word that would have to be looked at.
    Compiled(Compiled),
}

fn run(command: Command, limits: &ToolLimits, stop: &Stop) -> Result<Ended> {
    let program = command.get_program().display().to_string();
    let outcome = match supervise::run_tool(command, limits, stop.flag()) {
        Ok(outcome) => outcome,
        Err(cause) => {
            let reason = format!("cannot run {program}: {cause}");
            return Ok(Ended::Compiled(Compiled::Failed(reason)));
        }
    };
    let mut diagnostics = Vec::new();
    let mut other = String::new();
    for line in String::from_utf8_lossy(&outcome.stderr).lines() {
        match serde_json::from_str::<Diagnostic>(line) {
            Ok(diagnostic) => diagnostics.push(diagnostic),
            Err(_) if line.starts_with('{') => {}
            Err(_) => other = other + line + "\n",
        }
    }
    let status = match outcome.end {
        ToolEnd::Cancelled => return Err(Error::stopped()),
        // All that is compiled here besides the learner's source compiles in a second.
        ToolEnd::Exceeded(limit) => {
            let reason = format!("error: the compiler was stopped: it needs more than {limit}");
            return Ok(Ended::Compiled(Compiled::Rejected(reason)));
        }
        ToolEnd::Killed(signal) if crashed_on_the_source(&signal, &other) => {
            let reason = format!("error: the compiler crashes on this source ({signal})");
            return Ok(Ended::Compiled(Compiled::Rejected(reason)));
        }
        ToolEnd::Killed(signal) => format!("killed by {signal}"),
        ToolEnd::Exited(code) => format!("exit code {code}"),
    };
    Ok(Ended::Said(Said {
        succeeded: status == "exit code 0",
        status,
        diagnostics,
        other,
    }))
}

/// A compiler dies of a source by its stack or an assertion; by SIGKILL it dies of the machine.
fn crashed_on_the_source(signal: &str, other: &str) -> bool {
    ["SIGSEGV", "SIGBUS", "SIGABRT", "SIGILL"]
        .iter()
        .any(|name| signal.starts_with(name))
        && !["No space left", "os error", "memory allocation of"]
            .iter()
            .any(|machine| other.contains(machine))
}

impl Said {
    fn messages_of(&self, level: &str) -> Vec<String> {
        self.diagnostics
            .iter()
            .filter(|diagnostic| diagnostic.level == level && !diagnostic.spans.is_empty())
            .map(|diagnostic| {
                let text = diagnostic.rendered.as_ref();
                printable(text.unwrap_or(&diagnostic.message), 16_000)
            })
            .collect()
    }

    /// Whose fault a failure is. An error with a place in the source is the learner's, when it stands in
    /// the learner's source or is of a kind (`codes`) that the learner's source causes elsewhere; one
    /// without a place (the linker, the disk) never is.
    fn fault(&self, codes: &[&str]) -> Option<Compiled> {
        if self.succeeded {
            return None;
        }
        let mine = self
            .diagnostics
            .iter()
            .filter(|d| d.level == "error" && d.spans.is_empty());
        let theirs = self.diagnostics.iter().any(|d| {
            let code = d.code.as_ref().map(|code| code.code.as_str());
            let fits = codes.is_empty()
                || code.is_some_and(|code| codes.iter().any(|c| code.starts_with(c)));
            d.level == "error" && !d.spans.is_empty() && fits
        });
        if theirs {
            let all = self.messages_of("error").join("\n");
            return Some(Compiled::Rejected(printable(all.trim_end(), 64_000)));
        }
        let reason = mine
            .map(|diagnostic| {
                diagnostic
                    .message
                    .lines()
                    .next()
                    .unwrap_or_default()
                    .to_owned()
            })
            .find(|message| !message.starts_with("aborting due to"))
            .or_else(|| {
                self.other
                    .lines()
                    .find(|line| !line.trim().is_empty())
                    .map(str::to_owned)
            })
            .unwrap_or_else(|| format!("the compiler ended with {}", self.status));
        Some(Compiled::Failed(reason))
    }
}
