//! What the engine says about a program under a model: plain data, for whoever shows it.

use std::time::Duration;

use crate::{
    execution::Execution,
    model::{Axiom, Model},
    program::{Program, Quantifier},
    relation::EventId,
    state::{Observed, State},
};

/// How much work a question may cost. What is spent ends as [`Unknown`], never as a guess.
#[derive(Clone, Copy, Debug)]
pub struct Budget {
    /// Graphs that the search may visit, complete or not.
    pub graphs: u64,
    /// Different final states that are kept.
    pub states: usize,
}

impl Default for Budget {
    /// A few seconds (with many `SeqCst` accesses some minutes), and two hundred megabytes at worst.
    fn default() -> Budget {
        Budget {
            graphs: 20_000_000,
            states: 40_000,
        }
    }
}

/// All that the engine found.
#[derive(Clone, Debug)]
pub struct Answer {
    pub model: Model,
    pub observed: Observed,
    /// The final states, sorted, each once.
    pub outcomes: Vec<Outcome>,
    /// A data race on a plain access, where the model calls that undefined behaviour.
    pub race: Option<Race>,
    /// Consistent executions.
    pub executions: u64,
    /// Graphs visited on the way.
    pub graphs: u64,
    /// Why this is not all, if it is not.
    pub unknown: Option<Unknown>,
    pub took: Duration,
}

/// A final state.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub state: State,
    /// An execution that ends in it.
    pub witness: Execution,
    /// How many executions do.
    pub executions: u64,
}

/// Two accesses that nothing orders, one of them a write and one of them plain.
#[derive(Clone, Debug)]
pub struct Race {
    pub execution: Execution,
    pub first: EventId,
    pub second: EventId,
}

/// Why an answer is not complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// The budget of graphs was spent.
    Graphs(u64),
    /// There are more final states than the budget allows.
    States(usize),
    /// Some execution has more events than the engine can hold.
    Events(usize),
    /// Some value depends on itself in a way that the engine does not solve.
    ThinAir,
}

/// What became of the program's condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Holds,
    Fails,
    /// The program has a data race: it has no meaning, and no condition holds or fails.
    Undefined,
    /// The search ended before this was decided.
    Unknown,
}

impl Answer {
    /// What became of `program`'s condition; none if it has none.
    pub fn verdict(&self, program: &Program) -> Option<Verdict> {
        let condition = program.condition.as_ref()?;
        if self.race.is_some() {
            return Some(Verdict::Undefined);
        }
        let satisfied = |outcome: &Outcome| self.observed.holds(&condition.formula, &outcome.state);
        let (decided, by_one, by_none) = match condition.quantifier {
            Quantifier::Exists => (
                self.outcomes.iter().any(satisfied),
                Verdict::Holds,
                Verdict::Fails,
            ),
            Quantifier::NotExists => (
                self.outcomes.iter().any(satisfied),
                Verdict::Fails,
                Verdict::Holds,
            ),
            Quantifier::Forall => (
                !self.outcomes.iter().all(satisfied),
                Verdict::Fails,
                Verdict::Holds,
            ),
        };
        Some(match (decided, self.unknown) {
            // A race that was not reached could still make it undefined.
            (_, Some(_)) if self.model.has_undefined() && program.has_plain() => Verdict::Unknown,
            (true, _) => by_one,
            (false, Some(_)) => Verdict::Unknown,
            (false, None) => by_none,
        })
    }

    /// The final states in herd's spelling, sorted.
    pub fn states(&self) -> Vec<String> {
        let mut states: Vec<String> = self
            .outcomes
            .iter()
            .map(|outcome| self.observed.show(&outcome.state))
            .collect();
        states.sort();
        states
    }
}

/// Why no execution ends as asked, or the one that does.
#[derive(Clone, Debug)]
pub enum Explanation {
    /// It can happen: so.
    Allowed(Box<Execution>),
    Forbidden(Box<Forbidden>),
    /// No choice of sources for the reads ends like that: the values do not come about.
    NoCandidate,
    /// The search was not finished, or it was and found nothing, and the candidates are too many to show why.
    Unknown(Unknown),
}

/// Each way in which it could have come about breaks an axiom.
#[derive(Clone, Debug)]
pub struct Forbidden {
    /// How many candidate executions end as asked, of those that were looked at.
    pub candidates: u64,
    /// Whether all were looked at. They are there to explain: that none is consistent is known either way.
    pub all: bool,
    /// How many of them break which axiom, counted by the first that they break.
    pub broken: Vec<(Axiom, u64)>,
    /// The candidate that breaks the fewest, shown.
    pub nearest: Execution,
    pub violation: Violation,
}

/// An axiom that an execution breaks, and the cycle that shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub axiom: Axiom,
    /// Each event and how it leads to the next; the last leads back to the first.
    pub cycle: Vec<(EventId, Edge)>,
}

/// The relations that a cycle is shown with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Edge {
    /// Program order (`sb`).
    Po,
    /// Reads from.
    Rf,
    /// Modification order.
    Mo,
    /// Reads before: what was read is overwritten by it.
    Rb,
    /// Synchronises with.
    Sw,
}

impl Edge {
    /// `po`, `rf`, `mo`, `rb`, `sw`.
    pub fn name(self) -> &'static str {
        match self {
            Edge::Po => "po",
            Edge::Rf => "rf",
            Edge::Mo => "mo",
            Edge::Rb => "rb",
            Edge::Sw => "sw",
        }
    }
}
