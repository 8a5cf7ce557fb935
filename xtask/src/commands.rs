//! The commands: each plans, runs the one flow, and prints what came of it.

pub mod bench;
pub mod check;
pub mod completions;
pub mod docs;
pub mod doctor;
pub mod export;
pub mod grade;
pub mod hint;
pub mod list;
pub mod litmus;
pub mod new;
pub mod replay;
pub mod reset;
pub mod reveal;
pub mod soak;
pub mod submit;
pub mod update;
pub mod verify;
pub mod verify_speed;

use std::io::{self, ErrorKind, Write as _};

use crate::{
    catalog::{Catalog, Exercise},
    error::{Error, Result},
};

/// The exercise that `command` is about, which a chapter is not.
fn one<'a>(catalog: &'a Catalog, command: &str, name: &str) -> Result<&'a Exercise> {
    let chapter = catalog.chapter(name);
    match chapter.and_then(|chapter| chapter.exercises.first()) {
        Some(first) => Err(Error::usage(format!(
            "`{name}` is a chapter; `{command}` takes one exercise (`cargo xtask {command} {}`)",
            first.id()
        ))),
        None => catalog.exercise(name),
    }
}

/// Prints `text` as it is. Who has read enough and goes away is no error.
fn raw(text: &str) -> Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(cause) if cause.kind() != ErrorKind::BrokenPipe => Err(Error::machine(format!(
            "cannot write to the output: {cause}"
        ))),
        _ => Ok(()),
    }
}
