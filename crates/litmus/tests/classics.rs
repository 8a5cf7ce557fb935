//! The classics have the verdicts that made them classics, under every model. The table was held against
//! the papers by hand; where a row is surprising, it says why.

use litmus::{
    Budget, Explanation, Model, Verdict, classics, explain, explore, model::Axiom, parse,
};

/// A letter for each of [`Model::ALL`]: Allowed, Forbidden, Undefined.
const VERDICTS: &[(&str, &str)] = &[
    ("SB", "FAAAA"),
    ("SB+rel-acq", "FAAAA"),
    ("SB+sc", "FFFFF"),
    // x86 flushes its store buffer at the SeqCst stores; the language does not promise that.
    ("SB+sc-acq", "FFAAA"),
    ("SB+fsc", "FFFFF"),
    ("SB+fsc-one", "FAAAA"),
    ("SB+xchg", "FFAAA"),
    ("3.SB", "FAAAA"),
    ("3.SB+fsc", "FFFFF"),
    ("MP", "FFAAA"),
    ("MP+rel-acq", "FFFFF"),
    ("MP+rel-rlx", "FFAAA"),
    ("MP+rlx-acq", "FFAAA"),
    ("MP+frel-facq", "FFFFF"),
    ("MP+rel-facq", "FFFFF"),
    ("MP+facq-early", "FFAAA"),
    ("MP+plain", "FFFFF"),
    // SC and TSO give a plain access a meaning; the language does not.
    ("MP+plain-rlx", "FFUUU"),
    ("MP+plain-unguarded", "FFUUU"),
    ("MP+cas", "FFFFF"),
    ("MP+cas-fail", "FFAAA"),
    ("MP+relseq-rmw", "FFFFF"),
    // C++11's release sequence had room for the second store; C++20's has not.
    ("MP+relseq-store", "FFAFA"),
    ("MP+relseq-other", "FFAAA"),
    // Nothing but the axiom against thin air is in its way, and C++20 and Rust have none.
    ("LB", "FFFFA"),
    // Acquire alone has nobody to synchronise with.
    ("LB+acq", "FFFFA"),
    ("LB+acq-rel", "FFFFF"),
    // Here the axioms as written leave the value open: it is none, and in particular not 1.
    ("LB+datas", "FFFFF"),
    ("LB+ctrls", "FFFFA"),
    ("3.LB", "FFFFA"),
    ("S", "FFAAA"),
    ("S+rel-acq", "FFFFF"),
    ("R", "FAAAA"),
    // Release and Acquire order nothing here: the read is behind a store to elsewhere.
    ("R+rel-acq", "FAAAA"),
    ("R+sc", "FFFFF"),
    ("R+fsc", "FFFFF"),
    // x86 keeps stores in order; the language does not.
    ("2+2W", "FFAAA"),
    ("2+2W+rel", "FFAAA"),
    ("2+2W+sc", "FFFFF"),
    ("2+2W+fsc", "FFFFF"),
    ("WRC", "FFAAA"),
    ("WRC+rel-acq", "FFFFF"),
    // The reads of x are ordered by happens-before, and so coherence is enough.
    ("WRC+second", "FFFFF"),
    ("ISA2", "FFAAA"),
    ("ISA2+rel-acq", "FFFFF"),
    ("ISA2+second-rlx", "FFAAA"),
    ("RWC", "FAAAA"),
    ("RWC+rel-acq", "FAAAA"),
    ("RWC+sc", "FFFFF"),
    ("RWC+fsc", "FFFFF"),
    ("W+RWC", "FAAAA"),
    ("W+RWC+fsc", "FFFFF"),
    // Where RC11 allows what C11 forbade and POWER does.
    ("Z6.U", "FFAAA"),
    ("IRIW", "FFAAA"),
    // No x86 does it, and the language allows it.
    ("IRIW+rel-acq", "FFAAA"),
    ("IRIW+sc", "FFFFF"),
    ("IRIW+fsc", "FFFFF"),
    ("CoRR", "FFFFF"),
    ("CoWW", "FFFFF"),
    ("CoRW1", "FFFFF"),
    ("CoRW2", "FFFFF"),
    ("CoWR", "FFFFF"),
    ("RMW", "FFFFF"),
    // Its accesses are SeqCst, and still there are two of them.
    ("RMW+split", "AAAAA"),
    ("RMW+store", "FFFFF"),
    ("CAS", "FFFFF"),
    ("Lock", "FFFFF"),
    ("Lock+rlx", "FFUUU"),
    ("Refcount", "FFFFF"),
    ("Refcount+nofence", "FFUUU"),
    ("Race", "AAUUU"),
];

#[test]
fn each_has_its_verdicts() {
    let expected: Vec<String> = VERDICTS
        .iter()
        .map(|(name, verdicts)| format!("{name} {verdicts}"))
        .collect();
    let found: Vec<String> = classics::ALL
        .iter()
        .map(|classic| {
            let program = parse(classic.text).unwrap_or_else(|e| panic!("{}: {e}", classic.name));
            assert_eq!(program.name, classic.name);
            let verdicts: String = Model::ALL
                .iter()
                .map(|&model| {
                    let answer = explore(&program, model, &Budget::default()).unwrap();
                    match answer.verdict(&program).unwrap() {
                        Verdict::Holds => 'A',
                        Verdict::Fails => 'F',
                        Verdict::Undefined => 'U',
                        Verdict::Unknown => '?',
                    }
                })
                .collect();
            format!("{} {verdicts}", classic.name)
        })
        .collect();
    assert_eq!(found, expected);
}

/// A read-modify-write is one event here, so that a write between its two halves makes a circle of `mo` and
/// `rb`; no happens-before is in it, and it is atomicity that breaks.
#[test]
fn a_write_inside_of_a_read_modify_write_breaks_atomicity() {
    for name in ["RMW", "RMW+store", "CAS"] {
        let program = parse(classics::find(name).unwrap().text).unwrap();
        let formula = &program.condition.as_ref().unwrap().formula;
        for model in Model::ALL {
            let why = explain(&program, model, formula, &Budget::default()).unwrap();
            let Explanation::Forbidden(forbidden) = why else {
                panic!("{name} under {model}: {why:?}");
            };
            assert_eq!(
                forbidden.violation.axiom,
                Axiom::Atomicity,
                "{name} under {model}"
            );
        }
    }
}
