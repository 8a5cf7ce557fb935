//! Runs a litmus test under loom, and says where loom and a memory model differ: which outcomes the model
//! allows and loom does not show, and which it shows though the model forbids them.
//!
//! The same code runs that the engine and the hardware runner run. The last thread is loom's main thread,
//! which costs far fewer executions than one more spawned; it joins the others, and then reads the
//! locations. Left out: load buffering, which loom does not look for.

mod execution;
mod quiet;

use std::{
    collections::BTreeSet,
    fmt, io, thread,
    time::{Duration, Instant},
};

use litmus::{
    Answer, Program,
    code::Code,
    program::Malformed,
    state::{Observed, State},
};

use self::{execution::End, quiet::Quiet};

/// loom has no more threads than this, its main one among them.
pub const MOST_THREADS: usize = loom::MAX_THREADS;

/// How much work it may cost.
#[derive(Clone, Debug)]
pub struct Bounds {
    pub executions: u64,
    pub duration: Duration,
    /// How often an execution may switch from a thread that could go on; none for as often as it likes.
    pub preemptions: Option<u8>,
}

impl Default for Bounds {
    /// A million executions, ten seconds, any number of preemptions.
    fn default() -> Bounds {
        Bounds {
            executions: 1_000_000,
            duration: Duration::from_secs(10),
            preemptions: None,
        }
    }
}

/// What loom showed.
#[derive(Clone, Debug)]
pub struct Found {
    pub observed: Observed,
    /// Each final state that some execution ended in.
    pub states: BTreeSet<State>,
    /// A data race on a plain access, in loom's words. It ends the search.
    pub race: Option<String>,
    pub executions: u64,
    /// Why it did not come to its end, if it did not.
    pub unfinished: Option<Unfinished>,
    pub took: Duration,
}

impl Found {
    /// Whether these are all the states that loom has to show.
    pub fn complete(&self) -> bool {
        self.unfinished.is_none() && self.race.is_none()
    }
}

/// Why loom did not run all that it could.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfinished {
    /// The bound on executions was reached.
    Executions(u64),
    /// The bound on time was reached.
    Duration(Duration),
    /// It ran all that it has with so many preemptions.
    Preemptions(u8),
    /// loom failed, with these words.
    GaveUp(String),
}

impl fmt::Display for Unfinished {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Unfinished::Executions(most) => write!(f, "stopped after {most} executions"),
            Unfinished::Duration(most) => write!(f, "stopped after {:.1} s", most.as_secs_f64()),
            Unfinished::Preemptions(most) => write!(f, "ran only up to {most} preemptions"),
            Unfinished::GaveUp(why) => write!(f, "loom gave up: {why}"),
        }
    }
}

/// Why it was not run.
#[derive(Debug)]
pub enum Error {
    Malformed(Malformed),
    /// It has more than [`MOST_THREADS`].
    Unsupported(usize),
    /// The system gave no thread.
    Spawn(io::Error),
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Malformed(malformed) => malformed.fmt(f),
            Error::Unsupported(threads) => write!(
                f,
                "{threads} threads are too many for loom: it has {MOST_THREADS} at most"
            ),
            Error::Spawn(error) => write!(f, "could not start a thread: {error}"),
        }
    }
}

impl std::error::Error for Error {}

/// Runs `program` under each schedule that loom has, within `bounds`.
///
/// # Errors
///
/// If `program` is not well formed, or has more threads than loom can have.
pub fn explore(program: &Program, bounds: &Bounds) -> Result<Found, Error> {
    let began = Instant::now();
    let code = Code::of(program).map_err(Error::Malformed)?;
    if code.threads.len() > MOST_THREADS {
        return Err(Error::Unsupported(code.threads.len()));
    }
    let observed = Observed::of(program);
    let places = observed.places.iter();
    let finals = places.map(|&place| code.final_of(program, place)).collect();
    let run = execution::Run::new(code, finals, bounds);
    // Here, since a thread that panics can set no hook.
    let _quiet = Quiet::new();
    // A thread of its own, so that nothing of this search is left for the next one.
    let explorer = thread::Builder::new()
        .name("loom".to_owned())
        .spawn(move || quiet::quietly(|| execution::search(run)))
        .map_err(Error::Spawn)?;
    let (states, executions, end) = match explorer.join() {
        Ok(found) => found,
        Err(panic) => (BTreeSet::new(), 0, End::GaveUp(execution::text(&*panic))),
    };
    let (race, unfinished) = match end {
        End::Complete => (None, bounds.preemptions.map(Unfinished::Preemptions)),
        End::Executions => (None, Some(Unfinished::Executions(bounds.executions))),
        End::Duration => (None, Some(Unfinished::Duration(bounds.duration))),
        End::Race(words) => (Some(words), None),
        End::GaveUp(words) => (None, Some(Unfinished::GaveUp(words))),
    };
    Ok(Found {
        observed,
        states,
        race,
        executions,
        unfinished,
        took: began.elapsed(),
    })
}

/// Where loom and a model differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comparison {
    /// The model allows them, and loom did not show them; if it was not finished, that is no wonder.
    pub missing: Vec<State>,
    /// loom showed them, and the model forbids them.
    pub impossible: Vec<State>,
    /// One says that the program races, and the other that it does not. Then states are not compared: those
    /// of a program that races mean nothing.
    pub race: Option<Disagreement>,
}

/// About a data race.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disagreement {
    /// The model has one, and loom did not find it.
    Missed,
    /// loom reported one, and the model has none.
    Invented,
}

impl Comparison {
    pub fn agrees(&self) -> bool {
        self.missing.is_empty() && self.impossible.is_empty() && self.race.is_none()
    }
}

/// Compares the states that loom showed with those that `answer` allows. What an answer that is not
/// complete has left open counts for neither side.
pub fn compare(found: &Found, answer: &Answer) -> Comparison {
    let mut comparison = Comparison {
        missing: Vec::new(),
        impossible: Vec::new(),
        race: None,
    };
    match (&found.race, &answer.race) {
        (None, None) => {}
        (Some(_), Some(_)) => return comparison,
        (None, Some(_)) => {
            comparison.race = Some(Disagreement::Missed);
            return comparison;
        }
        (Some(_), None) => {
            let open = answer.unknown.is_some() || !answer.model.has_undefined();
            comparison.race = (!open).then_some(Disagreement::Invented);
            return comparison;
        }
    }
    let allowed = || answer.outcomes.iter().map(|outcome| &outcome.state);
    let shown = |state: &State| found.states.iter().any(|seen| state.covers(seen));
    let missing = allowed().filter(|state| !shown(state));
    comparison.missing = missing.cloned().collect();
    if answer.unknown.is_none() {
        let impossible = found.states.iter();
        let impossible = impossible.filter(|seen| !allowed().any(|state| state.covers(seen)));
        comparison.impossible = impossible.cloned().collect();
    }
    comparison
}
