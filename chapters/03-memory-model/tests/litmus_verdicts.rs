//! Public tests of `litmus_verdicts`, one a question. The engine builds what an answer describes and asks the
//! axioms; it knows no answers. If one is wrong, the report shows the execution that contradicts it.

use ch03::litmus_verdicts as answers;
use litmus::{
    Model::{self, *},
    claim::{Answer, judge},
    classics,
};

/// Whether `answer` is right about the test of that name and the outcome that it asks about.
#[track_caller]
fn check(name: &str, model: Model, answer: &Answer) {
    assert!(
        *answer != Answer::Open,
        "not yet implemented: the answer about {name} under {model}. Write Answer::Allowed with a \
         witness, or Answer::Forbidden with the axiom and the cycle that breaks it."
    );
    let text = classics::find(name)
        .expect("a test that everybody knows")
        .text;
    let program = litmus::parse(text).expect("its text parses");
    let condition = program
        .condition
        .as_ref()
        .expect("it asks about an outcome");
    if let Err(wrong) = judge(&program, model, &condition.formula, answer) {
        panic!("{wrong}");
    }
}

// One location

#[harness::test]
fn coww_two_writes_of_one_thread() {
    const ANSWER: Answer = answers::COWW;
    check("CoWW", Rc11, &ANSWER);
}

#[harness::test]
fn corr_the_new_value_then_the_old_one() {
    const ANSWER: Answer = answers::CORR;
    check("CoRR", Rc11, &ANSWER);
}

#[harness::test]
fn cowr_its_own_write_is_overtaken() {
    const ANSWER: Answer = answers::COWR;
    check("CoWR", Rc11, &ANSWER);
}

#[harness::test]
fn corw_it_reads_what_comes_after_its_own_write() {
    const ANSWER: Answer = answers::CORW;
    check("CoRW2", Rc11, &ANSWER);
}

// Store buffering

#[harness::test]
fn sb_under_sc() {
    const ANSWER: Answer = answers::SB_UNDER_SC;
    check("SB", Sc, &ANSWER);
}

#[harness::test]
fn sb_under_tso() {
    const ANSWER: Answer = answers::SB_UNDER_TSO;
    check("SB", Tso, &ANSWER);
}

#[harness::test]
fn sb_with_one_fence() {
    const ANSWER: Answer = answers::SB_ONE_FENCE;
    check("SB+fsc-one", Rc11, &ANSWER);
}

// Passing a message

#[harness::test]
fn mp_under_tso() {
    const ANSWER: Answer = answers::MP_UNDER_TSO;
    check("MP", Tso, &ANSWER);
}

#[harness::test]
fn mp_with_acquire_alone() {
    const ANSWER: Answer = answers::MP_ACQUIRE_ALONE;
    check("MP+rlx-acq", Rc11, &ANSWER);
}

#[harness::test]
fn mp_with_the_flag_stored_again() {
    const ANSWER: Answer = answers::MP_STORED_AGAIN;
    check("MP+relseq-store", Rc11, &ANSWER);
}

// The order of writes

#[harness::test]
fn s_seen_and_yet_overwritten() {
    const ANSWER: Answer = answers::S;
    check("S+rel-acq", Rc11, &ANSWER);
}

#[harness::test]
fn r_the_later_writer_does_not_see_the_data() {
    const ANSWER: Answer = answers::R;
    check("R+rel-acq", Rc11, &ANSWER);
}

#[harness::test]
fn two_plus_two_w_both_first_writes_end_last() {
    const ANSWER: Answer = answers::TWO_PLUS_TWO_W;
    check("2+2W+rel", Rc11, &ANSWER);
}

// Load buffering

#[harness::test]
fn lb_under_rc11() {
    const ANSWER: Answer = answers::LB_UNDER_RC11;
    check("LB", Rc11, &ANSWER);
}

#[harness::test]
fn lb_in_rust() {
    const ANSWER: Answer = answers::LB_IN_RUST;
    check("LB", Rc11NoThinAir, &ANSWER);
}

// Read and write in one step

#[harness::test]
fn two_increments_find_the_same_value() {
    const ANSWER: Answer = answers::INCREMENTS;
    check("RMW", Rc11, &ANSWER);
}

// More threads

#[harness::test]
fn wrc_passed_on_by_a_second_thread() {
    const ANSWER: Answer = answers::WRC;
    check("WRC+rel-acq", Rc11, &ANSWER);
}

#[harness::test]
fn isa2_one_link_is_relaxed() {
    const ANSWER: Answer = answers::ISA2;
    check("ISA2+second-rlx", Rc11, &ANSWER);
}

#[harness::test]
fn iriw_two_readers_two_orders() {
    const ANSWER: Answer = answers::IRIW;
    check("IRIW+rel-acq", Rc11, &ANSWER);
}

#[harness::test]
fn rwc_read_then_write_to_read() {
    const ANSWER: Answer = answers::RWC;
    check("RWC+sc", Rc11, &ANSWER);
}
