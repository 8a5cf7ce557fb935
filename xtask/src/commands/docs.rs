//! `docs`: the book. The package `book` builds and checks it; the runner only starts that package, so
//! that nobody who does not read the book here has to build mdBook.

use std::process::Command;

use crate::{
    course::Course,
    error::{Error, Result, exit},
};

pub fn run(course: &Course, open: bool) -> Result<u8> {
    let mut command = Command::new(&course.cargo);
    command
        .args(["run", "--package", "book"])
        .current_dir(&course.root);
    // Cargo shows what it compiles: a minute of it the first time, nothing later.
    let built = course.products.join("debug").join("book");
    if built
        .with_extension(std::env::consts::EXE_EXTENSION)
        .is_file()
    {
        command.arg("--quiet");
    } else {
        anstream::eprintln!("building mdBook, once: about a minute");
    }
    if open {
        command.args(["--", "--open"]);
    }
    let status = command
        .status()
        .map_err(|cause| Error::file("run", &course.cargo, cause))?;
    // The package has the runner's exit codes; Cargo's own for what it cannot build is 101.
    match status.code().map(u8::try_from) {
        Some(Ok(code)) if code <= exit::BUSY => Ok(code),
        Some(_) => Ok(exit::COURSE),
        None => Err(Error::stopped()),
    }
}
