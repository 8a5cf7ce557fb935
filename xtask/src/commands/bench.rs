//! `bench`: how fast one exercise is, against the reference and the peers.

use std::{fs, path::PathBuf};

use findings::Verdict;
use paired::Ratio;

use crate::{
    args::ListFormat,
    bench::{Fault, Measured, Table, judge as judge_ratio, picture},
    catalog::{Bench, Catalog, Exercise},
    commands::soak::Load,
    edition,
    error::{Error, Result, exit},
    flow::Judge,
    overlay::Scope,
    report::terminal::{BOLD, DIM, style, wrapped},
    submission::{self, Stubs, Submission},
};

/// What is asked for, beside the exercise.
#[derive(Clone, Debug)]
pub struct Options {
    pub solution: bool,
    pub svg: Option<PathBuf>,
    pub format: ListFormat,
    pub runs: Option<u32>,
    pub load: bool,
}

pub fn run(judge: &Judge, catalog: &Catalog, name: &str, options: &Options) -> Result<u8> {
    let exercise = catalog.exercise(name)?;
    let bench = exercise.entry.bench.as_ref().ok_or_else(|| {
        let measured: Vec<&str> = catalog
            .exercises()
            .filter(|exercise| exercise.entry.bench.is_some())
            .map(Exercise::id)
            .collect();
        let others = match measured.as_slice() {
            [] => String::new(),
            all => format!("; that of {} is", all.join(", ")),
        };
        Error::usage(format!("the speed of `{name}` is not measured{others}"))
    })?;
    let (source, who) = if options.solution {
        let source = edition::solution(&judge.course, exercise)?
            .ok_or_else(|| Error::usage("this edition has no solutions to measure"))?;
        (source, "solution")
    } else {
        match own(judge, catalog, exercise)? {
            Some(source) => (source, "yours"),
            None => return Ok(exit::FAILED),
        }
    };
    let alone = options.runs.is_some();
    let prepared = match Measured::prepare(judge, exercise, &source, who, !alone)? {
        Ok(prepared) => prepared,
        Err(fault) => return Ok(say_fault(&fault, options.format)),
    };
    let _load = options.load.then(Load::start);
    if let Some(runs) = options.runs {
        return many(&prepared, runs);
    }
    let table = match prepared.measure()? {
        Ok(table) => table,
        Err(fault) => return Ok(say_fault(&fault, options.format)),
    };
    if let Some(path) = &options.svg {
        fs::write(path, picture::svg(name, bench, &table))
            .map_err(|cause| Error::file("write", path, cause))?;
    }
    match options.format {
        ListFormat::Json => anstream::print!("{}", picture::json(name, bench, &table)),
        ListFormat::Terminal => {
            anstream::print!("{}", picture::terminal(name, bench, &table));
            say_verdicts(bench, &table);
        }
    }
    Ok(exit::OK)
}

/// The learner's source, if it passes.
fn own(judge: &Judge, catalog: &Catalog, exercise: &Exercise) -> Result<Option<String>> {
    let chapter = catalog
        .chapter(&exercise.chapter)
        .ok_or_else(|| Error::course(format!("`{}` belongs to no chapter", exercise.id())))?;
    let stubs = Stubs::read(&judge.course.root, &catalog.chapters)?;
    let (verdict, reason) = match submission::read(&judge.course.root, chapter, exercise, &stubs) {
        Submission::Settled { verdict, reason } => (verdict, reason),
        Submission::Source(source) => {
            let grade = judge.grade(exercise, &source, Scope::Public, &|_| {})?;
            if grade.is_pass() {
                return Ok(Some(source));
            }
            (grade.verdict, grade.summary)
        }
    };
    let style = style(verdict);
    let mut text = String::new();
    wrapped(
        &format!(
            "{reason}. Only what passes is measured: `cargo xtask check {}`",
            exercise.id()
        ),
        "",
        "",
        &mut text,
    );
    anstream::print!("{style}{verdict}{style:#}: {text}");
    Ok(None)
}

fn say_verdicts(bench: &Bench, table: &Table) {
    if table.baseline != "reference" {
        return;
    }
    for row in table.own() {
        let verdict = judge_ratio(row.compared.ratio, bench.budget);
        let style = style(verdict);
        let said = match verdict {
            Verdict::Pass => continue,
            Verdict::TooSlow => "beyond the budget",
            _ => "the machine is too busy to tell; measure again when it is idle",
        };
        anstream::println!("{style}{verdict}{style:#} {}: {said}", row.workload);
    }
}

fn say_fault(fault: &Fault, format: ListFormat) -> u8 {
    match format {
        ListFormat::Json => anstream::println!(
            "{}",
            serde_json::to_string_pretty(fault).expect("plain data")
        ),
        ListFormat::Terminal => {
            let style = style(fault.verdict);
            let mut text = String::new();
            wrapped(&fault.summary, "", "", &mut text);
            anstream::print!("{style}{}{style:#}: {text}", fault.verdict);
            if !fault.detail.is_empty() {
                anstream::println!("{}", fault.detail);
            }
        }
    }
    if fault.verdict.is_open() {
        exit::OPEN
    } else {
        exit::FAILED
    }
}

/// The same measurement again and again, each in a process of its own: how far it can be relied on.
fn many(prepared: &Measured<'_>, runs: u32) -> Result<u8> {
    let mut seen: Vec<(String, Vec<Ratio>)> = Vec::new();
    for number in 1..=runs {
        let table = match prepared.measure()? {
            Ok(table) => table,
            Err(fault) => return Ok(say_fault(&fault, ListFormat::Terminal)),
        };
        for row in table.own() {
            let ratio = row.compared.ratio;
            let Ratio { point, low, high } = ratio;
            anstream::println!(
                "{DIM}{number:>3}{DIM:#} {:<26} {point:.3} ({low:.3}..{high:.3})",
                row.workload
            );
            match seen
                .iter_mut()
                .find(|(workload, _)| *workload == row.workload)
            {
                Some((_, ratios)) => ratios.push(ratio),
                None => seen.push((row.workload.clone(), vec![ratio])),
            }
        }
    }
    anstream::println!("\n{BOLD}workload                    holds 1  width: middle, most{BOLD:#}");
    for (workload, ratios) in &seen {
        let holding = ratios.iter().filter(|r| r.low <= 1.0 && 1.0 <= r.high);
        let mut widths: Vec<f64> = ratios.iter().map(|r| 100.0 * (r.width() - 1.0)).collect();
        widths.sort_by(f64::total_cmp);
        anstream::println!(
            "{workload:<26} {:>4} of {:<3}  {:>8.1}% {:>6.1}%",
            holding.count(),
            ratios.len(),
            widths[widths.len() / 2],
            widths[widths.len() - 1]
        );
    }
    Ok(exit::OK)
}
