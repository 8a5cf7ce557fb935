//! Agreement with herd7: every test of `herd.txt` under every model that it has an answer for.

use litmus::{Budget, Model, explore, parse};

/// A test and what herd7 said.
struct Known<'a> {
    name: &'a str,
    text: String,
    answers: Vec<(Model, bool, Vec<&'a str>)>,
}

fn known() -> Vec<Known<'static>> {
    let file = include_str!("herd.txt");
    let tests = file.split("\n=== ").skip(1).map(|test| {
        let mut sections = test.split("\n--- ");
        let (name, text) = sections
            .next()
            .and_then(|text| text.split_once('\n'))
            .expect("a name");
        let mut answers = Vec::new();
        for section in sections {
            let mut lines = section.lines();
            let heading = lines.next().expect("models");
            let states: Vec<&str> = lines.collect();
            let undefined = heading.ends_with(" undefined");
            for model in heading.trim_end_matches(" undefined").split(' ') {
                let model = Model::from_name(model).expect("a model's name");
                answers.push((model, undefined, states.clone()));
            }
        }
        Known {
            name,
            text: text.to_owned(),
            answers,
        }
    });
    tests.collect()
}

#[test]
fn every_answer_of_herd_is_ours() {
    let mut compared = [0; Model::ALL.len()];
    let mut different = Vec::new();
    for test in known() {
        let program = parse(&test.text).unwrap_or_else(|error| panic!("{}: {error}", test.name));
        for (model, undefined, states) in test.answers {
            let answer = explore(&program, model, &Budget::default()).expect("well formed");
            assert_eq!(answer.unknown, None, "{} under {model}", test.name);
            if answer.states() != states || answer.race.is_some() != undefined {
                different.push((test.name, model, answer.states()));
            }
            compared[model as usize] += 1;
        }
    }
    assert!(different.is_empty(), "{different:#?}");
    // SC, TSO (where the mapping to x86 is sound), RC11, RC11 of 2017, RC11 without no-thin-air.
    assert_eq!(compared, [208, 145, 208, 208, 192]);
}
