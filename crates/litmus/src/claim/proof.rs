//! Which cycles break which axiom. A step that does not hold is one mistake, and a cycle that holds and proves
//! nothing is another.

use super::{Broken, Names};
use crate::{
    answer::Edge,
    axioms::Derived,
    execution::{Event, Execution, Kind},
    model::{Axiom, Model},
    program::Order,
    relation::EventId,
};

/// Why a cycle does not break its axiom in some execution.
pub(super) struct Failure {
    /// How many steps hold before one does not.
    pub steps: usize,
    /// The relation of the step that does not; none if all of them do.
    pub edge: Option<Edge>,
    pub text: String,
}

/// What an axiom says, as the end of a sentence.
pub(super) fn meaning(axiom: Axiom, model: Model) -> &'static str {
    match axiom {
        Axiom::Coherence if model == Model::Tso => {
            "what a thread does to one location in the order of its text never contradicts how the accesses to \
             that location see each other"
        }
        Axiom::Coherence => {
            "what happens before (po and sw) never contradicts how the accesses to one location see each other \
             (rf, mo and rb)"
        }
        Axiom::Atomicity => "nothing is written between the read and the write of one operation",
        Axiom::SeqCst => "there is one order of all SeqCst events that agrees with what they see",
        Axiom::NoThinAir => "no value depends on itself: po and rf together have no cycle",
        Axiom::Interleaving => {
            "the threads take turns, step by step: po, rf, mo and rb together have no cycle"
        }
        Axiom::StoreBuffers => {
            "all agree on one order of what reaches memory, in which a write may fall behind later reads of its \
             thread, and nothing else moves"
        }
    }
}

/// Whether `broken` breaks its axiom in `execution`.
pub(super) fn check(
    execution: &Execution,
    derived: &Derived,
    model: Model,
    broken: &Broken,
) -> Result<(), Failure> {
    let failure = |steps: usize, edge: Option<Edge>, text: String| Failure { steps, edge, text };
    let names = Names::of(execution);
    let mut cycle = Vec::new();
    for (index, &(from, edge, to)) in broken.cycle.iter().enumerate() {
        let (Some(from), Some(to)) = (names.event(from), names.event(to)) else {
            let name = if names.event(from).is_none() {
                from
            } else {
                to
            };
            return Err(failure(index, Some(edge), names.no_such(name)));
        };
        let step = Step { from, edge, to };
        if !step.holds(derived) {
            let text = format!(
                "{} → {} ({}) does not hold. {}",
                &names[from],
                &names[to],
                edge.name(),
                why_not(execution, &names, step)
            );
            return Err(failure(index, Some(edge), text));
        }
        cycle.push(step);
    }
    let judge = Judge {
        execution,
        derived,
        names: &names,
    };
    let proves = match broken.axiom {
        Axiom::Coherence if model == Model::Tso => judge.one_location(&cycle),
        Axiom::Coherence => judge.incoherent(&cycle),
        Axiom::Atomicity => judge.torn(&cycle),
        Axiom::SeqCst => judge.unordered(&cycle),
        Axiom::NoThinAir => judge.made_of(&cycle, &[Edge::Po, Edge::Rf, Edge::Sw]),
        // What synchronises is a path of po and rf.
        Axiom::Interleaving => Ok(()),
        Axiom::StoreBuffers => judge.buffered(&cycle),
    };
    proves.map_err(|text| failure(cycle.len(), None, text))
}

#[derive(Clone, Copy)]
struct Step {
    from: EventId,
    edge: Edge,
    to: EventId,
}

impl Step {
    fn holds(self, derived: &Derived) -> bool {
        let relation = match self.edge {
            Edge::Po => &derived.po,
            Edge::Rf => &derived.rf,
            Edge::Mo => &derived.mo,
            Edge::Rb => &derived.rb,
            Edge::Sw => &derived.sw,
        };
        relation.contains(self.from, self.to)
    }
}

/// An axiom's view of a cycle whose steps all hold. Each gives the reason if the axiom is not broken by it.
struct Judge<'a> {
    execution: &'a Execution,
    derived: &'a Derived,
    names: &'a Names,
}

type Proves = Result<(), String>;

