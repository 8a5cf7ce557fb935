//! `reset`: the stub of an exercise as it was handed out. What stood in its place stays beside it.

use std::path::Path;

use crate::{
    catalog::Catalog,
    commands::one,
    course::Course,
    error::{Result, exit},
    report::{lines::Line, terminal::WIDTH},
    workbench::{self, Reset},
};

pub fn run(course: &Course, catalog: &Catalog, name: &str) -> Result<u8> {
    let exercise = one(catalog, "reset", name)?;
    let shown = |path: &Path| {
        let path = path.strip_prefix(&course.root).unwrap_or(path);
        path.display().to_string()
    };
    let file = shown(&exercise.paths.source);
    let said = match workbench::reset(course, catalog, exercise)? {
        Reset::Untouched => format!("{file} is the stub already; nothing was changed."),
        Reset::Kept(old) => format!(
            "{file} is the stub again. What you had is in {}",
            shown(&old)
        ),
        Reset::Restored => format!("{file} was not there; it is the stub again."),
    };
    for line in Line::plain(said).fold(WIDTH) {
        anstream::println!("{line}");
    }
    Ok(exit::OK)
}
