//! Hidden tests of `litmus_verdicts`: the same questions, asked in another way.

use ch03::litmus_verdicts as answers;
use litmus::{
    Model::{self, *},
    Program,
    claim::{Answer, judge},
    classics,
};

/// Every question and its answer, the examples first.
const ALL: [(&str, Model, Answer); 22] = [
    ("SB", Rc11, answers::EXAMPLE_ALLOWED),
    ("MP+rel-acq", Rc11, answers::EXAMPLE_FORBIDDEN),
    ("CoWW", Rc11, answers::COWW),
    ("CoRR", Rc11, answers::CORR),
    ("CoWR", Rc11, answers::COWR),
    ("CoRW2", Rc11, answers::CORW),
    ("SB", Sc, answers::SB_UNDER_SC),
    ("SB", Tso, answers::SB_UNDER_TSO),
    ("SB+fsc-one", Rc11, answers::SB_ONE_FENCE),
    ("MP", Tso, answers::MP_UNDER_TSO),
    ("MP+rlx-acq", Rc11, answers::MP_ACQUIRE_ALONE),
    ("MP+relseq-store", Rc11, answers::MP_STORED_AGAIN),
    ("S+rel-acq", Rc11, answers::S),
    ("R+rel-acq", Rc11, answers::R),
    ("2+2W+rel", Rc11, answers::TWO_PLUS_TWO_W),
    ("LB", Rc11, answers::LB_UNDER_RC11),
    ("LB", Rc11NoThinAir, answers::LB_IN_RUST),
    ("RMW", Rc11, answers::INCREMENTS),
    ("WRC+rel-acq", Rc11, answers::WRC),
    ("ISA2+second-rlx", Rc11, answers::ISA2),
    ("IRIW+rel-acq", Rc11, answers::IRIW),
    ("RWC+sc", Rc11, answers::RWC),
];

/// A model, and what was answered about it.
type Answered = (Model, Answer);

/// Questions about one program under two models, of which one allows what the other forbids.
const PAIRS: [(&str, Answered, Answered); 2] = [
    (
        "SB",
        (Sc, answers::SB_UNDER_SC),
        (Tso, answers::SB_UNDER_TSO),
    ),
    (
        "LB",
        (Rc11, answers::LB_UNDER_RC11),
        (Rc11NoThinAir, answers::LB_IN_RUST),
    ),
];

fn program(name: &str) -> Program {
    let text = classics::find(name)
        .expect("a test that everybody knows")
        .text;
    litmus::parse(text).expect("its text parses")
}

#[track_caller]
fn check(program: &Program, model: Model, answer: &Answer) {
    let condition = program
        .condition
        .as_ref()
        .expect("it asks about an outcome");
    if let Err(wrong) = judge(program, model, &condition.formula, answer) {
        panic!("{wrong}");
    }
}

/// What is right is right however the program is written down.
#[harness::test]
fn every_answer_holds_for_the_program_printed_and_read_again() {
    for (name, model, answer) in ALL {
        let printed = program(name).to_string();
        let again = litmus::parse(&printed).expect("what is printed parses");
        check(&again, model, &answer);
    }
}

/// Whoever is right about both models says two different things about one program.
#[harness::test]
fn no_answer_does_for_two_models() {
    for (name, (strong, forbidden), (weak, allowed)) in PAIRS {
        let program = program(name);
        check(&program, strong, &forbidden);
        check(&program, weak, &allowed);
        let outcome = &program.condition.as_ref().expect("it asks").formula;
        assert!(judge(&program, weak, outcome, &forbidden).is_err());
        assert!(judge(&program, strong, outcome, &allowed).is_err());
    }
}
