//! One test under the models that are asked for, on this machine and under loom: from its text to plain data
//! that reports are made of. Nothing here prints. Left out: executions that nobody will look at.

use std::{
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use litmus::{
    Answer, Budget, Explanation, Model, Program, Verdict,
    answer::{Outcome, Race, Unknown},
    draw::{self, Drawing},
    execution::{Event, Execution, Kind},
    hardware,
    model::Axiom,
    program::{Formula, Malformed, Quantifier},
    state::{Observed, State},
};

use super::{
    loom,
    source::{Fault, Source},
};
use crate::{report::terminal::WIDTH, stop::Stop};

/// What is done with each test.
#[derive(Clone, Debug)]
pub struct Plan {
    pub models: Vec<Model>,
    pub budget: Budget,
    /// Whether someone will look at executions.
    pub shown: bool,
    /// Runs on this machine.
    pub runs: Option<u64>,
    pub loom: Option<loom::Tool>,
}

/// A test and what came of it.
#[derive(Debug)]
pub struct Judged {
    /// `-` for standard input; none for a test that has a name only.
    pub file: Option<String>,
    pub outcome: Result<Tested, Fault>,
}

impl Judged {
    /// Where its text is.
    pub fn place(&self) -> String {
        match (self.file.as_deref(), &self.outcome) {
            (Some("-"), _) => "standard input".to_owned(),
            (Some(file), _) => file.to_owned(),
            (None, Ok(tested)) => format!("crates/litmus/classics/{}.litmus", tested.name),
            (None, Err(_)) => "a named test".to_owned(),
        }
    }
}

#[derive(Debug)]
pub struct Tested {
    pub name: String,
    /// `exists (0:r0=0)`.
    pub condition: Option<String>,
    pub quantifier: Option<Quantifier>,
    pub rows: Vec<Row>,
    pub here: Option<Result<Here, String>>,
    /// What this machine did and a model forbids: one that was asked for, or x86-TSO on such a machine.
    pub unexpected: Vec<Unexpected>,
    pub loom: Option<Result<loom::Found, String>>,
}

/// The test under one model.
#[derive(Debug)]
pub struct Row {
    pub model: Model,
    pub states: Vec<Ending>,
    pub verdict: Option<Verdict>,
    pub undefined: bool,
    pub unknown: Option<Unknown>,
    pub executions: u64,
    pub graphs: u64,
    pub took: Duration,
    pub shown: Option<Shown>,
}

/// How what loom found differs from what a model allows.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Compared<'a> {
    pub missed: Vec<&'a str>,
    pub invented: Vec<&'a str>,
    pub race: Option<Disagreement>,
}

/// One of them says that the program has a data race. Then states mean nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disagreement {
    /// The model does, and loom does not.
    Missed,
    /// loom does, and the model does not.
    Invented,
}

impl Row {
    pub fn state(&self, state: &str) -> Option<&Ending> {
        self.states.iter().find(|ending| ending.state == state)
    }

    /// Whether the model allows `state`; where it does not know all states, those that it knows.
    pub fn allows(&self, state: &str) -> bool {
        self.states
            .iter()
            .any(|allowed| covers(&allowed.state, state))
    }

    /// Without a difference where the model itself cannot tell.
    pub fn compared_with<'a>(&'a self, found: &'a loom::Found) -> Compared<'a> {
        let race = match (&found.race, self.undefined) {
            (None, false) => None,
            (Some(_), true) => return Compared::default(),
            (None, true) => Some(Disagreement::Missed),
            (Some(_), false) if self.unknown.is_some() || !self.model.has_undefined() => {
                return Compared::default();
            }
            (Some(_), false) => Some(Disagreement::Invented),
        };
        if race.is_some() {
            return Compared {
                race,
                ..Compared::default()
            };
        }
        let allowed = self.states.iter().map(|ending| ending.state.as_str());
        let shown = |state: &str| found.states.iter().any(|seen| covers(state, seen));
        let states = found.states.iter().map(String::as_str);
        Compared {
            missed: allowed.filter(|state| !shown(state)).collect(),
            invented: states
                .filter(|state| self.unknown.is_none() && !self.allows(state))
                .collect(),
            race,
        }
    }
}

