//! Runs a test under every schedule that the explorer knows.
//!
//! A round without spurious wake-ups comes first; then one for each wait on a condition variable that it
//! met, in which that wait returns without a notification. An execution is named by its ordinal, over
//! all rounds.

use std::{
    cell::RefCell,
    fs,
    panic::{AssertUnwindSafe, Location, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use findings::{Bounds, Exploration};

use super::{
    execution::{self, End, abandon, end, end_by_panic, note_panic, thread_finished},
    hook::{self, Quiet},
    thread,
};
use crate::base;

/// What this explorer is called in reports, and where a model names those that it is for.
pub const NAME: &str = base::NAME;

/// Executions between two looks at the clock.
const CLOCK_EVERY: u64 = 32;

/// Runs `body` under every schedule within `bounds`, until one breaks. All of its threads run on one
/// real thread, not the caller's.
///
/// A panic whose payload is no text counts as raised on purpose: it ends the thread it leaves, and no
/// more. A panic raised in the caller's own file counts even if it is caught.
///
/// With [`Bounds::replay`], the same search up to the execution named, without the other bounds; what
/// `body` prints in the executions before it is printed too.
#[track_caller]
pub fn explore(bounds: &Bounds, body: impl Fn() + Send + Sync + 'static) -> Exploration {
    explore_from(Location::caller().file(), bounds, body)
}

/// [`explore`], for a test written in `model_file`: operations there are not the exercise's.
pub fn explore_from(
    model_file: &str,
    bounds: &Bounds,
    body: impl Fn() + Send + Sync + 'static,
) -> Exploration {
    let bounds = bounds.clone();
    let model_file = model_file.to_owned();
    base::prepare();
    // Here, for a thread that is left panicking can set no hook.
    let _quiet = Quiet::new();
    // A thread of its own: an execution that is abandoned while it panics leaves its thread panicking.
    let explorer = std::thread::Builder::new()
        .name("explorer".to_owned())
        .spawn(move || explore_here(&model_file, &bounds, Arc::new(body)))
        .expect("the explorer needs one thread");
    explorer.join().unwrap_or_else(|payload| Exploration {
        explorer: base::NAME,
        executions: 0,
        undecided: Some(format!(
            "the explorer failed: {}",
            hook::text(&*payload).unwrap_or_default()
        )),
        finding: None,
        exercise_steps: 0,
    })
}

/// What is counted over all executions.
#[derive(Default)]
struct Progress {
    executions: u64,
    /// The execution to be repeated.
    wanted: Option<u64>,
    most: u64,
    until: Option<Clock>,
    spurious: Option<(usize, usize)>,
    /// Waits on condition variables that the round without spurious wake-ups met.
    waits: Vec<(usize, usize)>,
}

thread_local! {
    static PROGRESS: RefCell<Progress> = RefCell::default();
}

type Body = Arc<dyn Fn() + Send + Sync>;

fn explore_here(model_file: &str, bounds: &Bounds, body: Body) -> Exploration {
    execution::reset(model_file);
    let seed = bounds
        .replay
        .as_deref()
        .and_then(|name| name.strip_prefix("pct:")?.parse().ok());
    let wanted = bounds.replay.as_deref().and_then(|name| name.parse().ok());
    PROGRESS.replace(Progress {
        wanted,
        most: if bounds.replay.is_some() {
            u64::MAX
        } else {
            bounds.executions
        },
        until: bounds.replay.is_none().then(|| Clock::new(bounds.seconds)),
        ..Progress::default()
    });
    let outcome = match (&bounds.replay, wanted, seed) {
        (None, ..) | (_, Some(_), _) => everything(bounds, &body),
        (_, _, Some(seed)) if base::RANDOM_SCHEDULES.is_some() => {
            at_random(seed, &body).unwrap_or(Outcome::Complete)
        }
        (Some(name), ..) => Outcome::Open(format!(
            "`{name}` does not name a schedule of {}",
            base::NAME
        )),
    };
    let executions = PROGRESS.with_borrow(|p| p.executions);
    execution::stop();
    let (undecided, finding) = match outcome {
        Outcome::Complete if bounds.replay.is_some() => {
            let why = "the schedule to be replayed breaks nothing any more".to_owned();
            (Some(why), None)
        }
        Outcome::Complete => (None, None),
        Outcome::Open(why) => (Some(why), None),
        Outcome::Found(finding) => (None, Some(*finding)),
    };
    Exploration {
        explorer: base::NAME,
        executions,
        undecided,
        finding,
        exercise_steps: execution::exercise_steps(),
    }
}

enum Outcome {
    Complete,
    Open(String),
    Found(Box<findings::Finding>),
}

fn everything(bounds: &Bounds, body: &Body) -> Outcome {
    let mut round = None;
    let mut rounds = 0;
    loop {
        PROGRESS.with_borrow_mut(|p| p.spurious = round);
        let ended = run(|execution| base::search(bounds, execution), body);
        match ended {
            None => {}
            Some(End::Bound) => return beyond(bounds, body),
            Some(end) => return outcome(end, &ordinal()),
        }
        let next = PROGRESS.with_borrow(|p| p.waits.get(rounds).copied());
        let Some(wait) = next else {
            return Outcome::Complete;
        };
        round = Some(wait);
        rounds += 1;
    }
}

fn ordinal() -> String {
    PROGRESS.with_borrow(|p| p.executions.to_string())
}

/// A bound was reached: on with random schedules, if there are any.
fn beyond(bounds: &Bounds, body: &Body) -> Outcome {
    if bounds.replay.is_some() {
        return Outcome::Complete;
    }
    let executions = PROGRESS.with_borrow(|p| p.executions);
    let bound = if executions >= bounds.executions {
        format!("the bound of {} executions", bounds.executions)
    } else {
        format!(
            "the bound of {} s, after {executions} executions",
            bounds.seconds
        )
    };
    let open = format!("{bound} was reached before every schedule had been tried");
    let Some(schedules) = base::RANDOM_SCHEDULES else {
        return Outcome::Open(format!(
            "{open}, and {} has no random mode to go on with",
            base::NAME
        ));
    };
    let mut clock = Clock::new(bounds.seconds / 2.0);
    let mut tried = 0;
    for seed in 1..=schedules {
        if seed % CLOCK_EVERY == 0 && clock.is_over() {
            break;
        }
        PROGRESS.with_borrow_mut(|p| {
            p.most = u64::MAX;
            p.until = None;
            p.spurious = None;
        });
        if let Some(outcome) = at_random(seed, body) {
            return outcome;
        }
        tried = seed;
    }
    Outcome::Open(format!(
        "{open}; {tried} random schedules (pct:1 to pct:{tried}) broke nothing either"
    ))
}

fn at_random(seed: u64, body: &Body) -> Option<Outcome> {
    let ended = run(|execution| base::search_at_random(seed, execution), body)?;
    Some(outcome(ended, &format!("pct:{seed}")))
}

fn outcome(end: End, replay: &str) -> Outcome {
    match end {
        End::Found {
            verdict,
            message,
            site,
        } => Outcome::Found(Box::new(execution::finding(
            verdict,
            message,
            site,
            replay.to_owned(),
        ))),
        End::Undecided(why) => Outcome::Open(why),
        End::Bound => Outcome::Open("a bound was reached".to_owned()),
    }
}

/// Runs one search. `None`: it came to its end.
fn run(search: impl FnOnce(Body), body: &Body) -> Option<End> {
    let body = Arc::clone(body);
    let execution: Body = Arc::new(move || one_execution(&body));
    let searched = catch_unwind(AssertUnwindSafe(|| search(execution)));
    note_waits();
    if end_by_panic() {
        return execution::take_end();
    }
    if let Err(payload) = searched
        && !execution::is_over()
    {
        // Raised by the explorer itself, at the end of a thread.
        execution::fail_by_engine(payload);
    }
    execution::take_end()
}

fn one_execution(body: &Body) {
    note_waits();
    if end_by_panic() || !may_begin() {
        end(End::Bound);
        base::quit();
    }
    execution::begin(PROGRESS.with_borrow(|p| p.spurious));
    thread::start_main();
    match catch_unwind(AssertUnwindSafe(|| body())) {
        Ok(()) => {}
        Err(payload) => {
            thread::left_by_panic(&*payload);
            note_panic(
                "a panic that the test raised on purpose came back to it".to_owned(),
                None,
            );
        }
    }
    thread_finished(0);
    if end_by_panic() {
        abandon();
    }
}

fn note_waits() {
    PROGRESS.with_borrow_mut(|p| {
        if p.spurious.is_none() {
            execution::waits_seen(&mut p.waits);
        }
    });
}

fn may_begin() -> bool {
    PROGRESS.with_borrow_mut(|p| {
        let late = p.executions % CLOCK_EVERY == CLOCK_EVERY - 1
            && p.until.as_mut().is_some_and(Clock::is_over);
        if p.executions >= p.most || late || p.wanted.is_some_and(|wanted| p.executions >= wanted) {
            return false;
        }
        p.executions += 1;
        true
    })
}

/// Processor time of this thread where the system tells it, else time.
struct Clock {
    seconds: f64,
    start: Duration,
    started: Instant,
}

impl Clock {
    fn new(seconds: f64) -> Self {
        Clock {
            seconds,
            start: processor_time().unwrap_or_default(),
            started: Instant::now(),
        }
    }

    fn is_over(&mut self) -> bool {
        let used = match processor_time() {
            Some(now) => now.saturating_sub(self.start),
            None => self.started.elapsed(),
        };
        used.as_secs_f64() >= self.seconds
    }
}

fn processor_time() -> Option<Duration> {
    let text = fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(text.split(' ').next()?.parse().ok()?))
}
