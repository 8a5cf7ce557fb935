//! Hidden tests of `break_publish`: what is right is right however the program is written down, by Rust's own
//! rules too; and what is said of one program is not said of its stronger or weaker neighbour.

use ch03::break_publish as answers;
use litmus::{
    Model::{Rc11, Rc11NoThinAir},
    Program,
    claim::{Answer, judge},
    classics,
};

fn program(name: &str) -> Program {
    let classic = classics::find(name).expect("a test that everybody knows");
    litmus::parse(classic.text).expect("its text parses")
}

/// Judges `answer` about the program once more, and about a `neighbour` with the same events, of which the
/// opposite holds.
#[track_caller]
fn check(name: &str, neighbour: Option<&str>, answer: &Answer) {
    let program_as_known = program(name);
    let outcome = &program_as_known
        .condition
        .as_ref()
        .expect("it asks")
        .formula;
    let printed = program_as_known.to_string();
    let again = litmus::parse(&printed).expect("what is printed parses");
    for model in [Rc11, Rc11NoThinAir] {
        if let Err(wrong) = judge(&again, model, outcome, answer) {
            panic!("{wrong}");
        }
        if let Some(neighbour) = neighbour {
            let other = program(neighbour);
            let judged = judge(&other, model, outcome, answer);
            assert!(judged.is_err(), "{name} is not {neighbour}");
        }
    }
}

#[harness::test]
fn another_look_at_step_01() {
    const ANSWER: Answer = answers::RELAXED;
    check("MP", Some("MP+rel-acq"), &ANSWER);
}

#[harness::test]
fn another_look_at_step_02() {
    const ANSWER: Answer = answers::RELEASED;
    check("MP+rel-rlx", Some("MP+rel-acq"), &ANSWER);
}

#[harness::test]
fn another_look_at_step_03() {
    const ANSWER: Answer = answers::FENCE_FIRST;
    check("MP+facq-early", None, &ANSWER);
}

#[harness::test]
fn another_look_at_step_04() {
    const ANSWER: Answer = answers::BOTH_ENDS;
    check("MP+rel-acq", Some("MP+rlx-acq"), &ANSWER);
}

#[harness::test]
fn another_look_at_step_05() {
    const ANSWER: Answer = answers::TWO_FENCES;
    check("MP+frel-facq", None, &ANSWER);
}

#[harness::test]
fn another_look_at_step_06() {
    const ANSWER: Answer = answers::NOT_TAKEN;
    check("MP+cas-fail", None, &ANSWER);
}

#[harness::test]
fn another_look_at_step_07() {
    const ANSWER: Answer = answers::SECOND_HAND;
    check("ISA2+second-rlx", Some("ISA2+rel-acq"), &ANSWER);
}

#[harness::test]
fn another_look_at_step_08() {
    const ANSWER: Answer = answers::EYE_WITNESS;
    check("WRC+second", Some("WRC"), &ANSWER);
}

#[harness::test]
fn another_look_at_step_09() {
    const ANSWER: Answer = answers::STORED_OVER;
    check("MP+relseq-other", None, &ANSWER);
}

#[harness::test]
fn another_look_at_step_10() {
    const ANSWER: Answer = answers::COUNTED_UP;
    check("MP+relseq-rmw", None, &ANSWER);
}
