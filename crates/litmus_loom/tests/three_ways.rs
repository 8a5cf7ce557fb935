//! One definition of a program, run in three ways: by the engine, by loom, and on this machine.

use std::{collections::BTreeSet, ops::ControlFlow};

use litmus::{Budget, Model, explore, hardware, litmus, state::State};
use litmus_loom::Bounds;

#[test]
fn the_engine_loom_and_this_machine_run_the_same_program() {
    let program = litmus! {
        "message passing with a ticket" (data = 0, flag = 0, tickets = 0)
        thread {
            data.store(1, Relaxed);
            flag.store(1, Release);
            let mine = tickets.fetch_add(1, Relaxed);
        }
        thread {
            let seen = flag.load(Acquire);
            if seen == 1 {
                let value = data.load(Relaxed);
            }
            let mine = tickets.fetch_add(1, Relaxed);
        }
        exists (1:seen == 1 && 1:value == 0)
    };
    let condition = program.condition.clone().expect("it asks something");
    let answer = explore(&program, Model::Rc11, &Budget::default()).expect("well formed");
    let allowed: BTreeSet<State> = answer
        .outcomes
        .iter()
        .map(|outcome| outcome.state.clone())
        .collect();
    assert!(!allowed.is_empty());

    let found = litmus_loom::explore(&program, &Bounds::default()).expect("two threads");
    assert_eq!(found.observed, answer.observed);
    assert_eq!(found.states, allowed);

    let options = hardware::Options {
        runs: 20_000,
        ..hardware::Options::default()
    };
    let histogram = hardware::run(&program, &options, &mut |_, _| ControlFlow::Continue(()))
        .expect("two threads");
    assert_eq!(histogram.observed, answer.observed);
    assert_eq!(histogram.counts.values().sum::<u64>(), 20_000);
    for state in histogram.counts.keys() {
        assert!(allowed.contains(state), "{}", answer.observed.show(state));
        assert!(!answer.observed.holds(&condition.formula, state));
    }
}
