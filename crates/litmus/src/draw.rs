//! An execution as people look at it: as a picture ([`svg`]), as input for Graphviz ([`dot`]), and as
//! text for a terminal, one lane a thread ([`lanes`]). Text out; nothing here prints, and nothing here
//! decides what is allowed.
//!
//! What is shown beside the events is a [`Drawing`]: plain data that [`Drawing::of`] fills in as it is
//! usually wanted. An event has the same letter in all three (`a`, `b`, …, thread by thread), so that
//! they can stand beside each other.
//!
//! ```
//! use litmus::{Budget, Model, classics, draw::{Drawing, lanes}, explore, parse};
//!
//! let classic = classics::find("MP+rel-acq").expect("everybody knows it");
//! let program = parse(classic.text).expect("it is well formed");
//! let answer = explore(&program, Model::Rc11, &Budget::default()).expect("so it can be run");
//! let last = &answer.outcomes.last().expect("it ends").witness;
//! let shown = "\
//! thread 0                    thread 1
//! a: x.store(1, Relaxed)
//! b: y.store(1, Release)
//!                             c: y.load(Acquire) = 1 ← b
//!                             d: x.load(Relaxed) = 1 ← a
//!
//! sw     b → c
//! ";
//! assert_eq!(lanes(last, &Drawing::of(last, Model::Rc11), 80), shown);
//! ```
//!
//! Left out: the names of the threads' registers, which an execution does not know; a
//! [note](Drawing::notes) can say them.

mod dot;
mod geometry;
mod lanes;
mod route;
mod svg;
#[cfg(test)]
mod tests;
mod words;

pub use dot::dot;
pub use lanes::lanes;
pub use svg::svg;
pub(crate) use words::letter;

use crate::{
    answer::{Edge, Race, Violation},
    axioms::Derived,
    execution::Execution,
    model::Model,
    relation::EventId,
};

/// What a picture of an execution shows beside its events.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Drawing {
    pub title: Option<String>,
    /// The arrows, from and to. Program order and modification order between neighbours are enough.
    pub arrows: Vec<(Arrow, EventId, EventId)>,
    /// A few words under an event: the register that it fills, say.
    pub notes: Vec<(EventId, String)>,
    /// The cycle that breaks an axiom: it stands out, and everything else is dimmed. Its arrows are shown
    /// whether or not they are among [`Drawing::arrows`].
    pub violation: Option<Violation>,
    /// Two events to mark as a data race.
    pub race: Option<(EventId, EventId)>,
}

/// The relations that can be drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Arrow {
    /// Program order (`sb`).
    Po,
    /// Reads from.
    Rf,
    /// Modification order.
    Mo,
    /// Reads before.
    Rb,
    /// Synchronises with.
    Sw,
    /// Happens before.
    Hb,
}

impl Arrow {
    pub const ALL: [Arrow; 6] = [
        Arrow::Po,
        Arrow::Rf,
        Arrow::Mo,
        Arrow::Rb,
        Arrow::Sw,
        Arrow::Hb,
    ];

    /// `po`, `rf`, `mo`, `rb`, `sw`, `hb`.
    pub fn name(self) -> &'static str {
        match self {
            Arrow::Po => "po",
            Arrow::Rf => "rf",
            Arrow::Mo => "mo",
            Arrow::Rb => "rb",
            Arrow::Sw => "sw",
            Arrow::Hb => "hb",
        }
    }

    fn meaning(self) -> &'static str {
        match self {
            Arrow::Po => "program order",
            Arrow::Rf => "reads from",
            Arrow::Mo => "modification order",
            Arrow::Rb => "reads before",
            Arrow::Sw => "synchronises with",
            Arrow::Hb => "happens before",
        }
    }
}

impl From<Edge> for Arrow {
    fn from(edge: Edge) -> Arrow {
        match edge {
            Edge::Po => Arrow::Po,
            Edge::Rf => Arrow::Rf,
            Edge::Mo => Arrow::Mo,
            Edge::Rb => Arrow::Rb,
            Edge::Sw => Arrow::Sw,
        }
    }
}

