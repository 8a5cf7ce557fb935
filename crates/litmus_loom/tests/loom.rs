//! What loom 0.7.2 shows, and where it differs from the memory model. What it misses and what it makes up
//! is written down here, so that a new version that does better is noticed.

use std::{thread, time::Duration};

use litmus::{Budget, Model, Program, classics, explore, parse};
use litmus_loom::{Bounds, Disagreement, Error, Found, Unfinished, compare};

/// Where loom differs from RC11 on the tests that everybody knows: SeqCst accesses, a store beside a
/// read-modify-write, and one interleaving.
const DIFFERENT: [(&str, &[&str], &[&str]); 7] = [
    ("SB+sc", &[], &["0:r0=0; 1:r0=0;"]),
    (
        "MP+relseq-other",
        &["1:r0=1; 2:r0=2; 2:r1=0;", "1:r0=1; 2:r0=2; 2:r1=1;"],
        &[],
    ),
    ("R+sc", &[], &["1:r0=0; y=2;"]),
    ("2+2W+sc", &[], &["x=1; y=1;"]),
    ("RWC+sc", &[], &["1:r0=1; 1:r1=0; 2:r0=0;"]),
    ("IRIW+sc", &[], &["2:r0=1; 2:r1=0; 3:r0=1; 3:r1=0;"]),
    ("RMW+store", &[], &["1:r0=0; x=2;"]),
];

#[test]
fn where_loom_differs_on_the_classics() {
    for classic in classics::ALL {
        let bounds = Bounds {
            // Ten times fewer executions, which show the same.
            preemptions: classic.name.starts_with("IRIW").then_some(2),
            ..patient()
        };
        let program = parse(classic.text).unwrap();
        let (missing, impossible) = differences(&program, &bounds, Model::Rc11);
        let known = DIFFERENT.iter().find(|(name, ..)| *name == classic.name);
        let (known_missing, made_up) = known.map_or((&[][..], &[][..]), |one| (one.1, one.2));
        assert_eq!(missing, known_missing, "{}", classic.name);
        assert_eq!(impossible, made_up, "{}", classic.name);
    }
}

#[test]
fn loom_loses_an_order_of_two_threads_that_load_and_then_store() {
    let program = parsed(
        "C loads, then stores
        { x = 0; }
        P0 (atomic_int* x) { int r = atomic_load_explicit(x, memory_order_relaxed);
                             atomic_store_explicit(x, 1, memory_order_relaxed); }
        P1 (atomic_int* x) { int r = atomic_load_explicit(x, memory_order_relaxed);
                             atomic_store_explicit(x, 2, memory_order_relaxed); }
        locations [0:r; 1:r; x;]",
    );
    // Even one thread after the other.
    let (missing, impossible) = differences(&program, &patient(), Model::Sc);
    assert_eq!(missing, ["0:r=0; 1:r=1; x=2;"]);
    assert_eq!(impossible, [""; 0]);
}

#[test]
fn loom_runs_once_what_has_two_outcomes() {
    let program = parsed(
        "C a load, and a load before a store
        { y = 0; }
        P0 (atomic_int* y) { int r = atomic_load_explicit(y, memory_order_relaxed);
                             atomic_store_explicit(y, 1, memory_order_relaxed); }
        P1 (atomic_int* y) { int r = atomic_load_explicit(y, memory_order_relaxed); }
        locations [1:r;]",
    );
    assert_eq!(found(&program).executions, 1);
    let (missing, _) = differences(&program, &patient(), Model::Sc);
    assert_eq!(missing, ["1:r=1;"]);
}

#[test]
fn loom_breaks_coherence_with_relaxed_accesses_alone() {
    let program = parsed(
        "C a store that is overwritten ends last
        { x = 0; }
        P0 (atomic_int* x) { atomic_store_explicit(x, 1, memory_order_relaxed);
                             atomic_store_explicit(x, 2, memory_order_relaxed); }
        P1 (atomic_int* x) { atomic_store_explicit(x, 3, memory_order_relaxed);
                             int r = atomic_load_explicit(x, memory_order_relaxed); }
        locations [1:r; x;]",
    );
    let (_, impossible) = differences(&program, &patient(), Model::Rc11);
    assert_eq!(impossible, ["1:r=1; x=1;"]);
}

#[test]
fn loom_shows_no_load_buffering() {
    let program = classic("LB");
    let (missing, impossible) = differences(&program, &patient(), Model::Rc11NoThinAir);
    assert_eq!(missing, ["0:r0=1; 1:r0=1;"]);
    assert_eq!(impossible, [""; 0]);
}

#[test]
fn store_buffering_and_message_passing_are_shown_in_full() {
    let found = found(&classic("SB"));
    assert!(found.complete());
    assert_eq!(
        shown(&found),
        [
            "0:r0=0; 1:r0=0;",
            "0:r0=0; 1:r0=1;",
            "0:r0=1; 1:r0=0;",
            "0:r0=1; 1:r0=1;"
        ]
    );
    assert_eq!(shown(&self::found(&classic("MP"))).len(), 4);
    assert_eq!(shown(&self::found(&classic("MP+rel-acq"))).len(), 3);
}

