use super::*;
use crate::{
    classics,
    execution::Kind,
    model::Axiom::{Atomicity, Coherence, Interleaving, NoThinAir, SeqCst, StoreBuffers},
    parse,
};
use Edge::{Mo, Po, Rb, Rf, Sw};
use Model::{Rc11, Rc11NoThinAir, Rc112017, Sc, Tso};

fn classic(name: &str) -> Program {
    parse(classics::find(name).expect("a classic").text).expect("it parses")
}

fn judged(name: &str, model: Model, answer: Answer) -> Result<(), Wrong> {
    let program = classic(name);
    let outcome = program
        .condition
        .clone()
        .expect("it asks something")
        .formula;
    judge(&program, model, &outcome, &answer)
}

/// What is wrong with it, in one line.
fn refused(name: &str, model: Model, answer: Answer) -> (Mistake, String) {
    let wrong = judged(name, model, answer).expect_err("it is wrong");
    let text = wrong.to_string();
    for line in text.lines() {
        assert!(line.chars().count() <= 80, "{line}");
    }
    assert!(text.lines().count() <= 24, "more than a screen:\n{text}");
    (wrong.mistake(), wrong.text)
}

const fn allowed(reads: &'static [(Name, Name)], orders: &'static [&'static [Name]]) -> Answer {
    Answer::Allowed(Witness { reads, orders })
}

const SB: Answer = allowed(&[("b", "init y"), ("d", "init x")], &[]);
const RING: &[(Name, Edge, Name)] = &[
    ("a", Po, "b"),
    ("b", Rb, "c"),
    ("c", Po, "d"),
    ("d", Rb, "a"),
];
const MP: &[(Name, Edge, Name)] = &[
    ("a", Po, "b"),
    ("b", Sw, "c"),
    ("c", Po, "d"),
    ("d", Rb, "a"),
];

#[test]
fn no_answer_is_no_answer() {
    assert_eq!(refused("SB", Tso, Answer::Open).0, Mistake::Open);
}

#[test]
fn a_witness_is_taken_where_the_model_allows_it() {
    for model in [Tso, Rc11, Rc112017, Rc11NoThinAir] {
        assert!(judged("SB", model, SB).is_ok(), "{model}");
    }
    let (mistake, text) = refused("SB", Sc, SB);
    assert_eq!(mistake, Mistake::Inconsistent(Interleaving));
    assert!(text.contains("breaks interleaving"), "{text}");
}

#[test]
fn a_witness_with_an_unknown_name_is_told_the_names() {
    let (mistake, text) = refused("SB", Tso, allowed(&[("b", "y")], &[]));
    assert_eq!(mistake, Mistake::NoSuchEvent);
    assert_eq!(
        text,
        "There is no event \"y\". There are init x, init y, a, b, c, d."
    );
}

#[test]
fn every_read_needs_a_source() {
    let (mistake, text) = refused("SB", Tso, allowed(&[("b", "init y")], &[]));
    assert_eq!(mistake, Mistake::Incomplete);
    assert!(
        text.ends_with("d reads x: which write does it read from?"),
        "{text}"
    );
    assert_eq!(refused("SB", Tso, allowed(&[], &[])).0, Mistake::Incomplete);
}

#[test]
fn a_source_is_a_write_to_the_same_location() {
    for (reads, why) in [
        (
            &[("b", "a"), ("d", "init x")][..],
            "b reads y, and a writes x.",
        ),
        (&[("b", "d")], "which writes nothing"),
        (&[("a", "init x")], "a (Wx=1) reads nothing"),
        (&[("b", "init y"), ("b", "c")], "b has two sources"),
    ] {
        let (mistake, text) = refused("SB", Tso, allowed(reads, &[]));
        assert_eq!(mistake, Mistake::Impossible);
        assert!(text.contains(why), "{text}");
    }
    let (mistake, text) = refused("RMW", Rc11, allowed(&[("a", "a")], &[]));
    assert_eq!(mistake, Mistake::Impossible);
    assert!(text.contains("itself"), "{text}");
}

#[test]
fn writes_to_one_location_need_an_order() {
    const RIGHT: &[&[Name]] = &[&["d", "a"], &["b", "c"]];
    assert!(judged("2+2W", Rc11, allowed(&[], RIGHT)).is_ok());
    const FROM_THE_FIRST: &[&[Name]] = &[&["init y", "b", "c"], &["init x", "d", "a"]];
    assert!(judged("2+2W", Rc11, allowed(&[], FROM_THE_FIRST)).is_ok());

    let (mistake, text) = refused("2+2W", Rc11, allowed(&[], &[&["d", "a"]]));
    assert_eq!(mistake, Mistake::Incomplete);
    assert!(
        text.contains("y is written by b, c: in which order?"),
        "{text}"
    );
    let (mistake, _) = refused("2+2W", Rc11, allowed(&[], &[&["d", "a"], &["b"]]));
    assert_eq!(mistake, Mistake::Incomplete);

    const NO_ORDERS: &[(&[&[Name]], &str)] = &[
        (
            &[&["d", "b"], &["c", "a"]],
            "d (Wx=2) and b (Wy=2) do not belong",
        ),
        (&[&["d", "a", "d"]], "d is twice"),
        (&[&["d", "a"], &["a", "d"]], "two orders of the writes to x"),
        (&[&["d", "init x", "a"]], "Nothing comes before init x"),
        (&[&[]], "no writes"),
    ];
    for &(orders, why) in NO_ORDERS {
        let (mistake, text) = refused("2+2W", Rc11, allowed(&[], orders));
        assert_eq!(mistake, Mistake::Impossible);
        assert!(text.contains(why), "{text}");
    }
    // A fence or a read is no write.
    let reads = &[("b", "init y"), ("d", "init x")];
    assert_eq!(
        refused("SB", Tso, allowed(reads, &[&["b"]])).0,
        Mistake::Impossible
    );
}

#[test]
fn an_order_of_one_write_may_be_said() {
    let reads = &[("b", "init y"), ("d", "init x")];
    assert!(judged("SB", Tso, allowed(reads, &[&["a"], &["c"]])).is_ok());
}

#[test]
fn a_witness_has_to_end_as_asked() {
    let (mistake, text) = refused("SB", Tso, allowed(&[("b", "c"), ("d", "init x")], &[]));
    assert_eq!(mistake, Mistake::OtherOutcome);
    assert!(
        text.contains("ends in 0:r0=1; 1:r0=0; and the question is about 0:r0=0 and 1:r0=0."),
        "{text}"
    );
    assert_eq!(
        refused("2+2W", Rc11, allowed(&[], &[&["a", "d"], &["b", "c"]])).0,
        Mistake::OtherOutcome
    );
}

#[test]
fn no_value_makes_itself() {
    let circle = allowed(&[("a", "d"), ("c", "b")], &[]);
    assert!(judged("LB", Rc11NoThinAir, circle).is_ok());
    assert_eq!(
        refused("LB", Rc11, circle).0,
        Mistake::Inconsistent(NoThinAir)
    );
    assert_eq!(refused("LB+datas", Rc11, circle).0, Mistake::NoSuchRun);
}

#[test]
fn what_happens_is_shown_to_who_forbids_it() {
    let wrong = judged(
        "SB",
        Tso,
        Answer::Forbidden(&[Broken {
            axiom: StoreBuffers,
            cycle: RING,
        }]),
    )
    .expect_err("it happens");
    assert_eq!(wrong.mistake(), Mistake::Happens);
    let execution = wrong.execution().expect("it is shown");
    let reads = execution
        .events
        .iter()
        .filter(|event| event.kind == Kind::Read);
    assert!(reads.into_iter().all(|event| event.read == Some(0)));
    assert_eq!(wrong.violation(), None);
}

fn broken(axiom: Axiom, cycle: &'static [(Name, Edge, Name)]) -> Answer {
    // Nothing is cleaned up after a test.
    Answer::Forbidden(Box::leak(Box::new([Broken { axiom, cycle }])))
}

#[test]
fn a_cycle_that_breaks_the_axiom_is_taken_from_any_of_its_events_on() {
    for start in 0..4 {
        let turned: Vec<_> = (0..4).map(|step| MP[(start + step) % 4]).collect();
        let turned = broken(Coherence, Box::leak(turned.into()));
        assert!(judged("MP+rel-acq", Rc11, turned).is_ok());
    }
    assert!(judged("SB", Sc, broken(Interleaving, RING)).is_ok());
}

#[test]
fn the_axiom_is_one_of_the_model() {
    let (mistake, text) = refused("LB", Rc11, broken(Interleaving, RING));
    assert_eq!(mistake, Mistake::NoSuchAxiom(Interleaving));
    assert!(
        text.contains("rc11 has no axiom interleaving. It has coherence, atomicity,"),
        "{text}"
    );
}

#[test]
fn the_steps_follow_each_other_and_come_back() {
    const OPEN: &[(Name, Edge, Name)] = &[("a", Po, "b"), ("b", Sw, "c"), ("c", Po, "d")];
    let (mistake, text) = refused("MP+rel-acq", Rc11, broken(Coherence, OPEN));
    assert_eq!(mistake, Mistake::NoCycle);
    assert!(
        text.contains("One goes to d (po), and the one that follows it leaves a"),
        "{text}"
    );
    const GAP: &[(Name, Edge, Name)] = &[("a", Po, "b"), ("c", Po, "d"), ("d", Rb, "a")];
    assert_eq!(
        refused("MP+rel-acq", Rc11, broken(Coherence, GAP)).0,
        Mistake::NoCycle
    );
    assert_eq!(
        refused("MP+rel-acq", Rc11, broken(Coherence, &[])).0,
        Mistake::NoCycle
    );
}

#[test]
fn the_events_of_a_cycle_are_there() {
    const CYCLE: &[(Name, Edge, Name)] = &[("a", Po, "z"), ("z", Rb, "a")];
    let (mistake, text) = refused("MP+rel-acq", Rc11, broken(Coherence, CYCLE));
    assert_eq!(mistake, Mistake::NoSuchEvent);
    assert!(text.contains("\"z\""), "{text}");
}

#[test]
fn the_right_cycle_of_another_axiom_is_not_enough() {
    let (mistake, text) = refused("MP+rel-acq", Rc11, broken(SeqCst, MP));
    assert_eq!(mistake, Mistake::Kept(SeqCst));
    assert!(text.contains("there is none in your cycle"), "{text}");
    // Nor is the right axiom's neighbour with a cycle that is nowhere.
    assert_eq!(
        refused("MP+rel-acq", Rc11, broken(NoThinAir, RING)).0,
        Mistake::Kept(NoThinAir)
    );
}

#[test]
fn a_step_that_does_not_hold_is_named_with_the_reason() {
    for (test, model, axiom, cycle, edge, why) in [
        (
            "MP+rel-acq",
            Rc11,
            Coherence,
            &[
                ("a", Po, "b"),
                ("b", Po, "c"),
                ("c", Po, "d"),
                ("d", Rb, "a"),
            ][..],
            Po,
            "b → c (po) does not hold. b and c belong to different threads.",
        ),
        (
            "MP+rel-acq",
            Rc11,
            Coherence,
            &[("b", Po, "a"), ("a", Po, "b")],
            Po,
            "In the text, a does not come after b.",
        ),
        (
            "MP+rel-acq",
            Rc11,
            Coherence,
            &[("a", Rf, "d"), ("d", Rb, "a")],
            Rf,
            "d reads from init x here.",
        ),
        (
            "MP+rel-acq",
            Rc11,
            Coherence,
            &[("a", Rf, "b"), ("b", Rb, "a")],
            Rf,
            "b reads nothing.",
        ),
        (
            "CoWW",
            Rc11,
            Coherence,
            &[("a", Po, "b"), ("b", Rb, "a")],
            Rb,
            "b reads nothing.",
        ),
        (
            "CoWW",
            Rc11,
            Coherence,
            &[("a", Mo, "b"), ("b", Mo, "a")],
            Mo,
            "b is written before a here.",
        ),
        (
            "CoRR",
            Rc11,
            Coherence,
            &[("b", Po, "c"), ("c", Mo, "b")],
            Mo,
            "b writes nothing.",
        ),
        (
            "CoRR",
            Rc11,
            Coherence,
            &[("a", Rf, "b"), ("b", Rb, "a")],
            Rb,
            "b reads from a here.",
        ),
        (
            "CoRR",
            Rc11,
            Coherence,
            &[("b", Po, "c"), ("c", Mo, "a"), ("a", Rf, "b")],
            Mo,
            "c writes nothing.",
        ),
        (
            "MP+rel-acq",
            Rc11,
            Coherence,
            &[("a", Po, "b"), ("b", Mo, "a")],
            Mo,
            "b and a are at different locations.",
        ),
        (
            "CoWR",
            Rc11,
            Coherence,
            &[("b", Rb, "a"), ("a", Mo, "c"), ("c", Rf, "b")],
            Mo,
            "c is written before a here.",
        ),
        (
            "SB",
            Sc,
            Interleaving,
            &[("a", Sw, "d"), ("d", Rb, "a")],
            Sw,
            "a is a store that is Relaxed: only Release (or stronger) begins a sw.",
        ),
        (
            "IRIW+sc",
            Rc11,
            SeqCst,
            &[("c", Sw, "a"), ("a", Sw, "c")],
            Sw,
            "It leads from a write or fence to a read or fence.",
        ),
        (
            "S+rel-acq",
            Rc11,
            Coherence,
            &[("b", Sw, "c"), ("c", Sw, "b")],
            Sw,
            "It leads from a write or fence",
        ),
        (
            "WRC+rel-acq",
            Rc11,
            Coherence,
            &[("a", Sw, "e"), ("e", Rb, "a")],
            Sw,
            "",
        ),
        (
            "MP+relseq-rmw",
            Rc11,
            Coherence,
            &[("b", Sw, "c"), ("c", Po, "b")],
            Sw,
            "c is a read-modify-write that is Relaxed: only Acquire (or stronger) ends a sw.",
        ),
        (
            "MP+frel-facq",
            Rc11,
            Coherence,
            &[("b", Sw, "d"), ("d", Po, "b")],
            Sw,
            "d is a load that is Relaxed",
        ),
    ] {
        let cycle: &'static [(Name, Edge, Name)] = Box::leak(cycle.into());
        let (mistake, text) = refused(test, model, broken(axiom, cycle));
        assert_eq!(mistake, Mistake::NoSuchEdge(edge), "{test}: {text}");
        assert!(text.contains(why), "{test}: {text}");
    }
}

#[test]
fn a_cycle_that_holds_proves_only_what_it_is_about() {
    let past_the_fences = &[
        ("a", Po, "c"),
        ("c", Rb, "d"),
        ("d", Po, "f"),
        ("f", Rb, "a"),
    ];
    let (mistake, text) = refused("SB+fsc", Rc11, broken(SeqCst, past_the_fences));
    assert_eq!(mistake, Mistake::ProvesNothing(SeqCst));
    assert!(text.contains("A fence is an event too"), "{text}");
    let both_before = &[("a", Rb, "b"), ("b", Rb, "a")];
    let (mistake, _) = refused("RMW", Rc11, broken(Atomicity, both_before));
    assert_eq!(mistake, Mistake::ProvesNothing(Atomicity));
}

/// Why this cycle proves nothing, if each of its steps holds in the execution that ends as the test asks.
fn proves(
    name: &str,
    model: Model,
    axiom: Axiom,
    cycle: &'static [(Name, Edge, Name)],
) -> Result<(), String> {
    let program = classic(name);
    let outcome = &program
        .condition
        .as_ref()
        .expect("it asks something")
        .formula;
    let observed = Observed::of(&program);
    let mut result = None;
    candidates(&program, &Budget::default(), |candidate| {
        if !observed.holds(outcome, &candidate.state) {
            return ControlFlow::Continue(());
        }
        let execution = candidate.execution;
        let derived = Derived::of(&execution, model);
        let checked = proof::check(&execution, &derived, model, &Broken { axiom, cycle });
        result = Some(checked.map_err(|failure| {
            assert_eq!(failure.edge, None, "{}", failure.text);
            failure.text
        }));
        ControlFlow::Break(())
    })
    .expect("it makes sense");
    result.expect("something ends so")
}

#[test]
fn every_axiom_says_what_its_cycles_are_made_of() {
    const READ_ALONE: &[(Name, Edge, Name)] = &[
        ("a", Po, "b"),
        ("b", Rf, "c"),
        ("c", Po, "d"),
        ("d", Rb, "a"),
    ];
    const UPDATE: &[(Name, Edge, Name)] = &[("b", Rb, "a"), ("a", Mo, "b")];
    for (test, model, axiom, cycle, why) in [
        ("MP", Rc11, Coherence, READ_ALONE, "b → c (rf) is no sw"),
        ("SB", Rc11, Coherence, RING, "one stretch of po and sw"),
        ("RMW", Rc11, Coherence, UPDATE, "one stretch of po and sw"),
        (
            "MP",
            Tso,
            Coherence,
            READ_ALONE,
            "a → b (po) leads from one to another",
        ),
        (
            "MP+rel-acq",
            Tso,
            Coherence,
            MP,
            "b → c (sw) is none of these",
        ),
        (
            "SB",
            Tso,
            StoreBuffers,
            RING,
            "a → b (po) is a write before a read",
        ),
        (
            "MP+rel-acq",
            Tso,
            StoreBuffers,
            MP,
            "b → c (sw) is none of these",
        ),
        ("SB", Rc11, NoThinAir, RING, "b → c (rb) is none of these"),
        (
            "MP",
            Rc11,
            Atomicity,
            READ_ALONE,
            "a read-modify-write that reads before",
        ),
        ("SB+sc-acq", Rc11, SeqCst, RING, "Not SeqCst: b, d."),
        ("SB", Rc11, SeqCst, RING, "there is none in your cycle"),
    ] {
        let text = proves(test, model, axiom, cycle).expect_err(test);
        assert!(text.contains(why), "{test} under {model}: {text}");
    }
    for (test, model, axiom, cycle) in [
        ("SB+sc", Rc11, SeqCst, RING),
        ("MP+rel-acq", Rc11, Coherence, MP),
        // Who reads from whom it synchronises with may say so in either way.
        ("MP+rel-acq", Rc11, Coherence, READ_ALONE),
        ("MP", Tso, StoreBuffers, READ_ALONE),
        ("MP", Sc, Interleaving, READ_ALONE),
        ("MP+rel-acq", Sc, Interleaving, MP),
    ] {
        assert_eq!(
            proves(test, model, axiom, cycle),
            Ok(()),
            "{test} under {model}"
        );
    }
}

#[test]
fn every_execution_that_ends_so_needs_a_cycle() {
    const FIRST: Broken = Broken {
        axiom: Atomicity,
        cycle: &[("a", Rb, "b"), ("b", Mo, "a")],
    };
    const SECOND: Broken = Broken {
        axiom: Atomicity,
        cycle: &[("b", Rb, "a"), ("a", Mo, "b")],
    };
    assert!(judged("RMW", Rc11, Answer::Forbidden(&[FIRST, SECOND])).is_ok());
    for half in [FIRST, SECOND] {
        let answer = Answer::Forbidden(Box::leak(Box::new([half])));
        assert_eq!(refused("RMW", Rc11, answer).0, Mistake::NotAll);
    }
    assert_eq!(
        refused("RMW", Rc11, Answer::Forbidden(&[])).0,
        Mistake::NotAll
    );
}

/// A name for a test that never ends.
fn leaked(name: &str) -> Name {
    Box::leak(name.to_owned().into())
}

fn witness_of(execution: &Execution) -> Answer {
    let names = Names::of(execution);
    let reads = execution.events.iter().enumerate();
    let reads = reads.filter_map(|(read, event)| {
        Some((leaked(&names[read]), leaked(&names[event.reads_from?])))
    });
    let orders = execution.modification_order.iter().map(|writes| {
        let order = writes.iter().map(|&write| leaked(&names[write]));
        &*order.collect::<Vec<Name>>().leak()
    });
    allowed(
        reads.collect::<Vec<_>>().leak(),
        orders.collect::<Vec<_>>().leak(),
    )
}

fn cycle_of(execution: &Execution, violation: &Violation) -> Broken {
    let names = Names::of(execution);
    let next = violation.cycle.iter().cycle().skip(1);
    let steps = violation.cycle.iter().zip(next);
    let steps =
        steps.map(|(&(from, edge), &(to, _))| (leaked(&names[from]), edge, leaked(&names[to])));
    Broken {
        axiom: violation.axiom,
        cycle: steps.collect::<Vec<_>>().leak(),
    }
}

/// Whatever the engine says of a test that everybody knows is right as an answer, and the contrary is not.
#[test]
fn what_the_engine_says_is_a_right_answer() {
    let (mut allowed, mut forbidden) = (0, 0);
    for classic in classics::ALL {
        let program = parse(classic.text).expect("it parses");
        let outcome = &program
            .condition
            .as_ref()
            .expect("it asks something")
            .formula;
        for model in Model::ALL {
            let question = format!("{} under {model}", classic.name);
            let judged = |answer: &Answer| judge(&program, model, outcome, answer);
            let mut ends = Vec::new();
            candidates(&program, &Budget::default(), |candidate| {
                let observed = Observed::of(&program);
                if observed.holds(outcome, &candidate.state) {
                    ends.push(candidate.execution);
                }
                ControlFlow::Continue(())
            })
            .expect("it makes sense");
            // A compare-exchange by which hundreds of executions differ says no more than a few do.
            if ends.len() > 100 {
                continue;
            }
            let violations: Vec<Option<Violation>> = ends
                .iter()
                .map(|execution| crate::axioms::violation(execution, model))
                .collect();
            for (execution, violation) in ends.iter().zip(&violations) {
                let mistake = judged(&witness_of(execution)).map_err(|wrong| wrong.mistake());
                let expected = violation.as_ref().map(|violation| violation.axiom);
                assert_eq!(
                    mistake.err(),
                    expected.map(Mistake::Inconsistent),
                    "{question}"
                );
            }
            if violations.contains(&None) {
                let answer = Answer::Forbidden(&[]);
                let mistake = judged(&answer).map_err(|wrong| wrong.mistake());
                assert_eq!(mistake, Err(Mistake::Happens), "{question}");
                allowed += 1;
            } else if model != Rc11NoThinAir || !classic.name.starts_with("LB+") {
                let all = ends.iter().zip(violations.iter().flatten());
                let all: Vec<Broken> = all
                    .map(|(execution, violation)| cycle_of(execution, violation))
                    .collect();
                let answer = Answer::Forbidden(all.leak());
                if let Err(wrong) = judged(&answer) {
                    panic!("{question}: {answer:?}\n{wrong}");
                }
                forbidden += 1;
            }
        }
    }
    assert!(allowed > 50 && forbidden > 100, "{allowed}, {forbidden}");
}

/// Walks at random along what holds, and hands in each circle that comes out, for every axiom.
#[test]
fn no_cycle_breaks_an_axiom_that_is_kept() {
    let mut random = 1u64;
    let mut below = |limit: usize| {
        random = random
            .wrapping_mul(6364136223846793005)
            .wrapping_add(1442695040888963407);
        (random >> 33) as usize % limit
    };
    let mut proofs = 0;
    for classic in classics::ALL {
        let program = parse(classic.text).expect("it parses");
        let mut executions = Vec::new();
        candidates(&program, &Budget::default(), |candidate| {
            executions.push(candidate.execution);
            ControlFlow::Continue(())
        })
        .expect("it makes sense");
        for model in Model::ALL {
            for _ in 0..60 {
                let execution = &executions[below(executions.len())];
                let derived = Derived::of(execution, model);
                let names = Names::of(execution);
                let edges = [
                    (Po, &derived.po),
                    (Rf, &derived.rf),
                    (Mo, &derived.mo),
                    (Rb, &derived.rb),
                    (Sw, &derived.sw),
                ];
                let mut walk: Vec<(EventId, Edge, EventId)> = Vec::new();
                let mut at = below(execution.events.len());
                for _ in 0..9 {
                    let steps: Vec<(Edge, EventId)> = edges
                        .iter()
                        .flat_map(|&(edge, relation)| {
                            relation.0[at].iter().map(move |to| (edge, to))
                        })
                        .collect();
                    if steps.is_empty() {
                        break;
                    }
                    let (edge, to) = steps[below(steps.len())];
                    walk.push((at, edge, to));
                    at = to;
                    let Some(start) = walk.iter().position(|&(from, ..)| from == at) else {
                        continue;
                    };
                    let cycle: Vec<(Name, Edge, Name)> = walk[start..]
                        .iter()
                        .map(|&(from, edge, to)| (leaked(&names[from]), edge, leaked(&names[to])))
                        .collect();
                    let cycle = cycle.leak();
                    for &axiom in model.axioms() {
                        let broken = Broken { axiom, cycle };
                        if proof::check(execution, &derived, model, &broken).is_ok() {
                            proofs += 1;
                            assert!(
                                derived.broken(execution, model, axiom).is_some(),
                                "{} under {model} keeps {axiom}, whatever {cycle:?}",
                                classic.name
                            );
                        }
                    }
                }
            }
        }
    }
    assert!(proofs > 500, "{proofs}");
}

#[test]
fn a_wrong_answer_is_told_what_contradicts_it() {
    let told = |name, model, answer| {
        judged(name, model, answer)
            .expect_err("it is wrong")
            .to_string()
    };
    let read_back = &[
        ("a", Po, "b"),
        ("b", Sw, "c"),
        ("c", Po, "d"),
        ("d", Rb, "a"),
    ];
    insta::assert_snapshot!(told("S+rel-acq", Rc11, broken(Coherence, read_back)), @r"
    S+rel-acq under rc11: It is forbidden, but d → a (rb) does not hold. d reads
    nothing.

    thread 0                    thread 1
    a: x.store(2, Relaxed)
    b: y.store(1, Release)
                                c: y.load(Acquire) = 1 ← b
                                d: x.store(1, Relaxed)

    mo     x: init → d → a
    sw     b → c

    As a picture:
      cargo xtask litmus S+rel-acq --model rc11 --graph out.svg
    ");
    let stale = allowed(&[("c", "b"), ("d", "init x")], &[]);
    insta::assert_snapshot!(told("MP+rel-acq", Rc11, stale), @"
    MP+rel-acq under rc11: Your execution breaks coherence, though it ends as
    asked.

    thread 0                    thread 1
    a: x.store(1, Relaxed)
    b: y.store(1, Release)
                                c: y.load(Acquire) = 1 ← b
                                d: x.load(Relaxed) = 0 ← init

    sw     b → c
    cycle  a → b (po) → c (sw) → d (po) → a (rb)
    breaks coherence: what happens before says one thing, and the order in which
           accesses to one location see each other says the opposite

    As a picture:
      cargo xtask litmus MP+rel-acq --model rc11 --graph out.svg
    ");
    insta::assert_snapshot!(told("2+2W", Rc11, allowed(&[], &[])), @r"
    2+2W under rc11: Your execution is not complete. x is written by a, d: in
    which order? (All of them, the first one first.)
    ");
}
