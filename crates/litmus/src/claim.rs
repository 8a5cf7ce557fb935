//! What somebody claims about a program, and its judge. The claim is that an outcome is allowed, with the
//! execution that ends in it; or that it is forbidden, with the cycles that no execution can have. No claim
//! is compared with a stored one: what it describes is built, and the axioms are asked.
//!
//! All of a claim is `const` data, so that it cannot have asked the engine:
//!
//! ```
//! use litmus::claim::{Answer, Axiom::Coherence, Broken, Edge::{Po, Rb, Sw}, Witness};
//!
//! // Each reads the initial value of what the other writes.
//! pub const STORE_BUFFERING: Answer = Answer::Allowed(Witness {
//!     reads: &[("b", "init y"), ("d", "init x")],
//!     orders: &[],
//! });
//!
//! pub const MESSAGE_PASSING: Answer = Answer::Forbidden(&[Broken {
//!     axiom: Coherence,
//!     cycle: &[("a", Po, "b"), ("b", Sw, "c"), ("c", Po, "d"), ("d", Rb, "a")],
//! }]);
//!
//! # use litmus::{Model, claim::judge, classics, parse};
//! # for (name, answer) in [("SB", STORE_BUFFERING), ("MP+rel-acq", MESSAGE_PASSING)] {
//! let program = parse(classics::find(name).unwrap().text).unwrap();
//! let outcome = &program.condition.as_ref().unwrap().formula;
//! assert!(judge(&program, Model::Rc11, outcome, &answer).is_ok());
//! # }
//! ```
//!
//! Any right answer is taken: another witness than the engine's, and another cycle. A claim that something is
//! forbidden speaks of every execution that would end so, and so it needs a cycle for each: one is enough as
//! long as each of them has it. They may break different axioms.
//!
//! Left out: data races on plain accesses. Whether an execution keeps the axioms is one question, and whether
//! the program has a meaning is another.

mod proof;
#[cfg(test)]
mod tests;
mod witness;

use std::{fmt, ops::ControlFlow};

use crate::{
    answer::{Budget, Explanation, Unknown, Violation},
    axioms::Derived,
    candidates::candidates,
    draw::{Drawing, lanes, letter},
    execution::Execution,
    explain::explain,
    model::Model,
    program::{Formula, Malformed, Program},
    relation::EventId,
    state::Observed,
};

pub use crate::{answer::Edge, model::Axiom};

/// An event: `a`, `b`, … thread by thread in the order of the text, as pictures call it, fences included;
/// or the initial write of a location: `init x`.
pub type Name = &'static str;

/// What is claimed about an outcome of a program under a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Nothing yet.
    Open,
    /// It can end so: like this.
    Allowed(Witness),
    /// It cannot: each execution that would end so has one of these cycles.
    Forbidden(&'static [Broken]),
}

/// An execution: its events are those of the program, and their values follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Each read, and the write whose value it takes. A read-modify-write is a read too.
    pub reads: &'static [(Name, Name)],
    /// The writes to a location from first to last, for each location that is written more than once. That
    /// the initial one is the very first goes without saying.
    pub orders: &'static [&'static [Name]],
}

/// A cycle that breaks an axiom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Broken {
    pub axiom: Axiom,
    /// Each step begins where the one before it ended, and the last ends where the first begins.
    pub cycle: &'static [(Name, Edge, Name)],
}

/// Whether `answer` is right about `program` ending as `outcome` says, under `model`.
///
/// # Errors
///
/// What is wrong with it, in words, with the execution that shows it.
pub fn judge(
    program: &Program,
    model: Model,
    outcome: &Formula,
    answer: &Answer,
) -> Result<(), Wrong> {
    let mut observing = program.clone();
    outcome.places(&mut observing.observed);
    let question = Question {
        observed: Observed::of(&observing),
        program: observing,
        model,
        outcome,
    };
    match answer {
        Answer::Open => Err(question.wrong(
            Mistake::Open,
            "There is no answer yet. If it can happen, write Answer::Allowed with the source of each read; if \
             not, Answer::Forbidden with the axiom and the cycle that breaks it.",
        )),
        Answer::Allowed(witness) => question.allowed(witness),
        Answer::Forbidden(broken) => question.forbidden(broken),
    }
}

/// Why an answer is wrong. Its [`Display`](fmt::Display) says it in words, in lines of at most 80 columns.
#[derive(Clone, Debug)]
pub struct Wrong {
    mistake: Mistake,
    /// What about: `SB under tso`.
    question: String,
    text: String,
    shown: Option<Box<(Execution, Option<Violation>)>>,
    command: String,
    model: Model,
}

