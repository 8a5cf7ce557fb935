//! Every way in which a program's reads could take their values, whether a model allows it or not: the
//! *candidate executions*. A path for each thread, a source for each read, an order for the writes to
//! each location; then the values follow.
//!
//! The forward search cannot make graphs in which `sb | rf` has a cycle; this can. So it answers for the
//! model without the no-thin-air axiom, says why an outcome is forbidden, and is the second opinion of
//! the search's tests. It is far slower.
//!
//! Where values depend on each other in a circle they are not determined by it. If the circle only
//! passes a value on, any value would do: it is shown as one *out of thin air*. If it also calculates,
//! whether there is a solution is not worked out, and the answer is [`Unknown::ThinAir`].

use std::ops::ControlFlow;

use crate::{
    answer::{Budget, Unknown},
    axioms::violation,
    code::{Code, Final, Step, ThreadCode},
    execution::{Event, Execution, Kind},
    model::Model,
    program::{Expr, Malformed, Order, Program, Value},
    relation::{EventId, MOST_EVENTS},
    search::{Found, is_acyclic},
    state::{Observed, State},
};

/// A candidate execution and where it ends.
#[derive(Clone, Debug)]
pub struct Candidate {
    pub execution: Execution,
    pub state: State,
}

/// Calls `visit` with every candidate execution of `program` whose values are determined, consistent or
/// not, until it breaks. Gives what it could not cover.
///
/// # Errors
///
/// If `program` is not well formed.
pub fn candidates(
    program: &Program,
    budget: &Budget,
    mut visit: impl FnMut(Candidate) -> ControlFlow<()>,
) -> Result<Option<Unknown>, Malformed> {
    let code = Code::of(program)?;
    let observed = Observed::of(program);
    let finals: Vec<Final> = observed
        .places
        .iter()
        .map(|&place| code.final_of(program, place))
        .collect();
    let mut enumeration = Enumeration::new(&code, budget, None);
    enumeration.run(&mut |outline, values, orders| {
        let state = finals.iter().map(|place| match *place {
            Final::Register { thread, register } => values.registers[thread][register.0],
            Final::Shared(at) => values.last(orders, at.0),
            Final::Constant(value) => Some(value),
        });
        visit(Candidate {
            state: State(state.collect()),
            execution: outline.execution(&code, values, orders),
        })
    });
    Ok(enumeration.unknown)
}

/// Every consistent execution that only the model without the no-thin-air axiom has: those in which
/// `sb | rf` has a cycle. Gives how many graphs it looked at.
pub(crate) fn explore(code: &Code, budget: &Budget, found: &mut Found) -> (u64, Option<Unknown>) {
    if !may_depend_on_itself(code) {
        return (0, None);
    }
    let mut enumeration = Enumeration::new(code, budget, Some(Model::Rc11NoThinAir));
    enumeration.run(&mut |outline, values, orders| {
        let execution = outline.execution(code, values, orders);
        if violation(&execution, Model::Rc11NoThinAir).is_none() {
            found.add(
                |thread, register| values.registers[thread][register],
                |location| values.last(orders, location),
                || execution.clone(),
            );
        }
        ControlFlow::Continue(())
    });
    (enumeration.graphs, enumeration.unknown)
}

