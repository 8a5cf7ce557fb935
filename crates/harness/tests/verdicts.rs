//! Every way in which a test can end gets its own verdict, and a text that says what happened.
//!
//! The tests of [`fixtures`] are deliberately bad, and left out of an ordinary run. Each is run as a
//! grader would: by the supervisor, in this same binary.

#[path = "../fixtures/learner.rs"]
mod learner;

use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use findings::Verdict;
use supervise::{Limits, Outcome};

mod fixtures {
    use std::io::Write;
    use std::process::{Command, Stdio};
    use std::sync::{Arc, mpsc};
    use std::time::Duration;

    use harness::{Rendezvous, Verdict};
    use kit::sync::{Condvar, Mutex};

    use crate::learner::{self, Fork};

    #[harness::test]
    #[ignore = "a fixture"]
    fn passes() {
        println!("hello");
        let thread = harness::spawn("a", || harness::expect_panic(|| panic!("expected")));
        assert_eq!(thread.join(), "expected");
        let on_purpose = harness::spawn("b", || harness::intended_panic("boom"));
        on_purpose.try_join().unwrap_err();
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn wrong_answer() {
        println!("so far so good");
        assert_eq!(1 + 1, 3, "every job once");
    }

    #[harness::test(stress)]
    #[ignore = "a fixture"]
    fn wrong_under_stress() {
        let seed = harness::seed();
        assert!(seed == 0 && seed == 1, "lost an update");
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn not_written_yet() {
        learner::unwritten();
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn not_written_yet_where_a_panic_is_expected() {
        harness::expect_panic(learner::unwritten);
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn a_verdict_of_its_own() {
        harness::fail(Verdict::Starvation, "the writer waited for 1 000 readers");
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn claims_a_pass() {
        harness::fail(Verdict::Pass, "all is well");
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn nothing_panics() {
        harness::expect_panic(|| ());
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn intended_panic_gets_out() {
        harness::intended_panic("boom");
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn exits_early() {
        std::process::exit(0);
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn prints_a_pass() {
        println!("test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out");
        std::process::exit(0);
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn aborts() {
        std::process::abort();
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn panics_in_drop() {
        let _left = learner::PanicsInDrop;
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn panics_while_panicking() {
        let _left = learner::PanicsInDrop;
        learner::unwritten();
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn panics_after_the_end() {
        thread_local!(static LEFT: std::cell::RefCell<Option<learner::PanicsInDrop>> =
            const { std::cell::RefCell::new(None) });
        LEFT.with(|left| *left.borrow_mut() = Some(learner::PanicsInDrop));
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn does_not_end_after_the_end() {
        thread_local!(static LEFT: std::cell::RefCell<Option<learner::SpinsInDrop>> =
            const { std::cell::RefCell::new(None) });
        LEFT.with(|left| *left.borrow_mut() = Some(learner::SpinsInDrop));
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn swallows_a_panic() {
        learner::swallows_its_panic();
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn detached_thread_panics() {
        let (go, gone) = mpsc::channel::<()>();
        std::thread::spawn(move || {
            gone.recv().unwrap_err();
            learner::unwritten();
        });
        drop(go);
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn replaces_the_hook() {
        std::panic::set_hook(Box::new(|_| ()));
        learner::swallows_its_panic();
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn loops_for_ever() {
        learner::spins();
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn churns_for_ever() {
        let threads = ["a", "b"].map(|name| harness::spawn(name, learner::churns));
        for thread in threads {
            thread.join();
        }
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn starts_many_threads() {
        let threads: Vec<_> = (0..100)
            .map(|_| std::thread::spawn(std::thread::park))
            .collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn prints_for_ever() {
        loop {
            println!("still here");
        }
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn sleeps_for_ever() {
        loop {
            std::thread::sleep(Duration::from_secs(1));
        }
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn deadlocks() {
        take_each_others_fork();
    }

    fn take_each_others_fork() {
        let forks: Arc<[Mutex<Fork>; 2]> = Arc::default();
        let meeting = Rendezvous::new("both hold one", 2);
        let threads = [0, 1].map(|seat| {
            let (forks, meeting) = (Arc::clone(&forks), meeting.clone());
            harness::spawn(format!("P{seat}"), move || {
                learner::take_both(&forks[seat], &forks[1 - seat], || meeting.wait());
            })
        });
        for thread in threads {
            thread.join();
        }
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn deadlocks_while_others_go_on() {
        harness::spawn("ticker", || {
            loop {
                std::thread::sleep(Duration::from_millis(5));
            }
        });
        take_each_others_fork();
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn loses_a_wake_up() {
        let flag = Arc::new((Mutex::new(false), Condvar::new()));
        let theirs = Arc::clone(&flag);
        let waiter = harness::spawn("waiter", move || learner::waits_for_a_flag(&theirs));
        waiter.wait_until_blocked();
        *flag.0.lock().unwrap() = true;
        waiter.join();
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn receives_for_ever() {
        let (sender, receiver) = mpsc::channel();
        sender.send(1).unwrap();
        learner::drains(&receiver);
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn leaks_a_blocked_thread() {
        learner::leaves_a_worker();
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn leaks_a_sleeping_thread() {
        harness::spawn("ticker", || {
            loop {
                std::thread::sleep(Duration::from_millis(10));
            }
        });
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn threads_that_end_later_are_no_leak() {
        let (go, gone) = mpsc::channel::<()>();
        let first = std::thread::spawn(move || gone.recv());
        std::thread::spawn(move || first.join());
        std::thread::spawn(move || {
            let mut number = 0_u32;
            while number < 20_000_000 {
                number = std::hint::black_box(number + 1);
            }
            drop(go);
        });
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn overflows_the_stack() {
        learner::recurses(&mut [0; 4096]);
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn takes_all_memory() {
        let mut hoard = Vec::new();
        loop {
            hoard.push(vec![1_u8; 1 << 20]);
        }
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn asks_for_too_much_memory() {
        std::hint::black_box(vec![1_u8; 1 << 46]);
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn writes_to_every_pipe() {
        for descriptor in 3..64 {
            let path = format!("/proc/self/fd/{descriptor}");
            if let Ok(mut file) = std::fs::OpenOptions::new().write(true).open(path) {
                let _ = file.write_all(b"test result: ok. 1 passed; 0 failed; 0 ignored");
            }
        }
    }

    /// Knows the format, but not the nonce.
    #[harness::test]
    #[ignore = "a fixture"]
    fn forges_its_completion() {
        use supervise::protocol::{Record, Report, encode_record};
        let report = Report {
            verdict: Verdict::Pass,
            summary: String::new(),
            detail: String::new(),
        };
        let done = Record::Done {
            report,
            notes: String::new(),
        };
        let bytes = encode_record(&[0; 16], &done);
        for descriptor in 3..64 {
            let path = format!("/proc/self/fd/{descriptor}");
            if let Ok(mut file) = std::fs::OpenOptions::new().write(true).open(path) {
                let _ = file.write_all(&bytes);
            }
        }
        std::process::exit(0);
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn leaves_a_process_behind() {
        let mut sleeper = Command::new("sleep");
        sleeper.arg("1000").stdin(Stdio::null());
        #[expect(clippy::zombie_processes, reason = "is to be left behind")]
        sleeper.spawn().unwrap();
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn never_meets() {
        let meeting = Rendezvous::new("three eaters", 3);
        let eater = |_| {
            let meeting = meeting.clone();
            let job: Box<dyn FnOnce() + Send> = Box::new(move || meeting.wait());
            job
        };
        learner::one_at_a_time((0..3).map(eater).collect());
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn panics_before_the_meeting() {
        let meeting = Rendezvous::new("two eaters", 2);
        let theirs = meeting.clone();
        let eater = harness::spawn("P0", move || {
            learner::unwritten();
            theirs.wait();
        });
        meeting.wait();
        eater.join();
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn many_wait_for_one() {
        let gate = Arc::new((Mutex::new(false), Condvar::new()));
        let threads: Vec<_> = (0..12)
            .map(|number| {
                let gate = Arc::clone(&gate);
                let name = format!("worker {number}");
                harness::spawn(name, move || learner::waits_for_a_flag(&gate))
            })
            .collect();
        for thread in threads {
            thread.join();
        }
    }

    /// Runs each in a thread of its own until all of them wait, and then waits too.
    fn all_wait<const N: usize>(waits: [(&str, fn()); N]) {
        let threads = waits.map(|(name, wait)| harness::spawn(name, wait));
        for thread in &threads {
            thread.wait_until_blocked();
        }
        std::thread::park();
    }

    /// Of the standard library itself, which tells nobody who holds what.
    #[harness::test]
    #[ignore = "a fixture"]
    fn waits_for_locks() {
        use std::sync::{Barrier, Condvar, Mutex, OnceLock, RwLock};

        static BARRIER: Barrier = Barrier::new(2);
        static MUTEX: Mutex<()> = Mutex::new(());
        static READ: RwLock<()> = RwLock::new(());
        static WRITTEN: RwLock<()> = RwLock::new(());
        static ONCE: OnceLock<()> = OnceLock::new();
        static CONDVAR: Condvar = Condvar::new();
        let _guards = (MUTEX.lock(), READ.read(), WRITTEN.write());
        all_wait([
            ("barrier", || _ = BARRIER.wait()),
            ("condvar", || {
                drop(CONDVAR.wait(Mutex::new(()).lock().unwrap()))
            }),
            ("mutex", || drop(MUTEX.lock())),
            ("once", || ONCE.wait().to_owned()),
            ("read", || drop(WRITTEN.read())),
            ("scope", || {
                std::thread::scope(|scope| _ = scope.spawn(|| ONCE.wait()))
            }),
            ("write", || drop(READ.write())),
        ]);
    }

    #[harness::test]
    #[ignore = "a fixture"]
    fn waits_for_channels() {
        use kit::channel;

        all_wait([
            ("receive", || {
                let (_sender, receiver) = channel::unbounded::<()>();
                let _ = receiver.recv();
            }),
            ("select", || {
                let (_sender, receiver) = channel::bounded::<()>(1);
                channel::select! { recv(receiver) -> _ => {} }
            }),
            ("send", || {
                let (sender, _receiver) = channel::bounded(1);
                let _ = (sender.send(()), sender.send(()));
            }),
            ("std receive", || {
                let (_sender, receiver) = mpsc::channel::<()>();
                for () in receiver {}
            }),
            ("std send", || {
                let (sender, _receiver) = mpsc::sync_channel(0);
                let _ = sender.send(());
            }),
        ]);
    }

    /// As much as fits of what could be taken for a hang: short sleeps, blocked threads that are
    /// woken, and threads that come and go.
    #[harness::test]
    #[ignore = "a fixture"]
    fn is_busy_and_well() {
        for _ in 0..20 {
            let (to, from) = mpsc::channel();
            let (back, home) = mpsc::channel();
            let echo = harness::spawn("echo", move || {
                from.iter()
                    .for_each(|number: u32| back.send(number).unwrap());
            });
            for number in 0..100 {
                to.send(number).unwrap();
                assert_eq!(home.recv(), Ok(number));
            }
            drop(to);
            echo.join();
        }
    }
}

/// Small budgets: these tests are to use them up.
fn limits() -> Limits {
    static LIMITS: OnceLock<Limits> = OnceLock::new();
    let limits = LIMITS.get_or_init(|| Limits {
        memory: 200 << 20,
        output: 1 << 20,
        ..Limits::for_this_machine().scale(0.1)
    });
    // None of them is to be lost to a machine that is busy with something else.
    Limits {
        wall: Duration::from_secs(60),
        ..limits.clone()
    }
}

fn run(fixture: &str) -> Outcome {
    run_within(fixture, &limits())
}

fn run_within(fixture: &str, limits: &Limits) -> Outcome {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("fixtures::{fixture}")]);
    command.args(["--nocapture", "--test-threads=1", "--include-ignored"]);
    supervise::run(command, limits, &AtomicBool::new(false))
}

/// The fixture inside a shell that waits for it and passes its exit code on.
fn run_wrapped(fixture: &str) -> Outcome {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "\"$0\" \"$@\"; exit $?"]);
    command.arg(std::env::current_exe().unwrap());
    command.args(["--exact", &format!("fixtures::{fixture}")]);
    command.args(["--nocapture", "--test-threads=1", "--include-ignored"]);
    supervise::run(command, &limits(), &AtomicBool::new(false))
}

/// What a person reads, without what differs from run to run: line numbers, and times.
fn text(outcome: &Outcome) -> String {
    let text = format!(
        "{}: {}\n{}",
        outcome.verdict, outcome.summary, outcome.detail
    );
    let text = replace_number(&text, ".rs:", "", "[line]");
    let text = replace_number(&text, "taken at line ", "", "[line]");
    let text = replace_number(&text, "HARNESS_SEED=", " ", "[seed]");
    let text = replace_number(&text, "after ", " s of", "[time]");
    replace_number(&text, "sleeping for ", " s", "[time]")
}

/// Puts `by` in place of each number that stands between two texts.
fn replace_number(text: &str, before: &str, after: &str, by: &str) -> String {
    let mut parts = text.split(before);
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part
            .find(|c: char| !c.is_ascii_digit() && c != '.')
            .unwrap_or(part.len());
        let is_number = end > 0 && part[end..].starts_with(after);
        out += before;
        out += if is_number { by } else { &part[..end] };
        out += &part[end..];
    }
    out
}

#[test]
fn a_good_test_passes_and_its_output_is_kept() {
    let outcome = run("passes");
    assert_eq!(text(&outcome), "Pass: \n");
    assert_eq!(outcome.stdout, "hello\n");
    assert_eq!(outcome.exit, "exit code 0");
    assert!(outcome.peak_rss > 0);
}

#[test]
fn a_failed_assertion_is_a_wrong_answer_and_under_stress_a_bad_interleaving() {
    let outcome = run("wrong_answer");
    assert_eq!(outcome.stdout, "so far so good\n");
    insta::assert_snapshot!(text(&outcome), @"
    WrongAnswer: assertion `left == right` failed: every job once
      left: 2
     right: 3
    at crates/harness/tests/verdicts.rs:[line], in the test
    ");
    insta::assert_snapshot!(text(&run("wrong_under_stress")), @"
    BadInterleaving: lost an update
    at crates/harness/tests/verdicts.rs:[line], in the test
    HARNESS_SEED=[seed] repeats it
    ");
    insta::assert_snapshot!(text(&run("nothing_panics")), @"
    WrongAnswer: a panic was expected, and none came
    at crates/harness/tests/verdicts.rs:[line], in the test
    ");
    insta::assert_snapshot!(text(&run("intended_panic_gets_out")), @"WrongAnswer: a panic that was raised on purpose came out of the test: boom");
}

#[test]
fn a_panic_in_the_learners_file_is_a_panic_wherever_it_happens() {
    insta::assert_snapshot!(text(&run("not_written_yet")), @"
    Panic: not yet implemented: write `dine`: every philosopher eats once
    at crates/harness/fixtures/learner.rs:[line], in the test
    ");
    let expecting = run("not_written_yet_where_a_panic_is_expected");
    insta::assert_snapshot!(text(&expecting), @"
    Panic: not yet implemented: write `dine`: every philosopher eats once
    at crates/harness/fixtures/learner.rs:[line], in the test
    ");
    insta::assert_snapshot!(text(&run("panics_in_drop")), @"
    Panic: the pool is not empty
    at crates/harness/fixtures/learner.rs:[line], in the test
    ");
    insta::assert_snapshot!(text(&run("swallows_a_panic")), @"
    Panic: lost a permit
    at crates/harness/fixtures/learner.rs:[line], in the test
    ");
    insta::assert_snapshot!(text(&run("detached_thread_panics")), @"
    Panic: not yet implemented: write `dine`: every philosopher eats once
    at crates/harness/fixtures/learner.rs:[line], in a thread without a name
    ");
}

#[test]
fn a_seed_that_is_given_is_used() {
    let with_seed = |seed: &str| {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.args(["--exact", "fixtures::wrong_under_stress"]);
        command.args(["--nocapture", "--test-threads=1", "--include-ignored"]);
        command.env("HARNESS_SEED", seed);
        supervise::run(command, &limits(), &AtomicBool::new(false))
    };
    let outcome = with_seed("42");
    assert!(outcome.detail.ends_with("HARNESS_SEED=42 repeats it"));
    insta::assert_snapshot!(text(&with_seed("forty-two")), @"Ungraded: HARNESS_SEED is `forty-two`, which is not a number below 2^64");
}

#[test]
fn a_test_may_name_a_verdict_but_not_a_pass() {
    insta::assert_snapshot!(text(&run("a_verdict_of_its_own")), @"Starvation: the writer waited for 1 000 readers");
    insta::assert_snapshot!(text(&run("claims_a_pass")), @"Ungraded: all is well");
}

#[test]
fn an_exit_code_and_printed_text_earn_nothing() {
    insta::assert_snapshot!(text(&run("exits_early")), @"EarlyExit: the process ended (exit code 0) before the test did");
    insta::assert_snapshot!(text(&run("prints_a_pass")), @"EarlyExit: the process ended (exit code 0) before the test did");
}

#[test]
fn a_signal_is_named() {
    insta::assert_snapshot!(text(&run("aborts")), @"Crashed: killed by SIGABRT (abort)");
    insta::assert_snapshot!(text(&run("panics_while_panicking")), @"
    Crashed: killed by SIGABRT (abort) (a panic while another one unwinds ends the process)
    the test panicked at crates/harness/fixtures/learner.rs:[line]: not yet implemented: write `dine`: every philosopher eats once
    the test panicked at crates/harness/fixtures/learner.rs:[line]: the pool is not empty
    the test panicked at crates/harness/tests/verdicts.rs:[line]: panic in a destructor during cleanup
    ");
    insta::assert_snapshot!(text(&run("overflows_the_stack")), @"Crashed: stack overflow in thread 'fixtures::overflows_the_stack'");
}

#[test]
fn a_pass_and_then_a_bad_end_is_no_pass() {
    insta::assert_snapshot!(text(&run("does_not_end_after_the_end")), @"
    Hang: the test passed, but then its process did not end
    the test at crates/harness/fixtures/learner.rs:[line]
      runs
    ");
    insta::assert_snapshot!(text(&run("panics_after_the_end")), @"
    Crashed: after the test had passed: killed by SIGABRT (abort)
    the test panicked at crates/harness/fixtures/learner.rs:[line]: the pool is not empty
    ");
}

#[test]
fn a_replaced_hook_is_noticed() {
    insta::assert_snapshot!(text(&run("replaces_the_hook")), @"Forbidden: the panic hook was replaced, so that panics could have gone unseen");
}

#[test]
fn what_does_not_end_is_ended() {
    insta::assert_snapshot!(text(&run("loops_for_ever")), @"
    Hang: not done after [time] s of processor time
    the test at crates/harness/fixtures/learner.rs:[line]
      runs
    ");
    insta::assert_snapshot!(text(&run("sleeps_for_ever")), @"
    Hang: not done after sleeping for [time] s
    the test at crates/harness/tests/verdicts.rs:[line]
      waits for a time to pass, asleep
    ");
    let chatty = run("prints_for_ever");
    insta::assert_snapshot!(text(&chatty), @"OutputLimit: printed more than 1 MiB");
    assert!(chatty.stdout.starts_with("still here\nstill here\n"));
    assert!(chatty.stdout.len() < 100_000);
    assert!(chatty.output_bytes > 1 << 20);
}

#[test]
fn a_thread_that_is_looked_at_in_a_bad_moment_does_not_change_the_verdict() {
    for _ in 0..3 {
        let outcome = run_within("churns_for_ever", &limits().scale(0.1));
        assert_eq!(outcome.verdict, Verdict::Hang, "{outcome:#?}");
    }
}

#[test]
fn what_the_machine_did_not_let_run_is_not_graded() {
    let limits = Limits {
        wall: Duration::from_millis(100),
        ..limits().scale(100.0)
    };
    let outcome = run_within("loops_for_ever", &limits);
    assert_eq!(outcome.verdict, Verdict::Ungraded);
    assert!(
        outcome.summary.starts_with("the machine was too busy: "),
        "{}",
        outcome.summary
    );
}

#[test]
fn the_number_of_threads_is_limited() {
    let limits = Limits {
        tasks: 50,
        ..limits()
    };
    let outcome = run_within("starts_many_threads", &limits);
    insta::assert_snapshot!(text(&outcome), @"OutOfMemory: more than 50 threads and processes at once");
}

#[test]
fn a_wrapper_hides_nothing() {
    assert_eq!(text(&run_wrapped("passes")), "Pass: \n");
    insta::assert_snapshot!(text(&run_wrapped("aborts")), @"Crashed: killed by SIGABRT (abort)");
    assert_eq!(text(&run_wrapped("deadlocks")), text(&run("deadlocks")));
}

#[test]
fn memory_is_limited() {
    insta::assert_snapshot!(text(&run("takes_all_memory")), @"OutOfMemory: used more than 200 MiB of memory");
    insta::assert_snapshot!(text(&run("asks_for_too_much_memory")), @"OutOfMemory: memory allocation of 70368744177664 bytes failed");
}

#[test]
fn a_deadlock_names_the_ring() {
    let outcome = run("deadlocks");
    insta::assert_snapshot!(text(&outcome), @"
    Deadlock: P0 holds Fork 0, waits for Fork 1, held by P1; P1 holds Fork 1, waits for Fork 0, held by P0
    P0 at crates/harness/fixtures/learner.rs:[line]
      waits for Fork 1, held by P1
      holds Fork 0, taken at line [line]
    P1 at crates/harness/fixtures/learner.rs:[line]
      waits for Fork 0, held by P0
      holds Fork 1, taken at line [line]
    the test at crates/harness/tests/verdicts.rs:[line]
      waits for the end of P0
    ");
    insta::assert_snapshot!(text(&run("deadlocks_while_others_go_on")), @"
    Deadlock: P0 holds Fork 0, waits for Fork 1, held by P1; P1 holds Fork 1, waits for Fork 0, held by P0
    P0 at crates/harness/fixtures/learner.rs:[line]
      waits for Fork 1, held by P1
      holds Fork 0, taken at line [line]
    P1 at crates/harness/fixtures/learner.rs:[line]
      waits for Fork 0, held by P0
      holds Fork 1, taken at line [line]
    ticker at crates/harness/tests/verdicts.rs:[line]
      waits for a time to pass, asleep
    the test at crates/harness/tests/verdicts.rs:[line]
      waits for the end of P0
    ");
    let source = include_str!("../fixtures/learner.rs");
    let line = 1 + source
        .lines()
        .position(|line| line.contains("second.lock()"))
        .unwrap();
    assert!(outcome.detail.contains(&format!(
        "P0 at crates/harness/fixtures/learner.rs:{line}\n"
    )));
}

#[test]
fn other_waits_without_end_are_deadlocks_too() {
    insta::assert_snapshot!(text(&run("loses_a_wake_up")), @"
    Deadlock: every thread waits, and nothing is left that could wake one
    waiter at crates/harness/fixtures/learner.rs:[line]
      waits on a Condvar for somebody to notify it
    the test at crates/harness/tests/verdicts.rs:[line]
      waits for the end of waiter
    ");
    insta::assert_snapshot!(text(&run("waits_for_locks")), @"
    Deadlock: every thread waits, and nothing is left that could wake one
    a thread of waits_for_locks at crates/harness/tests/verdicts.rs:[line]
      waits for something to be initialised
    barrier at crates/harness/tests/verdicts.rs:[line]
      waits at a Barrier for others to come
    condvar at crates/harness/tests/verdicts.rs:[line]
      waits on a Condvar for somebody to notify it
    mutex at crates/harness/tests/verdicts.rs:[line]
      waits for a Mutex
    once at crates/harness/tests/verdicts.rs:[line]
      waits for something to be initialised
    read at crates/harness/tests/verdicts.rs:[line]
      waits to read an RwLock
    scope at crates/harness/tests/verdicts.rs:[line]
      waits for the threads of its scope to end
    write at crates/harness/tests/verdicts.rs:[line]
      waits to write an RwLock
    the test at crates/harness/tests/verdicts.rs:[line]
      waits to be unparked
    ");
    insta::assert_snapshot!(text(&run("waits_for_channels")), @"
    Deadlock: every thread waits, and nothing is left that could wake one
    receive at crates/harness/tests/verdicts.rs:[line]
      waits to receive from a channel
    select at crates/harness/tests/verdicts.rs:[line]
      waits to receive from a channel
    send at crates/harness/tests/verdicts.rs:[line]
      waits to send to a channel that is full
    std receive at crates/harness/tests/verdicts.rs:[line]
      waits to receive from a channel
    std send at crates/harness/tests/verdicts.rs:[line]
      waits to send to a channel that is full
    the test at crates/harness/tests/verdicts.rs:[line]
      waits to be unparked
    ");
    insta::assert_snapshot!(text(&run("receives_for_ever")), @"
    Deadlock: every thread waits, and nothing is left that could wake one
    the test at crates/harness/fixtures/learner.rs:[line]
      waits to receive from a channel
    ");
    insta::assert_snapshot!(text(&run("many_wait_for_one")), @"
    Deadlock: every thread waits, and nothing is left that could wake one
    worker 0, worker 1, worker 2 and 9 more threads
      at crates/harness/fixtures/learner.rs:[line]
      waits on a Condvar for somebody to notify it
    the test at crates/harness/tests/verdicts.rs:[line]
      waits for the end of worker 0
    ");
}

#[test]
fn threads_left_behind_are_a_leak() {
    insta::assert_snapshot!(text(&run("leaks_a_blocked_thread")), @"
    Leak: a thread of learner::leaves_a_worker is left when the test is over
    a thread of learner::leaves_a_worker at crates/harness/fixtures/learner.rs:[line]
      waits on a Condvar for somebody to notify it
    ");
    insta::assert_snapshot!(text(&run("leaks_a_sleeping_thread")), @"
    Leak: ticker is left when the test is over
    ticker at crates/harness/tests/verdicts.rs:[line]
      waits for a time to pass, asleep
    ");
    assert_eq!(text(&run("threads_that_end_later_are_no_leak")), "Pass: \n");
}

#[test]
fn a_forged_record_voids_the_test() {
    insta::assert_snapshot!(text(&run("writes_to_every_pipe")), @"EarlyExit: the code under test wrote to the harness's pipe");
    insta::assert_snapshot!(text(&run("forges_its_completion")), @"EarlyExit: the code under test wrote to the harness's pipe");
}

#[test]
fn a_process_left_behind_holds_nobody_up() {
    let outcome = run("leaves_a_process_behind");
    assert_eq!(text(&outcome), "Pass: \n");
    assert!(outcome.wall < Duration::from_secs(30));
}

#[test]
fn an_incomplete_meeting_is_not_concurrent_unless_a_panic_explains_it() {
    insta::assert_snapshot!(text(&run("never_meets")), @"
    NotConcurrent: 1 of 3 came to “three eaters”
    the test at crates/harness/fixtures/learner.rs:[line]
      waits at “three eaters”: 1 of 3 have come
    ");
    insta::assert_snapshot!(text(&run("panics_before_the_meeting")), @"
    Panic: not yet implemented: write `dine`: every philosopher eats once
    at crates/harness/fixtures/learner.rs:[line], in thread `P0`
    then every thread waited, and nothing was left to wake one:

    the test at crates/harness/tests/verdicts.rs:[line]
      waits at “two eaters”: 1 of 2 have come
    ");
}

#[test]
fn a_loaded_machine_changes_nothing() {
    let stop = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let cores = std::thread::available_parallelism().map_or(2, usize::from);
        for _ in 0..2 * cores {
            scope.spawn(|| {
                while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                    std::hint::spin_loop();
                }
            });
        }
        let outcomes: Vec<_> = (0..3).map(|_| text(&run("is_busy_and_well"))).collect();
        let deadlock = run("deadlocks").verdict;
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
        assert_eq!(outcomes, ["Pass: \n"; 3]);
        assert_eq!(deadlock, Verdict::Deadlock);
    });
}

#[test]
fn what_did_not_start_or_was_cancelled_is_nobodys_fault() {
    insta::assert_snapshot!(text(&run("does_not_exist")), @"Ungraded: the test did not start: exit code 0");
    let missing = Command::new("/nonexistent/binary");
    let outcome = supervise::run(missing, &limits(), &AtomicBool::new(false));
    insta::assert_snapshot!(text(&outcome), @"Ungraded: cannot start `/nonexistent/binary`: No such file or directory (os error 2)");
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args([
        "--exact",
        "fixtures::sleeps_for_ever",
        "--nocapture",
        "--include-ignored",
    ]);
    let outcome = supervise::run(command, &limits(), &AtomicBool::new(true));
    insta::assert_snapshot!(text(&outcome), @"Ungraded: cancelled");
}
