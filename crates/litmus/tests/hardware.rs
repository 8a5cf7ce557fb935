//! Programs that this machine runs. What it shows depends on the machine and the moment; that it shows
//! nothing else than it may does not.

use std::{
    collections::BTreeSet,
    ops::ControlFlow,
    panic::{AssertUnwindSafe, catch_unwind},
    thread,
    time::Duration,
};

use litmus::{
    Budget, Model, Program, classics, explore,
    hardware::{self, Histogram, Options, Rendezvous, Unexpected},
    parse,
    program::Malformed,
};

#[test]
fn no_classic_test_ends_as_this_machine_forbids() {
    let model = match std::env::consts::ARCH {
        "x86_64" => Model::Tso,
        _ => Model::Rc11NoThinAir,
    };
    for classic in classics::ALL {
        let program = parse(classic.text).unwrap();
        let answer = explore(&program, model, &Budget::default()).unwrap();
        assert_eq!(answer.unknown, None, "{}", classic.name);
        let histogram = run(&program, 5_000);
        let unexpected = hardware::compare(&histogram, &answer);
        let sentences: Vec<String> = unexpected.iter().map(Unexpected::to_string).collect();
        assert_eq!(sentences, [""; 0], "{}", classic.name);
    }
}

#[test]
fn store_buffering_shows_each_interleaving() {
    let program = classic("SB");
    let wanted = ["0:r0=0; 1:r0=1;", "0:r0=1; 1:r0=0;", "0:r0=1; 1:r0=1;"];
    let mut missing: BTreeSet<&str> = wanted.into();
    for seed in 0..200 {
        let histogram = run_with(
            &program,
            Options {
                seed,
                ..runs(20_000)
            },
        );
        for state in histogram.counts.keys() {
            missing.remove(&*histogram.observed.show(state));
        }
        if missing.is_empty() {
            return;
        }
    }
    panic!("never seen: {missing:?}");
}

#[test]
fn with_fences_store_buffering_is_gone() {
    let histogram = run(&classic("SB+fsc"), 100_000);
    let weak = histogram.count(|state| histogram.observed.show(state) == "0:r0=0; 1:r0=0;");
    assert_eq!(weak, 0);
}

#[test]
fn no_increment_is_lost() {
    let program = parsed(
        "C increments
        { x = 0; }
        P0 (atomic_int* x) { atomic_fetch_add_explicit(x, 1, memory_order_relaxed);
                             atomic_fetch_add_explicit(x, 1, memory_order_relaxed); }
        P1 (atomic_int* x) { atomic_fetch_add_explicit(x, 1, memory_order_relaxed);
                             atomic_fetch_add_explicit(x, 1, memory_order_relaxed); }
        locations [x;]",
    );
    for rendezvous in [Rendezvous::Clock, Rendezvous::Barrier, Rendezvous::None] {
        let options = Options {
            rendezvous: Some(rendezvous),
            ..runs(50_000)
        };
        assert_eq!(
            shown(&run_with(&program, options)),
            [("x=4;".to_owned(), 50_000)]
        );
    }
}

#[test]
fn one_of_two_compare_exchanges_wins_and_its_branch_is_taken() {
    let program = parsed(
        "C election
        { x = 0; y = 0; e0 = 0; e1 = 0; }
        P0 (atomic_int* x, atomic_int* y, int* e0) {
          int won = atomic_compare_exchange_strong_explicit(x, e0, 1, memory_order_relaxed, memory_order_relaxed);
          if (won) { atomic_store_explicit(y, 10, memory_order_relaxed); }
          else { atomic_fetch_add_explicit(y, 0, memory_order_relaxed); }
        }
        P1 (atomic_int* x, atomic_int* y, int* e1) {
          int won = atomic_compare_exchange_strong_explicit(x, e1, 2, memory_order_relaxed, memory_order_relaxed);
          if (won) { atomic_store_explicit(y, 20, memory_order_relaxed); }
          else { *e1 = *e1 + 100; }
        }
        locations [0:won; 1:won; x; y; e0; e1;]",
    );
    let seen = shown(&run(&program, 20_000));
    let allowed = [
        "0:won=0; 1:won=1; e0=2; e1=0; x=2; y=20;",
        "0:won=1; 1:won=0; e0=0; e1=101; x=1; y=10;",
    ];
    for (state, _) in &seen {
        assert!(allowed.contains(&&**state), "{seen:?}");
    }
    assert_eq!(seen.iter().map(|(_, times)| times).sum::<u64>(), 20_000);
}