impl Judge<'_> {
    fn show(&self, step: Step) -> String {
        let (from, to) = (&self.names[step.from], &self.names[step.to]);
        format!("{from} → {to} ({})", step.edge.name())
    }

    /// A step of happens-before. Who reads from whom it synchronises with may say either.
    fn happens(&self, step: Step) -> bool {
        matches!(step.edge, Edge::Po | Edge::Sw)
            || step.edge == Edge::Rf && self.derived.sw.contains(step.from, step.to)
    }

    /// A step of the extended coherence order.
    fn sees(&self, step: Step) -> bool {
        matches!(step.edge, Edge::Rf | Edge::Mo | Edge::Rb)
    }

    fn elsewhere(&self, from: EventId, to: EventId) -> bool {
        let events = &self.execution.events;
        events[from].location.is_none() || events[from].location != events[to].location
    }

    fn made_of(&self, cycle: &[Step], edges: &[Edge]) -> Proves {
        match cycle.iter().find(|step| !edges.contains(&step.edge)) {
            None => Ok(()),
            Some(&step) => {
                let names: Vec<&str> = edges.iter().map(|edge| edge.name()).collect();
                Err(format!(
                    "it is about {} alone, and {} is none of these.",
                    names.join(", "),
                    self.show(step)
                ))
            }
        }
    }

    /// `hb ; eco?`: one stretch of happens-before, then one of what the accesses to a location see.
    fn incoherent(&self, cycle: &[Step]) -> Proves {
        let fits = rotations(cycle).any(|steps| {
            let there = steps.iter().take_while(|&&step| self.happens(step)).count();
            // A step may count as either, so that the stretch may end earlier.
            (1..=there).any(|end| steps[end..].iter().all(|&step| self.sees(step)))
        });
        // What reads from a write that comes after its own.
        let backwards = cycle.iter().any(|step| step.edge == Edge::Rf)
            && cycle
                .iter()
                .all(|step| matches!(step.edge, Edge::Rf | Edge::Mo));
        if fits || backwards {
            return Ok(());
        }
        let mut text = "it takes one stretch of po and sw, and then one of rf, mo and rb that leads back, all at \
             one location. Your cycle is not of that form."
            .to_owned();
        let alone = cycle
            .iter()
            .find(|&&step| step.edge == Edge::Rf && !self.happens(step));
        if let Some(&step) = alone {
            text += &format!(
                " {} is no sw: to read a value does not yet order anything.",
                self.show(step)
            );
        }
        Err(text)
    }

    /// `rb ; mo` from a read-modify-write to itself.
    fn torn(&self, cycle: &[Step]) -> Proves {
        let fits = rotations(cycle).any(|steps| {
            self.execution.events[steps[0].from].kind == Kind::Update
                && steps[0].edge == Edge::Rb
                && steps.len() > 1
                && steps[1..].iter().all(|step| step.edge == Edge::Mo)
        });
        if fits {
            return Ok(());
        }
        Err(
            "it takes a read-modify-write that reads before some write (rb), where that write comes before the \
             read-modify-write itself (mo)."
                .to_owned(),
        )
    }

    fn one_location(&self, cycle: &[Step]) -> Proves {
        self.made_of(cycle, &[Edge::Po, Edge::Rf, Edge::Mo, Edge::Rb])?;
        match cycle.iter().find(|step| self.elsewhere(step.from, step.to)) {
            None => Ok(()),
            Some(&step) => Err(format!(
                "it is about one location, and {} leads from one to another.",
                self.show(step)
            )),
        }
    }

    fn buffered(&self, cycle: &[Step]) -> Proves {
        self.made_of(cycle, &[Edge::Po, Edge::Rf, Edge::Mo, Edge::Rb])?;
        let global = self.derived.global(self.execution);
        match cycle
            .iter()
            .find(|step| !global.contains(step.from, step.to))
        {
            None => Ok(()),
            Some(&step) if step.edge == Edge::Rf => Err(format!(
                "{} is a thread that reads its own write, perhaps while it is still in the buffer.",
                self.show(step)
            )),
            Some(&step) => Err(format!(
                "{} is a write before a read, or a fence that is none here. Without something that flushes the \
                 buffer in between, the write may reach memory after the read is done.",
                self.show(step)
            )),
        }
    }

    /// A cycle in `psc`, taken apart at `SeqCst` events: each stretch between two of them is one step of it.
    fn unordered(&self, cycle: &[Step]) -> Proves {
        let events = &self.execution.events;
        let all = |event: EventId| events[event].order == Order::SeqCst;
        for steps in rotations(cycle) {
            if !all(steps[0].from) {
                continue;
            }
            let mut reached = vec![false; steps.len() + 1];
            reached[0] = true;
            for end in 1..=steps.len() {
                reached[end] = all(steps[end - 1].to)
                    && (0..end).any(|start| reached[start] && self.psc(&steps[start..end]));
            }
            if reached[steps.len()] {
                return Ok(());
            }
        }
        let weak: Vec<&str> = cycle
            .iter()
            .filter(|step| !all(step.from))
            .map(|step| &self.names[step.from])
            .collect();
        if weak.len() == cycle.len() {
            return Err(
                "it is about SeqCst events, and there is none in your cycle. (A fence is an event too: the \
                 cycle has to pass through it.)"
                    .to_owned(),
            );
        }
        Err(format!(
            "it takes SeqCst events, each ordered before the next. From one SeqCst access to the next that is a \
             single step of po, mo or rb, or happens-before at one location; only a SeqCst fence also orders \
             what happens before it and after it.{}",
            if weak.is_empty() {
                String::new()
            } else {
                format!(" Not SeqCst: {}.", weak.join(", "))
            }
        ))
    }

    /// Whether these steps, from one `SeqCst` event to another, are a step of `psc`.
    fn psc(&self, steps: &[Step]) -> bool {
        let fence = |event: EventId| self.execution.events[event].kind == Kind::Fence;
        let starts = fence(steps[0].from);
        let ends = fence(steps[steps.len() - 1].to);
        let happens = |steps: &[Step]| steps.iter().all(|&step| self.happens(step));
        let sees = |steps: &[Step]| steps.iter().all(|&step| self.sees(step));
        let splits = || {
            (0..=steps.len()).flat_map(|start| (start..=steps.len()).map(move |end| (start, end)))
        };
        // Between two fences: hb, and perhaps eco; hb.
        if starts
            && ends
            && splits().any(|(start, end)| {
                start > 0
                    && happens(&steps[..start])
                    && sees(&steps[start..end])
                    && happens(&steps[end..])
                    && (start == end || end < steps.len())
            })
        {
            return true;
        }
        splits().any(|(start, end)| {
            (start == 0 || starts && happens(&steps[..start]))
                && (end == steps.len() || ends && happens(&steps[end..]))
                && self.scb(&steps[start..end])
        })
    }

    /// `scb`: a step of `po`, `mo` or `rb`, or happens-before that ends where it began or leaves and comes back.
    fn scb(&self, steps: &[Step]) -> bool {
        let Some((first, last)) = steps.first().zip(steps.last()) else {
            return false;
        };
        let all = |edge: Edge, steps: &[Step]| steps.iter().all(|step| step.edge == edge);
        let happens = |steps: &[Step]| steps.iter().all(|&step| self.happens(step));
        let leaves = |step: &Step| step.edge == Edge::Po && self.elsewhere(step.from, step.to);
        all(Edge::Po, steps)
            || all(Edge::Mo, steps)
            // A read-modify-write is not before its own write.
            || first.edge == Edge::Rb && all(Edge::Mo, &steps[1..]) && first.from != last.to
            || happens(steps) && !self.elsewhere(first.from, last.to)
            || steps.len() > 2 && leaves(first) && leaves(last) && happens(steps)
    }
}

