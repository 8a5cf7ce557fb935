//! Builds the book from `docs/src`, and checks it.
//!
//! mdBook does the work. What is added: the facts and hints of each exercise, which only
//! `exercises.toml` states ([`exercises`]); figures and code that fit a phone ([`shape`]); and a check
//! of every link, anchor, picture and include ([`check`]). It fetches nothing from the web, and it
//! puts no reference solution into a page.
//!
//! A package of its own, outside the workspace's default members: whoever only solves exercises never
//! builds mdBook.

#![warn(missing_docs)]

pub mod check;
pub mod exercises;
mod html;
pub mod manifest;
pub mod shape;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use mdbook_driver::{MDBook, config::Config};

use crate::{check::Report, exercises::Exercises, shape::Shape};

/// Where the book's sources lie, below the root of the course.
pub const BOOK: &str = "docs";

/// Builds the book of the course at `root` into `out`, and checks what came of it.
///
/// # Errors
/// If a manifest, `book.toml` or a page cannot be read, or nothing can be written to `out`. A broken
/// link is no error but a fault in the [`Report`].
pub fn build(root: &Path, out: &Path) -> Result<Report> {
    let chapters = manifest::read(root)?;
    let folder = root.join(BOOK);
    let path = folder.join("book.toml");
    let mut config =
        Config::from_disk(&path).with_context(|| format!("cannot read {}", path.display()))?;
    config.build.build_dir = out.to_path_buf();
    let mut book = MDBook::load_with_config(&folder, config).context("cannot read the book")?;
    // In this order, after mdBook's own, which resolve the includes.
    book.with_preprocessor(Exercises::new(&chapters));
    book.with_preprocessor(Shape);
    book.build()
        .with_context(|| format!("cannot build the book in {}", out.display()))?;
    let pages: Vec<PathBuf> = book
        .book
        .chapters()
        .filter_map(|chapter| chapter.source_path.clone())
        .collect();
    check::check(root, out, &pages, &chapters)
}
