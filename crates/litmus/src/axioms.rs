//! The axioms of the models, as relations over an execution: as close to how the papers write them as
//! Rust allows. The search checks the same rules event by event, with less; here an execution is
//! looked at whole, and a broken axiom comes with the cycle that shows it.
//!
//! RC11 is that of Lahav, Vafeiadis, Kang, Hur and Dreyer, *Repairing Sequential Consistency in C/C++11*
//! (PLDI 2017). A read-modify-write is one event here and two there.

use crate::{
    answer::{Edge, Violation},
    execution::{Execution, Kind},
    model::{Axiom, Model},
    program::Order,
    relation::{EventId, Relation, Set},
};

/// The first axiom of `model` that `execution` breaks; none if it is consistent.
pub fn violation(execution: &Execution, model: Model) -> Option<Violation> {
    let derived = Derived::of(execution, model);
    let mut axioms = model.axioms().iter();
    axioms.find_map(|&axiom| derived.broken(execution, model, axiom))
}

/// The relations that the axioms are about.
#[derive(Clone, Debug)]
pub struct Derived {
    /// Program order, transitive.
    pub po: Relation,
    pub rf: Relation,
    /// Modification order, transitive.
    pub mo: Relation,
    /// Reads before: `rf⁻¹ ; mo`, but for an event to itself.
    pub rb: Relation,
    /// Extended coherence order: `(rf | mo | rb)+`.
    pub eco: Relation,
    /// Synchronises with.
    pub sw: Relation,
    /// Happens before: `(po | sw)+`.
    pub hb: Relation,
    loc: Relation,
}

impl Derived {
    /// Only [`Model::Rc112017`] has a release sequence of its own; the others have that of C++20.
    pub fn of(execution: &Execution, model: Model) -> Derived {
        let po = execution.program_order();
        let rf = execution.reads_from();
        let mo = execution.modification_order();
        let rb = execution.reads_before();
        let loc = execution.same_location();
        let eco = rf.or(&mo).or(&rb).plus();
        let sw = synchronises_with(execution, model, &po, &rf, &loc);
        let hb = po.or(&sw).plus();
        Derived {
            po,
            rf,
            mo,
            rb,
            eco,
            sw,
            hb,
            loc,
        }
    }

    /// The cycle that breaks `axiom`, if it is broken.
    pub fn broken(&self, execution: &Execution, model: Model, axiom: Axiom) -> Option<Violation> {
        let cycle = match axiom {
            Axiom::Coherence if model == Model::Tso => {
                let relation = self
                    .po
                    .and(&self.loc)
                    .or(&self.rf)
                    .or(&self.mo)
                    .or(&self.rb);
                self.labelled(&relation.cycle()?)
            }
            Axiom::Coherence => self.incoherent()?,
            Axiom::Atomicity => self.torn(execution)?,
            Axiom::SeqCst => self.unordered(execution)?,
            Axiom::NoThinAir => self.labelled(&self.po.or(&self.rf).cycle()?),
            Axiom::Interleaving => {
                self.labelled(&self.po.or(&self.rf).or(&self.mo).or(&self.rb).cycle()?)
            }
            Axiom::StoreBuffers => self.labelled(&self.global(execution).cycle()?),
        };
        Some(Violation { axiom, cycle })
    }

    /// Two accesses of which one is a write and one is plain, and that nothing orders.
    pub fn race(&self, execution: &Execution) -> Option<(EventId, EventId)> {
        let accesses: Vec<EventId> = execution
            .set(|event| event.thread.is_some() && event.location.is_some())
            .iter()
            .collect();
        for (index, &second) in accesses.iter().enumerate() {
            for &first in &accesses[..index] {
                let (a, b) = (&execution.events[first], &execution.events[second]);
                if a.location == b.location
                    && (a.is_write() || b.is_write())
                    && (a.order == Order::Plain || b.order == Order::Plain)
                    && !self.hb.contains(first, second)
                    && !self.hb.contains(second, first)
                {
                    return Some((first, second));
                }
            }
        }
        None
    }

    /// Broken coherence: `hb` one way and `eco` the other.
    fn incoherent(&self) -> Option<Vec<(EventId, Edge)>> {
        let steps = self.po.or(&self.sw);
        let sees = self.rf.or(&self.mo).or(&self.rb);
        let of_itself = |relation: &Relation| {
            (0..relation.0.len()).find(|&event| relation.contains(event, event))
        };
        if of_itself(&self.hb).is_some() {
            return Some(self.labelled(&steps.cycle()?));
        }
        // One that reads from what comes after itself. (What comes between the read and the write of one
        // event goes round in a circle too, and that is atomicity's to say.)
        if let Some(cycle) = self.rf.or(&self.mo).cycle() {
            return Some(self.labelled(&cycle));
        }
        let pairs = self
            .hb
            .pairs()
            .filter(|&(from, to)| self.eco.contains(to, from));
        let cycles = pairs.filter_map(|(from, to)| {
            let there = steps.path(from, to)?;
            let back = sees.path(to, from)?;
            let mut cycle = self.edges(&there, &[Edge::Po, Edge::Sw]);
            cycle.extend(self.edges(&back, &[Edge::Rf, Edge::Rb, Edge::Mo]));
            Some(cycle)
        });
        cycles.min_by_key(Vec::len)
    }