/// The ways in which an answer is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// It is [`Answer::Open`].
    Open,
    /// A name that no event has.
    NoSuchEvent,
    /// A source that is no write, or one to another location; an order of what are no writes to one location.
    Impossible,
    /// A read without a source, or writes without an order.
    Incomplete,
    /// No run has these sources: another branch would be taken, or a value would make itself.
    NoSuchRun,
    /// The witness ends otherwise.
    OtherOutcome,
    /// The witness breaks this axiom.
    Inconsistent(Axiom),
    /// Called forbidden, but it happens.
    Happens,
    /// The model has no such axiom.
    NoSuchAxiom(Axiom),
    /// The steps do not follow each other, or do not come back.
    NoCycle,
    /// No execution that ends so breaks this axiom.
    Kept(Axiom),
    /// A step that does not hold.
    NoSuchEdge(Edge),
    /// A cycle, but none that this axiom is about.
    ProvesNothing(Axiom),
    /// Some execution that ends so has none of the cycles.
    NotAll,
    /// The engine cannot tell.
    Undecided,
}

impl Wrong {
    pub fn mistake(&self) -> Mistake {
        self.mistake
    }

    /// The execution that contradicts the answer, if one does.
    pub fn execution(&self) -> Option<&Execution> {
        self.shown.as_ref().map(|shown| &shown.0)
    }

    /// The axiom that this execution breaks, and the cycle, if that is what is wrong.
    pub fn violation(&self) -> Option<&Violation> {
        self.shown.as_ref().and_then(|shown| shown.1.as_ref())
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in wrapped(&format!("{}: {}", self.question, self.text)) {
            writeln!(f, "{line}")?;
        }
        let Some((execution, violation)) = self.shown.as_deref() else {
            return Ok(());
        };
        writeln!(
            f,
            "\n{}",
            picture(execution, self.model, violation.as_ref())
        )?;
        writeln!(f, "As a picture:\n  {}", self.command)
    }
}

impl std::error::Error for Wrong {}

/// What is asked.
struct Question<'a> {
    program: Program,
    model: Model,
    outcome: &'a Formula,
    observed: Observed,
}

