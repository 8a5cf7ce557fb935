//! The search: every consistent execution of a program, each exactly once.
//!
//! In all models here but the one without the no-thin-air axiom `sb | rf` is acyclic, and that one only
//! adds graphs in which it is not ([`crate::candidates()`] makes those). So a graph can be grown forward,
//! one event at a time. If the next event of some thread is a write or a fence it is added, a write at
//! every place in modification order. Otherwise the leftmost thread's read takes its value from each of
//! the writes that are there, and one more branch *postpones* it: there it may only read from writes that
//! are added later. So no two branches give the same graph, and none is lost.
//!
//! As every new event is the last of its thread and nothing reads from it yet, nothing that was checked
//! before can be broken except through the new event: that alone is looked at.

use std::{
    collections::{BTreeMap, btree_map},
    time::Instant,
};

use crate::{
    answer::{Answer, Budget, Outcome, Race, Unknown},
    axioms::Derived,
    candidates,
    code::{Code, Final, Step},
    execution::{Event, Execution, Kind},
    model::Model,
    program::{Malformed, Order, Program, Value},
    relation::MOST_EVENTS,
    state::{Observed, State},
};

/// Every final state that `model` allows `program`, each with an execution that ends in it.
///
/// # Errors
///
/// If `program` is not well formed.
pub fn explore(program: &Program, model: Model, budget: &Budget) -> Result<Answer, Malformed> {
    let began = Instant::now();
    let code = Code::of(program)?;
    let mut found = Found::new(program, &code, model, budget);
    let mut search = Search::new(&code, model, budget);
    search.begin(&mut found);
    let (mut graphs, mut unknown) = (search.graphs, search.unknown);
    if model == Model::Rc11NoThinAir && unknown.is_none() {
        let more;
        (more, unknown) = candidates::explore(&code, budget, &mut found);
        graphs += more;
    }
    let unknown = unknown.or(found.unknown);
    Ok(found.answer(graphs, unknown, began))
}

/// What the executions have in common: collected as they come.
pub(crate) struct Found {
    model: Model,
    most_states: usize,
    observed: Observed,
    finals: Vec<Final>,
    /// Whether there is anything that could race.
    plain: bool,
    outcomes: BTreeMap<State, Outcome>,
    race: Option<Race>,
    executions: u64,
    pub unknown: Option<Unknown>,
}

impl Found {
    fn new(program: &Program, code: &Code, model: Model, budget: &Budget) -> Found {
        let observed = Observed::of(program);
        let finals = observed
            .places
            .iter()
            .map(|&place| code.final_of(program, place))
            .collect();
        Found {
            model,
            most_states: budget.states,
            observed,
            finals,
            plain: model.has_undefined() && program.has_plain(),
            outcomes: BTreeMap::new(),
            race: None,
            executions: 0,
            unknown: None,
        }
    }

    /// One more consistent execution, given by what its registers and locations end with.
    pub fn add(
        &mut self,
        register: impl Fn(usize, usize) -> Option<Value>,
        location: impl Fn(usize) -> Option<Value>,
        execution: impl Fn() -> Execution,
    ) {
        self.executions += 1;
        let value = |place: &Final| match *place {
            Final::Register {
                thread,
                register: at,
            } => register(thread, at.0),
            Final::Shared(at) => location(at.0),
            Final::Constant(value) => Some(value),
        };
        let state = State(self.finals.iter().map(value).collect());
        if self.plain && self.race.is_none() {
            let execution = execution();
            let derived = Derived::of(&execution, self.model);
            if let Some((first, second)) = derived.race(&execution) {
                self.race = Some(Race {
                    execution,
                    first,
                    second,
                });
            }
        }
        let full = self.outcomes.len() >= self.most_states;
        match self.outcomes.entry(state) {
            btree_map::Entry::Occupied(mut there) => there.get_mut().executions += 1,
            btree_map::Entry::Vacant(_) if full => {
                self.unknown = Some(Unknown::States(self.most_states));
            }
            btree_map::Entry::Vacant(entry) => {
                let state = entry.key().clone();
                entry.insert(Outcome {
                    state,
                    witness: execution(),
                    executions: 1,
                });
            }
        }
    }