#[test]
fn any_number_of_runs_is_run() {
    let program = classic("MP");
    for rendezvous in [Rendezvous::Clock, Rendezvous::Barrier, Rendezvous::None] {
        for number in [0, 1, 7, 511, 512, 513, 3000] {
            let options = Options {
                rendezvous: Some(rendezvous),
                ..runs(number)
            };
            let histogram = run_with(&program, options);
            assert_eq!(histogram.runs, number);
            assert_eq!(histogram.counts.values().sum::<u64>(), number);
            assert!(!histogram.stopped);
        }
    }
}

#[test]
fn a_thread_alone_does_what_it_says() {
    let program = parsed(
        "C alone
        { x = 3; y = 7; }
        P0 (atomic_int* x) {
          int r0 = atomic_fetch_sub_explicit(x, 1, memory_order_acq_rel);
          int r1 = atomic_exchange_explicit(x, r0 * 5, memory_order_seq_cst);
          if (r1 == 2) { r1 = 9; }
        }
        locations [0:r0; 0:r1; x; y;]",
    );
    let histogram = run(&program, 600);
    let state = "0:r0=3; 0:r1=9; x=15; y=7;".to_owned();
    assert_eq!(shown(&histogram), [(state, 600)]);
}

#[test]
fn six_threads_run_on_any_number_of_cores() {
    let mut text = "C six\n{ x = 0; }\n".to_owned();
    for thread in 0..6 {
        text += &format!(
            "P{thread} (atomic_int* x) {{ int r = atomic_fetch_add_explicit(x, 1, memory_order_relaxed); }}\n"
        );
    }
    text += "locations [0:r; 5:r; x;]";
    let histogram = run(&parsed(&text), 5_000);
    assert_eq!(histogram.runs, 5_000);
    for state in histogram.counts.keys() {
        let shown = histogram.observed.show(state);
        assert!(shown.ends_with("x=6;"), "{shown}");
    }
    let crowded = thread::available_parallelism().unwrap().get() < 6;
    let says_so = |note: &String| note.starts_with("6 threads on ");
    assert_eq!(histogram.notes.iter().any(says_so), crowded);
    assert_eq!(histogram.rendezvous == Rendezvous::None, crowded);
}

#[test]
fn a_program_may_share_nothing() {
    let program = parsed(
        "C nothing\n{ x = 5; }\nP0 (atomic_int* x) { int r = 1; r = r + 1; }\nlocations [0:r; x;]",
    );
    let histogram = run(&program, 1_000);
    assert_eq!(shown(&histogram), [("0:r=2; x=5;".to_owned(), 1_000)]);
}

#[test]
fn a_program_may_have_no_thread() {
    let program = Program {
        threads: Vec::new(),
        ..parsed("C none\n{ x = 5; }\nP0 (atomic_int* x) { }\nlocations [x;]")
    };
    assert_eq!(shown(&run(&program, 3)), [("x=5;".to_owned(), 3)]);
}

#[test]
fn it_stops_when_told_to() {
    let mut told = 0;
    let options = runs(u64::MAX);
    let histogram = hardware::run(&classic("SB"), &options, &mut |done, total| {
        told = done;
        assert_eq!(total, u64::MAX);
        ControlFlow::Break(())
    });
    let histogram = histogram.unwrap();
    assert!(histogram.stopped);
    assert!(told > 0 && histogram.runs >= told);
    assert_eq!(histogram.counts.values().sum::<u64>(), histogram.runs);
}

#[test]
fn the_threads_end_if_the_one_who_is_told_panics() {
    let panic = catch_unwind(AssertUnwindSafe(|| {
        hardware::run(&classic("SB"), &runs(u64::MAX), &mut |_, _| {
            panic!("enough")
        })
    }));
    // It came back, which it does only when they have ended.
    assert_eq!(panic.unwrap_err().downcast_ref(), Some(&"enough"));
}

#[test]
fn plain_accesses_are_run_as_relaxed_ones_and_it_says_so() {
    let says_so = |histogram: &Histogram| {
        let notes = &histogram.notes;
        notes
            .iter()
            .any(|note| note.contains("plain accesses run as Relaxed"))
    };
    assert!(says_so(&run(&classic("Race"), 1_000)));
    assert!(!says_so(&run(&classic("SB"), 1_000)));
}

