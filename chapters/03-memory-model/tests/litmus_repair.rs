//! Public tests of `litmus_repair`, two a program: that the outcome is impossible, and that it takes no more. The
//! engine fills in the orders and looks at every execution; it knows no answers.

use ch03::litmus_repair as chosen;
use litmus::repair::{Choice, Judgement, Refused, find, judge};

#[track_caller]
fn judged(task: &str, choice: Choice) -> Judgement {
    match judge(find(task).expect("it is a task"), choice) {
        Ok(judgement) => judgement,
        Err(Refused::Missing(hole)) => {
            panic!(
                "not yet implemented: {task} has no order at {hole}. Choose one for each letter."
            )
        }
        Err(refused) => panic!("{task}: {refused}"),
    }
}

/// No execution ends as it must not, and none has a race.
#[track_caller]
fn impossible(task: &str, choice: Choice) {
    let judgement = judged(task, choice);
    assert!(judgement.is_repaired(), "{task}: {judgement}");
}

/// The same, and with any one order weaker it would be possible.
#[track_caller]
fn takes_no_more(task: &str, choice: Choice) {
    let judgement = judged(task, choice);
    assert!(
        matches!(judgement, Judgement::Minimal),
        "{task}: {judgement}"
    );
}

#[harness::test]
fn message_is_impossible() {
    const CHOICE: Choice = chosen::MESSAGE;
    impossible("message", CHOICE);
}

#[harness::test]
fn message_takes_no_more() {
    const CHOICE: Choice = chosen::MESSAGE;
    takes_no_more("message", CHOICE);
}

#[harness::test]
fn mailbox_is_impossible() {
    const CHOICE: Choice = chosen::MAILBOX;
    impossible("mailbox", CHOICE);
}

#[harness::test]
fn mailbox_takes_no_more() {
    const CHOICE: Choice = chosen::MAILBOX;
    takes_no_more("mailbox", CHOICE);
}

#[harness::test]
fn relay_is_impossible() {
    const CHOICE: Choice = chosen::RELAY;
    impossible("relay", CHOICE);
}

#[harness::test]
fn relay_takes_no_more() {
    const CHOICE: Choice = chosen::RELAY;
    takes_no_more("relay", CHOICE);
}

#[harness::test]
fn two_hops_is_impossible() {
    const CHOICE: Choice = chosen::TWO_HOPS;
    impossible("two_hops", CHOICE);
}

#[harness::test]
fn two_hops_takes_no_more() {
    const CHOICE: Choice = chosen::TWO_HOPS;
    takes_no_more("two_hops", CHOICE);
}

#[harness::test]
fn try_lock_is_impossible() {
    const CHOICE: Choice = chosen::TRY_LOCK;
    impossible("try_lock", CHOICE);
}

#[harness::test]
fn try_lock_takes_no_more() {
    const CHOICE: Choice = chosen::TRY_LOCK;
    takes_no_more("try_lock", CHOICE);
}

#[harness::test]
fn last_one_out_is_impossible() {
    const CHOICE: Choice = chosen::LAST_ONE_OUT;
    impossible("last_one_out", CHOICE);
}

#[harness::test]
fn last_one_out_takes_no_more() {
    const CHOICE: Choice = chosen::LAST_ONE_OUT;
    takes_no_more("last_one_out", CHOICE);
}

#[harness::test]
fn both_wait_is_impossible() {
    const CHOICE: Choice = chosen::BOTH_WAIT;
    impossible("both_wait", CHOICE);
}

#[harness::test]
fn both_wait_takes_no_more() {
    const CHOICE: Choice = chosen::BOTH_WAIT;
    takes_no_more("both_wait", CHOICE);
}

#[harness::test]
fn two_witnesses_is_impossible() {
    const CHOICE: Choice = chosen::TWO_WITNESSES;
    impossible("two_witnesses", CHOICE);
}

#[harness::test]
fn two_witnesses_takes_no_more() {
    const CHOICE: Choice = chosen::TWO_WITNESSES;
    takes_no_more("two_witnesses", CHOICE);
}

#[harness::test]
fn before_it_was_written_is_impossible() {
    const CHOICE: Choice = chosen::BEFORE_IT_WAS_WRITTEN;
    impossible("before_it_was_written", CHOICE);
}

#[harness::test]
fn before_it_was_written_takes_no_more() {
    const CHOICE: Choice = chosen::BEFORE_IT_WAS_WRITTEN;
    takes_no_more("before_it_was_written", CHOICE);
}