    fn answer(self, graphs: u64, unknown: Option<Unknown>, began: Instant) -> Answer {
        Answer {
            model: self.model,
            observed: self.observed,
            outcomes: self.outcomes.into_values().collect(),
            race: self.race,
            executions: self.executions,
            graphs,
            unknown,
            took: began.elapsed(),
        }
    }
}

/// An event of a graph that is being grown. Sets of events are bits, as everywhere here.
#[derive(Clone, Copy)]
struct Node {
    thread: usize,
    kind: Kind,
    order: Order,
    location: usize,
    read: Value,
    written: Value,
    source: usize,
    /// What happens before it; final from the moment it is added.
    hb: u64,
    /// What happens before whoever reads this with acquire: the heads of the release sequences that it
    /// is part of, and what happens before them.
    released: u64,
}

const NOWHERE: usize = usize::MAX;

/// How far a thread has come.
#[derive(Clone)]
struct Thread {
    at: usize,
    registers: Vec<Value>,
    /// All that happens before its next event.
    past: u64,
    /// What its last release fence publishes.
    fenced: u64,
    /// What an acquire fence would take in.
    readable: u64,
    /// The writes that its next read may not take its value from.
    excluded: u64,
    /// What its earlier stores to each location publish; for the release sequence of 2017 only.
    stored: Vec<u64>,
}

struct Search<'a> {
    code: &'a Code,
    model: Model,
    nodes: Vec<Node>,
    /// The writes to each location, in modification order.
    writes: Vec<Vec<usize>>,
    /// Who reads from each event.
    readers: [u64; MOST_EVENTS],
    threads: Vec<Thread>,
    seq_cst: u64,
    budget: u64,
    graphs: u64,
    unknown: Option<Unknown>,
}

