//! `litmus`: what a memory model allows a small test to end with, and why. Tests come by name, as files, as
//! folders of files or on standard input; this machine and loom can be asked beside the model.
//!
//! The way of a test: `source` (where it is) → `judge` (all that is to know about it) → `terminal` or
//! `json`. Left out: any opinion on what should be allowed; that is the engine's, the crate `litmus`.

mod graph;
mod json;
mod judge;
mod loom;
mod source;
mod terminal;

use std::{
    io::{ErrorKind, Write as _},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc::{self, RecvTimeoutError},
    },
    thread,
    time::{Duration, Instant},
};

use litmus::{Budget, Model, Verdict};

use self::{
    graph::Target,
    judge::{Judged, Plan, judge},
    source::{Fault, Source, Sources},
};
use crate::{
    args::{ListFormat, Litmus},
    commands::raw,
    course::Course,
    error::{Error, Result, exit},
    progress::Progress,
    report::lines::Line,
    stop::Stop,
};

/// How often a waiting run looks whether it is to stop.
const GLANCE: Duration = Duration::from_millis(50);

pub fn run(options: &Litmus, stop: &Stop) -> Result<u8> {
    if options.tests.is_empty() {
        if options.hardware.is_some() || options.loom || options.graph.is_some() {
            return Err(Error::usage(
                "name a test; `cargo xtask litmus` without anything lists them",
            ));
        }
        match options.format {
            ListFormat::Json => raw(&json::list())?,
            ListFormat::Terminal => say(&terminal::list())?,
        }
        return Ok(exit::OK);
    }
    let default = options.models.is_empty();
    let mut models = Vec::new();
    for &model in &options.models {
        if !models.contains(&model) {
            models.push(model);
        }
    }
    if default {
        models.push(Model::Rc11);
    }
    let target = options.graph.as_deref().map(Target::new).transpose()?;
    let Sources { tests, batch } = Sources::find(&options.tests)?;
    if target.is_some() && (batch || tests.len() > 1 || models.len() > 1) {
        return Err(Error::usage(
            "a graph shows one test under one model: name one, and at most one `--model`",
        ));
    }
    let loom = options
        .loom
        .then(|| Course::here().and_then(|course| loom::Tool::build(&course)))
        .transpose()?;
    let mut budget = Budget::default();
    if let Some(graphs) = options.budget {
        budget.graphs = graphs;
    }
    let plan = Plan {
        shown: target.is_some() || (!batch && options.format == ListFormat::Terminal),
        models,
        budget,
        runs: options.hardware,
        loom,
    };
    let started = Instant::now();
    let count = tests.len();
    let judged = all(tests, plan.clone(), stop);
    let complete = judged.len() == count && !stop.is_stopped();
    match options.format {
        ListFormat::Json => raw(&json::report(&judged, complete))?,
        ListFormat::Terminal if batch => say(&terminal::batch(
            &judged,
            &plan.models,
            default,
            started.elapsed(),
        ))?,
        ListFormat::Terminal => {
            for (index, one) in judged.iter().enumerate() {
                if index > 0 {
                    say(&[Line::empty()])?;
                }
                say(&terminal::whole(one, default))?;
            }
        }
    }
    if let (Some(target), [one]) = (target, judged.as_slice()) {
        draw(&target, one)?;
    }
    if !complete {
        return Err(Error::interrupted(format!(
            "interrupted; {} of {count} tests were judged",
            judged.len()
        )));
    }
    Ok(code(&judged))
}

