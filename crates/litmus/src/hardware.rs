//! Runs a program on this machine, many times, and counts in which final states it ends.
//!
//! The techniques are litmus7's (Alglave, Maranget, Sarkar, Sewell 2011). There are many instances of the
//! program, each location of each on cache lines of its own. Threads that stay for all of the runs, each on
//! a core of its own if there are enough, take instance after instance in an order that changes from batch
//! to batch; so does the core of each thread. They start each instance together: at an agreed time, read
//! from the processor's clock, where it has one (x86-64), or else as soon as all have come. Lines that a
//! thread is about to read are often fetched before, so that its stores are slow and its loads fast.
//!
//! What a run shows did happen; what no run shows may happen all the same. The accesses are those of
//! `std::sync::atomic`, done one by one by an interpreter: it shows what the processor reorders, and
//! nothing that a compiler would.

mod machine;
mod worker;

use std::{
    collections::{BTreeMap, HashMap},
    fmt, io,
    ops::ControlFlow,
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use self::worker::{Shared, Source};
use crate::{
    answer::Answer,
    code::{Code, Final},
    model::Model,
    program::{Malformed, Place, Program, Value},
    state::{Observed, State},
};

/// More threads than this are refused.
pub const MOST_THREADS: usize = 64;

/// How to run it.
#[derive(Clone, Debug)]
pub struct Options {
    /// How often.
    pub runs: u64,
    /// Decides orders, cores and offsets in time; what the machine makes of them is never the same twice.
    pub seed: u64,
    /// Keep each thread on a core of its own, where there are enough and the system can.
    pub pin: bool,
    /// How the threads come together for each run; none for what is best here.
    pub rendezvous: Option<Rendezvous>,
}

impl Default for Options {
    /// A million runs, pinned.
    fn default() -> Options {
        Options {
            runs: 1_000_000,
            seed: 0,
            pin: true,
            rendezvous: None,
        }
    }
}

/// How the threads come together for each run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rendezvous {
    /// They start at an agreed time of the processor's clock. On x86-64 only; elsewhere this is
    /// [`Rendezvous::Barrier`].
    Clock,
    /// They wait until all have come.
    Barrier,
    /// Not at all; each takes the instances in an order of its own, and now and then lets another have its
    /// core. The only way if there are more threads than cores.
    None,
}

/// What was seen.
#[derive(Clone, Debug)]
pub struct Histogram {
    pub observed: Observed,
    /// How many runs ended in each state.
    pub counts: BTreeMap<State, u64>,
    /// How often it ran: fewer times than asked if it was stopped.
    pub runs: u64,
    /// Whether it was stopped.
    pub stopped: bool,
    pub took: Duration,
    /// That this process may use.
    pub cores: usize,
    /// Whether each thread was on a core of its own throughout.
    pub pinned: bool,
    pub rendezvous: Rendezvous,
    /// The architecture, as Rust calls it: `x86_64`.
    pub machine: &'static str,
    /// What a reader should know about how it was run, each a sentence.
    pub notes: Vec<String>,
}

impl Histogram {
    /// How many runs ended as `wanted` says.
    pub fn count(&self, wanted: impl Fn(&State) -> bool) -> u64 {
        let counts = self.counts.iter().filter(|(state, _)| wanted(state));
        counts.map(|(_, count)| count).sum()
    }
}

/// Why it was not run.
#[derive(Debug)]
pub enum Error {
    Malformed(Malformed),
    /// It has more than [`MOST_THREADS`].
    TooManyThreads(usize),
    /// The system gave no thread.
    Spawn(io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Malformed(malformed) => malformed.fmt(f),
            Error::TooManyThreads(threads) => write!(
                f,
                "{threads} threads are too many to run here: the most is {MOST_THREADS}"
            ),
            Error::Spawn(error) => write!(f, "could not start a thread: {error}"),
        }
    }
}

impl std::error::Error for Error {}

