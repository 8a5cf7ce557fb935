//! Why an outcome is forbidden: the axiom, and a cycle whose every step holds.

use litmus::{
    Budget, Explanation, Model,
    answer::{Edge, Forbidden},
    axioms::Derived,
    classics, explain, parse,
};

fn why(name: &str, model: Model) -> Explanation {
    let text = classics::find(name).expect("it is a classic").text;
    let program = parse(text).expect("well formed");
    let formula = &program
        .condition
        .as_ref()
        .expect("it asks something")
        .formula;
    explain(&program, model, formula, &Budget::default()).expect("well formed")
}

fn forbidden(name: &str, model: Model) -> Box<Forbidden> {
    match why(name, model) {
        Explanation::Forbidden(forbidden) => forbidden,
        other => panic!("{name} under {model}: {other:?}"),
    }
}

/// `b:Rx=0 -rb-> c:Wx=1 …`, without the names of events.
fn cycle(forbidden: &Forbidden) -> String {
    let steps = forbidden.violation.cycle.iter();
    let steps =
        steps.map(|(event, edge)| format!("{} {}", forbidden.nearest.label(*event), edge.name()));
    format!(
        "{}: {}",
        forbidden.violation.axiom,
        steps.collect::<Vec<_>>().join(", ")
    )
}

#[test]
fn each_famous_outcome_breaks_the_axiom_that_it_is_famous_for() {
    for (name, model, expected) in [
        (
            "SB",
            Model::Sc,
            "interleaving: Wx=1 po, Ry=0 rb, Wy=1 po, Rx=0 rb",
        ),
        (
            "SB+sc",
            Model::Rc11,
            "seq-cst: Wx=1 po, Ry=0 rb, Wy=1 po, Rx=0 rb",
        ),
        (
            "SB+fsc",
            Model::Tso,
            "store-buffers: Wx=1 po, Ry=0 rb, Wy=1 po, Rx=0 rb",
        ),
        (
            "MP",
            Model::Tso,
            "store-buffers: Wx=1 po, Wy=1 rf, Ry=1 po, Rx=0 rb",
        ),
        (
            "MP+rel-acq",
            Model::Rc11,
            "coherence: Wx=1 po, Wy=1 sw, Ry=1 po, Rx=0 rb",
        ),
        (
            "LB",
            Model::Rc11,
            "no-thin-air: Rx=1 po, Wy=1 rf, Ry=1 po, Wx=1 rf",
        ),
        ("CoWW", Model::Rc11, "coherence: Wx=1 po, Wx=2 mo"),
        ("CoRR", Model::Rc11, "coherence: Rx=1 po, Rx=0 rb, Wx=1 rf"),
    ] {
        let forbidden = forbidden(name, model);
        assert_eq!(cycle(&forbidden), expected, "{name} under {model}");
    }
}

#[test]
fn every_step_of_every_cycle_holds() {
    let mut shown = 0;
    for classic in classics::ALL {
        for model in Model::ALL {
            let Explanation::Forbidden(forbidden) = why(classic.name, model) else {
                continue;
            };
            shown += 1;
            let derived = Derived::of(&forbidden.nearest, model);
            let cycle = &forbidden.violation.cycle;
            assert!(cycle.len() >= 2);
            for (index, &(from, edge)) in cycle.iter().enumerate() {
                let (to, _) = cycle[(index + 1) % cycle.len()];
                let relation = match edge {
                    Edge::Po => &derived.po,
                    Edge::Rf => &derived.rf,
                    Edge::Mo => &derived.mo,
                    Edge::Rb => &derived.rb,
                    Edge::Sw => &derived.sw,
                };
                assert!(
                    relation.contains(from, to),
                    "{} under {model}: {forbidden:?}",
                    classic.name
                );
            }
            let counted: u64 = forbidden.broken.iter().map(|&(_, count)| count).sum();
            assert_eq!(counted, forbidden.candidates);
        }
    }
    assert!(shown > 80, "{shown}");
}

#[test]
fn candidates_that_are_too_many_are_not_all_looked_at() {
    // Eleven stores can be ordered in forty million ways; a hundred thousand are enough to explain.
    let mut text = "C stores\n{}\nP0 (atomic_int* x) {\n".to_owned();
    for value in 1..=11 {
        text += &format!("  atomic_store_explicit(x, {value}, memory_order_relaxed);\n");
    }
    text += "}\nexists (x=10)\n";
    let program = parse(&text).expect("well formed");
    let formula = &program
        .condition
        .as_ref()
        .expect("it asks something")
        .formula;
    let budget = Budget {
        graphs: 2_000_000,
        ..Budget::default()
    };
    let explanation = explain(&program, Model::Rc11, formula, &budget).expect("well formed");
    let Explanation::Forbidden(forbidden) = explanation else {
        panic!("the stores are in order: {explanation:?}");
    };
    assert!(!forbidden.all);
    assert!(forbidden.candidates > 1_000, "{}", forbidden.candidates);
    assert_eq!(cycle(&forbidden), "coherence: Wx=10 po, Wx=11 mo");
}

#[test]
fn an_allowed_outcome_comes_with_an_execution() {
    let Explanation::Allowed(execution) = why("LB", Model::Rc11NoThinAir) else {
        panic!("the axioms of C++20 allow it");
    };
    assert_eq!(
        litmus::axioms::violation(&execution, Model::Rc11NoThinAir),
        None
    );
    let violation = litmus::axioms::violation(&execution, Model::Rc11).expect("RC11 does not");
    assert_eq!(violation.axiom, litmus::model::Axiom::NoThinAir);
}
