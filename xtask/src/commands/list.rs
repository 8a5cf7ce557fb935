//! `list`: every exercise with its status, as far as it is known without running anything.

use serde::Serialize;

use crate::{
    args::ListFormat,
    catalog::Catalog,
    error::{Result, exit},
    flow::Judge,
    report::terminal::{BOLD, DIM, UNSAFE, style},
    workbench::{self, Status},
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
    #[serde(rename = "unsafe")]
    may_be_unsafe: bool,
    #[serde(skip)]
    marked_id: String,
    status: Status,
}

pub fn run(judge: &Judge, catalog: &Catalog, format: ListFormat) -> Result<u8> {
    let statuses = workbench::statuses(judge, catalog)?;
    let rows: Vec<_> = catalog
        .exercises()
        .zip(statuses)
        .map(|(exercise, status)| Row {
            id: &exercise.entry.id,
            title: &exercise.entry.title,
            chapter: &exercise.chapter,
            points: exercise.entry.points,
            difficulty: exercise.entry.difficulty,
            minutes: exercise.entry.minutes,
            may_be_unsafe: exercise.entry.may_be_unsafe,
            marked_id: exercise.entry.marked_id(),
            status,
        })
        .collect();
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
                row.marked_id,
                row.status.name(),
                row.points,
                row.minutes
            );
        }
    }
    anstream::println!("\n{DIM}difficulty: * a first step … ***** an evening{DIM:#}");
    if rows.iter().any(|row| row.may_be_unsafe) {
        anstream::println!("{DIM}{UNSAFE}{DIM:#}");
    }
}
