//! In how many ways arrows can be drawn, in how many of them the rules agree, and what the lesson shows as pictures.

use std::{collections::BTreeMap, ops::ControlFlow};

use litmus::{
    Budget, Candidate, Explanation, Model, Program,
    axioms::violation,
    candidates, classics,
    draw::{self, Drawing},
    execution::{Execution, Kind},
    explain,
    relation::EventId,
    state::Observed,
};

pub fn answer() -> String {
    let mut text = format!("{:<16}{:>6}{:>9}{:>8}\n", "", "drawn", "allowed", "broken");
    for name in ["MP", "MP+rel-acq", "ISA2+second-rlx", "WRC+second"] {
        let (drawn, allowed, broken) = count(&program(name), Model::Rc11);
        text += &format!("{name:<16}{drawn:>6}{allowed:>9}{broken:>8}\n");
    }
    text
}

// ANCHOR: question
/// In how many ways the reads can be given their sources; in how many of these no axiom breaks; and in how
/// many of those somebody sees the flag and not the value.
fn count(program: &Program, model: Model) -> (usize, usize, usize) {
    let outcome = &program.condition.as_ref().expect("it asks").formula;
    let observed = Observed::of(program);
    let (mut drawn, mut allowed, mut broken) = (0, 0, 0);
    candidates(program, &Budget::default(), |candidate| {
        drawn += 1;
        if violation(&candidate.execution, model).is_none() {
            allowed += 1;
            broken += usize::from(observed.holds(outcome, &candidate.state));
        }
        ControlFlow::Continue(())
    })
    .expect("it makes sense");
    (drawn, allowed, broken)
}
// ANCHOR_END: question

fn program(name: &str) -> Program {
    let classic = classics::find(name).expect("a test that everybody knows");
    litmus::parse(classic.text).expect("its text parses")
}

/// What `cargo xtask litmus NAME --graph FILE.svg` draws.
pub fn picture(name: &str) -> String {
    let (program, model) = (program(name), Model::Rc11);
    let outcome = &program.condition.as_ref().expect("it asks").formula;
    match explain(&program, model, outcome, &Budget::default()) {
        Ok(Explanation::Allowed(execution)) => {
            draw::svg(&execution, &Drawing::of(&execution, model))
        }
        Ok(Explanation::Forbidden(why)) => draw::svg(
            &why.nearest,
            &Drawing::violation(&why.nearest, model, &why.violation),
        ),
        other => unreachable!("{other:?}"),
    }
}

/// What the page lets the reader play with: every execution of some of the programs, drawn and judged, as a script
/// that `docs/theme/arrows.js` reads.
pub fn arrows() -> String {
    let mut script =
        "// Written by predict/break_publish.rs; a test compares. Do not edit.\n".to_owned();
    script += "window.courseArrows = window.courseArrows || {};\n";
    for name in ["MP", "MP+rel-acq", "ISA2+second-rlx", "WRC+second"] {
        script += &puzzle(name);
    }
    script
}

/// Each read, and the writes that it may take its value from, the initial one first.
type Reads = BTreeMap<EventId, Vec<EventId>>;

fn puzzle(name: &str) -> String {
    let program = program(name);
    let condition = program.condition.as_ref().expect("it asks");
    let observed = Observed::of(&program);
    let mut all: Vec<Candidate> = Vec::new();
    candidates(&program, &Budget::default(), |candidate| {
        all.push(candidate);
        ControlFlow::Continue(())
    })
    .expect("it makes sense");

    let shape = &all[0].execution;
    let mut reads = Reads::new();
    for Candidate { execution, .. } in &all {
        for (id, event) in execution.events.iter().enumerate() {
            if let Some(source) = event.reads_from {
                let sources = reads.entry(id).or_default();
                if !sources.contains(&source) {
                    sources.push(source);
                    sources.sort_unstable();
                }
            }
        }
    }

    let mut text = format!("window.courseArrows[{name:?}] = {{\n");
    text += &format!(
        "\"task\": {:?},\n\"reads\": [\n",
        format!("{name}: from which write does each read take its value?")
    );
    for (&read, sources) in &reads {
        let sources: Vec<String> = sources
            .iter()
            .map(|&source| format!("[{:?}, {:?}]", letter(shape, source), line(shape, source)))
            .collect();
        text += &format!(
            "{{\"event\": {:?}, \"text\": {:?}, \"sources\": [{}]}},\n",
            letter(shape, read),
            format!("{} reads from", line(shape, read)),
            sources.join(", ")
        );
    }
    text += "],\n\"executions\": [\n";
    for candidate in &all {
        let execution = &candidate.execution;
        let chosen: Vec<usize> = reads
            .iter()
            .map(|(&read, sources)| {
                let source = execution.events[read].reads_from.expect("it reads");
                let place = sources.iter().position(|&known| known == source);
                place.expect("it was collected")
            })
            .collect();
        let broken = observed.holds(&condition.formula, &candidate.state);
        let (kind, says, drawing) = judged(execution, broken);
        text += &format!(
            "{{\"chosen\": {chosen:?}, \"kind\": {kind:?}, \"says\": {says:?}, \"svg\": {:?}}},\n",
            draw::svg(execution, &drawing)
        );
    }
    text + "]};\n"
}

/// Whether it is allowed, in words, and what is drawn.
fn judged(execution: &Execution, broken: bool) -> (&'static str, String, Drawing) {
    let model = Model::Rc11;
    match violation(execution, model) {
        None if broken => (
            "broken",
            "Allowed, and broken: the flag was seen and the value was not. These sources are the answer.".to_owned(),
            Drawing::of(execution, model),
        ),
        None => (
            "allowed",
            "Allowed, and nothing is broken: nobody has seen the flag without the value.".to_owned(),
            Drawing::of(execution, model),
        ),
        Some(violation) => {
            let ends = if broken {
                "The flag would be seen and the value would not, but this is"
            } else {
                "This is"
            };
            let says = format!(
                "{ends} no execution: it breaks {}. The circle stands out in the picture.",
                violation.axiom
            );
            let drawing = Drawing::violation(execution, model, &violation);
            ("forbidden", says, drawing)
        }
    }
}

/// As pictures and answers call it.
fn letter(execution: &Execution, event: EventId) -> String {
    let place = execution
        .threads
        .iter()
        .flatten()
        .position(|&own| own == event);
    match (place, execution.events[event].location) {
        (Some(place), _) => char::from(b'a' + u8::try_from(place).expect("few events")).to_string(),
        (None, Some(location)) => format!("init {}", execution.locations[location]),
        (None, None) => unreachable!("what is initial is a write"),
    }
}

/// `b: y.store(1, Release)`, and `init y`.
fn line(execution: &Execution, id: EventId) -> String {
    let event = &execution.events[id];
    let letter = letter(execution, id);
    let (Some(_), Some(location)) = (event.thread, event.location) else {
        return letter;
    };
    let (name, order) = (&execution.locations[location], event.order);
    match (event.kind, event.written) {
        (Kind::Write, Some(value)) => format!("{letter}: {name}.store({value}, {order})"),
        (Kind::Read, _) => format!("{letter}: {name}.load({order})"),
        other => unreachable!("the programs load and store, and this is {other:?}"),
    }
}
