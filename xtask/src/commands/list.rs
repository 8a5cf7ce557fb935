//! `list`: every exercise with its status, as far as it is known without running anything.

use findings::Verdict;
use serde::Serialize;

use crate::{
    args::ListFormat,
    catalog::{Catalog, Exercise},
    error::{Result, exit},
    flow::Judge,
    overlay::Scope,
    report::terminal::{BOLD, DIM, style},
    runs::verdict_name,
    submission::{self, Stubs, Submission},
};

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    exercises: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: &'a str,
    title: &'a str,
    chapter: &'a str,
    points: u32,
    difficulty: u8,
    minutes: u32,
    status: Status,
}

/// What is known of the learner's work.
#[derive(Clone, Copy, Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum Status {
    /// Changed since it was last judged, or never judged.
    Changed,
    Judged {
        #[serde(with = "verdict_name")]
        verdict: Verdict,
    },
}

impl Status {
    fn name(self) -> &'static str {
        match self {
            Status::Changed => "not checked",
            Status::Judged { verdict } => verdict.name(),
        }
    }
}

pub fn run(judge: &Judge, catalog: &Catalog, format: ListFormat) -> Result<u8> {
    let stubs = Stubs::read(&judge.course.root, &catalog.chapters)?;
    let mut rows = Vec::new();
    for chapter in &catalog.chapters {
        for exercise in &chapter.exercises {
            let status = match submission::read(&judge.course.root, chapter, exercise, &stubs) {
                Submission::Settled { verdict, .. } => Status::Judged { verdict },
                Submission::Source(source) => known(judge, exercise, &source),
            };
            let entry = &exercise.entry;
            rows.push(Row {
                id: &entry.id,
                title: &entry.title,
                chapter: &exercise.chapter,
                points: entry.points,
                difficulty: entry.difficulty,
                minutes: entry.minutes,
                status,
            });
        }
    }
    match format {
        ListFormat::Json => {
            let report = Report {
                version: 1,
                exercises: rows,
            };
            anstream::println!(
                "{}",
                serde_json::to_string_pretty(&report).expect("plain data")
            );
        }
        ListFormat::Terminal => terminal(catalog, &rows),
    }
    Ok(exit::OK)
}

fn known(judge: &Judge, exercise: &Exercise, source: &str) -> Status {
    [Scope::All, Scope::Public]
        .into_iter()
        .find_map(|scope| judge.known(exercise, source, scope))
        .map_or(Status::Changed, |grade| Status::Judged {
            verdict: grade.verdict,
        })
}

fn terminal(catalog: &Catalog, rows: &[Row<'_>]) {
    for chapter in &catalog.chapters {
        anstream::println!("{BOLD}{}  {}{BOLD:#}", chapter.id, chapter.title);
        for row in rows.iter().filter(|row| row.chapter == chapter.id) {
            let style = match row.status {
                Status::Changed => anstyle::Style::new(),
                Status::Judged { verdict } => style(verdict),
            };
            let stars = "*".repeat(row.difficulty.into());
            anstream::println!(
                "  {:<24} {style}{:<15}{style:#} {:>3} points  {stars:<5} {:>4} min",
                row.id,
                row.status.name(),
                row.points,
                row.minutes
            );
        }
    }
    anstream::println!("\n{DIM}difficulty: * a first step … ***** an evening{DIM:#}");
}
