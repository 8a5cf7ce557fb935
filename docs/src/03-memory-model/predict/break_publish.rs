//! In how many ways arrows can be drawn, in how many of them the rules agree, and what the lesson shows as pictures.

use std::ops::ControlFlow;

use litmus::{
    Budget, Explanation, Model, Program,
    axioms::violation,
    candidates, classics,
    draw::{self, Drawing},
    explain,
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