#[test]
fn without_pinning_it_says_so() {
    let options = Options {
        pin: false,
        ..runs(1_000)
    };
    assert!(!run_with(&classic("SB"), options).pinned);
    let cores = thread::available_parallelism().unwrap().get();
    let histogram = run(&classic("SB"), 1_000);
    let says_so = |note: &String| note.starts_with("the threads are not pinned");
    let said = histogram.notes.iter().any(says_so);
    assert_eq!(said, cores >= 2 && !histogram.pinned);
    assert!(!histogram.pinned || cores >= 2);
}

#[test]
fn what_cannot_be_run_is_refused_in_words() {
    let mut program = classic("SB");
    program.threads[0].registers.clear();
    let error = hardware::run(&program, &runs(1), &mut |_, _| ControlFlow::Continue(()));
    let Err(hardware::Error::Malformed(Malformed(text))) = error else {
        panic!("{error:?}");
    };
    assert_eq!(text, "thread 0 has no register number 0");
    let mut program = classic("SB");
    program.threads = vec![program.threads[0].clone(); 65];
    let error = hardware::run(&program, &runs(1), &mut |_, _| ControlFlow::Continue(()));
    let text = error.unwrap_err().to_string();
    assert_eq!(text, "65 threads are too many to run here: the most is 64");
}

#[test]
fn what_a_model_forbids_is_shouted_out() {
    let program = classic("SB");
    let sc = explore(&program, Model::Sc, &Budget::default()).unwrap();
    let tso = explore(&program, Model::Tso, &Budget::default()).unwrap();
    let fenced = classic("SB+fsc");
    let tso_fenced = explore(&fenced, Model::Tso, &Budget::default()).unwrap();
    let state = tso.outcomes[0].state.clone();
    assert_eq!(tso.observed.show(&state), "0:r0=0; 1:r0=0;");
    // A machine that ends weakly twice in ten runs.
    let histogram = Histogram {
        observed: tso.observed.clone(),
        counts: [(state, 2), (tso.outcomes[1].state.clone(), 8)].into(),
        runs: 10,
        stopped: false,
        took: Duration::ZERO,
        cores: 2,
        pinned: true,
        rendezvous: Rendezvous::Barrier,
        machine: "x86_64",
        notes: Vec::new(),
    };
    assert_eq!(hardware::compare(&histogram, &tso), []);
    let weaker = hardware::compare(&histogram, &sc);
    assert_eq!(weaker.len(), 1);
    assert!(!weaker[0].promised);
    assert_eq!(
        weaker[0].to_string(),
        "2 of 10 runs on this x86_64 machine ended in `0:r0=0; 1:r0=0;`, \
         which sc forbids and such a machine may do"
    );
    let wrong = hardware::compare(&histogram, &tso_fenced);
    assert_eq!(
        (wrong.len(), wrong[0].times, wrong[0].promised),
        (1, 2, true)
    );
    assert_eq!(
        wrong[0].to_string(),
        "2 of 10 runs on this x86_64 machine ended in `0:r0=0; 1:r0=0;`, \
         which tso forbids: the machine or the model is wrong"
    );
    // Of a search that was not finished nothing follows.
    let budget = Budget {
        graphs: 1,
        ..Budget::default()
    };
    let open = explore(&fenced, Model::Tso, &budget).unwrap();
    assert!(open.unknown.is_some());
    assert_eq!(hardware::compare(&histogram, &open), []);
}

fn classic(name: &str) -> Program {
    parsed(classics::find(name).unwrap().text)
}

fn parsed(text: &str) -> Program {
    parse(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

fn runs(runs: u64) -> Options {
    Options {
        runs,
        ..Options::default()
    }
}

fn run(program: &Program, number: u64) -> Histogram {
    run_with(program, runs(number))
}

fn run_with(program: &Program, options: Options) -> Histogram {
    hardware::run(program, &options, &mut |_, _| ControlFlow::Continue(())).unwrap()
}

fn shown(histogram: &Histogram) -> Vec<(String, u64)> {
    let counts = histogram.counts.iter();
    counts
        .map(|(state, &times)| (histogram.observed.show(state), times))
        .collect()
}