/// Whether `seen` is what a model means by `allowed`: a value out of thin air (`?`) stands for any.
fn covers(allowed: &str, seen: &str) -> bool {
    let (allowed, seen) = (allowed.split("; "), seen.split("; "));
    allowed.clone().count() == seen.clone().count()
        && allowed.zip(seen).all(|(one, other)| {
            let name = one.split_once("=?").map(|(name, _)| name);
            one == other || name.is_some_and(|name| other.starts_with(&format!("{name}=")))
        })
}

/// A final state.
#[derive(Debug)]
pub struct Ending {
    pub state: String,
    pub executions: u64,
    /// Whether the condition's formula holds in it.
    pub satisfies: bool,
}

/// A final state that this machine ended in, and why it should not have.
#[derive(Debug)]
pub struct Unexpected {
    pub model: Model,
    pub state: String,
    /// Whether the processor has promised not to.
    pub promised: bool,
    pub sentence: String,
}

/// What this machine did.
#[derive(Debug)]
pub struct Here {
    pub machine: &'static str,
    pub runs: u64,
    pub stopped: bool,
    pub took: Duration,
    pub counts: Vec<Count>,
    pub notes: Vec<String>,
}

/// How often a run ended in a state.
#[derive(Debug)]
pub struct Count {
    pub state: String,
    pub runs: u64,
    /// Whether the condition's formula holds in it.
    pub satisfies: bool,
}

impl Here {
    /// Whether the processor has promised to do nothing that x86-TSO forbids.
    pub fn keeps_tso(&self) -> bool {
        keeps_tso(self.machine)
    }

    pub fn count(&self, state: &str) -> Option<u64> {
        let count = self.counts.iter().find(|count| count.state == state)?;
        Some(count.runs)
    }
}

fn keeps_tso(machine: &str) -> bool {
    matches!(machine, "x86" | "x86_64")
}

/// Why the verdict is what it is.
#[derive(Debug)]
pub struct Shown {
    pub why: Why,
    pub picture: Option<Picture>,
    /// Whether RC11 and Rust's own rules part ways over what the condition asks about.
    pub only_rust_allows: bool,
}

#[derive(Debug)]
pub enum Why {
    /// There is no condition; an execution, for a picture.
    Unasked,
    /// The execution ends as the condition says; for `forall`, as it should not.
    Witness,
    /// The two accesses in words.
    Race(String),
    Forbidden {
        candidates: u64,
        /// Whether all of them were looked at.
        all: bool,
        broken: Vec<(Axiom, u64)>,
    },
    NoCandidate,
    Unknown(Unknown),
}

#[derive(Debug)]
pub struct Picture {
    pub execution: Execution,
    pub drawing: Drawing,
}

impl Picture {
    pub fn lanes(&self) -> String {
        draw::lanes(&self.execution, &self.drawing, WIDTH - 2)
    }
}

/// What `source` says, judged by `plan`. A run on this machine ends early when `stop` says so.
/// `tell` hears now and then how many of those runs are done.
pub fn judge(source: &Source, plan: &Plan, stop: &Stop, tell: &dyn Fn(u64)) -> Judged {
    let outcome = source.text().and_then(|text| {
        // A fault of the engine is told as that, and the other tests go on.
        catch_unwind(AssertUnwindSafe(|| test(&text, plan, stop, tell))).unwrap_or_else(|_| {
            Err(Fault::Engine(
                "the engine failed on it; that is no fault of the test".to_owned(),
            ))
        })
    });
    let file = source.file();
    Judged {
        file: file.map(|path| path.to_string_lossy().into_owned()),
        outcome,
    }
}

fn test(text: &str, plan: &Plan, stop: &Stop, tell: &dyn Fn(u64)) -> Result<Tested, Fault> {
    let program = litmus::parse(text).map_err(|error| Fault::Text(error.to_string()))?;
    let ask = |model| litmus::explore(&program, model, &plan.budget).map_err(malformed);
    let mut answers = Vec::new();
    for &model in &plan.models {
        answers.push(ask(model)?);
    }
    let histogram = plan.runs.map(|runs| run_here(&program, runs, stop, tell));
    let mut rows = Vec::new();
    for answer in &answers {
        let shown = plan
            .shown
            .then(|| show(&program, answer, &plan.budget))
            .transpose()?;
        rows.push(row(&program, answer, shown));
    }
    let mut unexpected = Vec::new();
    if let Some(Ok(histogram)) = &histogram {
        // Whatever was asked for: this is what the processor has promised.
        if keeps_tso(histogram.machine) && !plan.models.contains(&Model::Tso) {
            answers.push(ask(Model::Tso)?);
        }
        let all = answers.iter();
        unexpected.extend(all.flat_map(|answer| surprises(histogram, answer)));
    }
    Ok(Tested {
        name: program.name.clone(),
        condition: condition_text(&program),
        quantifier: program.condition.as_ref().map(|asked| asked.quantifier),
        rows,
        here: histogram.map(|seen| seen.map(|seen| here(&program, seen))),
        unexpected,
        loom: plan.loom.as_ref().map(|tool| under_loom(tool, &program)),
    })
}

