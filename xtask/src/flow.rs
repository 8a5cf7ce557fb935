//! How one exercise is judged: policy, overlay, compile, run, score. The one flow behind `check`,
//! `grade`, `verify` and `replay`; they differ in whose source goes in and where the grade goes.

use std::{
    path::Path,
    sync::{Arc, Mutex, OnceLock},
    thread,
};

use findings::Verdict;
use supervise::{Limits, ToolLimits};

use crate::{
    bench,
    catalog::Exercise,
    compile::{self, Compiled},
    course::Course,
    error::{Error, Result},
    externs::Externs,
    lock::RunLock,
    overlay::{Overlay, Scope, Unit},
    policy,
    results::Results,
    runs::{self, Run},
    score::Grade,
    stop::{Slots, Stop},
};

/// Judges exercises of one course, until it is told to stop.
pub struct Judge {
    pub course: Arc<Course>,
    stop: Stop,
    lock: OnceLock<Result<RunLock>>,
    shared: Arc<Shared>,
}

/// What is found out about this machine once, however many runs there are.
struct Shared {
    externs: OnceLock<Externs>,
    /// The optimised ones, for measuring.
    measured: OnceLock<Externs>,
    results: Results,
    slots: Slots,
    limits: OnceLock<Limits>,
    compiler: OnceLock<ToolLimits>,
    building: Mutex<()>,
    say: Box<dyn Fn(&str) + Send + Sync>,
}

/// What can be told while an exercise is judged.
pub enum Event<'a> {
    /// The grade was known; nothing runs.
    Known,
    Compiled,
    Ran(&'a Run),
    /// All of one unit has run.
    Finished(Unit),
}

