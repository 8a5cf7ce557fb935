//! `verify --bench`: measuring sees what it is for. Reference solutions are within their budget, and within
//! [`EQUAL`] of peers that promise the same; known-slow solutions pass their tests and are seen to be slow.

use std::{fs, time::Instant};

use findings::Verdict;

use crate::{
    bench::{Measured, known_slow, speed_of},
    catalog::{Bench, Catalog, Exercise, Promises},
    error::{Error, Result, exit},
    flow::Judge,
    overlay::Scope,
    report::terminal::{BOLD, DIM, style},
};

/// The reference may take this many times as long as a peer that promises the same.
const EQUAL: f64 = 1.25;

pub fn run(judge: &Judge, catalog: &Catalog, names: &[String]) -> Result<u8> {
    let begun = Instant::now();
    let mut faults = 0;
    let mut tell = |exercise: &Exercise, subject: &str, said: Result<String, String>| {
        let (verdict, text) = match &said {
            Ok(text) => (Verdict::Pass, text),
            Err(text) => (Verdict::WrongAnswer, text),
        };
        faults += u32::from(said.is_err());
        let style = style(verdict);
        let word = if said.is_ok() { "as it must" } else { "WRONG" };
        anstream::println!(
            "{}/{subject}\n  {style}{word}{style:#} {DIM}{text}{DIM:#}",
            exercise.id()
        );
    };
    for exercise in catalog.select(names)? {
        let Some(bench) = &exercise.entry.bench else {
            continue;
        };
        let path = &exercise.paths.solution;
        let solution =
            fs::read_to_string(path).map_err(|cause| Error::file("read", path, cause))?;
        tell(
            exercise,
            "solution",
            reference(judge, exercise, bench, &solution)?,
        );
        let mut must_fail = 0;
        for entry in known_slow::all(&exercise.paths.known_slow) {
            match entry {
                Ok((slow, source)) => {
                    must_fail += u32::from(slow.must_fail(bench.budget));
                    let said = slower(judge, exercise, bench, &slow, &source)?;
                    tell(exercise, &format!("known_slow/{}", slow.name), said);
                }
                Err(fault) => tell(exercise, "known_slow", Err(fault)),
            }
        }
        if must_fail == 0 {
            let lack = format!("none is slower than the budget, {}", bench.budget);
            tell(exercise, "known_slow", Err(lack));
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    anstream::println!("\n{BOLD}{faults} exceptions{BOLD:#} ({seconds:.0} s)");
    Ok(if faults == 0 { exit::OK } else { exit::FAILED })
}

/// The reference in the learner's place, and next to the peers.
fn reference(
    judge: &Judge,
    exercise: &Exercise,
    bench: &Bench,
    source: &str,
) -> Result<Result<String, String>> {
    let prepared = match Measured::prepare(judge, exercise, source, "solution", true)? {
        Ok(prepared) => prepared,
        Err(fault) => return Ok(Err(fault.summary)),
    };
    let equals: Vec<&str> = bench
        .peers
        .iter()
        .filter(|peer| peer.promises == Promises::Same)
        .map(|peer| peer.name.as_str())
        .collect();
    let mut late = Vec::new();
    // Once more before anything is said against the reference.
    for _ in 0..2 {
        let table = match prepared.measure()? {
            Ok(table) => table,
            Err(fault) => return Ok(Err(fault.summary)),
        };
        late = table
            .rows
            .iter()
            .filter(|row| equals.contains(&row.subject.as_str()))
            // Sure to need less than the reference's time divided by what is allowed.
            .filter(|row| row.compared.ratio.high < 1.0 / EQUAL)
            .map(|row| {
                let times = 1.0 / row.compared.ratio.point;
                format!(
                    "{}: {times:.2} times the time of {}",
                    row.workload, row.subject
                )
            })
            .collect();
        if late.is_empty() {
            break;
        }
    }
    if !late.is_empty() {
        return Ok(Err(late.join("; ")));
    }
    let runs = speed_of(&prepared, bench.budget)?;
    Ok(
        match runs.iter().find(|run| run.verdict == Verdict::TooSlow) {
            Some(run) => Err(format!("{}: {}", run.label(), run.summary)),
            None => Ok("within its budget".to_owned()),
        },
    )
}

fn slower(
    judge: &Judge,
    exercise: &Exercise,
    bench: &Bench,
    slow: &known_slow::KnownSlow,
    source: &str,
) -> Result<Result<String, String>> {
    let grade = judge.grade(exercise, source, Scope::All, &|_| {})?;
    if !grade.is_pass() {
        return Ok(Err(format!(
            "is not right: {}: {}",
            grade.verdict, grade.summary
        )));
    }
    let prepared = match Measured::prepare(judge, exercise, source, "slow", false)? {
        Ok(prepared) => prepared,
        Err(fault) => return Ok(Err(fault.summary)),
    };
    if slow.must_fail(bench.budget) {
        let runs = speed_of(&prepared, bench.budget)?;
        return Ok(
            match runs.iter().find(|run| run.verdict == Verdict::TooSlow) {
                Some(run) => Ok(format!("{}: {}", run.label(), run.summary)),
                None => Err(format!(
                    "loses no point: {}",
                    runs.iter()
                        .map(|run| format!("{}: {}{}", run.label(), run.notes, run.summary))
                        .collect::<Vec<_>>()
                        .join("; ")
                )),
            },
        );
    }
    let mut said = String::new();
    for _ in 0..3 {
        let table = match prepared.measure()? {
            Ok(table) => table,
            Err(fault) => return Ok(Err(fault.summary)),
        };
        let row = table
            .own()
            .max_by(|a, b| a.compared.ratio.low.total_cmp(&b.compared.ratio.low));
        let Some(row) = row else { continue };
        let ratio = row.compared.ratio;
        said = format!(
            "{}: {:.3} ({:.3} to {:.3}) times",
            row.workload, ratio.point, ratio.low, ratio.high
        );
        if ratio.low > 1.0 {
            return Ok(Ok(said));
        }
    }
    Ok(Err(format!("is not seen: {said}")))
}