impl<'a> Search<'a> {
    fn new(code: &'a Code, model: Model, budget: &Budget) -> Search<'a> {
        Search {
            code,
            model,
            nodes: Vec::with_capacity(MOST_EVENTS),
            writes: Vec::new(),
            readers: [0; MOST_EVENTS],
            threads: Vec::new(),
            seq_cst: 0,
            budget: budget.graphs,
            graphs: 0,
            unknown: None,
        }
    }

    fn begin(&mut self, found: &mut Found) {
        let locations = self.code.shared.len();
        let busy = self
            .code
            .threads
            .iter()
            .filter(|thread| !thread.steps.is_empty())
            .count();
        if locations + busy > MOST_EVENTS {
            self.unknown = Some(Unknown::Events(MOST_EVENTS));
            return;
        }
        for (location, shared) in self.code.shared.iter().enumerate() {
            self.writes.push(vec![self.nodes.len()]);
            self.nodes.push(Node {
                thread: NOWHERE,
                kind: Kind::Write,
                order: Order::Plain,
                location,
                read: 0,
                written: shared.initial,
                source: NOWHERE,
                hb: 0,
                released: 0,
            });
        }
        let initial = mask(self.nodes.len());
        for code in &self.code.threads {
            let mut registers = code.registers.clone();
            let at = code.advance(0, &mut registers);
            self.threads.push(Thread {
                at,
                registers,
                past: initial,
                fenced: 0,
                readable: 0,
                excluded: 0,
                stored: vec![
                    0;
                    if self.model == Model::Rc112017 {
                        locations
                    } else {
                        0
                    }
                ],
            });
        }
        self.grow(found);
    }

    /// Whether a release and an acquire mean anything; SC and TSO order without them.
    fn synchronises(&self) -> bool {
        self.model.has_undefined()
    }

    fn grow(&mut self, found: &mut Found) {
        if self.graphs >= self.budget {
            self.unknown = Some(Unknown::Graphs(self.budget));
            return;
        }
        self.graphs += 1;
        let code = self.code;
        let mut readers = 0_usize;
        for thread in 0..self.threads.len() {
            match code.threads[thread].steps.get(self.threads[thread].at) {
                None => {}
                Some(Step::Fence(order)) => return self.fence(thread, *order, found),
                Some(Step::Store { at, value, order }) => {
                    let value = value.eval(&self.threads[thread].registers);
                    return self.store(thread, at.0, value, *order, found);
                }
                Some(_) => readers += 1,
            }
        }
        if readers == 0 {
            return self.complete(found);
        }
        for (thread, code) in code.threads.iter().enumerate() {
            let Some(step) = code.steps.get(self.threads[thread].at) else {
                continue;
            };
            let (Step::Load { at, .. } | Step::Rmw { at, .. } | Step::CompareExchange { at, .. }) =
                step
            else {
                unreachable!("what is not a write or a fence reads")
            };
            let excluded = self.threads[thread].excluded;
            let floor = self.floor(at.0, self.threads[thread].past);
            let sources: Vec<usize> = self.writes[at.0][floor..]
                .iter()
                .copied()
                .filter(|&write| excluded >> write & 1 == 0)
                .collect();
            if sources.is_empty() {
                continue;
            }
            for &source in &sources {
                self.read(thread, step, at.0, source, found);
            }
            for &source in &sources {
                self.threads[thread].excluded |= 1 << source;
            }
            self.grow(found);
            self.threads[thread].excluded = excluded;
            return;
        }
    }

    /// The first place in the modification order of `location` that an event with this past may read
    /// from: the last one that its past has written or read.
    fn floor(&self, location: usize, past: u64) -> usize {
        let seen = |&write: &usize| (1 << write | self.readers[write]) & past != 0;
        self.writes[location].iter().rposition(seen).unwrap_or(0)
    }

    fn fence(&mut self, thread: usize, order: Order, found: &mut Found) {
        if !self.has_room() {
            return;
        }
        let before = self.threads[thread].clone();
        let mut hb = before.past;
        if order.acquires() {
            hb |= before.readable;
        }
        let id = self.add(thread, Kind::Fence, order, hb);
        if order.releases() && self.synchronises() {
            self.threads[thread].fenced = hb | 1 << id;
        }
        self.go_on(thread, id, found);
        self.take_back(thread, before, id);
    }

    fn store(
        &mut self,
        thread: usize,
        location: usize,
        value: Value,
        order: Order,
        found: &mut Found,
    ) {
        if !self.has_room() {
            return;
        }
        let before = self.threads[thread].clone();
        let lowest = self.floor(location, before.past) + 1;
        for place in lowest..=self.writes[location].len() {
            if self.splits_an_update(location, place) {
                continue;
            }
            let id = self.add(thread, Kind::Write, order, before.past);
            self.nodes[id].location = location;
            self.nodes[id].written = value;
            self.writes[location].insert(place, id);
            self.release(thread, id, 0);
            self.go_on(thread, id, found);
            self.writes[location].remove(place);
            self.take_back(thread, before.clone(), id);
        }
    }

    /// Whether a write at `place` would come between the two halves of a read-modify-write.
    fn splits_an_update(&self, location: usize, place: usize) -> bool {
        let after = self.writes[location].get(place);
        after.is_some_and(|&write| self.nodes[write].kind == Kind::Update)
    }

    /// Notes what reading `id` with acquire gives, for a write that has `inherited` from the one that it
    /// read.
    fn release(&mut self, thread: usize, id: usize, inherited: u64) {
        let node = self.nodes[id];
        if !self.synchronises() {
            return;
        }
        let state = &mut self.threads[thread];
        let mut own = state.fenced;
        if node.order.releases() {
            own |= node.hb | 1 << id;
        }
        if let Some(stored) = state.stored.get_mut(node.location) {
            *stored |= own;
            own = *stored;
        }
        if node.order != Order::Plain {
            self.nodes[id].released = own | inherited;
        }
    }

    fn read(
        &mut self,
        thread: usize,
        step: &Step,
        location: usize,
        source: usize,
        found: &mut Found,
    ) {
        if !self.has_room() {
            return;
        }
        let value = self.nodes[source].written;
        let registers = &self.threads[thread].registers;
        match step {
            Step::Load { to, order, .. } => {
                let to = [(Some(*to), value), (None, 0)];
                self.take(
                    thread,
                    location,
                    source,
                    Kind::Read,
                    *order,
                    None,
                    to,
                    found,
                );
            }
            Step::Rmw {
                to,
                op,
                operand,
                order,
                ..
            } => {
                let written = op.apply(value, operand.eval(registers));
                let to = [(*to, value), (None, 0)];
                self.take(
                    thread,
                    location,
                    source,
                    Kind::Update,
                    *order,
                    Some(written),
                    to,
                    found,
                );
            }
            Step::CompareExchange {
                success,
                found: into,
                expected,
                desired,
                on_success,
                on_failure,
                weak,
                ..
            } => {
                let equal = value == expected.eval(registers);
                let written = desired.eval(registers);
                if equal {
                    let to = [(*into, value), (*success, 1)];
                    let kind = Kind::Update;
                    self.take(
                        thread,
                        location,
                        source,
                        kind,
                        *on_success,
                        Some(written),
                        to,
                        found,
                    );
                }
                if !equal || *weak {
                    let to = [(*into, value), (*success, 0)];
                    self.take(
                        thread,
                        location,
                        source,
                        Kind::Failed,
                        *on_failure,
                        None,
                        to,
                        found,
                    );
                }
            }
            _ => unreachable!("only what reads comes here"),
        }
    }

    /// Adds an event that reads from `source`, and perhaps writes.
    #[allow(clippy::too_many_arguments)]
    fn take(
        &mut self,
        thread: usize,
        location: usize,
        source: usize,
        kind: Kind,
        order: Order,
        written: Option<Value>,
        to: [(Option<crate::program::Reg>, Value); 2],
        found: &mut Found,
    ) {
        let place = self.place_of(location, source);
        if written.is_some() && self.splits_an_update(location, place + 1) {
            return;
        }
        let before = self.threads[thread].clone();
        let released = self.nodes[source].released;
        let mut hb = before.past;
        if order.acquires() {
            hb |= released;
        }
        // What it synchronises with may have seen a later write than the one it reads.
        if self.floor(location, hb) > place {
            return;
        }
        let id = self.add(thread, kind, order, hb);
        let read = self.nodes[source].written;
        let node = &mut self.nodes[id];
        (node.location, node.source, node.read) = (location, source, read);
        if order != Order::Plain {
            self.threads[thread].readable |= released;
        }
        self.readers[source] |= 1 << id;
        if let Some(written) = written {
            self.nodes[id].written = written;
            self.writes[location].insert(place + 1, id);
            self.release(thread, id, released);
        }
        for (register, value) in to {
            if let Some(register) = register {
                self.threads[thread].registers[register.0] = value;
            }
        }
        self.go_on(thread, id, found);
        if written.is_some() {
            self.writes[location].remove(place + 1);
        }
        self.readers[source] &= !(1 << id);
        self.take_back(thread, before, id);
    }

    fn place_of(&self, location: usize, write: usize) -> usize {
        let place = self.writes[location]
            .iter()
            .position(|&there| there == write);
        place.expect("a source is a write of its location")
    }

    fn has_room(&mut self) -> bool {
        let room = self.nodes.len() < MOST_EVENTS;
        if !room {
            self.unknown = Some(Unknown::Events(MOST_EVENTS));
        }
        room
    }

    fn add(&mut self, thread: usize, kind: Kind, order: Order, hb: u64) -> usize {
        let id = self.nodes.len();
        self.nodes.push(Node {
            thread,
            kind,
            order,
            location: NOWHERE,
            read: 0,
            written: 0,
            source: NOWHERE,
            hb,
            released: 0,
        });
        self.readers[id] = 0;
        if order == Order::SeqCst {
            self.seq_cst |= 1 << id;
        }
        let state = &mut self.threads[thread];
        state.past = hb | 1 << id;
        state.excluded = 0;
        id
    }

    /// Looks at the graph with its new event, and grows it further if it is consistent.
    fn go_on(&mut self, thread: usize, id: usize, found: &mut Found) {
        if !self.is_consistent(id) {
            return;
        }
        let state = &mut self.threads[thread];
        state.at = self.code.threads[thread].advance(state.at + 1, &mut state.registers);
        self.grow(found);
    }

    fn take_back(&mut self, thread: usize, before: Thread, id: usize) {
        self.threads[thread] = before;
        self.nodes.pop();
        self.seq_cst &= !(1 << id);
    }

    /// Coherence and atomicity hold by where an event may be put; this is the rest.
    fn is_consistent(&self, id: usize) -> bool {
        match self.model {
            Model::Sc => self.has_interleaving(),
            Model::Tso => self.is_buffered(),
            Model::Rc11 | Model::Rc112017 | Model::Rc11NoThinAir => {
                let node = &self.nodes[id];
                let fences_before = node.hb & self.seq_cst;
                let fences_before =
                    bits(fences_before).any(|event| self.nodes[event].kind == Kind::Fence);
                let matters = node.order == Order::SeqCst || fences_before;
                !matters || self.seq_cst.count_ones() < 2 || self.has_seq_cst_order()
            }
        }
    }

    /// The events that come right before each in `mo | rb` and, as asked, `rf`.
    fn communication(&self, internal: bool, before: &mut [u64; MOST_EVENTS]) {
        for writes in &self.writes {
            for (place, &write) in writes.iter().enumerate() {
                if let Some(&next) = writes.get(place + 1) {
                    before[next] |= (1 << write | self.readers[write]) & !(1 << next);
                }
                for reader in bits(self.readers[write]) {
                    if internal || self.nodes[reader].thread != self.nodes[write].thread {
                        before[reader] |= 1 << write;
                    }
                }
            }
        }
    }

    /// SC: one interleaving explains the whole.
    fn has_interleaving(&self) -> bool {
        let mut before = [0; MOST_EVENTS];
        for (id, node) in self.nodes.iter().enumerate() {
            before[id] = node.hb;
        }
        self.communication(true, &mut before);
        is_acyclic(&before, self.nodes.len())
    }

    /// TSO: what is globally visible has an order.
    fn is_buffered(&self) -> bool {
        let mut before = [0; MOST_EVENTS];
        self.communication(false, &mut before);
        for thread in 0..self.threads.len() {
            // What a read has to wait for, and what a write has to.
            let (mut for_reads, mut for_writes) = (0_u64, 0_u64);
            let events = self
                .nodes
                .iter()
                .enumerate()
                .filter(|(_, node)| node.thread == thread);
            for (id, node) in events {
                match node.kind {
                    Kind::Fence if node.order != Order::SeqCst => continue,
                    Kind::Read => before[id] |= for_reads,
                    _ => before[id] |= for_writes,
                }
                for_writes |= 1 << id;
                for_reads = match node.kind {
                    Kind::Read => for_reads | 1 << id,
                    Kind::Write if node.order != Order::SeqCst => for_reads,
                    // It flushes the store buffer.
                    _ => for_writes,
                };
            }
        }
        is_acyclic(&before, self.nodes.len())
    }

    /// RC11: `psc` is acyclic. [`Derived`] says it as the paper does.
    fn has_seq_cst_order(&self) -> bool {
        let count = self.nodes.len();
        let all = mask(count);
        // Row `a` holds what comes after `a`.
        let mut hb = [0_u64; MOST_EVENTS];
        let mut po = [0_u64; MOST_EVENTS];
        let mut at = [0_u64; MOST_EVENTS];
        for (id, node) in self.nodes.iter().enumerate() {
            for earlier in bits(node.hb) {
                hb[earlier] |= 1 << id;
                if self.nodes[earlier].thread == node.thread {
                    po[earlier] |= 1 << id;
                }
            }
        }
        let mut after = [0_u64; MOST_EVENTS];
        let mut seen = [0_u64; MOST_EVENTS];
        for writes in &self.writes {
            let accesses = writes
                .iter()
                .fold(0, |all, &write| all | 1 << write | self.readers[write]);
            let mut later = 0_u64;
            let mut later_seen = 0_u64;
            for &write in writes.iter().rev() {
                for access in bits(1 << write | self.readers[write]) {
                    at[access] = accesses;
                    // A read-modify-write stands after its source: its row is its own.
                    if self.nodes[access].kind != Kind::Update || access == write {
                        after[access] = later;
                        seen[access] = later_seen;
                    }
                }
                seen[write] |= self.readers[write];
                later |= 1 << write;
                later_seen |= 1 << write | self.readers[write];
            }
        }
        let fences = bits(self.seq_cst)
            .filter(|&event| self.nodes[event].kind == Kind::Fence)
            .fold(0, |all, event| all | 1 << event);
        let scb = |event: usize| {
            let elsewhere = po[event] & !at[event];
            let through = bits(elsewhere).fold(0, |all, middle| all | hb[middle]);
            let detour = bits(through).fold(0, |all, middle| all | (po[middle] & !at[middle]));
            po[event] | detour | hb[event] & at[event] | after[event]
        };
        let mut before = [0_u64; MOST_EVENTS];
        for event in bits(self.seq_cst) {
            let is_fence = fences >> event & 1 == 1;
            let starts = if is_fence {
                hb[event] | 1 << event
            } else {
                1 << event
            };
            let reached = bits(starts & all).fold(0, |reached, start| reached | scb(start));
            let mut next = reached & self.seq_cst;
            let ends = |reached: u64| {
                bits(fences).filter(move |&fence| self.nodes[fence].hb & reached != 0)
            };
            next |= ends(reached).fold(0, |all, fence| all | 1 << fence);
            if is_fence {
                next |= hb[event] & fences;
                let eco = bits(hb[event]).fold(0, |all, middle| all | seen[middle]);
                next |= ends(eco).fold(0, |all, fence| all | 1 << fence);
            }
            for later in bits(next) {
                before[later] |= 1 << event;
            }
        }
        is_acyclic(&before, count)
    }

    fn complete(&mut self, found: &mut Found) {
        found.add(
            |thread, register| Some(self.threads[thread].registers[register]),
            |location| {
                let last = self.writes[location].last();
                last.map(|&write| self.nodes[write].written)
            },
            || self.execution(),
        );
    }

    fn execution(&self) -> Execution {
        let event = |node: &Node| Event {
            thread: (node.thread != NOWHERE).then_some(node.thread),
            kind: node.kind,
            order: node.order,
            location: (node.location != NOWHERE).then_some(node.location),
            read: (node.source != NOWHERE).then_some(node.read),
            written: matches!(node.kind, Kind::Write | Kind::Update).then_some(node.written),
            reads_from: (node.source != NOWHERE).then_some(node.source),
        };
        let mut threads = vec![Vec::new(); self.threads.len()];
        for (id, node) in self.nodes.iter().enumerate() {
            if node.thread != NOWHERE {
                threads[node.thread].push(id);
            }
        }
        Execution {
            events: self.nodes.iter().map(event).collect(),
            threads,
            modification_order: self.writes.clone(),
            locations: self
                .code
                .shared
                .iter()
                .map(|shared| shared.name.clone())
                .collect(),
        }
    }
}

/// The lowest `count` bits.
fn mask(count: usize) -> u64 {
    if count >= 64 { !0 } else { (1 << count) - 1 }
}

fn bits(mut set: u64) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (set != 0).then(|| set.trailing_zeros() as usize)?;
        set &= set - 1;
        Some(bit)
    })
}

/// Whether the events can be put in an order in which each comes after those in its row.
pub(crate) fn is_acyclic(before: &[u64; MOST_EVENTS], count: usize) -> bool {
    let mut rest = mask(count);
    loop {
        let free = bits(rest).filter(|&event| before[event] & rest == 0);
        let free = free.fold(0_u64, |all, event| all | 1 << event);
        if free == 0 {
            return rest == 0;
        }
        rest &= !free;
    }
}
