//! Hidden tests of `litmus_repair`: a second opinion on each program. The engine that the public tests ask
//! grows executions step by step and gives up the inconsistent ones early. Here every candidate is written down
//! first and the axioms are asked afterwards, of the same program with its threads in another order and its
//! locations under other names.

use ch03::litmus_repair as chosen;
use litmus::{
    Budget, Program,
    axioms::{Derived, violation},
    candidates, parse,
    program::{Formula, Place},
    repair::{Choice, find},
    state::Observed,
};
use std::ops::ControlFlow;

/// No candidate execution that keeps the axioms ends as it must not, or has a race; in any order of threads.
#[track_caller]
fn second_opinion(task: &str, choice: Choice) {
    let task = find(task).expect("it is a task");
    let program = task.fill(choice).unwrap_or_else(|refused| {
        panic!("{}: {refused}", task.name);
    });
    for turn in 0..program.threads.len() {
        let program = disguised(&program, turn);
        let outcome = &program.condition.as_ref().expect("it asks").formula;
        let observed = Observed::of(&program);
        let mut consistent = 0;
        let unknown = candidates(&program, &Budget::default(), |candidate| {
            if violation(&candidate.execution, task.model).is_some() {
                return ControlFlow::Continue(());
            }
            consistent += 1;
            let ends = observed.show(&candidate.state);
            assert!(
                !observed.holds(outcome, &candidate.state),
                "{}: it can still end in {ends}",
                task.name
            );
            let derived = Derived::of(&candidate.execution, task.model);
            assert_eq!(
                derived.race(&candidate.execution),
                None,
                "{}: a data race, on the way to {ends}",
                task.name
            );
            ControlFlow::Continue(())
        });
        assert_eq!(unknown, Ok(None), "{} is small", task.name);
        assert!(consistent > 0, "{}: it ends somehow", task.name);
    }
}

/// The same program with thread `first` in front, other names, and printed and read again.
fn disguised(program: &Program, first: usize) -> Program {
    let mut other = program.clone();
    let threads = other.threads.len();
    other.threads.rotate_left(first);
    for location in &mut other.locations {
        location.name.insert_str(0, "other_");
    }
    let moved = |thread: usize| (thread + threads - first) % threads;
    for place in &mut other.observed {
        if let Place::Register { thread, .. } = place {
            *thread = moved(*thread);
        }
    }
    if let Some(condition) = &mut other.condition {
        rename(&mut condition.formula, &moved);
    }
    parse(&other.to_string()).expect("what is printed parses")
}

fn rename(formula: &mut Formula, moved: &impl Fn(usize) -> usize) {
    match formula {
        Formula::True => {}
        Formula::Equal(Place::Register { thread, .. }, _) => *thread = moved(*thread),
        Formula::Equal(Place::Location(_), _) => {}
        Formula::Not(inner) => rename(inner, moved),
        Formula::And(parts) | Formula::Or(parts) => {
            for part in parts {
                rename(part, moved);
            }
        }
    }
}

#[harness::test]
fn another_opinion_on_message() {
    const CHOICE: Choice = chosen::MESSAGE;
    second_opinion("message", CHOICE);
}

#[harness::test]
fn another_opinion_on_mailbox() {
    const CHOICE: Choice = chosen::MAILBOX;
    second_opinion("mailbox", CHOICE);
}

#[harness::test]
fn another_opinion_on_relay() {
    const CHOICE: Choice = chosen::RELAY;
    second_opinion("relay", CHOICE);
}

#[harness::test]
fn another_opinion_on_two_hops() {
    const CHOICE: Choice = chosen::TWO_HOPS;
    second_opinion("two_hops", CHOICE);
}

#[harness::test]
fn another_opinion_on_try_lock() {
    const CHOICE: Choice = chosen::TRY_LOCK;
    second_opinion("try_lock", CHOICE);
}

#[harness::test]
fn another_opinion_on_last_one_out() {
    const CHOICE: Choice = chosen::LAST_ONE_OUT;
    second_opinion("last_one_out", CHOICE);
}

#[harness::test]
fn another_opinion_on_both_wait() {
    const CHOICE: Choice = chosen::BOTH_WAIT;
    second_opinion("both_wait", CHOICE);
}

#[harness::test]
fn another_opinion_on_two_witnesses() {
    const CHOICE: Choice = chosen::TWO_WITNESSES;
    second_opinion("two_witnesses", CHOICE);
}

#[harness::test]
fn another_opinion_on_before_it_was_written() {
    const CHOICE: Choice = chosen::BEFORE_IT_WAS_WRITTEN;
    second_opinion("before_it_was_written", CHOICE);
}