fn row(program: &Program, answer: &Answer, shown: Option<Shown>) -> Row {
    let formula = program.condition.as_ref().map(|asked| &asked.formula);
    let mut states: Vec<Ending> = answer
        .outcomes
        .iter()
        .map(|outcome| Ending {
            state: answer.observed.show(&outcome.state),
            executions: outcome.executions,
            satisfies: formula.is_some_and(|it| answer.observed.holds(it, &outcome.state)),
        })
        .collect();
    states.sort_by(|one, other| one.state.cmp(&other.state));
    Row {
        model: answer.model,
        states,
        verdict: answer.verdict(program),
        undefined: answer.race.is_some(),
        unknown: answer.unknown,
        executions: answer.executions,
        graphs: answer.graphs,
        took: answer.took,
        shown,
    }
}

/// What the condition makes one look for: what `exists` names, and the opposite of what `forall` claims.
fn sought(program: &Program) -> Option<Formula> {
    let asked = program.condition.as_ref()?;
    Some(match asked.quantifier {
        Quantifier::Exists | Quantifier::NotExists => asked.formula.clone(),
        Quantifier::Forall => Formula::Not(Box::new(asked.formula.clone())),
    })
}

fn found<'a>(answer: &'a Answer, sought: &Formula) -> Option<&'a Outcome> {
    let mut outcomes = answer.outcomes.iter();
    outcomes.find(|outcome| answer.observed.holds(sought, &outcome.state))
}

fn malformed(malformed: Malformed) -> Fault {
    Fault::Text(malformed.to_string())
}

fn show(program: &Program, answer: &Answer, budget: &Budget) -> Result<Shown, Fault> {
    let model = answer.model;
    let picture = |execution: &Execution, drawing| Picture {
        execution: execution.clone(),
        drawing,
    };
    let plainly = |execution| picture(execution, Drawing::of(execution, model));
    let simply = |why, picture| Shown {
        why,
        picture,
        only_rust_allows: false,
    };
    if let Some(race) = &answer.race {
        let picture = picture(&race.execution, Drawing::race(race, model));
        return Ok(simply(Why::Race(accesses(race)), Some(picture)));
    }
    let Some(sought) = sought(program) else {
        let first = answer.outcomes.first();
        return Ok(simply(
            Why::Unasked,
            first.map(|outcome| plainly(&outcome.witness)),
        ));
    };
    let rc11_forbids = || is_forbidden(program, Model::Rc11, &sought, budget).map_err(malformed);
    let thin_air_allows =
        || is_reached(program, Model::Rc11NoThinAir, &sought, budget).map_err(malformed);
    if let Some(outcome) = found(answer, &sought) {
        return Ok(Shown {
            why: Why::Witness,
            picture: Some(plainly(&outcome.witness)),
            only_rust_allows: model == Model::Rc11NoThinAir && rc11_forbids()?,
        });
    }
    if let Some(unknown) = answer.unknown {
        return Ok(simply(Why::Unknown(unknown), None));
    }
    let explanation = litmus::explain(program, answer.model, &sought, budget).map_err(malformed)?;
    Ok(match explanation {
        Explanation::Allowed(execution) => simply(Why::Witness, Some(plainly(&execution))),
        Explanation::NoCandidate => simply(Why::NoCandidate, None),
        Explanation::Unknown(unknown) => simply(Why::Unknown(unknown), None),
        Explanation::Forbidden(forbidden) => {
            let nearest = &forbidden.nearest;
            let drawing = Drawing::violation(nearest, model, &forbidden.violation);
            let picture = picture(nearest, drawing);
            Shown {
                why: Why::Forbidden {
                    candidates: forbidden.candidates,
                    all: forbidden.all,
                    broken: forbidden.broken,
                },
                picture: Some(picture),
                only_rust_allows: match model {
                    Model::Sc | Model::Tso | Model::Rc11NoThinAir => false,
                    Model::Rc11 => thin_air_allows()?,
                    // Its longer release sequences forbid things that are none of that axiom's business.
                    Model::Rc112017 => rc11_forbids()? && thin_air_allows()?,
                },
            }
        }
    })
}

