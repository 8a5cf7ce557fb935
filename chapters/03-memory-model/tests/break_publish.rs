//! Public tests of `break_publish`, one a way to publish. The engine builds the execution that an answer describes
//! and asks the axioms; a proof has to hold in each execution that would break the publication.

use ch03::break_publish as answers;
use litmus::{
    Model,
    claim::{Answer, judge},
    classics,
};

/// Whether `answer` is right about the test of that name, under RC11.
#[track_caller]
fn check(name: &str, answer: &Answer) {
    assert!(
        *answer != Answer::Open,
        "not yet implemented: the answer about {name}. Write Answer::Allowed with the source of each read if it \
         can be broken, or Answer::Forbidden with the axiom and the circle if not."
    );
    let classic = classics::find(name).expect("a test that everybody knows");
    let program = litmus::parse(classic.text).expect("its text parses");
    let condition = program.condition.as_ref().expect("it asks");
    if let Err(wrong) = judge(&program, Model::Rc11, &condition.formula, answer) {
        panic!("{wrong}");
    }
}

#[harness::test]
fn step_01_flag_and_value_relaxed() {
    const ANSWER: Answer = answers::RELAXED;
    check("MP", &ANSWER);
}

#[harness::test]
fn step_02_flag_stored_with_release() {
    const ANSWER: Answer = answers::RELEASED;
    check("MP+rel-rlx", &ANSWER);
}

#[harness::test]
fn step_03_a_fence_before_the_flag_is_read() {
    const ANSWER: Answer = answers::FENCE_FIRST;
    check("MP+facq-early", &ANSWER);
}

#[harness::test]
fn step_04_release_and_acquire() {
    const ANSWER: Answer = answers::BOTH_ENDS;
    check("MP+rel-acq", &ANSWER);
}

#[harness::test]
fn step_05_a_fence_on_either_side() {
    const ANSWER: Answer = answers::TWO_FENCES;
    check("MP+frel-facq", &ANSWER);
}

#[harness::test]
fn step_06_a_compare_exchange_that_fails() {
    const ANSWER: Answer = answers::NOT_TAKEN;
    check("MP+cas-fail", &ANSWER);
}

#[harness::test]
fn step_07_passed_on_by_a_third_thread() {
    const ANSWER: Answer = answers::SECOND_HAND;
    check("ISA2+second-rlx", &ANSWER);
}

#[harness::test]
fn step_08_passed_on_by_one_who_has_seen_it() {
    const ANSWER: Answer = answers::EYE_WITNESS;
    check("WRC+second", &ANSWER);
}

#[harness::test]
fn step_09_flag_stored_over_by_a_third_thread() {
    const ANSWER: Answer = answers::STORED_OVER;
    check("MP+relseq-other", &ANSWER);
}

#[harness::test]
fn step_10_flag_counted_up_by_a_third_thread() {
    const ANSWER: Answer = answers::COUNTED_UP;
    check("MP+relseq-rmw", &ANSWER);
}