pub type Listener<'a> = &'a (dyn Fn(Event<'_>) + Sync);

impl Judge {
    /// `say` is told about long waits before they begin.
    pub fn new(
        course: Course,
        stop: Stop,
        say: impl Fn(&str) + Send + Sync + 'static,
    ) -> Result<Judge> {
        let results = Results::open(&course)?;
        let processors = thread::available_parallelism().map_or(1, usize::from);
        Ok(Judge {
            course: Arc::new(course),
            stop,
            lock: OnceLock::new(),
            shared: Arc::new(Shared {
                externs: OnceLock::new(),
                measured: OnceLock::new(),
                results,
                slots: Slots::new(processors),
                limits: OnceLock::new(),
                compiler: OnceLock::new(),
                building: Mutex::new(()),
                say: Box::new(say),
            }),
        })
    }

    /// The same judge for a run of its own, which `stop` ends. Others may work in this tree when it is
    /// dropped.
    pub fn until(&self, stop: Stop) -> Judge {
        Judge {
            course: Arc::clone(&self.course),
            stop,
            lock: OnceLock::new(),
            shared: Arc::clone(&self.shared),
        }
    }

    pub fn stop(&self) -> &Stop {
        &self.stop
    }

    /// The libraries that exercises are linked against. Takes long the first time; a failure is tried
    /// again the next time.
    pub fn externs(&self) -> Result<&Externs> {
        if let Some(externs) = self.shared.externs.get() {
            return Ok(externs);
        }
        let _one_at_a_time = self.shared.building.lock().expect("no holder panics");
        if let Some(externs) = self.shared.externs.get() {
            return Ok(externs);
        }
        let externs = Externs::ready(&self.course, &self.stop, &self.shared.say)?;
        Ok(self.shared.externs.get_or_init(|| externs))
    }

    /// As [`externs`](Self::externs), optimised, and with the peers.
    fn measured(&self) -> Result<&Externs> {
        if let Some(externs) = self.shared.measured.get() {
            return Ok(externs);
        }
        let _one_at_a_time = self.shared.building.lock().expect("no holder panics");
        let fingerprint = bench::fingerprint(&self.course)?;
        let externs = Externs::measured(&self.course, &fingerprint, &self.stop, &self.shared.say)?;
        Ok(self.shared.measured.get_or_init(|| externs))
    }

    /// Runs one compiler for a measurement.
    pub fn compile_with(
        &self,
        compile: impl FnOnce(&Course, &Externs, (&ToolLimits, &Stop)) -> Result<Compiled>,
    ) -> Result<Compiled> {
        let externs = self.measured()?;
        if self.stop.is_stopped() {
            return Err(Error::stopped());
        }
        let limits = self.shared.compiler.get_or_init(ToolLimits::for_a_compiler);
        compile(&self.course, externs, (limits, &self.stop))
    }

    /// Every test of one binary.
    pub fn run_all(
        &self,
        exercise: &Exercise,
        binary: &Path,
        unit: Unit,
    ) -> Result<Vec<Run>, String> {
        let limits = self.limits(exercise);
        let Shared { slots, .. } = &*self.shared;
        runs::run_all(binary, unit, &limits, slots, &self.stop, &|_| {})
    }

    /// The grade of an answer that passes, with what its speed is worth; `None` where speed has no points.
    /// Nothing else should run meanwhile.
    pub fn measure(
        &self,
        exercise: &Exercise,
        source: &str,
        grade: Grade,
    ) -> Result<Option<Grade>> {
        let key = Results::key(&self.course, exercise, source, Scope::All)
            .with(&bench::inputs(&self.course, exercise)?);
        if let Some(known) = self.shared.results.recall(&key) {
            return Ok(Some(known));
        }
        let Some(runs) = bench::speed(self, exercise, source)? else {
            return Ok(None);
        };
        let grade = grade.with_speed(&exercise.entry, runs);
        self.shared.results.remember(&key, &grade)?;
        Ok(Some(grade))
    }

    /// The grade of `source`, if this very source was judged before.
    pub fn known(&self, exercise: &Exercise, source: &str, scope: Scope) -> Option<Grade> {
        self.shared
            .results
            .recall(&Results::key(&self.course, exercise, source, scope))
    }

    /// Judges `source` as an answer to `exercise`. An error means that the run cannot go on; what went
    /// wrong with this one exercise on our side is a grade of `Ungraded`.
    pub fn grade(
        &self,
        exercise: &Exercise,
        source: &str,
        scope: Scope,
        tell: Listener<'_>,
    ) -> Result<Grade> {
        let key = Results::key(&self.course, exercise, source, scope);
        if let Some(grade) = self.shared.results.recall(&key) {
            tell(Event::Known);
            return Ok(grade);
        }
        let grade = self.judge(exercise, source, scope, tell)?;
        if self.stop.is_stopped() {
            return Err(Error::stopped());
        }
        self.shared.results.remember(&key, &grade)?;
        Ok(grade)
    }

    fn judge(
        &self,
        exercise: &Exercise,
        source: &str,
        scope: Scope,
        tell: Listener<'_>,
    ) -> Result<Grade> {
        let entry = &exercise.entry;
        if let Some(refused) = refuse(exercise, source) {
            return Ok(refused);
        }
        self.alone()?;
        let overlay = Overlay::lay(&self.course, exercise, source, scope)?;
        let (tests, models): (Vec<Unit>, Vec<Unit>) =
            overlay.units().iter().partition(|unit| !unit.is_model());
        let mut outcomes = self.units(exercise, &overlay, &tests, tell);
        if outcomes
            .iter()
            .all(|outcome| matches!(outcome, Ok(UnitOutcome::Ran(..))))
        {
            // The tests' verdict comes first; models may take their time.
            outcomes.extend(self.units(exercise, &overlay, &models, tell));
        }
        let mut all = Vec::new();
        let mut warnings = Vec::new();
        for outcome in outcomes {
            match outcome? {
                UnitOutcome::Ran(runs, said) => {
                    all.extend(runs);
                    if warnings.is_empty() {
                        warnings = said;
                    }
                }
                UnitOutcome::Rejected(message) => {
                    let summary = first_error(&message);
                    return Ok(Grade::settled(
                        entry,
                        Verdict::DoesNotCompile,
                        summary,
                        message,
                    ));
                }
                UnitOutcome::Failed(reason) => {
                    return Ok(Grade::settled(
                        entry,
                        Verdict::Ungraded,
                        reason,
                        String::new(),
                    ));
                }
            }
        }
        Ok(Grade {
            warnings,
            ..Grade::of_runs(entry, all)
        })
    }

    fn units(
        &self,
        exercise: &Exercise,
        overlay: &Overlay,
        units: &[Unit],
        tell: Listener<'_>,
    ) -> Vec<Result<UnitOutcome>> {
        thread::scope(|scope| {
            let running: Vec<_> = units
                .iter()
                .map(|&unit| scope.spawn(move || self.unit(exercise, overlay, unit, tell)))
                .collect();
            running
                .into_iter()
                .map(|unit| {
                    unit.join()
                        .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
                })
                .collect()
        })
    }

    fn unit(
        &self,
        exercise: &Exercise,
        overlay: &Overlay,
        unit: Unit,
        tell: Listener<'_>,
    ) -> Result<UnitOutcome> {
        let compiled = self.compile(exercise, overlay, unit)?;
        let (path, warnings) = match compiled {
            Compiled::Binary { path, warnings } => (path, warnings),
            // What the tests could use and the models cannot costs the models' points only.
            Compiled::Rejected(message) if unit.is_model() => {
                let run = Run {
                    name: "all".to_owned(),
                    suite: unit.name().to_owned(),
                    verdict: Verdict::DoesNotCompile,
                    summary: format!(
                        "compiles, but not under the model: {}",
                        first_error(&message)
                    ),
                    detail: message,
                    notes: String::new(),
                    milliseconds: 0,
                };
                return Ok(UnitOutcome::Ran(vec![run], Vec::new()));
            }
            Compiled::Rejected(message) => return Ok(UnitOutcome::Rejected(message)),
            Compiled::Failed(reason) => return Ok(UnitOutcome::Failed(reason)),
        };
        tell(Event::Compiled);
        let limits = self.limits(exercise);
        let outcome = match runs::run_all(
            &path,
            unit,
            &limits,
            &self.shared.slots,
            &self.stop,
            &|run| tell(Event::Ran(run)),
        ) {
            Ok(runs) => UnitOutcome::Ran(runs, warnings),
            Err(reason) => UnitOutcome::Failed(reason),
        };
        tell(Event::Finished(unit));
        Ok(outcome)
    }

    /// From here on until the end, no other run works in this tree. What is known needs no lock.
    pub fn alone(&self) -> Result<()> {
        match self.lock.get_or_init(|| RunLock::take(&self.course)) {
            Ok(_) => Ok(()),
            Err(error) => Err(error.clone()),
        }
    }

    pub fn compile(&self, exercise: &Exercise, overlay: &Overlay, unit: Unit) -> Result<Compiled> {
        let externs = self.externs()?;
        let _slot = self.shared.slots.take();
        if self.stop.is_stopped() {
            return Err(Error::stopped());
        }
        let limits = self.shared.compiler.get_or_init(ToolLimits::for_a_compiler);
        compile::compile(
            &self.course,
            externs,
            exercise,
            overlay,
            unit,
            limits,
            &self.stop,
        )
    }

    pub fn limits(&self, exercise: &Exercise) -> Limits {
        self.shared
            .limits
            .get_or_init(Limits::for_this_machine)
            .scale(exercise.entry.budget)
    }

    /// Runs `work` on each item, several at once; in the order of the items. The first error stops what
    /// has not begun.
    pub fn each<T: Sync, R: Send>(
        &self,
        items: &[T],
        work: impl Fn(&T) -> Result<R> + Sync,
    ) -> Vec<Option<Result<R>>> {
        let next = Mutex::new(0..items.len());
        let results: Vec<Mutex<Option<Result<R>>>> =
            items.iter().map(|_| Mutex::new(None)).collect();
        // More than there are processors: one compiles while another waits for its tests.
        let workers = 2 * thread::available_parallelism().map_or(1, usize::from);
        thread::scope(|scope| {
            for _ in 0..workers.min(items.len()) {
                scope.spawn(|| {
                    loop {
                        let taken = next.lock().expect("no holder panics").next();
                        let Some(index) = taken.filter(|_| !self.stop.is_stopped()) else {
                            break;
                        };
                        let result = work(&items[index]);
                        if result.is_err() {
                            *next.lock().expect("no holder panics") = 0..0;
                        }
                        *results[index].lock().expect("no holder panics") = Some(result);
                    }
                });
            }
        });
        results
            .into_iter()
            .map(|result| result.into_inner().expect("no holder panics"))
            .collect()
    }
}

enum UnitOutcome {
    Ran(Vec<Run>, Vec<String>),
    Rejected(String),
    Failed(String),
}

fn refuse(exercise: &Exercise, source: &str) -> Option<Grade> {
    let violations = policy::violations(source, &exercise.entry);
    let first = violations.first()?;
    let lines: Vec<String> = violations
        .iter()
        .map(|violation| {
            format!(
                "{}.rs:{}: {}",
                exercise.id(),
                violation.line,
                violation.message
            )
        })
        .collect();
    let summary = format!("line {}: {}", first.line, first.message);
    Some(Grade::settled(
        &exercise.entry,
        Verdict::Forbidden,
        summary,
        lines.join("\n"),
    ))
}

fn first_error(rendered: &str) -> String {
    let message = rendered
        .lines()
        .next()
        .unwrap_or("it does not compile")
        .to_owned();
    let place = rendered
        .lines()
        .find_map(|line| line.trim_start().strip_prefix("--> "))
        .and_then(|place| place.rsplit(['/', '\\']).next());
    match place {
        Some(place) => format!("{message} ({place})"),
        None => message,
    }
}