/// `thread 0 writes x (plain) and thread 1 reads it (Relaxed)`.
fn accesses(race: &Race) -> String {
    let events = &race.execution.events;
    let access = |event: &Event| {
        let doer = match event.thread {
            Some(thread) => format!("thread {thread}"),
            None => "the start".to_owned(),
        };
        let does = match event.kind {
            Kind::Read | Kind::Failed => "reads",
            Kind::Write => "writes",
            Kind::Update | Kind::Fence => "updates",
        };
        (doer, does, event.order)
    };
    let (first, second) = (&events[race.first], &events[race.second]);
    let location = first
        .location
        .map_or("", |at| &race.execution.locations[at]);
    let (doer, does, order) = access(first);
    let (other, also, other_order) = access(second);
    format!("{doer} {does} {location} ({order}) and {other} {also} it ({other_order})")
}

fn is_forbidden(
    program: &Program,
    model: Model,
    sought: &Formula,
    budget: &Budget,
) -> Result<bool, Malformed> {
    let answer = litmus::explore(program, model, budget)?;
    Ok(answer.unknown.is_none() && answer.race.is_none() && found(&answer, sought).is_none())
}

fn is_reached(
    program: &Program,
    model: Model,
    sought: &Formula,
    budget: &Budget,
) -> Result<bool, Malformed> {
    let answer = litmus::explore(program, model, budget)?;
    Ok(answer.race.is_none() && found(&answer, sought).is_some())
}

/// The last line of the printed program, where there is a condition.
fn condition_text(program: &Program) -> Option<String> {
    program.condition.as_ref()?;
    let printed = program.to_string();
    let start = ["\nexists", "\n~exists", "\nforall"]
        .iter()
        .filter_map(|word| printed.rfind(word))
        .max()?;
    Some(
        printed[start..]
            .split_whitespace()
            .collect::<Vec<_>>()
            .join(" "),
    )
}

fn run_here(
    program: &Program,
    runs: u64,
    stop: &Stop,
    tell: &dyn Fn(u64),
) -> Result<hardware::Histogram, String> {
    let options = hardware::Options {
        runs,
        ..hardware::Options::default()
    };
    let mut progress = |done, _| {
        tell(done);
        match stop.is_stopped() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    };
    hardware::run(program, &options, &mut progress).map_err(|error| error.to_string())
}

fn here(program: &Program, histogram: hardware::Histogram) -> Here {
    let formula = program.condition.as_ref().map(|asked| &asked.formula);
    let observed = &histogram.observed;
    let counts = histogram.counts.iter().map(|(state, &runs)| Count {
        state: observed.show(state),
        runs,
        satisfies: formula.is_some_and(|formula| observed.holds(formula, state)),
    });
    Here {
        machine: histogram.machine,
        runs: histogram.runs,
        stopped: histogram.stopped,
        took: histogram.took,
        counts: counts.collect(),
        notes: histogram.notes,
    }
}

fn under_loom(tool: &loom::Tool, program: &Program) -> Result<loom::Found, String> {
    let mut found = tool.explore(program)?;
    if let Some(asked) = &program.condition {
        let observed = Observed::of(program);
        let holds = |text: &&String| {
            read(&observed, text).is_some_and(|state| observed.holds(&asked.formula, &state))
        };
        found.satisfying = found.states.iter().filter(holds).cloned().collect();
    }
    Ok(found)
}

/// The state that `text` shows.
fn read(observed: &Observed, text: &str) -> Option<State> {
    let mut parts = text.split_terminator(';').map(str::trim);
    let values = observed.names.iter().map(|name| {
        let value = parts
            .next()?
            .strip_prefix(name.as_str())?
            .strip_prefix('=')?;
        value.parse().ok().map(Some)
    });
    values.collect::<Option<_>>().map(State)
}

fn surprises(histogram: &hardware::Histogram, answer: &Answer) -> Vec<Unexpected> {
    hardware::compare(histogram, answer)
        .iter()
        .map(|unexpected| Unexpected {
            model: answer.model,
            state: histogram.observed.show(&unexpected.state),
            promised: unexpected.promised,
            sentence: unexpected.to_string(),
        })
        .collect()
}