/// Whether `sb | rf` could have a cycle: whether threads could hand each other something in a circle, each
/// reading from the one before it and then writing.
fn may_depend_on_itself(code: &Code) -> bool {
    let passes_on = |thread: &ThreadCode| {
        let reads = |step: &Step| match step {
            Step::Load { at, .. } | Step::Rmw { at, .. } | Step::CompareExchange { at, .. } => {
                Some(at.0)
            }
            _ => None,
        };
        let writes = |step: &Step| match step {
            Step::Store { at, .. } | Step::Rmw { at, .. } | Step::CompareExchange { at, .. } => {
                Some(at.0)
            }
            _ => None,
        };
        let first = thread.steps.iter().position(|step| reads(step).is_some());
        let last = thread.steps.iter().rposition(|step| writes(step).is_some());
        let (Some(first), Some(last)) = (first, last) else {
            return (Vec::new(), Vec::new());
        };
        let taken: Vec<usize> = thread.steps[..=last].iter().filter_map(reads).collect();
        let given: Vec<usize> = thread.steps[first..].iter().filter_map(writes).collect();
        (taken, given)
    };
    let threads: Vec<_> = code.threads.iter().map(passes_on).collect();
    // Takes away who gets nothing from those that are left, until nobody is or a circle is.
    let mut left: Vec<usize> = (0..threads.len()).collect();
    loop {
        let gets_something = |&thread: &usize| {
            left.iter().any(|&other| {
                other != thread
                    && threads[other]
                        .1
                        .iter()
                        .any(|at| threads[thread].0.contains(at))
            })
        };
        let rest: Vec<usize> = left.iter().copied().filter(gets_something).collect();
        if rest.len() == left.len() {
            return !rest.is_empty();
        }
        left = rest;
    }
}

type Visit<'v> = dyn FnMut(&Outline, &Values, &[Vec<EventId>]) -> ControlFlow<()> + 'v;

struct Enumeration<'a> {
    code: &'a Code,
    /// Only what this model allows, and the forward search does not find, is of interest: what has no
    /// cycle in `sb | rf`, or certainly breaks coherence or atomicity, need not be made.
    model: Option<Model>,
    budget: u64,
    graphs: u64,
    unknown: Option<Unknown>,
}

impl<'a> Enumeration<'a> {
    fn new(code: &'a Code, budget: &Budget, model: Option<Model>) -> Enumeration<'a> {
        Enumeration {
            code,
            model,
            budget: budget.graphs,
            graphs: 0,
            unknown: None,
        }
    }

    fn run(&mut self, visit: &mut Visit) {
        let mut paths = Vec::new();
        for thread in &self.code.threads {
            match self.paths(thread) {
                Some(of_thread) => paths.push(of_thread),
                None => return,
            }
        }
        let mut chosen = Vec::new();
        let _ = self.choose_paths(&paths, &mut chosen, visit);
    }

    /// Counts so many steps of work; breaks when there may be no more.
    fn spend(&mut self, steps: u64) -> ControlFlow<()> {
        if self.graphs >= self.budget {
            self.unknown = Some(Unknown::Graphs(self.budget));
            return ControlFlow::Break(());
        }
        self.graphs += steps;
        ControlFlow::Continue(())
    }

    /// Every path through a thread, whatever its reads return; none if the budget is spent.
    fn paths(&mut self, thread: &ThreadCode) -> Option<Vec<Path>> {
        let mut paths = Vec::new();
        let mut open = vec![Vec::new()];
        while let Some(choices) = open.pop() {
            // Paths are kept, and so the budget bounds their memory too.
            if self.spend(100).is_break() {
                return None;
            }
            let walk = Walk::along(thread, &choices, &[]);
            match walk.end {
                End::Undecided => {
                    for choice in [true, false] {
                        let mut longer = walk.choices.clone();
                        longer.push(choice);
                        open.push(longer);
                    }
                }
                End::Contradiction => {}
                End::Reached => paths.push(Path {
                    choices: walk.choices,
                    events: walk.events,
                }),
            }
        }
        Some(paths)
    }

    fn choose_paths<'p>(
        &mut self,
        paths: &'p [Vec<Path>],
        chosen: &mut Vec<&'p Path>,
        visit: &mut Visit,
    ) -> ControlFlow<()> {
        let Some(of_thread) = paths.get(chosen.len()) else {
            return self.choose_sources(chosen, visit);
        };
        for path in of_thread {
            chosen.push(path);
            self.choose_paths(paths, chosen, visit)?;
            chosen.pop();
        }
        ControlFlow::Continue(())
    }