impl Drawing {
    /// What every model agrees on: program order and modification order between neighbours, what each
    /// read reads from, and the write that overwrites what it read first.
    ///
    /// That an initial write comes first in modification order goes without saying, unless someone reads it.
    pub fn plain(execution: &Execution) -> Drawing {
        let mut arrows = Vec::new();
        for thread in &execution.threads {
            arrows.extend(thread.windows(2).map(|pair| (Arrow::Po, pair[0], pair[1])));
        }
        for (reader, event) in execution.events.iter().enumerate() {
            arrows.extend(event.reads_from.map(|source| (Arrow::Rf, source, reader)));
        }
        let is_read = |write| execution.events.iter().any(|e| e.reads_from == Some(write));
        for writes in &execution.modification_order {
            for pair in writes.windows(2) {
                if execution.events[pair[0]].thread.is_some() || is_read(pair[0]) {
                    arrows.push((Arrow::Mo, pair[0], pair[1]));
                }
                for (reader, event) in execution.events.iter().enumerate() {
                    if event.reads_from == Some(pair[0]) && reader != pair[1] {
                        arrows.push((Arrow::Rb, reader, pair[1]));
                    }
                }
            }
        }
        Drawing {
            arrows,
            ..Drawing::default()
        }
    }

    /// What matters under `model`: also what synchronises, where the model knows of that. Left out is
    /// what already follows from program order and other synchronisation.
    pub fn of(execution: &Execution, model: Model) -> Drawing {
        let plain = Drawing::plain(execution);
        match model {
            Model::Sc | Model::Tso => plain,
            Model::Rc11 | Model::Rc112017 | Model::Rc11NoThinAir => {
                let derived = Derived::of(execution, model);
                let steps = derived.po.or(&derived.sw);
                let sw = if steps.is_acyclic() {
                    let follows = steps.then(&steps.plus()).or(&derived.po);
                    derived.sw.minus(&follows)
                } else {
                    derived.sw
                };
                plain.with(Arrow::Sw, sw.pairs())
            }
        }
    }

    /// An execution that `model` forbids, and why.
    pub fn violation(execution: &Execution, model: Model, violation: &Violation) -> Drawing {
        let mut drawing = Drawing::of(execution, model);
        drawing.violation = Some(violation.clone());
        drawing
    }

    /// An execution with a data race under `model`.
    pub fn race(race: &Race, model: Model) -> Drawing {
        let mut drawing = Drawing::of(&race.execution, model);
        drawing.race = Some((race.first, race.second));
        drawing
    }

    /// With these arrows too.
    #[must_use]
    pub fn with(
        mut self,
        arrow: Arrow,
        pairs: impl IntoIterator<Item = (EventId, EventId)>,
    ) -> Drawing {
        let arrows = pairs.into_iter().map(|(from, to)| (arrow, from, to));
        self.arrows.extend(arrows);
        self
    }

    /// Without the arrows of a relation, those of the violation excepted.
    #[must_use]
    pub fn without(mut self, arrow: Arrow) -> Drawing {
        self.arrows.retain(|&(kind, ..)| kind != arrow);
        self
    }

    #[must_use]
    pub fn title(mut self, title: impl Into<String>) -> Drawing {
        self.title = Some(title.into());
        self
    }

    /// The arrows of the violation's cycle, program order as the steps between neighbours that it
    /// consists of.
    fn cycle(&self, execution: &Execution) -> Vec<(Arrow, EventId, EventId)> {
        let cycle = self.violation.iter().flat_map(|violation| &violation.cycle);
        let next = cycle.clone().cycle().skip(1);
        let mut arrows = Vec::new();
        for (&(from, edge), &(to, _)) in cycle.zip(next) {
            let steps = (edge == Edge::Po)
                .then(|| between(execution, from, to))
                .flatten();
            match steps {
                Some(steps) => {
                    arrows.extend(steps.windows(2).map(|pair| (Arrow::Po, pair[0], pair[1])));
                }
                None => arrows.push((Arrow::from(edge), from, to)),
            }
        }
        arrows
    }

    /// All arrows to draw, each once, sorted, and whether it is one of the cycle.
    fn all(&self, execution: &Execution) -> Vec<(Arrow, EventId, EventId, bool)> {
        let cycle = self.cycle(execution);
        let mut all: Vec<_> = self.arrows.iter().chain(&cycle).copied().collect();
        all.retain(|&(_, from, to)| from.max(to) < execution.events.len());
        all.sort_unstable();
        all.dedup();
        let marked = |&(arrow, from, to): &(Arrow, EventId, EventId)| {
            (arrow, from, to, cycle.contains(&(arrow, from, to)))
        };
        all.iter().map(marked).collect()
    }
}

/// The events of a thread from one to a later one, both included.
fn between(execution: &Execution, from: EventId, to: EventId) -> Option<&[EventId]> {
    execution.threads.iter().find_map(|thread| {
        let place = |event| thread.iter().position(|&e| e == event);
        let (first, last) = (place(from)?, place(to)?);
        (first < last).then(|| &thread[first..=last])
    })
}