/// Judges the tests on all processors, or one after the other where this machine itself is asked: it would
/// answer differently if it were busy. What comes back is in the order of `tests`, and all of it unless
/// the run is stopped.
fn all(tests: Vec<Source>, plan: Plan, stop: &Stop) -> Vec<Judged> {
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let workers = match plan.runs {
        Some(_) => 1,
        None => processors.min(tests.len()),
    };
    let progress = Progress::new(tests.len());
    let (tests, plan) = (Arc::new(tests), Arc::new(plan));
    let next = Arc::new(AtomicUsize::new(0));
    let (done, told) = mpsc::channel();
    for _ in 0..workers {
        let (tests, plan, next) = (Arc::clone(&tests), Arc::clone(&plan), Arc::clone(&next));
        let (done, stop) = (done.clone(), stop.clone());
        // Nobody waits for these threads after a stop: a search is not to be interrupted, only left behind.
        thread::spawn(move || {
            while !stop.is_stopped() {
                // Relaxed: each number is given out once, and nothing else hangs on it.
                let index = next.fetch_add(1, Ordering::Relaxed);
                let Some(source) = tests.get(index) else {
                    break;
                };
                let tell = |runs| {
                    let _ = done.send((index, News::Runs(runs)));
                };
                let judged = judge(source, &plan, &stop, &tell);
                if done.send((index, News::Judged(Box::new(judged)))).is_err() {
                    break;
                }
            }
        });
    }
    drop(done);
    let mut judged: Vec<Option<Judged>> = tests.iter().map(|_| None).collect();
    loop {
        match told.recv_timeout(GLANCE) {
            Ok((index, News::Judged(one))) => {
                progress.done(one.file.as_deref().unwrap_or_default());
                judged[index] = Some(*one);
            }
            Ok((_, News::Runs(runs))) => progress.part(runs, plan.runs.unwrap_or(runs), "runs"),
            // A run on this machine ends by itself when it is told to, and what it saw is kept.
            Err(RecvTimeoutError::Timeout) if stop.is_stopped() && plan.runs.is_none() => break,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => break,
        }
    }
    progress.clear();
    judged.into_iter().flatten().collect()
}

/// What comes from a worker.
enum News {
    /// So many runs on this machine are done.
    Runs(u64),
    Judged(Box<Judged>),
}

fn draw(target: &Target, judged: &Judged) -> Result<()> {
    let Ok(tested) = &judged.outcome else {
        return Ok(());
    };
    let [row] = tested.rows.as_slice() else {
        return Ok(());
    };
    let picture = row.shown.as_ref().and_then(|shown| shown.picture.as_ref());
    let Some(picture) = picture else {
        return Err(Error::usage(format!(
            "there is no execution to draw, and {} was not written",
            target.path().display()
        )));
    };
    let title = format!("{} under {}", tested.name, row.model);
    target.draw(picture, &title)?;
    anstream::eprintln!("drawn: {}", target.path().display());
    Ok(())
}

/// The worst that happened.
fn code(judged: &[Judged]) -> u8 {
    let faults = || judged.iter().filter_map(|one| one.outcome.as_ref().err());
    let tests = || judged.iter().filter_map(|one| one.outcome.as_ref().ok());
    if tests().any(|tested| !tested.unexpected.is_empty()) {
        exit::CONTRADICTED
    } else if faults().any(|fault| matches!(fault, Fault::Engine(_))) {
        exit::COURSE
    } else if faults().any(|fault| matches!(fault, Fault::Machine(_))) {
        exit::MACHINE
    } else if faults().next().is_some() {
        exit::FAILED
    } else if tests().flat_map(|tested| &tested.rows).any(|row| {
        row.verdict == Some(Verdict::Unknown) || (row.verdict.is_none() && row.unknown.is_some())
    }) {
        exit::OPEN
    } else {
        exit::OK
    }
}

/// Prints lines. Who has read enough and goes away is no error.
fn say(lines: &[Line]) -> Result<()> {
    let mut text = String::new();
    for line in lines {
        text += &format!("{line}\n");
    }
    match anstream::stdout().lock().write_all(text.as_bytes()) {
        Err(cause) if cause.kind() != ErrorKind::BrokenPipe => Err(Error::machine(format!(
            "cannot write to the output: {cause}"
        ))),
        _ => Ok(()),
    }
}