impl Question<'_> {
    fn allowed(&self, witness: &Witness) -> Result<(), Wrong> {
        let mut found = None;
        // The program may have branches, so that not all runs have the same events. Of those that cannot be
        // meant, what is said about the best of them.
        let mut best: Option<witness::Misfit> = None;
        let mut possible = false;
        self.candidates(|execution, outcome, state| {
            match witness::fit(witness, &execution) {
                Ok(true) => {
                    found = Some((execution, outcome, state));
                    return ControlFlow::Break(());
                }
                Ok(false) => possible = true,
                Err(misfit) if best.as_ref().is_none_or(|best| best.stage < misfit.stage) => {
                    best = Some(misfit);
                }
                Err(_) => {}
            }
            ControlFlow::Continue(())
        })?;
        let Some((execution, outcome, state)) = found else {
            return Err(match best {
                Some(misfit) if !possible => self.wrong(misfit.mistake, &misfit.text),
                _ => self.wrong(
                    Mistake::NoSuchRun,
                    "No run of the program reads like that. With these sources some thread would take \
                     another branch, or some value would have to make itself.",
                ),
            });
        };
        if !outcome {
            let text = format!(
                "Your execution ends in {state} and the question is about {}.",
                self.asked(self.outcome)
            );
            return Err(self
                .wrong(Mistake::OtherOutcome, &text)
                .showing(execution, None));
        }
        match crate::axioms::violation(&execution, self.model) {
            None => Ok(()),
            Some(violation) => {
                let text = format!(
                    "Your execution breaks {}, though it ends as asked.",
                    violation.axiom
                );
                Err(self
                    .wrong(Mistake::Inconsistent(violation.axiom), &text)
                    .showing(execution, Some(violation)))
            }
        }
    }

    fn forbidden(&self, proofs: &'static [Broken]) -> Result<(), Wrong> {
        let explained = explain(&self.program, self.model, self.outcome, &Budget::default());
        match explained.map_err(|malformed| self.malformed(&malformed))? {
            Explanation::Allowed(execution) => {
                let text = format!(
                    "You say that it is forbidden, but {} allows it.",
                    self.model
                );
                return Err(self
                    .wrong(Mistake::Happens, &text)
                    .showing(*execution, None));
            }
            Explanation::Unknown(unknown) => return Err(self.undecided(unknown)),
            Explanation::Forbidden(_) | Explanation::NoCandidate => {}
        }
        for broken in proofs {
            self.well_formed(broken)?;
        }
        let mut closest: Vec<Option<(proof::Failure, Execution)>> =
            proofs.iter().map(|_| None).collect();
        let mut broken_somewhere = vec![false; proofs.len()];
        let mut proven = vec![false; proofs.len()];
        let mut uncovered = None;
        self.candidates(|execution, outcome, _| {
            if !outcome {
                return ControlFlow::Continue(());
            }
            let derived = Derived::of(&execution, self.model);
            let mut covered = false;
            for (index, broken) in proofs.iter().enumerate() {
                let axiom = broken.axiom;
                broken_somewhere[index] |= derived.broken(&execution, self.model, axiom).is_some();
                match proof::check(&execution, &derived, self.model, broken) {
                    Ok(()) => {
                        covered = true;
                        proven[index] = true;
                    }
                    Err(failure) => {
                        let best = &mut closest[index];
                        let further = |best: &(proof::Failure, _)| best.0.steps < failure.steps;
                        if best.as_ref().is_none_or(further) {
                            *best = Some((failure, execution.clone()));
                        }
                    }
                }
            }
            if !covered && uncovered.is_none() {
                uncovered = Some(execution);
            }
            ControlFlow::Continue(())
        })?;
        for (index, broken) in proofs.iter().enumerate() {
            if proven[index] {
                continue;
            }
            let Some((failure, execution)) = closest[index].take() else {
                return Err(self.wrong(
                    Mistake::NoSuchRun,
                    "It is forbidden, and no cycle is needed to show it: whatever its reads take their values \
                     from, no run ends so. The answer is Answer::Forbidden(&[]).",
                ));
            };
            let axiom = broken.axiom;
            if !broken_somewhere[index] && failure.steps < broken.cycle.len() {
                let text = format!(
                    "It is forbidden, but not by {axiom}, which says: {}. No execution that ends so breaks that. \
                     And in your cycle {}",
                    proof::meaning(axiom, self.model),
                    failure.text
                );
                return Err(self
                    .wrong(Mistake::Kept(axiom), &text)
                    .showing(execution, None));
            }
            let (mistake, text) = match failure.edge {
                _ if !broken_somewhere[index] => (
                    Mistake::Kept(axiom),
                    format!(
                        "It is forbidden, and each step of your cycle holds, but this is not what {axiom} is \
                         about: {}",
                        failure.text
                    ),
                ),
                Some(edge) => (
                    Mistake::NoSuchEdge(edge),
                    format!("It is forbidden, but {}", failure.text),
                ),
                None => (
                    Mistake::ProvesNothing(axiom),
                    format!(
                        "It is forbidden, and each step of your cycle holds, but such a cycle does not break \
                         {axiom}: {}",
                        failure.text
                    ),
                ),
            };
            return Err(self.wrong(mistake, &text).showing(execution, None));
        }
        match uncovered {
            None => Ok(()),
            Some(execution) => {
                let text = if proofs.is_empty() {
                    "It is forbidden, but you give no cycle. Here is an execution that would end so: which \
                     axiom does it break?"
                } else {
                    "It is forbidden, but you have not shown it yet. Here is an execution that would end so \
                     too, and it has none of your cycles. It needs another one."
                };
                Err(self.wrong(Mistake::NotAll, text).showing(execution, None))
            }
        }
    }

    /// What can be said of a cycle without any execution.
    fn well_formed(&self, broken: &Broken) -> Result<(), Wrong> {
        let axioms = self.model.axioms();
        if !axioms.contains(&broken.axiom) {
            let names: Vec<&str> = axioms.iter().map(|axiom| axiom.name()).collect();
            let text = format!(
                "{} has no axiom {}. It has {}.",
                self.model,
                broken.axiom,
                names.join(", ")
            );
            return Err(self.wrong(Mistake::NoSuchAxiom(broken.axiom), &text));
        }
        let cycle = broken.cycle;
        if cycle.is_empty() || cycle.len() > crate::relation::MOST_EVENTS {
            return Err(self.wrong(
                Mistake::NoCycle,
                "It is forbidden, but a cycle has at least one step, and no more than there are events.",
            ));
        }
        for (step, &(_, edge, to)) in cycle.iter().enumerate() {
            let (from, next, _) = cycle[(step + 1) % cycle.len()];
            if to != from {
                let text = format!(
                    "Your steps are no cycle. One goes to {to} ({}), and the one that follows it leaves \
                     {from} ({}){}.",
                    edge.name(),
                    next.name(),
                    if step + 1 == cycle.len() {
                        ": after the last comes the first"
                    } else {
                        ""
                    }
                );
                return Err(self.wrong(Mistake::NoCycle, &text));
            }
        }
        // A name has to be one in some run, whether or not that run ends as asked.
        let mut unknown = None;
        let mut known = false;
        self.candidates(|execution, _, _| {
            let names = Names::of(&execution);
            unknown = cycle
                .iter()
                .map(|&(name, ..)| name)
                .find(|name| names.event(name).is_none())
                .map(|name| names.no_such(name));
            known = unknown.is_none();
            if known {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        match unknown {
            Some(text) if !known => Err(self.wrong(Mistake::NoSuchEvent, &text)),
            _ => Ok(()),
        }
    }

    /// Every candidate execution, whether it ends as asked, and where it ends.
    fn candidates(
        &self,
        mut visit: impl FnMut(Execution, bool, String) -> ControlFlow<()>,
    ) -> Result<(), Wrong> {
        let left = candidates(&self.program, &Budget::default(), |candidate| {
            let outcome = self.observed.holds(self.outcome, &candidate.state);
            visit(
                candidate.execution,
                outcome,
                self.observed.show(&candidate.state),
            )
        });
        match left {
            Ok(None) => Ok(()),
            Ok(Some(unknown)) => Err(self.undecided(unknown)),
            Err(malformed) => Err(self.malformed(&malformed)),
        }
    }

    fn wrong(&self, mistake: Mistake, text: &str) -> Wrong {
        let (name, model) = (&self.program.name, self.model);
        Wrong {
            mistake,
            question: format!("{name} under {model}"),
            text: text.to_owned(),
            shown: None,
            command: format!("cargo xtask litmus {name} --model {model} --graph out.svg"),
            model,
        }
    }

    fn undecided(&self, unknown: Unknown) -> Wrong {
        let text = format!("The engine cannot tell: {unknown:?}. This is not your fault.");
        self.wrong(Mistake::Undecided, &text)
    }

    fn malformed(&self, malformed: &Malformed) -> Wrong {
        let text = format!("The program makes no sense: {malformed}. This is not your fault.");
        self.wrong(Mistake::Undecided, &text)
    }

    /// `0:r0=0 and x=2`.
    fn asked(&self, formula: &Formula) -> String {
        let all = |parts: &[Formula], word: &str| {
            let parts: Vec<String> = parts.iter().map(|part| self.asked(part)).collect();
            parts.join(word)
        };
        match formula {
            Formula::True => "any end".to_owned(),
            Formula::Equal(place, value) => {
                let at = self.observed.places.iter().position(|seen| seen == place);
                let name = at.map_or("?", |at| self.observed.names[at].as_str());
                format!("{name}={value}")
            }
            Formula::Not(inner) => format!("not ({})", self.asked(inner)),
            Formula::And(parts) => all(parts, " and "),
            Formula::Or(parts) => format!("({})", all(parts, " or ")),
        }
    }
}

impl Wrong {
    fn showing(mut self, execution: Execution, violation: Option<Violation>) -> Wrong {
        self.shown = Some(Box::new((execution, violation)));
        self
    }
}

/// The names of an execution's events.
struct Names {
    names: Vec<String>,
}

impl Names {
    fn of(execution: &Execution) -> Names {
        let initial = |event: &crate::execution::Event| match event.location {
            Some(location) => format!("init {}", execution.locations[location]),
            None => String::new(),
        };
        let mut names: Vec<String> = execution.events.iter().map(initial).collect();
        for (place, &event) in execution.threads.iter().flatten().enumerate() {
            names[event] = letter(place);
        }
        Names { names }
    }

    fn event(&self, name: &str) -> Option<EventId> {
        self.names.iter().position(|own| own == name)
    }

    fn no_such(&self, name: &str) -> String {
        format!(
            "There is no event {name:?}. There are {}.",
            self.names.join(", ")
        )
    }
}

impl std::ops::Index<EventId> for Names {
    type Output = str;

    fn index(&self, event: EventId) -> &str {
        &self.names[event]
    }
}

const WIDTH: usize = 76;

/// In lines of at most [`WIDTH`] columns.
fn wrapped(text: &str) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last_mut().expect("there is a line to begin with");
        if last.is_empty() {
            last.push_str(word);
        } else if last.chars().count() + 1 + word.chars().count() <= WIDTH {
            last.push(' ');
            last.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

/// The execution in lanes, and what it breaks if that is what is wrong.
fn picture(execution: &Execution, model: Model, violation: Option<&Violation>) -> String {
    let drawing = match violation {
        Some(violation) => Drawing::violation(execution, model, violation),
        None => Drawing::of(execution, model),
    };
    lanes(execution, &drawing, WIDTH)
}
