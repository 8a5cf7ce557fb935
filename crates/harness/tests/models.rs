//! A model's exploration becomes a verdict like any other test's, with the schedule that broke it.

extern crate kit_loom as kit;

#[path = "../fixtures/modelled.rs"]
mod modelled;

use std::process::Command;
use std::sync::atomic::AtomicBool;

use supervise::{Limits, Outcome};

mod fixtures {
    use kit::sync::{Arc, Mutex};
    use kit::thread;

    use crate::modelled::{self, Fork};

    #[harness::model]
    #[ignore = "a fixture"]
    fn passes() {
        assert_eq!(modelled::twice(modelled::adds), 2);
    }

    #[harness::model(preemptions = 1, executions = 1_000)]
    #[ignore = "a fixture"]
    fn passes_within_bounds() {
        assert_eq!(modelled::twice(modelled::adds), 2);
    }

    #[harness::model(executions = 1)]
    #[ignore = "a fixture"]
    fn reaches_its_bound() {
        assert_eq!(modelled::twice(modelled::adds), 2);
    }

    #[harness::model(explorers = "shuttle")]
    #[ignore = "a fixture"]
    fn is_for_another_explorer() {
        panic!("not to be run");
    }

    #[harness::model]
    #[ignore = "a fixture"]
    fn loses_an_update() {
        assert_eq!(
            modelled::twice(modelled::loads_then_stores),
            2,
            "two were added"
        );
    }

    #[harness::model]
    #[ignore = "a fixture"]
    fn is_always_wrong() {
        assert_eq!(modelled::twice(modelled::forgets), 2, "two were added");
    }

    #[harness::model]
    #[ignore = "a fixture"]
    fn is_not_written() {
        modelled::twice(modelled::unwritten);
    }

    #[harness::model]
    #[ignore = "a fixture"]
    fn sees_nothing() {
        thread::spawn(|| ()).join().unwrap();
    }

    #[harness::model]
    #[ignore = "a fixture"]
    fn deadlocks() {
        let forks: Arc<[Mutex<Fork>; 2]> = Arc::new(Default::default());
        let theirs = Arc::clone(&forks);
        let thread = thread::spawn(move || modelled::takes_both(&theirs[0], &theirs[1]));
        modelled::takes_both(&forks[1], &forks[0]);
        thread.join().unwrap();
    }
}

fn run(fixture: &str, replay: Option<&str>) -> Outcome {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("fixtures::{fixture}")]);
    command.args(["--nocapture", "--test-threads=1", "--include-ignored"]);
    command.env_remove("HARNESS_REPLAY");
    if let Some(replay) = replay {
        command.env("HARNESS_REPLAY", replay);
    }
    supervise::run(
        command,
        &Limits::for_this_machine(),
        &AtomicBool::new(false),
    )
}

/// What a person reads, without line numbers.
fn text(outcome: &Outcome) -> String {
    let text = format!(
        "{}: {}\n{}\n{}",
        outcome.verdict, outcome.summary, outcome.detail, outcome.notes
    );
    let mut parts = text.split(".rs:");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |out, part| {
        let rest = part.trim_start_matches(|c: char| c.is_ascii_digit());
        format!("{out}.rs:[line]{rest}")
    })
}

#[test]
fn a_pass_says_what_was_explored() {
    insta::assert_snapshot!(text(&run("passes", None)), @r"
    Pass: 

    loom: 4 schedules, all explored
    ");
    insta::assert_snapshot!(text(&run("passes_within_bounds", None)), @r"
    Pass: 

    loom: 2 schedules, all explored, at most 1 preemption
    ");
    insta::assert_snapshot!(text(&run("is_for_another_explorer", None)), @r"
    Pass: 

    not for loom
    ");
}

#[test]
fn a_bound_that_is_reached_leaves_it_undecided() {
    insta::assert_snapshot!(text(&run("reaches_its_bound", None)), @r"
    Undecided: the bound of 1 executions was reached before every schedule had been tried, and loom has no random mode to go on with

    loom: 1 schedule
    ");
}

#[test]
fn a_finding_comes_with_its_schedule() {
    insta::assert_snapshot!(text(&run("loses_an_update", None)), @"
    BadInterleaving: assertion `left == right` failed: two were added
      left: 1
     right: 2
    at crates/harness/tests/models.rs:[line]

    in a crates/harness/fixtures/modelled.rs
       b crates/harness/tests/models.rs
      main                               │ thread 1
      ───────────────────────────────────┼───────────────────────────────────
      spawn thread 1                     │                                     a:28
      load counter = 0                   │                                     a:14
      store counter := 1                 │                                     a:15
                                         │ load counter = 0                    a:14
                                         │ store counter := 1                  a:15
      join thread 1                      │                                     a:30
      load counter = 1                   │                                     a:31
    > panics: assertion `left == right`… │                                     b:46

    cargo xtask replay models::loses_an_update@loom:1
    ");
    insta::assert_snapshot!(text(&run("deadlocks", None)), @"
    Deadlock: main holds Fork 1, waits for Fork 0, held by thread 1; thread 1 holds Fork 0, waits for Fork 1, held by main
    at crates/harness/fixtures/modelled.rs:[line]

    in a crates/harness/tests/models.rs
       b crates/harness/fixtures/modelled.rs
      main                               │ thread 1
      ───────────────────────────────────┼───────────────────────────────────
      spawn thread 1                     │                                     a:76
      lock Fork 1                        │                                     b:38
                                         │ lock Fork 0                         b:38
    > waits for Fork 0, held by thread 1 │                                     b:39
    >                                    │ waits for Fork 1, held by main      b:39

    cargo xtask replay models::deadlocks@loom:2
    ");
}

#[test]
fn what_fails_without_the_other_threads_is_no_matter_of_interleaving() {
    insta::assert_snapshot!(text(&run("is_always_wrong", None)), @"
    WrongAnswer: assertion `left == right` failed: two were added
      left: 0
     right: 2
    at crates/harness/tests/models.rs:[line]

    in a crates/harness/fixtures/modelled.rs
       b crates/harness/tests/models.rs
      main                               │ thread 1
      ───────────────────────────────────┼───────────────────────────────────
      spawn thread 1                     │                                     a:28
      join thread 1                      │                                     a:30
      load counter = 0                   │                                     a:31
    > panics: assertion `left == right`… │                                     b:56

    cargo xtask replay models::is_always_wrong@loom:1
    ");
    insta::assert_snapshot!(text(&run("is_not_written", None)), @"
    Panic: not yet implemented: write `add`
    at crates/harness/fixtures/modelled.rs:[line]

    in crates/harness/fixtures/modelled.rs
      main                                │ thread 1
      ────────────────────────────────────┼────────────────────────────────────
      spawn thread 1                      │                                      :28
      panics: not yet implemented: write… │                                      :21
    >                                     │ panics: not yet implemented: write…  :21

    cargo xtask replay models::is_not_written@loom:1
    ");
    insta::assert_snapshot!(text(&run("sees_nothing", None)), @"Forbidden: the model saw no operation of yours: use kit::sync and kit::thread");
}

#[test]
fn a_schedule_can_be_run_again() {
    let outcome = run("loses_an_update", None);
    let (_, command) = outcome
        .detail
        .rsplit_once("replay models::loses_an_update@")
        .unwrap();
    let again = run("loses_an_update", Some(command.trim()));
    assert_eq!(
        (again.verdict, &again.summary, &again.detail),
        (outcome.verdict, &outcome.summary, &outcome.detail)
    );
    insta::assert_snapshot!(text(&run("loses_an_update", Some("shuttle:1"))), @r"
    Pass: 

    not for loom
    ");
}
