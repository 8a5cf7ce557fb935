//! The Markdown of a page: its links, pictures, includes, and the files it names.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use pulldown_cmark::{BrokenLink, Event, LinkType, Options, Parser, Tag};

use super::{Built, Fault, Report, Target, resolve};
use crate::{BOOK, exercises, html, manifest::Chapter};

/// Where text in a page may name a file of the course.
const ROOMS: &[&str] = &["chapters/", "crates/", "docs/", "solutions/", "xtask/"];

/// Checks one page, which lies at `page` below `docs/src`.
pub(super) fn check(
    root: &Path,
    out: &Path,
    page: &Path,
    built: &Built,
    chapters: &[Chapter],
    report: &mut Report,
) -> Result<()> {
    let shown = Path::new(BOOK).join("src").join(page);
    let path = root.join(&shown);
    let text =
        fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let page = Page {
        root,
        out,
        page,
        path,
        built,
    };
    let fault = |line: u64, message: String| Fault {
        page: shown.clone(),
        line,
        message,
    };

    for (line, number) in text.lines().zip(1..) {
        for include in includes(line) {
            report.includes += 1;
            if let Err(message) = page.include(include) {
                report.faults.push(fault(number, message));
            }
        }
        for (_, id) in exercises::named(line, "exercise") {
            let known = chapters
                .iter()
                .flat_map(|chapter| &chapter.exercises)
                .any(|exercise| exercise.id == id);
            if !known {
                let message = format!("no manifest has an exercise `{id}`");
                report.faults.push(fault(number, message));
            }
        }
    }

    for (offset, mention) in mentions(&text) {
        let line = 1 + text[..offset].matches('\n').count() as u64;
        let (line, checked) = match mention {
            Mention::Link(target) => (line, page.link(&target)),
            Mention::Html(found) => {
                for reference in found.references {
                    if let Err(message) = page.link(&reference.target) {
                        report
                            .faults
                            .push(fault(line + reference.line - 1, message));
                    }
                }
                continue;
            }
            Mention::Path(named) => {
                report.paths += 1;
                (line, page.named(&named))
            }
            Mention::Undefined(label) => (
                line,
                Err(format!(
                    "the link `[{label}]` is defined nowhere in this page"
                )),
            ),
        };
        if let Err(message) = checked {
            report.faults.push(fault(line, message));
        }
    }

    if let Some(exercise) = exercises::of_page(page.page, chapters) {
        let answer = format!("{{{{#include predict/{}.txt", exercise.id);
        if !text.contains(&answer) {
            let message =
                format!("the lesson does not show what its prediction gives ({answer}}}}})");
            report.faults.push(fault(1, message));
        }
    }
    Ok(())
}

/// Every exercise has a lesson in the book.
pub(super) fn check_lessons(pages: &[PathBuf], chapters: &[Chapter], report: &mut Report) {
    for chapter in chapters {
        for exercise in &chapter.exercises {
            let lesson = exercises::lesson(chapter, exercise);
            if !pages.contains(&lesson) {
                report.faults.push(Fault {
                    page: Path::new(BOOK).join("src/SUMMARY.md"),
                    line: 1,
                    message: format!("`{}` has no line for {}", exercise.id, lesson.display()),
                });
            }
        }
    }
}

struct Page<'a> {
    root: &'a Path,
    out: &'a Path,
    /// Below `docs/src`.
    page: &'a Path,
    path: PathBuf,
    built: &'a Built,
}