    /// Broken atomicity: a write between the one that was read and the one that was written.
    fn torn(&self, execution: &Execution) -> Option<Vec<(EventId, Edge)>> {
        let updates = execution.set(|event| event.kind == Kind::Update);
        updates.iter().find_map(|update| {
            let between = self.rb.0[update]
                .iter()
                .find(|&write| self.mo.contains(write, update))?;
            Some(vec![(update, Edge::Rb), (between, Edge::Mo)])
        })
    }

    /// Broken order of the `SeqCst` events: a cycle in `psc`.
    fn unordered(&self, execution: &Execution) -> Option<Vec<(EventId, Edge)>> {
        let all = execution.set(|event| event.order == Order::SeqCst);
        let fences =
            execution.set(|event| event.order == Order::SeqCst && event.kind == Kind::Fence);
        let others = Set(!0);
        let po_elsewhere = self.po.minus(&self.loc);
        let detour = po_elsewhere.then(&self.hb).then(&po_elsewhere);
        let scb = self
            .po
            .or(&detour)
            .or(&self.hb.and(&self.loc))
            .or(&self.mo)
            .or(&self.rb);
        let identity = Relation::empty(execution.events.len()).optional();
        let from = identity
            .between(all, others)
            .or(&self.hb.optional().between(fences, others));
        let to = identity
            .between(others, all)
            .or(&self.hb.optional().between(others, fences));
        let base = from.then(&scb).then(&to);
        let through = self.hb.then(&self.eco).then(&self.hb);
        let psc = base.or(&self.hb.or(&through).between(fences, fences));
        let cycle = psc.cycle()?;
        let mut steps = Vec::new();
        for (index, &event) in cycle.iter().enumerate() {
            let next = cycle[(index + 1) % cycle.len()];
            steps.extend(self.psc_step(event, next, fences, &scb, &po_elsewhere)?);
        }
        Some(steps)
    }

    /// One step of `psc`, taken apart.
    fn psc_step(
        &self,
        from: EventId,
        to: EventId,
        fences: Set,
        scb: &Relation,
        po_elsewhere: &Relation,
    ) -> Option<Vec<(EventId, Edge)>> {
        let hb = self.po.or(&self.sw);
        let happens = |a: EventId, b: EventId| -> Option<Vec<(EventId, Edge)>> {
            if a == b {
                return Some(Vec::new());
            }
            Some(self.edges(&hb.path(a, b)?, &[Edge::Po, Edge::Sw]))
        };
        let starts = if fences.contains(from) {
            Set(self.hb.0[from].0 | 1 << from)
        } else {
            Set(1 << from)
        };
        let ends = |end: EventId| end == to || fences.contains(to) && self.hb.contains(end, to);
        let mut best: Option<Vec<(EventId, Edge)>> = None;
        let mut offer = |parts: Vec<Vec<(EventId, Edge)>>| {
            let steps: Vec<_> = parts.into_iter().flatten().collect();
            if best.as_ref().is_none_or(|best| steps.len() < best.len()) {
                best = Some(steps);
            }
        };
        for start in starts.iter() {
            for end in scb.0[start].iter().filter(|&end| ends(end)) {
                let middle = if self.rb.contains(start, end) {
                    vec![(start, Edge::Rb)]
                } else if self.mo.contains(start, end) {
                    vec![(start, Edge::Mo)]
                } else if self.po.contains(start, end) {
                    vec![(start, Edge::Po)]
                } else if self.hb.and(&self.loc).contains(start, end) {
                    happens(start, end)?
                } else {
                    let first = po_elsewhere.0[start].iter();
                    let found = first.flat_map(|a| self.hb.0[a].iter().map(move |b| (a, b)));
                    let (a, b) = found
                        .into_iter()
                        .find(|&(_, b)| po_elsewhere.contains(b, end))?;
                    let mut steps = vec![(start, Edge::Po)];
                    steps.extend(happens(a, b)?);
                    steps.push((b, Edge::Po));
                    steps
                };
                offer(vec![happens(from, start)?, middle, happens(end, to)?]);
            }
        }
        if fences.contains(from) && fences.contains(to) {
            if self.hb.contains(from, to) {
                offer(vec![happens(from, to)?]);
            }
            let sees = self.rf.or(&self.mo).or(&self.rb);
            for a in self.hb.0[from].iter() {
                for b in self.eco.0[a].iter().filter(|&b| self.hb.contains(b, to)) {
                    let eco = self.edges(&sees.path(a, b)?, &[Edge::Rf, Edge::Rb, Edge::Mo]);
                    offer(vec![happens(from, a)?, eco, happens(b, to)?]);
                }
            }
        }
        best
    }