    fn choose_sources(&mut self, paths: &[&Path], visit: &mut Visit) -> ControlFlow<()> {
        let events =
            self.code.shared.len() + paths.iter().map(|path| path.events.len()).sum::<usize>();
        if events > MOST_EVENTS {
            self.unknown = Some(Unknown::Events(MOST_EVENTS));
            return ControlFlow::Continue(());
        }
        let mut outline = Outline::new(self.code, paths);
        let reads: Vec<EventId> = outline.reads().collect();
        self.choose_source(&mut outline, paths, &reads, visit)
    }

    fn choose_source(
        &mut self,
        outline: &mut Outline,
        paths: &[&Path],
        reads: &[EventId],
        visit: &mut Visit,
    ) -> ControlFlow<()> {
        self.spend(1)?;
        let Some((&read, rest)) = reads.split_first() else {
            return self.solve(outline, paths, visit);
        };
        let location = outline.events[read].location;
        for source in 0..outline.events.len() {
            let event = &outline.events[source];
            if source == read || event.location != location || !event.kind.writes() {
                continue;
            }
            // Its own thread's later write.
            let later = event.thread == outline.events[read].thread && source > read;
            if later && self.model.is_some() {
                continue;
            }
            outline.events[read].source = Some(source);
            self.choose_source(outline, paths, rest, visit)?;
        }
        outline.events[read].source = None;
        ControlFlow::Continue(())
    }

    /// Finds the values that follow from the sources, then the orders of the writes.
    fn solve(&mut self, outline: &Outline, paths: &[&Path], visit: &mut Visit) -> ControlFlow<()> {
        if self.model.is_some() && !outline.is_cyclic() {
            return ControlFlow::Continue(());
        }
        let Some(values) = Values::of(self.code, outline, paths, &[]) else {
            return ControlFlow::Continue(());
        };
        let open = values.open(outline);
        let Some(&first) = open.first() else {
            return self.choose_orders(outline, &values, &mut Vec::new(), visit);
        };
        // Without a model to ask, a circle of values is no candidate.
        let Some(model) = self.model else {
            return ControlFlow::Continue(());
        };
        if !self.some_order_is_consistent(outline, &values, model)? {
            return ControlFlow::Continue(());
        }
        // Two values that occur nowhere: if both go round, the circle only passes a value on.
        let strange = [0x5EED_0000_0001, -0x7E57_0000_0003];
        let goes_round = strange.iter().all(|&guess| {
            let values = Values::of(self.code, outline, paths, &[(first, guess)]);
            values.is_some_and(|values| values.open(outline).is_empty() && values.agrees(outline))
        });
        if goes_round
            && open
                .iter()
                .all(|read| outline.circle_of(first).contains(read))
        {
            return self.choose_orders(outline, &values, &mut Vec::new(), visit);
        }
        self.unknown = self.unknown.or(Some(Unknown::ThinAir));
        ControlFlow::Continue(())
    }

    fn some_order_is_consistent(
        &mut self,
        outline: &Outline,
        values: &Values,
        model: Model,
    ) -> ControlFlow<(), bool> {
        let code = self.code;
        let mut consistent = false;
        let ended = self.choose_orders(
            outline,
            values,
            &mut Vec::new(),
            &mut |outline, values, orders| {
                consistent = violation(&outline.execution(code, values, orders), model).is_none();
                if consistent {
                    ControlFlow::Break(())
                } else {
                    ControlFlow::Continue(())
                }
            },
        );
        if ended.is_break() && !consistent {
            return ControlFlow::Break(());
        }
        ControlFlow::Continue(consistent)
    }

    fn choose_orders(
        &mut self,
        outline: &Outline,
        values: &Values,
        orders: &mut Vec<Vec<EventId>>,
        visit: &mut Visit,
    ) -> ControlFlow<()> {
        let location = orders.len();
        if location == self.code.shared.len() {
            self.spend(1)?;
            return visit(outline, values, orders);
        }
        orders.push(vec![location]);
        let writes = outline.writes(location);
        self.choose_order(outline, values, orders, &writes, visit)?;
        orders.pop();
        ControlFlow::Continue(())
    }

