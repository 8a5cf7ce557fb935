//! Why an outcome is allowed or not: an execution that has it, or the axiom that each candidate breaks.

use std::ops::ControlFlow;

use crate::{
    answer::{Budget, Explanation, Forbidden, Violation},
    axioms::Derived,
    candidates::candidates,
    execution::Execution,
    model::{Axiom, Model},
    program::{Formula, Malformed, Program},
    search::explore,
    state::Observed,
};

/// A candidate costs about so many times what a graph of the search does.
const DEARER: u64 = 20;

/// Why `program` can or cannot end as `formula` says under `model`.
///
/// # Errors
///
/// If `program` is not well formed, or `formula` names what it does not have.
pub fn explain(
    program: &Program,
    model: Model,
    formula: &Formula,
    budget: &Budget,
) -> Result<Explanation, Malformed> {
    let mut program = program.clone();
    formula.places(&mut program.observed);
    let answer = explore(&program, model, budget)?;
    let holds = |state| answer.observed.holds(formula, state);
    if let Some(outcome) = answer.outcomes.iter().find(|outcome| holds(&outcome.state)) {
        return Ok(Explanation::Allowed(Box::new(outcome.witness.clone())));
    }
    if let Some(unknown) = answer.unknown {
        return Ok(Explanation::Unknown(unknown));
    }
    let observed = Observed::of(&program);
    let mut tally = Tally::new(model);
    let budget = Budget {
        graphs: budget.graphs / DEARER,
        ..*budget
    };
    let unknown = candidates(&program, &budget, |candidate| {
        if observed.holds(formula, &candidate.state) {
            tally.add(candidate.execution);
        }
        ControlFlow::Continue(())
    })?;
    Ok(match (tally.nearest, unknown) {
        (Some((_, nearest, violation)), _) => Explanation::Forbidden(Box::new(Forbidden {
            candidates: tally.candidates,
            all: unknown.is_none(),
            broken: tally
                .broken
                .into_iter()
                .filter(|&(_, count)| count > 0)
                .collect(),
            nearest,
            violation,
        })),
        (None, Some(unknown)) => Explanation::Unknown(unknown),
        (None, None) => Explanation::NoCandidate,
    })
}

struct Tally {
    model: Model,
    candidates: u64,
    broken: Vec<(Axiom, u64)>,
    /// The one that breaks the fewest axioms, with the shortest cycle.
    nearest: Option<((usize, usize), Execution, Violation)>,
}

impl Tally {
    fn new(model: Model) -> Tally {
        let broken = model.axioms().iter().map(|&axiom| (axiom, 0)).collect();
        Tally {
            model,
            candidates: 0,
            broken,
            nearest: None,
        }
    }

    fn add(&mut self, execution: Execution) {
        self.candidates += 1;
        let derived = Derived::of(&execution, self.model);
        let axioms = self.model.axioms().iter();
        let mut violations: Vec<Violation> = axioms
            .filter_map(|&axiom| derived.broken(&execution, self.model, axiom))
            .collect();
        let Some(first) = violations.first().map(|violation| violation.axiom) else {
            return;
        };
        for (axiom, count) in &mut self.broken {
            *count += u64::from(*axiom == first);
        }
        let rank = (violations.len(), violations[0].cycle.len());
        if self.nearest.as_ref().is_none_or(|(best, ..)| rank < *best) {
            self.nearest = Some((rank, execution, violations.swap_remove(0)));
        }
    }
}