    /// What every processor agrees on under x86-TSO: program order but for a read that overtakes a
    /// buffered write, and what is seen of other threads.
    pub(crate) fn global(&self, execution: &Execution) -> Relation {
        let mut order = self.mo.or(&self.rb);
        for (source, reader) in self.rf.pairs() {
            if execution.events[source].thread != execution.events[reader].thread {
                order.insert(source, reader);
            }
        }
        for thread in &execution.threads {
            for (index, &later) in thread.iter().enumerate() {
                for (before, &earlier) in thread[..index].iter().enumerate() {
                    let between = &thread[before + 1..index];
                    if preserved(execution, earlier, between, later) {
                        order.insert(earlier, later);
                    }
                }
            }
        }
        order
    }

    /// A cycle of events with the relation of each step.
    fn labelled(&self, cycle: &[EventId]) -> Vec<(EventId, Edge)> {
        let mut closed = cycle.to_vec();
        closed.extend(cycle.first());
        self.edges(&closed, &[Edge::Rf, Edge::Rb, Edge::Mo, Edge::Po, Edge::Sw])
    }

    /// A path with the relation of each step: of those that hold, the first in `of`. The last event is
    /// left out.
    fn edges(&self, path: &[EventId], of: &[Edge]) -> Vec<(EventId, Edge)> {
        let holds = |edge: Edge, from, to| match edge {
            Edge::Po => self.po.contains(from, to),
            Edge::Rf => self.rf.contains(from, to),
            Edge::Mo => self.mo.contains(from, to),
            Edge::Rb => self.rb.contains(from, to),
            Edge::Sw => self.sw.contains(from, to),
        };
        let step = |pair: &[EventId]| {
            let edge = of.iter().find(|&&edge| holds(edge, pair[0], pair[1]));
            (
                pair[0],
                *edge.expect("each step of the path is in one of the relations"),
            )
        };
        path.windows(2).map(step).collect()
    }
}

/// Whether x86 keeps two events of a thread in order.
fn preserved(execution: &Execution, earlier: EventId, between: &[EventId], later: EventId) -> bool {
    let flushes = |event: EventId| {
        let event = &execution.events[event];
        match event.kind {
            Kind::Fence => event.order == Order::SeqCst,
            Kind::Update | Kind::Failed => true,
            // Compiled as a store and a fence, or an exchange.
            Kind::Write => event.order == Order::SeqCst,
            Kind::Read => false,
        }
    };
    let (first, second) = (&execution.events[earlier], &execution.events[later]);
    let fence = |kind: Kind| kind == Kind::Fence;
    if fence(first.kind) || fence(second.kind) {
        return flushes(if fence(first.kind) { earlier } else { later });
    }
    first.kind != Kind::Write
        || second.kind != Kind::Read
        || flushes(earlier)
        || between.iter().any(|&event| flushes(event))
}

/// `sw = [rel] ; ([F] ; sb)? ; rs ; rf ; [R≥rlx] ; (sb ; [F])? ; [acq]`, with the release sequence
/// `rs = [W≥rlx] ; (rf ; rmw)*`, to which RC11 of 2017 adds later stores of the same thread.
fn synchronises_with(
    execution: &Execution,
    model: Model,
    po: &Relation,
    rf: &Relation,
    loc: &Relation,
) -> Relation {
    let all = Set(!0);
    let identity = Relation::empty(execution.events.len()).optional();
    let releases = execution.set(|event| event.order.releases());
    let acquires = execution.set(|event| event.order.acquires());
    let fences = execution.set(|event| event.kind == Kind::Fence);
    let atomic =
        |event: &crate::execution::Event| event.thread.is_some() && event.order != Order::Plain;
    let writes = execution.set(|event| event.is_write());
    let atomic_writes = execution.set(|event| event.is_write() && atomic(event));
    let atomic_reads = execution.set(|event| event.is_read() && atomic(event));
    let updates = execution.set(|event| event.kind == Kind::Update);

    let chain = rf.between(all, updates).plus().optional();
    let mut sequence = identity.between(atomic_writes, all).then(&chain);
    if model == Model::Rc112017 {
        let later_store = po.and(loc).optional().between(writes, atomic_writes);
        sequence = later_store.then(&sequence);
    }
    let head = identity.or(&po.between(fences, all)).between(releases, all);
    let tail = identity
        .or(&po.between(all, fences))
        .between(atomic_reads, acquires);
    head.then(&sequence).then(rf).then(&tail)
}
