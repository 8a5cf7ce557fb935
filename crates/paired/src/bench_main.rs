//! What `cargo bench` runs: the workloads of one exercise, by Criterion.
//!
//! Criterion and what it needs take longer to build than all that the tests of a chapter need, and Cargo
//! builds what a benchmark depends on for tests too. So a benchmark depends on this crate without
//! Criterion, sees whether there is anything to measure, and then asks Cargo for itself with Criterion.

use std::{
    env,
    panic::{self, PanicHookInfo},
    process::{self, ExitCode},
    sync::{Mutex, mpsc},
    thread,
    time::Duration,
};

use crate::Workload;

/// The `main` of a benchmark: `paired::bench_main!(workload::WORKLOADS);`.
#[macro_export]
macro_rules! bench_main {
    ($workloads:expr) => {
        fn main() -> ::std::process::ExitCode {
            $crate::bench_main(env!("CARGO_PKG_NAME"), env!("CARGO_CRATE_NAME"), $workloads)
        }
    };
}

/// How long one unit and then a thousand of each workload may take before they count as hung.
const PATIENCE: Duration = Duration::from_secs(20);

/// Tries every workload of `exercise`, says in a sentence what is in the way, or measures.
pub fn bench_main(
    package: &str,
    exercise: &'static str,
    workloads: &'static [Workload],
) -> ExitCode {
    match try_out(workloads) {
        Tried::Works => {}
        Tried::Panicked(message) => {
            return match message.strip_prefix("not yet implemented: ") {
                Some(todo) => {
                    println!("{exercise}: not written yet, so nothing to measure ({todo})");
                    // The other benchmarks of the chapter have their turn.
                    ExitCode::SUCCESS
                }
                None => {
                    println!("{exercise}: {message}\n`cargo xtask check {exercise}` says more");
                    ExitCode::FAILURE
                }
            };
        }
        Tried::Hangs => {
            println!(
                "{exercise}: does not come to an end\n`cargo xtask check {exercise}` says why"
            );
            // Its threads cannot be ended otherwise.
            process::exit(1);
        }
    }
    // Without it this is `cargo test --benches`, which asks only whether benchmarks work.
    if !env::args().any(|argument| argument == "--bench") {
        return ExitCode::SUCCESS;
    }
    measure(package, exercise, workloads)
}

#[cfg(feature = "criterion")]
fn measure(_package: &str, exercise: &str, workloads: &'static [Workload]) -> ExitCode {
    let mut criterion = criterion::Criterion::default().configure_from_args();
    let mut group = criterion.benchmark_group(exercise);
    group.throughput(criterion::Throughput::Elements(1));
    for workload in workloads {
        group.bench_function(workload.name, |bencher| bencher.iter_custom(workload.run));
    }
    group.finish();
    criterion.final_summary();
    ExitCode::SUCCESS
}

#[cfg(not(feature = "criterion"))]
fn measure(package: &str, exercise: &str, _workloads: &'static [Workload]) -> ExitCode {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let run = process::Command::new(cargo)
        .args(["bench", "--package", package, "--features", "criterion"])
        .args(["--bench", exercise, "--"])
        // Cargo adds this one itself.
        .args(
            env::args_os()
                .skip(1)
                .filter(|argument| argument != "--bench"),
        )
        .status();
    match run {
        Ok(status) if status.success() => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(cause) => {
            eprintln!("cannot run Cargo: {cause}");
            ExitCode::FAILURE
        }
    }
}

enum Tried {
    Works,
    /// The first panic of any thread.
    Panicked(String),
    Hangs,
}

fn try_out(workloads: &'static [Workload]) -> Tried {
    static FIRST: Mutex<Option<String>> = Mutex::new(None);
    let before = panic::take_hook();
    panic::set_hook(Box::new(|info| {
        let mut first = FIRST.lock().expect("formatting does not panic");
        first.get_or_insert_with(|| describe(info));
    }));
    let (done, ended) = mpsc::channel();
    let trying = thread::spawn(move || {
        // Sent, or dropped by a panic: either way the wait below ends.
        let done = done;
        for workload in workloads {
            (workload.run)(1);
            (workload.run)(1_000);
        }
        let _ = done.send(());
    });
    let hangs = matches!(
        ended.recv_timeout(PATIENCE),
        Err(mpsc::RecvTimeoutError::Timeout)
    );
    if hangs {
        return Tried::Hangs;
    }
    let panicked = trying.join().is_err();
    panic::set_hook(before);
    let first = FIRST.lock().expect("formatting does not panic").take();
    match first {
        Some(message) if panicked => Tried::Panicked(message),
        _ if panicked => Tried::Panicked("a panic without a message".to_owned()),
        _ => Tried::Works,
    }
}

fn describe(info: &PanicHookInfo<'_>) -> String {
    let message = info.payload_as_str().unwrap_or("a panic without a message");
    if message.starts_with("not yet implemented") {
        return message.to_owned();
    }
    match info.location() {
        Some(at) => format!("{message}, at {}:{}", at.file(), at.line()),
        None => message.to_owned(),
    }
}
