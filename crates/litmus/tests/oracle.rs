//! The search against the candidates, on random programs: two ways to the same executions that share only
//! the data types. One grows graphs event by event and checks each step with a little; the other makes
//! every candidate and asks the axioms as the papers write them. And what holds of any engine: printing
//! and parsing a program, or putting its threads in another order, changes nothing.
//!
//! `LITMUS_SEED=n` begins elsewhere; a failure names its seed.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::ControlFlow,
};

use litmus::{
    Budget, Model, Program,
    axioms::{Derived, violation},
    candidates, explore, parse,
    program::Place,
    random::{self, Size},
    state::{Observed, State},
};

/// Programs for each property. A few hundred are a few seconds; four thousand were run once as a longer
/// look.
const PROGRAMS: u64 = 250;

fn programs() -> impl Iterator<Item = (u64, Program)> {
    let first = std::env::var("LITMUS_SEED").map_or(1, |seed| seed.parse().expect("a number"));
    let size = Size::default();
    let small = |program: &Program| candidates_of(program).is_some();
    let seeds = (first..).map(move |seed| (seed, random::program(seed, &size)));
    seeds
        .filter(move |(_, program)| small(program))
        .take(PROGRAMS as usize)
}

/// How many candidates a program has, if they can all be looked at in a moment.
fn candidates_of(program: &Program) -> Option<u64> {
    let mut count = 0;
    let budget = Budget {
        graphs: 3_000,
        ..Budget::default()
    };
    let unknown = candidates(program, &budget, |_| {
        count += 1;
        ControlFlow::Continue(())
    });
    unknown
        .expect("a random program is well formed")
        .is_none()
        .then_some(count)
}

fn states(program: &Program, model: Model) -> BTreeSet<State> {
    let answer = explore(program, model, &Budget::default()).expect("well formed");
    answer
        .outcomes
        .into_iter()
        .map(|outcome| outcome.state)
        .collect()
}

#[test]
fn the_search_finds_each_candidate_that_keeps_the_axioms_and_each_once() {
    let mut executions = 0;
    for (seed, program) in programs() {
        for model in Model::ALL {
            let answer = explore(&program, model, &Budget::default()).expect("well formed");
            let mut expected: BTreeMap<State, u64> = BTreeMap::new();
            let mut race = false;
            let unknown = candidates(&program, &Budget::default(), |candidate| {
                if violation(&candidate.execution, model).is_none() {
                    *expected.entry(candidate.state).or_default() += 1;
                    let derived = Derived::of(&candidate.execution, model);
                    race |= model.has_undefined() && derived.race(&candidate.execution).is_some();
                }
                ControlFlow::Continue(())
            });
            assert_eq!(unknown, Ok(None));
            let mut found: BTreeMap<State, u64> = BTreeMap::new();
            for outcome in &answer.outcomes {
                assert_eq!(
                    violation(&outcome.witness, model),
                    None,
                    "seed {seed}, {model}"
                );
                found.insert(outcome.state.clone(), outcome.executions);
            }
            if model == Model::Rc11NoThinAir {
                // Values out of thin air are no candidates.
                found.retain(|state, _| {
                    expected.contains_key(state) || state.0.iter().all(Option::is_some)
                });
                if answer.unknown.is_some() || answer.executions != found.values().sum::<u64>() {
                    continue;
                }
            } else {
                assert_eq!(answer.unknown, None);
            }
            assert_eq!(found, expected, "seed {seed}, {model}:\n{program}");
            assert_eq!(
                answer.race.is_some(),
                race,
                "seed {seed}, {model}:\n{program}"
            );
            executions += answer.executions;
        }
    }
    assert!(
        executions > 10 * PROGRAMS,
        "{executions} executions are too few to mean anything"
    );
}

#[test]
fn a_stronger_model_allows_no_more() {
    for (seed, program) in programs() {
        let [sc, tso, rc11, rc11_2017, free] = Model::ALL.map(|model| states(&program, model));
        for (weaker, stronger, what) in [
            (&tso, &sc, "SC and TSO"),
            (&rc11, &rc11_2017, "the two release sequences"),
            (&free, &rc11, "RC11 with and without no-thin-air"),
            (&rc11_2017, &sc, "SC and RC11"),
        ] {
            assert!(
                stronger.is_subset(weaker),
                "seed {seed}, {what}:\n{program}"
            );
        }
    }
}

#[test]
fn a_program_that_was_printed_and_parsed_ends_the_same() {
    for (seed, program) in programs() {
        let text = program.to_string();
        let again = parse(&text).unwrap_or_else(|error| panic!("seed {seed}: {error}\n{text}"));
        for model in Model::ALL {
            let [first, second] = [&program, &again]
                .map(|program| explore(program, model, &Budget::default()).expect("well formed"));
            assert_eq!(
                first.states(),
                second.states(),
                "seed {seed}, {model}:\n{text}"
            );
            assert_eq!(
                first.race.is_some(),
                second.race.is_some(),
                "seed {seed}, {model}:\n{text}"
            );
        }
    }
}

#[test]
fn the_order_of_the_threads_changes_nothing() {
    for (seed, program) in programs() {
        let threads = program.threads.len();
        let mut turned = program.clone();
        turned.threads.rotate_left(1);
        let turn = |place: Place| match place {
            Place::Register { thread, register } => Place::Register {
                thread: (thread + threads - 1) % threads,
                register,
            },
            location => location,
        };
        turned.observed = turned.observed.into_iter().map(turn).collect();
        turned.condition = None;
        let mut program = program;
        program.condition = None;
        let places = Observed::of(&program).places;
        let turned_places = Observed::of(&turned).places;
        let order: Vec<usize> = places
            .iter()
            .map(|&place| {
                turned_places
                    .iter()
                    .position(|&other| other == turn(place))
                    .expect("it is there")
            })
            .collect();
        for model in Model::ALL {
            let back = |state: State| State(order.iter().map(|&index| state.0[index]).collect());
            let expected = states(&program, model);
            let found: BTreeSet<State> = states(&turned, model).into_iter().map(back).collect();
            assert_eq!(found, expected, "seed {seed}, {model}:\n{program}");
        }
    }
}
