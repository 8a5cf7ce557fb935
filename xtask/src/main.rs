//! Every command of the course: `cargo xtask …`.
//!
//! One flow serves all: `catalog` (what exercises there are) → `submission` (whose file) → `policy` →
//! `overlay` → `compile` → `runs` (each test supervised in a process of its own) → `score` → `report`.
//! Each room hands the next one plain data type; `flow` strings them together and `commands` print.
//! Deliberately absent: anything that believes what learner code prints or exits with.

mod api;
mod archive;
mod args;
mod bench;
mod catalog;
mod commands;
mod compile;
mod course;
mod edition;
mod error;
mod externs;
mod flow;
mod git;
mod includes;
mod known_bad;
mod lock;
mod overlay;
mod policy;
mod progress;
mod report;
mod results;
mod runs;
mod score;
mod stage;
mod stop;
mod submission;
mod tidy;
mod transaction;
mod watch;
mod workbench;

use std::process::ExitCode;

use clap::Parser as _;

use crate::{
    args::{Args, Command},
    catalog::Catalog,
    commands::{
        bench as measure, check, completions, docs, doctor, export, grade, hint, list, litmus, new,
        replay, reset, reveal, soak, submit, update, verify, verify_speed,
    },
    course::Course,
    error::Result,
    flow::Judge,
    stop::Stop,
};

fn main() -> ExitCode {
    let args = Args::parse();
    match dispatch(args.command, Stop::on_ctrl_c()) {
        Ok(code) => ExitCode::from(code),
        Err(error) => {
            let red = report::terminal::style(findings::Verdict::WrongAnswer);
            anstream::eprintln!("{red}error{red:#}: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn dispatch(command: Command, stop: Stop) -> Result<u8> {
    // Asks about no exercise, and answers wherever it stands.
    if let Command::Litmus(options) = command {
        return litmus::run(&options, &stop);
    }
    let course = Course::here()?;
    // A machine can be looked at whatever the manifests say.
    if let Command::Doctor = command {
        return doctor::run(&course);
    }
    let catalog = Catalog::read(&course.root)?;
    if let Command::Watch { exercise } = command {
        return watch::run(course, catalog, stop, exercise.as_deref());
    }
    let judge = Judge::new(course, stop.clone(), progress::say)?;
    match command {
        Command::List { format } => list::run(&judge, &catalog, format),
        Command::Watch { .. } | Command::Doctor | Command::Litmus(_) => {
            unreachable!("needs no judge of this kind")
        }
        Command::Check { exercise } => check::run(&judge, &catalog, &exercise),
        Command::Hint { exercise, all } => hint::run(&judge.course, &catalog, &exercise, all),
        Command::Reveal { exercise, anyway } => reveal::run(&judge, &catalog, &exercise, anyway),
        Command::Reset { exercise } => reset::run(&judge.course, &catalog, &exercise),
        Command::New {
            exercise,
            chapter,
            modelled,
        } => new::run(&judge.course, &catalog, &exercise, &chapter, modelled),
        Command::Completions { shell } => completions::run(&catalog, shell),
        Command::Grade {
            names,
            tree,
            bench,
            format,
        } => grade::run(&judge, &catalog, &names, tree, bench, format),
        Command::Verify {
            names,
            format,
            accept_stubs,
            bench: false,
        } => verify::run(&judge, &catalog, &names, format, accept_stubs),
        Command::Verify { names, .. } => verify_speed::run(&judge, &catalog, &names),
        Command::Bench {
            exercise,
            solution,
            svg,
            format,
            runs,
            load,
        } => {
            let options = measure::Options {
                solution,
                svg,
                format,
                runs,
                load,
            };
            measure::run(&judge, &catalog, &exercise, &options)
        }
        Command::Soak { names, runs, load } => soak::run(&judge, &catalog, &names, runs, load),
        Command::Docs { open } => docs::run(&judge.course, open),
        Command::Replay { schedule } => replay::run(&judge, &catalog, &schedule),
        Command::Export { edition, folder } => {
            export::run(&judge.course, &catalog, edition, &folder, &stop)
        }
        Command::Submit { file, no_check } => submit::run(&judge, &catalog, file, !no_check),
        Command::Update { folder, dry_run } => update::run(&judge, &folder, dry_run),
    }
}