impl Page<'_> {
    fn link(&self, link: &str) -> Result<(), String> {
        let Target::Here { path, anchor } = Target::of(link) else {
            return Ok(());
        };
        let says = |message: String| format!("the link `{link}` {message}");
        let source = resolve(&self.path, &path);
        let sources = self.root.join(BOOK).join("src");
        let to = match source.strip_prefix(&sources) {
            Ok(inside) if source.extension().is_some_and(|ending| ending == "md") => {
                if !source.is_file() {
                    return Err(says(format!(
                        "leads nowhere: there is no {}",
                        inside.display()
                    )));
                }
                let built = self.out.join(built_name(inside));
                if !built.is_file() {
                    return Err(says(format!(
                        "leads to {}, which is not in SUMMARY.md",
                        inside.display()
                    )));
                }
                built
            }
            // Checked where it is copied to.
            Ok(inside) => self.out.join(inside),
            Err(_) => source,
        };
        self.built
            .leads(self.root, self.out, &to, anchor.as_deref())
            .map_err(says)
    }

    fn include(&self, include: &str) -> Result<(), String> {
        let (file, part) = include.split_once(':').unwrap_or((include, ""));
        let path = resolve(&self.path, file);
        let shown = path
            .strip_prefix(self.root)
            .unwrap_or(&path)
            .display()
            .to_string();
        let Ok(text) = fs::read_to_string(&path) else {
            return Err(format!("the include `{include}` finds no text in {shown}"));
        };
        if shown.starts_with("solutions/") && shown.contains("/src/") {
            return Err(format!("the include `{include}` gives the solution away"));
        }
        let is_range = part.chars().all(|c| c.is_ascii_digit() || c == ':');
        let has = |mark: &str| {
            text.lines()
                .filter_map(|line| line.split_once(mark))
                .any(|(_, name)| name.trim() == part)
        };
        if is_range || has("ANCHOR: ") && has("ANCHOR_END: ") {
            Ok(())
        } else {
            Err(format!(
                "the include `{include}`: {shown} has no anchor `{part}`"
            ))
        }
    }

    fn named(&self, path: &str) -> Result<(), String> {
        if self.root.join(path).exists() {
            Ok(())
        } else {
            Err(format!("the text names `{path}`, which is not there"))
        }
    }
}

/// mdBook's name for what it makes of a page.
fn built_name(page: &Path) -> PathBuf {
    if page.file_name().is_some_and(|name| name == "README.md") {
        page.with_file_name("index.html")
    } else {
        page.with_extension("html")
    }
}

/// What stands in the includes of a line.
fn includes(line: &str) -> impl Iterator<Item = &str> {
    const OPEN: &str = "{{#include ";
    line.match_indices(OPEN)
        .filter(|(start, _)| !line[..*start].ends_with('\\'))
        .filter_map(|(start, _)| line[start + OPEN.len()..].split_once("}}"))
        .map(|(include, _)| include.trim())
}

enum Mention {
    Link(String),
    Html(html::Found),
    Path(String),
    Undefined(String),
}

/// What a page points at or names, each with its offset in the text.
fn mentions(text: &str) -> Vec<(usize, Mention)> {
    let options = Options::ENABLE_TABLES
        | Options::ENABLE_FOOTNOTES
        | Options::ENABLE_STRIKETHROUGH
        | Options::ENABLE_TASKLISTS
        | Options::ENABLE_HEADING_ATTRIBUTES
        | Options::ENABLE_DEFINITION_LIST
        | Options::ENABLE_GFM;
    let mut undefined = Vec::new();
    let on_broken = |link: BrokenLink<'_>| {
        // `[word]` alone is a word in brackets.
        if matches!(link.link_type, LinkType::Reference | LinkType::Collapsed) {
            undefined.push((
                link.span.start,
                Mention::Undefined(link.reference.to_string()),
            ));
        }
        None
    };
    let parser = Parser::new_with_broken_link_callback(text, options, Some(on_broken));
    let mut mentions = Vec::new();
    for (event, place) in parser.into_offset_iter() {
        match event {
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                mentions.push((place.start, Mention::Link(dest_url.into_string())));
            }
            Event::Html(html) | Event::InlineHtml(html) => {
                mentions.push((place.start, Mention::Html(html::scan(&html))));
            }
            Event::Code(code) if is_path(&code) => {
                mentions.push((place.start, Mention::Path(code.into_string())));
            }
            _ => {}
        }
    }
    mentions.extend(undefined);
    mentions
}

fn is_path(code: &str) -> bool {
    ROOMS.iter().any(|room| code.starts_with(room))
        && code
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "/._-".contains(c))
        // `chapters/NN-topic`: capitals stand for something.
        && !code.split(['/', '.']).any(|part| {
            part.len() > 1 && part.chars().all(|c| c.is_ascii_uppercase())
                && !["README", "SUMMARY"].contains(&part)
        })
        && !code.contains("/NN-")
}