    fn choose_order(
        &mut self,
        outline: &Outline,
        values: &Values,
        orders: &mut Vec<Vec<EventId>>,
        rest: &[EventId],
        visit: &mut Visit,
    ) -> ControlFlow<()> {
        if rest.is_empty() {
            return self.choose_orders(outline, values, orders, visit);
        }
        let location = orders.len() - 1;
        for (index, &write) in rest.iter().enumerate() {
            let event = &outline.events[write];
            if self.model.is_some() {
                let last = orders[location].last();
                let torn = event.kind == Kind::Update && event.source.as_ref() != last;
                let overtakes = rest
                    .iter()
                    .any(|&other| other < write && outline.events[other].thread == event.thread);
                if torn || overtakes {
                    continue;
                }
            }
            let mut others = rest.to_vec();
            others.remove(index);
            orders[location].push(write);
            self.choose_order(outline, values, orders, &others, visit)?;
            orders[location].pop();
        }
        ControlFlow::Continue(())
    }
}

/// One way through a thread: which way each condition went and each compare-exchange ended.
struct Path {
    choices: Vec<bool>,
    events: Vec<(Kind, Order, Option<usize>)>,
}

/// A thread, run with what is known of its reads.
struct Walk {
    choices: Vec<bool>,
    events: Vec<(Kind, Order, Option<usize>)>,
    /// What each event wrote, where that is known.
    written: Vec<Option<Value>>,
    registers: Vec<Option<Value>>,
    end: End,
}

#[derive(PartialEq)]
enum End {
    Reached,
    /// It comes to a choice beyond those that were given.
    Undecided,
    /// A choice is not what the values say.
    Contradiction,
}

impl Walk {
    fn along(code: &ThreadCode, choices: &[bool], reads: &[Option<Value>]) -> Walk {
        let mut walk = Walk {
            choices: Vec::new(),
            events: Vec::new(),
            written: Vec::new(),
            registers: code.registers.iter().copied().map(Some).collect(),
            end: End::Reached,
        };
        let mut reads = reads.iter().copied();
        let mut at = 0;
        while let Some(step) = code.steps.get(at) {
            at += 1;
            match step {
                Step::Load { to, at, order } => {
                    let value = reads.next().flatten();
                    walk.event(Kind::Read, *order, Some(at.0), None);
                    walk.registers[to.0] = value;
                }
                Step::Store { at, value, order } => {
                    let value = partial(value, &walk.registers);
                    walk.event(Kind::Write, *order, Some(at.0), value);
                }
                Step::Rmw {
                    to,
                    at,
                    op,
                    operand,
                    order,
                } => {
                    let value = reads.next().flatten();
                    let operand = partial(operand, &walk.registers);
                    let written = value
                        .zip(operand)
                        .map(|(value, operand)| op.apply(value, operand));
                    let written = match op {
                        crate::program::RmwOp::Exchange => operand,
                        _ => written,
                    };
                    walk.event(Kind::Update, *order, Some(at.0), written);
                    if let Some(to) = to {
                        walk.registers[to.0] = value;
                    }
                }
                Step::CompareExchange {
                    success,
                    found,
                    at,
                    expected,
                    desired,
                    on_success,
                    on_failure,
                    weak,
                } => {
                    let expected = partial(expected, &walk.registers);
                    let mut value = reads.next().flatten();
                    let equal = value
                        .zip(expected)
                        .map(|(value, expected)| value == expected);
                    let known = if *weak && equal != Some(false) {
                        None
                    } else {
                        equal
                    };
                    let Some(swapped) = walk.choose(choices, known) else {
                        return walk;
                    };
                    if swapped && equal == Some(false) {
                        walk.end = End::Contradiction;
                        return walk;
                    }
                    if swapped {
                        value = value.or(expected);
                        let desired = partial(desired, &walk.registers);
                        walk.event(Kind::Update, *on_success, Some(at.0), desired);
                    } else {
                        walk.event(Kind::Failed, *on_failure, Some(at.0), None);
                    }
                    for (register, value) in [(found, value), (success, Some(swapped.into()))] {
                        if let Some(register) = register {
                            walk.registers[register.0] = value;
                        }
                    }
                }
                Step::Fence(order) => walk.event(Kind::Fence, *order, None, None),
                Step::Let { to, value } => walk.registers[to.0] = partial(value, &walk.registers),
                Step::Unless { condition, to } => {
                    let known = partial(condition, &walk.registers).map(|value| value != 0);
                    match walk.choose(choices, known) {
                        None => return walk,
                        Some(true) => {}
                        Some(false) => at = *to,
                    }
                }
                Step::Goto(to) => at = *to,
            }
        }
        walk
    }

