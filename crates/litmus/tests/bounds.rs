//! What is too much ends as `Unknown`, in bounded time and memory, and nothing panics.

use std::fmt::Write;

use litmus::{
    Budget, Explanation, Model, Program, Verdict,
    answer::Unknown,
    explain, explore, parse,
    program::{Expr, Instr, Loc, Location, Order, Place, Reg, Thread},
};

fn stores(threads: usize, each: usize) -> Program {
    let mut text = "C stores\n{}\n".to_owned();
    for thread in 0..threads {
        let _ = writeln!(text, "P{thread} (atomic_int* x) {{");
        for value in 0..each {
            let _ = writeln!(
                text,
                "  atomic_store_explicit(x, {value}, memory_order_relaxed);"
            );
        }
        text.push_str("}\n");
    }
    text.push_str("exists (x=0)\n");
    parse(&text).expect("well formed")
}

#[test]
fn a_spent_budget_is_unknown_unless_what_was_found_decides() {
    let budget = Budget {
        graphs: 1_000,
        ..Budget::default()
    };
    for model in Model::ALL {
        let program = stores(4, 4);
        let answer = explore(&program, model, &budget).expect("well formed");
        assert_eq!(answer.unknown, Some(Unknown::Graphs(1_000)), "{model}");
        let wanted = program.condition.as_ref().expect("it has one");
        let shown = answer
            .outcomes
            .iter()
            .any(|outcome| answer.observed.holds(&wanted.formula, &outcome.state));
        let verdict = if shown {
            Verdict::Holds
        } else {
            Verdict::Unknown
        };
        assert_eq!(answer.verdict(&program), Some(verdict), "{model}");
        let explanation = explain(&program, model, &wanted.formula, &budget).expect("well formed");
        match explanation {
            Explanation::Allowed(_) => assert!(shown, "{model}"),
            Explanation::Unknown(Unknown::Graphs(1_000)) => assert!(!shown, "{model}"),
            other => panic!("{model}: {other:?}"),
        }
    }
}

#[test]
fn more_events_than_an_execution_can_have_are_unknown() {
    for program in [
        stores(1, 64),
        stores(64, 1),
        stores(2_000, 1),
        stores(1, 2_000),
    ] {
        for model in Model::ALL {
            let answer = explore(&program, model, &Budget::default()).expect("well formed");
            assert_eq!(answer.unknown, Some(Unknown::Events(64)), "{model}");
            assert_eq!(answer.verdict(&program), Some(Verdict::Unknown));
        }
    }
    let answer = explore(&stores(1, 63), Model::Rc11, &Budget::default()).expect("well formed");
    assert_eq!((answer.unknown, answer.executions), (None, 1));
}

#[test]
fn more_states_than_the_budget_allows_are_unknown() {
    let text = "C states\n{}\nP0 (atomic_int* x) { atomic_store(x, 1); atomic_store(x, 2); }\n\
                P1 (atomic_int* x) { int r0 = atomic_load(x); }\nlocations [1:r0;]\n";
    let program = parse(text).expect("well formed");
    let all = explore(&program, Model::Rc11, &Budget::default()).expect("well formed");
    assert_eq!((all.outcomes.len(), all.unknown), (3, None));
    let budget = Budget {
        states: 2,
        ..Budget::default()
    };
    let some = explore(&program, Model::Rc11, &budget).expect("well formed");
    assert_eq!(
        (some.outcomes.len(), some.unknown),
        (2, Some(Unknown::States(2)))
    );
}

#[test]
fn a_hundred_readers_that_wait_for_each_other_do_not_exhaust_the_stack() {
    let mut text = "C readers\n{}\n".to_owned();
    for thread in 0..62 {
        let _ = writeln!(
            text,
            "P{thread} (atomic_int* x) {{ int r0 = atomic_load(x); }}"
        );
    }
    text.push_str("P62 (atomic_int* x) { atomic_store(x, 1); }\nexists (0:r0=1)\n");
    let budget = Budget {
        graphs: 200_000,
        ..Budget::default()
    };
    for model in Model::ALL {
        let program = parse(&text).expect("well formed");
        let answer = explore(&program, model, &budget).expect("well formed");
        assert!(answer.unknown.is_some(), "{model}");
    }
}

