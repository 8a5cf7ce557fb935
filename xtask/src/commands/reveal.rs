//! `reveal`: the reference solution of an exercise, once the learner's own passes or the learner
//! insists. Only a remembered grade of the very file that lies there says that it passes.

use std::io::{self, IsTerminal as _};

use findings::Verdict;

use crate::{
    catalog::{Catalog, Exercise},
    commands::{one, raw},
    edition::{self, Edition},
    error::{Error, Result, exit},
    flow::Judge,
    report::{
        lines::{Line, Tone, lines},
        terminal::WIDTH,
    },
    submission::Stubs,
    workbench::{self, Status},
};

pub fn run(judge: &Judge, catalog: &Catalog, name: &str, anyway: bool) -> Result<u8> {
    let exercise = one(catalog, "reveal", name)?;
    let solution = solution(judge, exercise)?;
    let stubs = Stubs::read(&judge.course.root, &catalog.chapters)?;
    let status = workbench::status(judge, catalog, exercise, &stubs);
    if !status.is_pass() && !anyway {
        for line in Line::plain(not_yet(name, status)).fold(WIDTH) {
            anstream::eprintln!("{line}");
        }
        return Ok(exit::FAILED);
    }
    if io::stdout().is_terminal() {
        for line in page(exercise, &solution) {
            for line in line.fold(WIDTH) {
                anstream::println!("{line}");
            }
        }
    } else {
        // Into a file or another program: the source as it is, which compiles.
        raw(&solution)?;
    }
    Ok(exit::OK)
}

fn solution(judge: &Judge, exercise: &Exercise) -> Result<String> {
    let course = &judge.course;
    if let Some(solution) = edition::solution(course, exercise)? {
        return Ok(solution);
    }
    Err(match edition::of(course)? {
        Edition::Class => Error::usage(
            "this is the class edition, which has no solutions; ask whoever gave it to you",
        ),
        other => Error::course(format!(
            "the solution of `{}` is not in this {other}; take it from a fresh copy",
            exercise.id()
        )),
    })
}

fn not_yet(id: &str, status: Status) -> String {
    let stands = match status {
        Status::Changed => {
            format!("`{id}` was not checked as it stands now; `cargo xtask check {id}` does that")
        }
        Status::Judged {
            verdict: Verdict::NotStarted,
        } => format!("`{id}` is not started"),
        Status::Judged { verdict } => format!("`{id}` does not pass yet ({verdict})"),
    };
    format!(
        "{stands}. The solution is shown when it passes; to see it now, add `--anyway`. \
         `cargo xtask hint {id}` tells less."
    )
}

/// What the file says about itself first, as prose, then the code.
fn page(exercise: &Exercise, source: &str) -> Vec<Line> {
    let is_doc = |line: &&str| line.starts_with("//!");
    let doc: String = source
        .lines()
        .take_while(is_doc)
        .map(|line| {
            let text = line.trim_start_matches("//!");
            text.strip_prefix(' ').unwrap_or(text).to_owned() + "\n"
        })
        .collect();
    let title = format!("{}: the reference solution", exercise.id());
    let mut page = vec![Line::new(Tone::Bold, title), Line::empty()];
    page.extend(prose(&doc).into_iter().map(Line::plain));
    page.push(Line::empty());
    let code = source.lines().skip_while(is_doc).collect::<Vec<_>>();
    page.extend(lines(Tone::Plain, code.join("\n").trim_matches('\n')));
    page
}

/// Markdown without its line breaks: a line a paragraph or item, and code as it stands.
fn prose(doc: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let (mut in_code, mut goes_on) = (false, false);
    for line in doc.lines() {
        let begins = line.starts_with(['-', '*', '#', '|', '>'])
            || line.starts_with(|c: char| c.is_ascii_digit());
        match all.last_mut() {
            _ if line.starts_with("```") => {
                in_code = !in_code;
                goes_on = false;
                continue;
            }
            _ if in_code => all.push(format!("    {line}")),
            Some(last) if goes_on && !begins && !line.trim().is_empty() => {
                last.push(' ');
                last.push_str(line.trim());
            }
            _ => all.push(line.trim_end().to_owned()),
        }
        goes_on = !in_code && !line.trim().is_empty() && !line.starts_with(['#', '|']);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_explanation_stands_before_the_code_as_prose() {
        let doc = "Why it is\nright:\n\n- one reason\n  of two;\n- another.\n\n```\nlet x = 1;\n```\nEnd.\n";
        assert_eq!(
            prose(doc),
            [
                "Why it is right:",
                "",
                "- one reason of two;",
                "- another.",
                "",
                "    let x = 1;",
                "End."
            ]
        );
    }

    #[test]
    fn who_may_not_see_it_yet_is_told_what_leads_there() {
        let judged = |verdict| not_yet("one", Status::Judged { verdict });
        assert!(not_yet("one", Status::Changed).contains("`cargo xtask check one` does that"));
        assert!(judged(Verdict::NotStarted).starts_with("`one` is not started. "));
        assert!(judged(Verdict::Deadlock).starts_with("`one` does not pass yet (Deadlock). "));
    }
}