/// Runs `program`. `progress` is told now and then how many runs are done, and out of how many; it may stop
/// them. It is called on this thread, which only waits.
///
/// # Errors
///
/// If `program` is not well formed, or its threads cannot be had.
pub fn run(
    program: &Program,
    options: &Options,
    progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> Result<Histogram, Error> {
    let code = Code::of(program).map_err(Error::Malformed)?;
    let observed = Observed::of(program);
    let threads = code.threads.len();
    if threads > MOST_THREADS {
        return Err(Error::TooManyThreads(threads));
    }
    let cores = machine::cores();
    let crowded = threads > cores.usable;
    let rendezvous = match options.rendezvous {
        _ if crowded => Rendezvous::None,
        Some(Rendezvous::Clock) | None if machine::HAS_CLOCK => Rendezvous::Clock,
        Some(Rendezvous::Clock) | None => Rendezvous::Barrier,
        Some(other) => other,
    };
    let pin = options.pin && !crowded && threads <= cores.pinnable.len();
    let sources = sources(program, &code, &observed);
    let started = Instant::now();
    let shared = Shared::new(
        &code,
        sources,
        options.runs,
        options.seed,
        rendezvous,
        if pin { cores.pinnable } else { Vec::new() },
    );
    let counted = if threads == 0 {
        worker::without_threads(&shared)
    } else {
        work(&shared, progress).map_err(Error::Spawn)?
    };
    let runs = counted.values().sum();
    let counts = counted.into_iter().map(|(values, count)| {
        let values = values.into_iter().map(Some).collect();
        (State(values), count)
    });
    let pinned = pin && shared.stayed_pinned();
    Ok(Histogram {
        observed,
        counts: counts.collect(),
        runs,
        stopped: runs < options.runs,
        took: started.elapsed(),
        cores: cores.usable,
        pinned,
        rendezvous,
        machine: std::env::consts::ARCH,
        notes: notes(program, threads, cores.usable, options.pin, pinned),
    })
}

/// What each observed place is read from after a run.
fn sources(program: &Program, code: &Code, observed: &Observed) -> Vec<Source> {
    let sources =
        observed
            .places
            .iter()
            .map(|&place: &Place| match code.final_of(program, place) {
                Final::Register { thread, register } => Source::Register { thread, register },
                Final::Shared(at) => Source::Location(at),
                Final::Constant(value) => Source::Constant(value),
            });
    sources.collect()
}

fn work(
    shared: &Shared<'_>,
    progress: &mut dyn FnMut(u64, u64) -> ControlFlow<()>,
) -> io::Result<HashMap<Vec<Value>, u64>> {
    thread::scope(|scope| {
        // Whichever way this ends, and be it that `progress` panics: the threads stop.
        let _stop = shared.stop_at_the_end();
        let (done, told) = mpsc::channel();
        let mut workers = Vec::new();
        for me in 0..shared.threads() {
            let done = (me == 0).then(|| done.clone());
            let worker = thread::Builder::new()
                .name(format!("P{me}"))
                .spawn_scoped(scope, move || worker::work(shared, me, done));
            match worker {
                Ok(worker) => workers.push(worker),
                Err(error) => {
                    shared.abandon();
                    return Err(error);
                }
            }
        }
        drop(done);
        for done in told {
            if progress(done, shared.runs()).is_break() {
                shared.stop();
            }
        }
        let mut counted = HashMap::new();
        for worker in workers {
            match worker.join() {
                Ok(part) => {
                    for (values, count) in part {
                        *counted.entry(values).or_insert(0) += count;
                    }
                }
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        Ok(counted)
    })
}

fn notes(
    program: &Program,
    threads: usize,
    cores: usize,
    wanted: bool,
    pinned: bool,
) -> Vec<String> {
    let mut notes = Vec::new();
    if threads > cores {
        let cores = match cores {
            1 => "1 core".to_owned(),
            more => format!("{more} cores"),
        };
        notes.push(format!(
            "{threads} threads on {cores}: they seldom run at the same time, so weak outcomes are rare"
        ));
    } else if wanted && !pinned && threads > 0 {
        notes.push(
            "the threads are not pinned: the system may put two of them on one core".to_owned(),
        );
    }
    if program.has_plain() {
        notes.push("plain accesses run as Relaxed ones, so that no run is undefined".to_owned());
    }
    notes
}

/// A state that was seen though the model does not allow it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unexpected {
    pub state: State,
    /// How many runs ended in it.
    pub times: u64,
    /// Whether this machine promises to do what the model allows and no more: then either the machine or
    /// the model is wrong. If not, the machine is only weaker than that model, as it may be.
    pub promised: bool,
    sentence: String,
}

impl fmt::Display for Unexpected {
    /// What was seen, how often, and what that means, in a sentence.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)
    }
}

/// What was seen and `answer` does not allow. Empty as well if `answer` cannot tell: if it is not complete,
/// or the program undefined.
pub fn compare(histogram: &Histogram, answer: &Answer) -> Vec<Unexpected> {
    if answer.unknown.is_some() || answer.race.is_some() {
        return Vec::new();
    }
    let promised = promises(histogram.machine, answer.model);
    let unexpected = histogram.counts.iter().filter(|(seen, _)| {
        let mut allowed = answer.outcomes.iter();
        !allowed.any(|outcome| outcome.state.covers(seen))
    });
    let unexpected = unexpected.map(|(state, &times)| Unexpected {
        state: state.clone(),
        times,
        promised,
        sentence: sentence(histogram, answer.model, state, times, promised),
    });
    unexpected.collect()
}

/// Whether a machine of that architecture does nothing that `model` forbids, for code that no compiler
/// has reordered.
fn promises(machine: &str, model: Model) -> bool {
    match model {
        Model::Sc => false,
        Model::Tso => matches!(machine, "x86_64" | "x86"),
        // Arm and POWER let a store overtake an earlier load: load buffering, which these two forbid and
        // Rust allows.
        Model::Rc11 | Model::Rc112017 => matches!(machine, "x86_64" | "x86"),
        Model::Rc11NoThinAir => true,
    }
}

fn sentence(
    histogram: &Histogram,
    model: Model,
    state: &State,
    times: u64,
    promised: bool,
) -> String {
    let seen = histogram.observed.show(state);
    let Histogram { runs, machine, .. } = histogram;
    let ended = format!("{times} of {runs} runs on this {machine} machine ended in `{seen}`");
    if promised {
        format!("{ended}, which {model} forbids: the machine or the model is wrong")
    } else {
        format!("{ended}, which {model} forbids and such a machine may do")
    }
}
