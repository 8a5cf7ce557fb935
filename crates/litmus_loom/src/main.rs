//! Runs the C litmus test on standard input under loom, and says what it found, a line each: `state …` for each
//! final state, `executions …`, `microseconds …`, and where it applies `race …` or `unfinished …`.
//!
//! `cargo xtask litmus --loom` reads that. Left out: bounds of one's own.

use std::{
    io::{self, Read as _},
    process::ExitCode,
};

use litmus_loom::{Bounds, Found, explore};

fn main() -> ExitCode {
    match answer() {
        Ok(answer) => {
            print!("{answer}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn answer() -> Result<String, String> {
    let mut text = String::new();
    io::stdin()
        .read_to_string(&mut text)
        .map_err(|error| format!("the test cannot be read: {error}"))?;
    let program = litmus::parse(&text).map_err(|error| error.to_string())?;
    let found = explore(&program, &Bounds::default()).map_err(|error| error.to_string())?;
    Ok(lines(&found))
}

fn lines(found: &Found) -> String {
    let states = found.states.iter();
    let mut lines: Vec<String> = states
        .map(|state| format!("state {}", found.observed.show(state)))
        .collect();
    lines.push(format!("executions {}", found.executions));
    lines.push(format!("microseconds {}", found.took.as_micros()));
    lines.extend(
        found
            .race
            .iter()
            .map(|race| format!("race {}", one_line(race))),
    );
    let unfinished = found.unfinished.iter().map(ToString::to_string);
    lines.extend(unfinished.map(|why| format!("unfinished {}", one_line(&why))));
    lines.join("\n") + "\n"
}

/// loom's own words may go over several lines.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
