//! `soak`: the tests of the reference solutions, many times over, on a machine as busy as one likes. An
//! honest pass that is lost once in a thousand runs is a wrong grade once in every class.

use std::{
    hint,
    sync::{
        Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::Instant,
};

use crate::{
    catalog::{Catalog, Exercise},
    compile::Compiled,
    edition,
    error::{Error, Result, exit},
    flow::Judge,
    overlay::{Overlay, Scope, Unit},
    progress::Progress,
    report::terminal::{BOLD, style, wrapped},
    runs::{self, Run},
    stop::Slots,
};

pub fn run(
    judge: &Judge,
    catalog: &Catalog,
    names: &[String],
    runs: u32,
    load: bool,
) -> Result<u8> {
    let selected = catalog.select(names)?;
    judge.alone()?;
    let mut failures = 0;
    for exercise in selected {
        let begun = Instant::now();
        let (tests, failed) = one(judge, exercise, runs, load)?;
        for run in &failed {
            let style = style(run.verdict);
            let mut text = String::new();
            wrapped(
                &format!("{}: {}", run.label(), run.summary),
                "  ",
                "    ",
                &mut text,
            );
            anstream::print!("  {style}{}{style:#}{text}", run.verdict);
        }
        failures += failed.len();
        anstream::println!(
            "{BOLD}{}{BOLD:#}: {tests} tests, {runs} times each: {} failed ({:.0} s)",
            exercise.id(),
            failed.len(),
            begun.elapsed().as_secs_f64()
        );
    }
    Ok(if failures == 0 {
        exit::OK
    } else {
        exit::FAILED
    })
}

/// How many tests there are, and each run that did not pass.
fn one(judge: &Judge, exercise: &Exercise, runs: u32, load: bool) -> Result<(usize, Vec<Run>)> {
    let source = edition::solution(&judge.course, exercise)?.ok_or_else(|| {
        Error::usage(format!(
            "`soak` runs reference solutions, and there is none of `{}` here",
            exercise.id()
        ))
    })?;
    let overlay = Overlay::lay(&judge.course, exercise, &source, Scope::All)?;
    let binary = match judge.compile(exercise, &overlay, Unit::Tests)? {
        Compiled::Binary { path, .. } => path,
        Compiled::Rejected(reason) | Compiled::Failed(reason) => return Err(Error::course(reason)),
    };
    let limits = judge.limits(exercise);
    let tests = runs::list(&binary).map_err(Error::machine)?;
    let progress = Progress::new(tests.len() * runs as usize);
    let failed = Mutex::new(Vec::new());
    let _load = load.then(Load::start);
    // Many more at once than there are processors: tests mostly wait, and crowding is a load too.
    let slots = Slots::new(8 * thread::available_parallelism().map_or(1, usize::from));
    thread::scope(|scope| {
        for name in (0..runs).flat_map(|_| &tests) {
            if judge.stop().is_stopped() {
                break;
            }
            let slot = slots.take();
            let (binary, limits, failed, progress) = (&binary, &limits, &failed, &progress);
            scope.spawn(move || {
                let _slot = slot;
                let run = runs::run_one(binary, Unit::Tests, name, limits, judge.stop());
                if !run.verdict.is_pass() && !judge.stop().is_stopped() {
                    failed.lock().expect("no holder panics").push(run);
                }
                progress.done(name);
            });
        }
    });
    progress.clear();
    if judge.stop().is_stopped() {
        return Err(Error::stopped());
    }
    Ok((tests.len(), failed.into_inner().expect("no holder panics")))
}

/// A thread for each processor that does nothing but take its time, until this is dropped.
pub(super) struct Load;

static LOADED: AtomicBool = AtomicBool::new(false);

impl Load {
    pub(super) fn start() -> Load {
        LOADED.store(true, Ordering::Relaxed);
        for _ in 0..thread::available_parallelism().map_or(1, usize::from) {
            thread::spawn(|| {
                while LOADED.load(Ordering::Relaxed) {
                    hint::spin_loop();
                }
            });
        }
        Load
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        LOADED.store(false, Ordering::Relaxed);
    }
}