#[test]
fn a_compare_exchange_and_the_branches_behind_it() {
    let program = parsed(
        "C election
        { x = 0; y = 0; e = 0; f = 0; }
        P0 (atomic_int* x, atomic_int* y, int* e) {
          int won = atomic_compare_exchange_strong_explicit(x, e, 1, memory_order_relaxed,
                                                            memory_order_relaxed);
          if (won) { atomic_fetch_add_explicit(y, 10, memory_order_relaxed); }
          else { atomic_fetch_sub_explicit(y, 1, memory_order_relaxed); }
        }
        P1 (atomic_int* x, atomic_int* y, int* f) {
          int won = atomic_compare_exchange_strong_explicit(x, f, 2, memory_order_relaxed,
                                                            memory_order_relaxed);
          if (won) { atomic_fetch_add_explicit(y, 20, memory_order_relaxed); }
        }
        locations [0:won; 1:won; e; f; x; y;]",
    );
    assert_eq!(
        shown(&found(&program)),
        [
            "0:won=0; 1:won=1; e=2; f=0; x=2; y=19;",
            "0:won=1; 1:won=0; e=0; f=1; x=1; y=10;",
        ]
    );
}

#[test]
fn a_race_on_plain_accesses_is_reported() {
    for name in ["Race", "MP+plain-rlx", "Refcount+nofence"] {
        let program = classic(name);
        let found = found(&program);
        let words = found.race.as_deref().unwrap_or_default();
        assert!(
            words.starts_with("Causality violation: "),
            "{name}: {words}"
        );
        assert!(!found.complete());
        let answer = explore(&program, Model::Rc11, &Budget::default()).unwrap();
        assert!(compare(&found, &answer).agrees());
    }
}

#[test]
fn plain_and_atomic_accesses_to_one_location_race_unless_both_read() {
    let race = |first: &str, second: &str| {
        let text = format!(
            "C mixed\n{{ x = 0; }}\nP0 (atomic_int* x) {{ {first} }}\nP1 (int* x) {{ {second} }}\nlocations [x;]"
        );
        let program = parsed(&text);
        let found = found(&program);
        let answer = explore(&program, Model::Rc11, &Budget::default()).unwrap();
        assert_eq!(compare(&found, &answer).race, None, "{text}");
        found.race.is_some()
    };
    let load = "int r = atomic_load_explicit(x, memory_order_relaxed);";
    let store = "atomic_store_explicit(x, 1, memory_order_relaxed);";
    let update = "int r = atomic_fetch_add_explicit(x, 1, memory_order_relaxed);";
    assert!(!race(load, "int s = *x;"));
    assert!(race(load, "*x = 2;"));
    assert!(race(store, "int s = *x;"));
    assert!(race(store, "*x = 2;"));
    assert!(race(update, "int s = *x;"));
    assert!(race(update, "*x = 2;"));
}

#[test]
fn a_plain_access_to_an_atomic_that_is_handed_over_does_not_race() {
    let program = parsed(
        "C handed over
        { x = 0; y = 0; }
        P0 (int* x, atomic_int* y) { *x = 1; atomic_store_explicit(y, 1, memory_order_release); }
        P1 (atomic_int* x, atomic_int* y) {
          int s = 0;
          int r = atomic_load_explicit(y, memory_order_acquire);
          if (r) { s = atomic_fetch_add_explicit(x, 1, memory_order_relaxed); }
        }
        locations [1:r; 1:s; x;]",
    );
    assert_eq!(
        shown(&found(&program)),
        ["1:r=0; 1:s=0; x=1;", "1:r=1; 1:s=1; x=2;"]
    );
}

#[test]
fn a_race_that_only_one_of_them_sees_is_a_difference() {
    let racy = classic("Race");
    let guarded = classic("MP+plain");
    let rc11 = |program| explore(program, Model::Rc11, &Budget::default()).unwrap();
    let comparison = compare(&found(&guarded), &rc11(&racy));
    assert_eq!(comparison.race, Some(Disagreement::Missed));
    assert!(!comparison.agrees());
    let comparison = compare(&found(&racy), &rc11(&guarded));
    assert_eq!(comparison.race, Some(Disagreement::Invented));
    // SC gives a race a meaning, so it does not contradict one.
    let sc = explore(&guarded, Model::Sc, &Budget::default()).unwrap();
    assert_eq!(compare(&found(&racy), &sc).race, None);
}