    fn event(&mut self, kind: Kind, order: Order, location: Option<usize>, written: Option<Value>) {
        self.events.push((kind, order, location));
        self.written.push(written);
    }

    /// The next choice: as given, or as the values have it.
    fn choose(&mut self, choices: &[bool], known: Option<bool>) -> Option<bool> {
        let given = choices.get(self.choices.len()).copied();
        self.end = match (given, known) {
            (None, None) => End::Undecided,
            (Some(given), Some(known)) if given != known => End::Contradiction,
            _ => End::Reached,
        };
        if self.end != End::Reached {
            return None;
        }
        let choice = given.or(known)?;
        self.choices.push(choice);
        Some(choice)
    }
}

/// The value of `expr`, if the registers that it needs are known.
fn partial(expr: &Expr, registers: &[Option<Value>]) -> Option<Value> {
    match expr {
        Expr::Const(value) => Some(*value),
        Expr::Reg(register) => registers[register.0],
        Expr::Not(inner) => Some((partial(inner, registers)? == 0).into()),
        Expr::Binary(op, left, right) => {
            Some(op.apply(partial(left, registers)?, partial(right, registers)?))
        }
    }
}

/// The events of the chosen paths and the sources of their reads, without values.
struct Outline {
    events: Vec<Slot>,
    /// The first event of each thread.
    starts: Vec<EventId>,
}

struct Slot {
    thread: Option<usize>,
    kind: Kind,
    order: Order,
    location: Option<usize>,
    source: Option<EventId>,
}

impl Kind {
    fn writes(self) -> bool {
        matches!(self, Kind::Write | Kind::Update)
    }

    fn reads(self) -> bool {
        matches!(self, Kind::Read | Kind::Update | Kind::Failed)
    }
}

impl Outline {
    fn new(code: &Code, paths: &[&Path]) -> Outline {
        let initial = (0..code.shared.len()).map(|location| Slot {
            thread: None,
            kind: Kind::Write,
            order: Order::Plain,
            location: Some(location),
            source: None,
        });
        let mut events: Vec<Slot> = initial.collect();
        let mut starts = Vec::new();
        for (thread, path) in paths.iter().enumerate() {
            starts.push(events.len());
            events.extend(path.events.iter().map(|&(kind, order, location)| Slot {
                thread: Some(thread),
                kind,
                order,
                location,
                source: None,
            }));
        }
        Outline { events, starts }
    }

    fn reads(&self) -> impl Iterator<Item = EventId> {
        let events = self.events.iter().enumerate();
        events
            .filter(|(_, event)| event.kind.reads())
            .map(|(id, _)| id)
    }

    /// The writes to `location`, without the initial one.
    fn writes(&self, location: usize) -> Vec<EventId> {
        let events = self.events.iter().enumerate();
        let writes = events.filter(|(_, event)| {
            event.thread.is_some() && event.location == Some(location) && event.kind.writes()
        });
        writes.map(|(id, _)| id).collect()
    }

    /// Whether `sb | rf` has a cycle.
    fn is_cyclic(&self) -> bool {
        let mut before = [0_u64; MOST_EVENTS];
        for (id, event) in self.events.iter().enumerate() {
            if let Some(source) = event.source {
                before[id] |= 1 << source;
            }
            if id > 0 && event.thread.is_some() && self.events[id - 1].thread == event.thread {
                before[id] |= 1 << (id - 1);
            }
        }
        !is_acyclic(&before, self.events.len())
    }

