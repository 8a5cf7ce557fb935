//! For people: a table that fits 80 columns, and the reason for each point lost.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Style};
use findings::Verdict;

use super::{Graded, Total};
use crate::{
    catalog::Entry,
    score::{Grade, Points},
};

/// Columns of a terminal that says nothing of its width.
pub const WIDTH: usize = 80;

pub const BOLD: Style = Style::new().bold();
pub const DIM: Style = Style::new().dimmed();

/// What the mark of [`Entry::marked_id`] means.
pub const UNSAFE: &str = "(unsafe): may contain unsafe code, which tests cannot prove sound";

/// How a verdict is coloured: done, lost, or neither.
pub fn style(verdict: Verdict) -> Style {
    let colour = match verdict {
        Verdict::Pass => AnsiColor::Green,
        Verdict::NotStarted => return DIM,
        other if other.is_open() => AnsiColor::Yellow,
        _ => AnsiColor::Red,
    };
    Style::new().fg_color(Some(colour.into()))
}

pub fn table(graded: &Graded<'_>) -> String {
    let mut out = String::new();
    for chapter in &graded.chapters {
        let title = format!("{}  {}", chapter.chapter.id, chapter.chapter.title);
        let _ = writeln!(out, "{BOLD}{title}{BOLD:#}");
        for (entry, grade) in &chapter.exercises {
            let style = style(grade.verdict);
            let _ = writeln!(
                out,
                "  {:<30} {style}{:<16}{style:#} {:>7} of {:>3}{}",
                entry.marked_id(),
                grade.verdict,
                grade.earned,
                grade.points,
                if grade.open > Points::default() {
                    open(grade.open)
                } else if unmeasured(entry, grade) {
                    format!("  (+{} for speed)", entry.split.bench)
                } else {
                    String::new()
                },
            );
            reasons(grade, &mut out);
        }
        let total = Total::of(chapter.exercises.iter().map(|(_, grade)| grade));
        line("chapter", total, &mut out);
    }
    if graded.chapters.len() > 1 {
        out.push('\n');
        line("in all", Total::of(graded.grades()), &mut out);
    }
    let all = || {
        graded
            .chapters
            .iter()
            .flat_map(|chapter| &chapter.exercises)
    };
    if all().any(|(entry, grade)| unmeasured(entry, grade)) {
        let _ = writeln!(
            out,
            "{DIM}speed is not measured; `cargo xtask grade --bench` does{DIM:#}"
        );
    }
    if all().any(|(_, grade)| grade.may_be_unsafe) {
        let _ = writeln!(out, "{DIM}{UNSAFE}{DIM:#}");
    }
    out
}

/// Whether there are points for speed that this run did not ask about.
fn unmeasured(entry: &Entry, grade: &Grade) -> bool {
    grade.points < Points::whole(entry.points)
}

fn line(what: &str, total: Total, out: &mut String) {
    let _ = writeln!(
        out,
        "  {BOLD}{what:<47} {:>7} of {:>3}{BOLD:#}{}",
        total.earned,
        total.points,
        open(total.open)
    );
}

fn open(points: Points) -> String {
    if points == Points::default() {
        String::new()
    } else {
        format!("  ({points} open)")
    }
}

/// Why points are gone, a line or two each. An untouched stub needs no reason.
fn reasons(grade: &Grade, out: &mut String) {
    if matches!(grade.verdict, Verdict::Pass | Verdict::NotStarted) {
        return;
    }
    for lost in &grade.lost {
        let text = format!(
            "-{} {}, {}: {}",
            lost.points, lost.label, lost.verdict, lost.reason
        );
        wrapped(&text, "      ", "        ", out);
    }
    if grade.open > Points::default() {
        let undecided = grade.runs.iter().filter(|run| run.verdict.is_open());
        for run in undecided {
            let text = format!("? {}, {}: {}", run.label(), run.verdict, run.summary);
            wrapped(&text, "      ", "        ", out);
        }
        if grade.runs.is_empty() {
            wrapped(&format!("? {}", grade.summary), "      ", "        ", out);
        }
    }
}

/// Breaks `text` at blanks so that it fits, indented.
pub fn wrapped(text: &str, first: &str, next: &str, out: &mut String) {
    let mut line = first.to_owned();
    let mut empty = true;
    for word in text.split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            out.push_str(&line);
            out.push('\n');
            next.clone_into(&mut line);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    out.push_str(&line);
    out.push('\n');
}