#[test]
fn a_thread_with_countless_ways_through_it_is_unknown_and_costs_no_memory() {
    let ways = |last: &str| {
        let mut text =
            "C ways\n{}\nP0 (atomic_int* x, atomic_int* y) {\n int r0 = atomic_load(x);\n"
                .to_owned();
        for value in 0..40 {
            text += &format!(" int a{value} = 0;\n if (r0 == {value}) {{ a{value} = 1; }}\n");
        }
        text += last;
        text += "}\nP1 (atomic_int* x, atomic_int* y) { int r0 = atomic_load(y); atomic_store(x, 1); }\n";
        text += "exists (0:a0=1 /\\ 0:a1=1)\n";
        parse(&text).expect("well formed")
    };
    let answer = |program: &Program, model| {
        let answer = explore(program, model, &Budget::default()).expect("well formed");
        (answer.executions, answer.unknown)
    };
    let spent = Some(Unknown::Graphs(Budget::default().graphs));
    let circle = ways("atomic_store(y, 1);");
    assert_eq!(answer(&circle, Model::Rc11NoThinAir), (3, spent));
    assert_eq!(answer(&circle, Model::Rc11), (3, None));
    // Where nothing can depend on itself there is nothing to look for.
    let line = ways("");
    assert_eq!(answer(&line, Model::Rc11NoThinAir), (2, None));
    assert_eq!(answer(&line, Model::Rc11), (2, None));
}

#[test]
fn values_that_depend_on_each_other_are_shown_as_such_or_are_unknown() {
    let circle = |write: &str| {
        let text = format!(
            "C circle\n{{}}\n\
             P0 (atomic_int* x, atomic_int* y) {{\n\
               int r0 = atomic_load_explicit(x, memory_order_relaxed);\n\
               atomic_store_explicit(y, {write}, memory_order_relaxed);\n\
             }}\n\
             P1 (atomic_int* x, atomic_int* y) {{\n\
               int r0 = atomic_load_explicit(y, memory_order_relaxed);\n\
               atomic_store_explicit(x, r0, memory_order_relaxed);\n\
             }}\n\
             exists (0:r0=1)\n"
        );
        let program = parse(&text).expect("well formed");
        let none = explore(&program, Model::Rc11, &Budget::default()).expect("well formed");
        assert_eq!(none.unknown, None);
        let free =
            explore(&program, Model::Rc11NoThinAir, &Budget::default()).expect("well formed");
        (none.states(), free.states(), free.unknown)
    };
    let (rc11, free, unknown) = circle("r0");
    assert_eq!(rc11, ["0:r0=0;"]);
    assert_eq!(free, ["0:r0=0;", "0:r0=?;"]);
    assert_eq!(unknown, None);
    // No number is its own successor, but that is algebra, which the engine does not do.
    let (rc11, free, unknown) = circle("r0 + 1");
    assert_eq!(
        (rc11, free),
        (vec!["0:r0=0;".to_owned()], vec!["0:r0=0;".to_owned()])
    );
    assert_eq!(unknown, Some(Unknown::ThinAir));
}

#[test]
fn a_program_that_names_what_is_not_there_is_refused() {
    let base = Program {
        name: "base".to_owned(),
        locations: vec![Location {
            name: "x".to_owned(),
            initial: 0,
            atomic: true,
        }],
        threads: vec![Thread {
            registers: vec!["r0".to_owned()],
            body: Vec::new(),
        }],
        observed: Vec::new(),
        condition: None,
    };
    let with = |instr: Instr| {
        let mut program = base.clone();
        program.threads[0].body.push(instr);
        explore(&program, Model::Rc11, &Budget::default())
    };
    let (at, to) = (Loc(0), Reg(0));
    assert!(
        with(Instr::Load {
            to,
            at,
            order: Order::Relaxed
        })
        .is_ok()
    );
    let refused = [
        Instr::Load {
            to: Reg(1),
            at,
            order: Order::Relaxed,
        },
        Instr::Load {
            to,
            at: Loc(1),
            order: Order::Relaxed,
        },
        Instr::Store {
            at,
            value: Expr::Reg(Reg(7)),
            order: Order::Relaxed,
        },
        Instr::If {
            condition: Expr::Reg(Reg(1)),
            then: Vec::new(),
            otherwise: Vec::new(),
        },
    ];
    for instr in refused {
        assert!(with(instr.clone()).is_err(), "{instr:?}");
    }
    let mut deep = Expr::Const(1);
    for _ in 0..1_000 {
        deep = Expr::Not(Box::new(deep));
    }
    assert!(with(Instr::Let { to, value: deep }).is_err());
    let mut program = base;
    program.observed.push(Place::Register {
        thread: 1,
        register: to,
    });
    assert!(explore(&program, Model::Rc11, &Budget::default()).is_err());
}