/// The cycle from each of its events on.
fn rotations(cycle: &[Step]) -> impl Iterator<Item = Vec<Step>> + '_ {
    (0..cycle.len()).map(|start| [&cycle[start..], &cycle[..start]].concat())
}

/// Why a step does not hold.
fn why_not(execution: &Execution, names: &Names, step: Step) -> String {
    let Step { from, edge, to } = step;
    let events = &execution.events;
    let (first, second) = (&names[from], &names[to]);
    let (one, other) = (&events[from], &events[to]);
    let apart = one.location != other.location;
    match edge {
        Edge::Po if one.thread != other.thread => {
            format!("{first} and {second} belong to different threads.")
        }
        Edge::Po => format!("In the text, {second} does not come after {first}."),
        Edge::Rf => match other.reads_from {
            None => format!("{second} reads nothing."),
            Some(source) => format!("{second} reads from {} here.", &names[source]),
        },
        Edge::Mo | Edge::Rb if !other.is_write() => format!("{second} writes nothing."),
        Edge::Mo if !one.is_write() => format!("{first} writes nothing."),
        Edge::Rb if !one.is_read() => format!("{first} reads nothing."),
        Edge::Mo | Edge::Rb if apart => {
            format!("{first} and {second} are at different locations.")
        }
        Edge::Mo => format!("{second} is written before {first} here."),
        Edge::Rb => match one.reads_from {
            Some(source) if source == to => format!("{first} reads from {second} here."),
            Some(source) => format!(
                "{first} reads from {} here, and that is written after {second}.",
                &names[source]
            ),
            None => format!("{first} reads nothing."),
        },
        Edge::Sw => no_sw(execution, names, from, to),
    }
}

/// Why two events do not synchronise.
fn no_sw(execution: &Execution, names: &Names, from: EventId, to: EventId) -> String {
    let (first, second) = (&names[from], &names[to]);
    let (one, other) = (&execution.events[from], &execution.events[to]);
    let begins = one.is_write() || one.kind == Kind::Fence;
    let ends = other.is_read() || other.kind == Kind::Fence;
    if !begins || !ends {
        return "It leads from a write or fence to a read or fence.".to_owned();
    }
    let kind = |event: &Event| match event.kind {
        Kind::Fence => "fence",
        Kind::Write => "store",
        Kind::Read | Kind::Failed => "load",
        Kind::Update => "read-modify-write",
    };
    if !one.order.releases() {
        return format!(
            "{first} is a {} that is {}: only Release (or stronger) begins a sw.",
            kind(one),
            one.order
        );
    }
    if !other.order.acquires() {
        return format!(
            "{second} is a {} that is {}: only Acquire (or stronger) ends a sw.",
            kind(other),
            other.order
        );
    }
    match (one.kind == Kind::Fence, other.kind == Kind::Fence, other.reads_from) {
        (false, false, Some(source)) => format!(
            "{second} reads from {}, which is not {first}, nor the last of a chain of read-modify-writes that \
             begins there.",
            &names[source]
        ),
        _ => "A fence takes an atomic access with it: a write after a releasing fence, a read before an \
             acquiring one; and that read has to see that write."
            .to_owned(),
    }
}