    /// The reads that `read` takes its value from, directly or through others of their threads: too many
    /// rather than too few.
    fn circle_of(&self, read: EventId) -> Vec<EventId> {
        let mut seen = vec![read];
        let mut next = 0;
        while let Some(&at) = seen.get(next) {
            next += 1;
            let Some(source) = self.events[at].source else {
                continue;
            };
            let before = self.reads().filter(|&other| {
                other <= source && self.events[other].thread == self.events[source].thread
            });
            for other in before.collect::<Vec<_>>() {
                if !seen.contains(&other) {
                    seen.push(other);
                }
            }
        }
        seen
    }

    fn execution(&self, code: &Code, values: &Values, orders: &[Vec<EventId>]) -> Execution {
        let event = |(id, slot): (EventId, &Slot)| Event {
            thread: slot.thread,
            kind: slot.kind,
            order: slot.order,
            location: slot.location,
            read: if slot.kind.reads() {
                values.read[id]
            } else {
                None
            },
            written: if slot.kind.writes() {
                values.written[id]
            } else {
                None
            },
            reads_from: slot.source,
        };
        let ends = self
            .starts
            .iter()
            .skip(1)
            .copied()
            .chain([self.events.len()]);
        Execution {
            events: self.events.iter().enumerate().map(event).collect(),
            threads: self
                .starts
                .iter()
                .zip(ends)
                .map(|(&start, end)| (start..end).collect())
                .collect(),
            modification_order: orders.to_vec(),
            locations: code
                .shared
                .iter()
                .map(|shared| shared.name.clone())
                .collect(),
        }
    }
}

/// What the events read and wrote, and the registers in the end, where it is known.
struct Values {
    read: Vec<Option<Value>>,
    written: Vec<Option<Value>>,
    registers: Vec<Vec<Option<Value>>>,
}

impl Values {
    /// What follows from the sources, and from a guess for some reads; none if a path is not what the
    /// values say.
    fn of(
        code: &Code,
        outline: &Outline,
        paths: &[&Path],
        guesses: &[(EventId, Value)],
    ) -> Option<Values> {
        let mut values = Values {
            read: vec![None; outline.events.len()],
            written: vec![None; outline.events.len()],
            registers: Vec::new(),
        };
        for (location, shared) in code.shared.iter().enumerate() {
            values.written[location] = Some(shared.initial);
        }
        for &(read, guess) in guesses {
            values.read[read] = Some(guess);
        }
        loop {
            values.registers.clear();
            let mut learnt = false;
            for (thread, code) in code.threads.iter().enumerate() {
                let events =
                    outline.starts[thread]..outline.starts[thread] + paths[thread].events.len();
                let reads = events.clone().filter(|&id| outline.events[id].kind.reads());
                let reads: Vec<Option<Value>> = reads.map(|id| values.read[id]).collect();
                let walk = Walk::along(code, &paths[thread].choices, &reads);
                if walk.end != End::Reached {
                    return None;
                }
                for (id, written) in events.zip(walk.written) {
                    learnt |= values.written[id] != written;
                    values.written[id] = written;
                }
                values.registers.push(walk.registers);
            }
            for id in outline.reads() {
                let source = outline.events[id].source?;
                if values.read[id].is_none() && values.written[source].is_some() {
                    values.read[id] = values.written[source];
                    learnt = true;
                }
            }
            if !learnt {
                return Some(values);
            }
        }
    }

    /// The reads whose values do not follow.
    fn open(&self, outline: &Outline) -> Vec<EventId> {
        outline
            .reads()
            .filter(|&id| self.read[id].is_none())
            .collect()
    }

    /// Whether each read has its source's value; a guess need not.
    fn agrees(&self, outline: &Outline) -> bool {
        outline.reads().all(|id| {
            let source = outline.events[id].source;
            source.is_some_and(|source| self.read[id] == self.written[source])
        })
    }

    /// What `location` ends with.
    fn last(&self, orders: &[Vec<EventId>], location: usize) -> Option<Value> {
        orders[location]
            .last()
            .and_then(|&write| self.written[write])
    }
}
