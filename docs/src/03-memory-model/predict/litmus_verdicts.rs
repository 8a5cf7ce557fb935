//! How many ends the models allow, and the executions that the lesson shows as pictures.

use litmus::{
    Budget, Explanation, Model, Program, classics,
    draw::{self, Drawing},
};

pub fn answer() -> String {
    let models = [Model::Sc, Model::Tso, Model::Rc11, Model::Rc11NoThinAir];
    let mut text = format!("{:<12}", "");
    for model in models {
        text += &format!(
            "{:>8}",
            if model == Model::Rc11NoThinAir {
                "Rust"
            } else {
                model.name()
            }
        );
    }
    text += "\n";
    for name in ["SB", "MP", "LB", "SB+rel-acq", "MP+rel-acq", "LB+acq-rel"] {
        text += &format!("{name:<12}");
        for model in models {
            text += &format!("{:>8}", ends(&program(name), model));
        }
        text += "\n";
    }
    text
}

// ANCHOR: question
/// In how many of the four ways the two reads can come out.
fn ends(program: &Program, model: Model) -> usize {
    let answer = litmus::explore(program, model, &Budget::default()).expect("it makes sense");
    answer.outcomes.len()
}
// ANCHOR_END: question

fn program(name: &str) -> Program {
    let classic = classics::find(name).expect("a test that everybody knows");
    litmus::parse(classic.text).expect("its text parses")
}

/// What `cargo xtask litmus NAME --model MODEL --graph FILE.svg` draws.
pub fn picture(name: &str, model: Model) -> String {
    let program = program(name);
    let outcome = &program
        .condition
        .as_ref()
        .expect("it asks about an outcome")
        .formula;
    let why =
        litmus::explain(&program, model, outcome, &Budget::default()).expect("it makes sense");
    let title = format!("{name} under {model}");
    match why {
        Explanation::Allowed(execution) => {
            let drawing = Drawing::of(&execution, model).title(title);
            draw::svg(&execution, &drawing)
        }
        Explanation::Forbidden(forbidden) => draw::svg(
            &forbidden.nearest,
            &Drawing::violation(&forbidden.nearest, model, &forbidden.violation).title(title),
        ),
        Explanation::NoCandidate | Explanation::Unknown(_) => {
            unreachable!("it is one or the other")
        }
    }
}