#[test]
fn a_bound_that_is_reached_is_named() {
    let program = classic("SB");
    let all = found(&program).executions;
    let with = |bounds| litmus_loom::explore(&program, &bounds).unwrap();
    // As many as there are: it comes to its end.
    let executions = |executions| {
        with(Bounds {
            executions,
            ..patient()
        })
    };
    assert_eq!(executions(all).unfinished, None);
    let fewer = executions(all - 1);
    assert_eq!(fewer.unfinished, Some(Unfinished::Executions(all - 1)));
    assert_eq!(fewer.executions, all - 1);
    assert!(!fewer.complete());
    let duration = Duration::ZERO;
    let late = with(Bounds {
        duration,
        ..patient()
    });
    assert_eq!(late.unfinished, Some(Unfinished::Duration(duration)));
    assert_eq!(late.executions, 0);
    let preemptions = Some(0);
    let few = with(Bounds {
        preemptions,
        ..patient()
    });
    assert_eq!(few.unfinished, Some(Unfinished::Preemptions(0)));
    assert!(few.executions < all);
    let words = [fewer, late, few].map(|found| found.unfinished.unwrap().to_string());
    let most = all - 1;
    assert_eq!(words[0], format!("stopped after {most} executions"));
    assert_eq!(words[1], "stopped after 0.0 s");
    assert_eq!(words[2], "ran only up to 0 preemptions");
}

#[test]
fn a_long_program_reaches_no_limit_of_looms() {
    let steps = "atomic_fetch_add_explicit(x, 1, memory_order_acq_rel);\n".repeat(100);
    let threads = (0..4).map(|thread| format!("P{thread} (atomic_int* x) {{ {steps} }}\n"));
    let threads: String = threads.collect();
    let program = parsed(&format!("C long\n{{ x = 0; }}\n{threads}locations [x;]"));
    let executions = 10;
    let found = litmus_loom::explore(
        &program,
        &Bounds {
            executions,
            ..patient()
        },
    )
    .unwrap();
    assert_eq!(found.unfinished, Some(Unfinished::Executions(executions)));
    assert_eq!(shown(&found), ["x=400;"]);
}

#[test]
fn five_threads_are_run_and_six_are_refused() {
    // Each has a location of its own: five threads that meet at one have more schedules than loom can run.
    let threads = |number: usize| {
        let mut text = "C many\n{ }\n".to_owned();
        for thread in 0..number {
            text += &format!(
                "P{thread} (atomic_int* x{thread}) \
                 {{ atomic_store_explicit(x{thread}, {thread} + 1, memory_order_relaxed); }}\n"
            );
        }
        parsed(&(text + "locations [x0; x4;]"))
    };
    assert_eq!(shown(&found(&threads(5))), ["x0=1; x4=5;"]);
    let error = litmus_loom::explore(&threads(6), &patient()).unwrap_err();
    assert!(matches!(error, Error::Unsupported(6)));
    assert_eq!(
        error.to_string(),
        "6 threads are too many for loom: it has 5 at most"
    );
}

#[test]
fn a_program_may_have_one_thread_or_none() {
    let mut program = parsed(
        "C one\n{ x = 5; y = 6; }\nP0 (atomic_int* x) { int r = atomic_exchange_explicit(x, 7, memory_order_relaxed); }\nlocations [0:r; x; y;]",
    );
    assert_eq!(shown(&found(&program)), ["0:r=5; x=7; y=6;"]);
    program.threads.clear();
    program.observed.remove(0);
    assert_eq!(shown(&found(&program)), ["x=5; y=6;"]);
}

#[test]
fn a_malformed_program_is_refused() {
    let mut program = classic("SB");
    program.locations.clear();
    let error = litmus_loom::explore(&program, &patient()).unwrap_err();
    assert!(matches!(error, Error::Malformed(_)), "{error}");
}

#[test]
fn no_search_leaves_anything_for_another() {
    let (racy, sound) = (classic("Race"), classic("SB+fsc"));
    let alone = found(&sound);
    let same = || {
        for _ in 0..20 {
            assert!(found(&racy).race.is_some());
            let again = found(&sound);
            assert_eq!(again.states, alone.states);
            assert_eq!(again.executions, alone.executions);
        }
    };
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(same);
        }
    });
}

/// What `model` allows and loom does not show, and the other way round.
fn differences(program: &Program, bounds: &Bounds, model: Model) -> (Vec<String>, Vec<String>) {
    let found = litmus_loom::explore(program, bounds).unwrap();
    let bounded = bounds.preemptions.map(Unfinished::Preemptions);
    assert_eq!(found.unfinished, bounded, "{}", program.name);
    let answer = explore(program, model, &Budget::default()).unwrap();
    let comparison = compare(&found, &answer);
    assert_eq!(comparison.race, None, "{}", program.name);
    let show = |states: &[_]| -> Vec<String> {
        states
            .iter()
            .map(|state| found.observed.show(state))
            .collect()
    };
    (show(&comparison.missing), show(&comparison.impossible))
}

fn found(program: &Program) -> Found {
    let found = litmus_loom::explore(program, &patient()).unwrap();
    assert_eq!(found.unfinished, None, "{}", program.name);
    found
}

fn shown(found: &Found) -> Vec<String> {
    found
        .states
        .iter()
        .map(|state| found.observed.show(state))
        .collect()
}

/// So that a busy machine changes nothing.
fn patient() -> Bounds {
    Bounds {
        duration: Duration::from_secs(120),
        ..Bounds::default()
    }
}

fn classic(name: &str) -> Program {
    parsed(classics::find(name).unwrap().text)
}

fn parsed(text: &str) -> Program {
    parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}
