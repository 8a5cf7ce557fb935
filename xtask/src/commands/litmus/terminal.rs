//! The report for people: a test and a model on about a screen, or a line for each test of a batch.

use std::time::Duration;

use findings::Verdict as Tint;
use litmus::{Model, Verdict, answer::Unknown, classics, model::Axiom, program::Quantifier};

use super::judge::{Compared, Disagreement, Here, Judged, Row, Shown, Tested, Unexpected, Why};
use crate::report::{
    lines::{Line, Tone},
    terminal::WIDTH,
};

/// Final states shown of one test at most.
const MOST_STATES: usize = 16;

const RED: Tone = Tone::Headline(Tint::WrongAnswer);
const YELLOW: Tone = Tone::Headline(Tint::Undecided);

/// A model in words.
fn words(model: Model) -> &'static str {
    match model {
        Model::Sc => "sequential consistency: one step at a time",
        Model::Tso => "x86, where stores wait in a buffer; no compiler reorders anything",
        Model::Rc11 => "Rust's rules, except that it forbids load buffering",
        Model::Rc112017 => "RC11 as published, with the longer release sequence of C++11",
        Model::Rc11NoThinAir => "the axioms of C++20 and Rust, as they are written",
    }
}

/// The named tests, family by family.
pub fn list() -> Vec<Line> {
    let mut lines = Vec::new();
    let mut family = "";
    for classic in classics::ALL {
        if classic.family != family {
            if !family.is_empty() {
                lines.push(Line::empty());
            }
            family = classic.family;
            lines.push(Line::new(Tone::Bold, family));
        }
        lines.push(Line::plain(format!(
            "  {:<18} {}",
            classic.name, classic.about
        )));
    }
    lines.push(Line::empty());
    lines.push(Line::new(
        Tone::Dim,
        "behind a +: rlx, acq, rel and sc accesses, fsc, frel and facq fences",
    ));
    lines.push(Line::new(
        Tone::Dim,
        "cargo xtask litmus NAME [--model sc,tso,rc11,rc11-2017,rc11-no-thin-air]",
    ));
    folded(lines)
}

/// Everything about one test, model after model. `default`: nobody asked for the model.
pub fn whole(judged: &Judged, default: bool) -> Vec<Line> {
    let file = judged.place();
    let tested = match &judged.outcome {
        Ok(tested) => tested,
        Err(fault) => {
            return folded(vec![broken(&file, fault.message())]);
        }
    };
    let mut lines = Vec::new();
    for row in &tested.rows {
        if !lines.is_empty() {
            lines.push(Line::empty());
        }
        lines.push(Line::new(Tone::Bold, &tested.name).and(Tone::Dim, format!("  {file}")));
        let model = row.model;
        let chosen = if default { ", the default" } else { "" };
        lines.push(Line::new(
            Tone::Dim,
            format!("{model}{chosen}: {}", words(model)),
        ));
        lines.push(Line::empty());
        lines.extend(states(tested, row));
        lines.push(Line::empty());
        lines.extend(here_lines(tested, row));
        lines.extend(loom_lines(tested, row));
        lines.extend(verdict(tested, row));
    }
    folded(lines)
}

fn broken(which: &str, message: &str) -> Line {
    // A parser's message begins with line and column.
    let place = message.starts_with(|c: char| c.is_ascii_digit());
    let colon = if place { ":" } else { " " };
    Line::new(RED, "error").and(Tone::Plain, format!(": {which}{colon}{message}"))
}

/// The final states that the model allows, the machine ended in, or loom found.
fn states(tested: &Tested, row: &Row) -> Vec<Line> {
    let here = tested.here.as_ref().and_then(|here| here.as_ref().ok());
    let found = tested.loom.as_ref().and_then(|loom| loom.as_ref().ok());
    let mut all: Vec<(&str, bool)> = row
        .states
        .iter()
        .map(|ending| (ending.state.as_str(), ending.satisfies))
        .collect();
    let others = here
        .iter()
        .flat_map(|here| &here.counts)
        .map(|count| (count.state.as_str(), count.satisfies))
        .chain(
            found
                .iter()
                .flat_map(|found| found.states.iter().map(move |state| (found, state)))
                .map(|(found, state)| (state.as_str(), found.satisfying.contains(state))),
        );
    for (state, satisfies) in others {
        if !all.iter().any(|(known, _)| *known == state) {
            all.push((state, satisfies));
        }
    }
    all.sort_unstable();
    if all.is_empty() {
        return vec![Line::plain("  no final state was reached")];
    }
    let mut head = "  executions".to_owned();
    if here.is_some() {
        head += &format!("{:>12}", "here");
    }
    if found.is_some() {
        head += &format!("{:>6}", "loom");
    }
    let mut lines = vec![Line::new(Tone::Dim, head)];
    let left_out = all.len().saturating_sub(MOST_STATES);
    let mut droppable = left_out;
    for (state, satisfies) in all {
        let allowed = row.state(state);
        let possible = allowed.is_some() || row.allows(state);
        // What is interesting stays.
        if droppable > 0 && !satisfies && possible {
            droppable -= 1;
            continue;
        }
        let executions = match allowed {
            Some(ending) => grouped(ending.executions),
            None if row.unknown.is_some() || possible => "?".to_owned(),
            None => "none".to_owned(),
        };
        let mut text = format!("  {executions:>10}");
        if let Some(here) = here {
            text += &format!("{:>12}", grouped(here.count(state).unwrap_or(0)));
        }
        if let Some(found) = found {
            let yes = found.states.contains(state);
            text += &format!("{:>6}", if yes { "yes" } else { "-" });
        }
        let tone = match (possible, satisfies) {
            (false, _) if row.unknown.is_none() && !row.undefined => RED,
            (_, true) => Tone::Bold,
            (_, false) => Tone::Plain,
        };
        let mark = if satisfies { "*" } else { " " };
        let margin = text.chars().count() + 4;
        lines.extend(hanging(&text, &format!("{mark} {state}"), tone, margin));
    }
    let dropped = left_out - droppable;
    if dropped > 0 {
        lines.push(Line::new(
            Tone::Dim,
            format!("  and {dropped} more; --format json has all of them"),
        ));
    }
    lines
}

/// `text`, two blanks and `rest`, which goes on in a column of its own.
fn hanging(text: &str, rest: &str, tone: Tone, margin: usize) -> Vec<Line> {
    let column = Line::new(tone, rest).fold(WIDTH.saturating_sub(margin).max(20));
    let blank = " ".repeat(text.chars().count());
    column
        .into_iter()
        .enumerate()
        .map(|(index, part)| {
            let (lead, indent) = if index == 0 {
                (text, "")
            } else {
                (&*blank, "  ")
            };
            let mut line = Line::plain(format!("{lead}  {indent}"));
            line.spans.extend(part.spans);
            line
        })
        .collect()
}

fn here_lines(tested: &Tested, row: &Row) -> Vec<Line> {
    let mut lines = Vec::new();
    match &tested.here {
        None => return lines,
        Some(Err(error)) => {
            lines.push(Line::new(YELLOW, "here").and(Tone::Plain, format!(": {error}")))
        }
        Some(Ok(here)) => {
            let stopped = if here.stopped { ", stopped early" } else { "" };
            lines.push(Line::plain(format!(
                "here: {} runs on {} in {}{stopped}",
                grouped(here.runs),
                here.machine,
                duration(here.took)
            )));
            let notes = here.notes.iter();
            lines.extend(notes.map(|note| Line::new(Tone::Dim, format!("  {note}"))));
            lines.extend(against(tested, row, here));
        }
    }
    lines.push(Line::empty());
    lines
}

/// What the machine did and should not have: said as loudly as it can be.
fn surprises<'a>(unexpected: impl Iterator<Item = &'a Unexpected>) -> Vec<Line> {
    let lines = unexpected.map(|unexpected| {
        let word = if unexpected.promised {
            "error"
        } else {
            "forbidden"
        };
        Line::new(RED, word).and(Tone::Plain, format!(": {}", unexpected.sentence))
    });
    lines.collect()
}

/// What it did, held against the row's model and against the one that its processor has promised.
fn against(tested: &Tested, row: &Row, here: &Here) -> Vec<Line> {
    let mut models = Vec::new();
    if !row.undefined && row.unknown.is_none() {
        models.push(row.model);
    }
    if here.keeps_tso() && row.model != Model::Tso {
        models.push(Model::Tso);
    }
    let all = tested.unexpected.iter();
    let surprises = surprises(all.filter(|unexpected| models.contains(&unexpected.model)));
    if !surprises.is_empty() || models.is_empty() {
        return surprises;
    }
    let names: Vec<&str> = models.iter().map(|model| model.name()).collect();
    let text = format!("  nothing that {} forbids", names.join(" or "));
    vec![Line::new(Tone::Dim, text)]
}

fn loom_lines(tested: &Tested, row: &Row) -> Vec<Line> {
    let line = match &tested.loom {
        None => return Vec::new(),
        Some(Err(error)) => Line::new(YELLOW, "loom").and(Tone::Plain, format!(": {error}")),
        Some(Ok(found)) => {
            let compared = row.compared_with(found);
            let mut said = vec![format!("{} executions", grouped(found.executions))];
            said.extend(found.unfinished.clone());
            said.extend(
                found
                    .race
                    .iter()
                    .map(|race| format!("a data race: {}", race.trim_end_matches('.'))),
            );
            let (tone, text) = difference(row, &compared);
            Line::new(tone, "loom").and(Tone::Plain, format!(": {}; {text}", said.join(", ")))
        }
    };
    vec![line, Line::empty()]
}

fn difference(row: &Row, compared: &Compared<'_>) -> (Tone, String) {
    let model = row.model;
    match compared.race {
        Some(Disagreement::Missed) => return (YELLOW, "it misses the data race".to_owned()),
        Some(Disagreement::Invented) => return (YELLOW, format!("{model} knows of no race")),
        None => {}
    }
    match (compared.missed.len(), compared.invented.len()) {
        (0, 0) if row.undefined => (Tone::Plain, format!("{model} says so too")),
        (0, 0) => (Tone::Plain, format!("it shows what {model} allows")),
        (missed, 0) => (YELLOW, format!("it misses {missed}")),
        (0, invented) => (YELLOW, format!("it invents {invented}")),
        (missed, invented) => (YELLOW, format!("it misses {missed} and invents {invented}")),
    }
}

/// The condition, the verdict in a sentence, and the execution that shows it.
fn verdict(tested: &Tested, row: &Row) -> Vec<Line> {
    let mut lines = Vec::new();
    if let Some(condition) = &tested.condition {
        lines.push(Line::plain(format!("* {condition}")));
    }
    let Some(shown) = &row.shown else {
        return lines;
    };
    let (tone, word, sentence) = sentence(tested, row, shown);
    lines.push(Line::new(tone, word).and(Tone::Plain, sentence));
    let picture = shown.picture.as_ref();
    if let Some(picture) = picture.filter(|_| !matches!(shown.why, Why::Unasked)) {
        lines.push(Line::empty());
        let lanes = picture.lanes();
        lines.extend(lanes.lines().map(|line| match line.trim_end() {
            "" => Line::empty(),
            line => Line::plain(format!("  {line}")),
        }));
    }
    let notes = notes(row, shown);
    if !notes.is_empty() {
        lines.push(Line::empty());
        lines.extend(notes.into_iter().map(Line::plain));
    }
    lines
}

/// What else there is to know.
fn notes(row: &Row, shown: &Shown) -> Vec<&'static str> {
    let mut notes = Vec::new();
    if row.unknown.is_some() && !matches!(shown.why, Why::Unknown(_)) {
        notes.push("The final states above are not all: the search reached its bound.");
    }
    if shown.only_rust_allows {
        notes.push("RC11 forbids, Rust allows: Rust's rules have no axiom no-thin-air.");
    }
    if row.states.iter().any(|ending| ending.state.contains("=?")) {
        notes.push(
            "`?` is a value out of thin air: nothing in the program determines it. The axioms as \
             written do not rule it out; no compiler and no processor does it.",
        );
    }
    notes
}

fn sentence(tested: &Tested, row: &Row, shown: &Shown) -> (Tone, &'static str, String) {
    let all = row.states.len();
    let like_that = row.states.iter().filter(|ending| ending.satisfies).count();
    let word = row
        .verdict
        .map_or("No condition", |verdict| said(tested.quantifier, verdict));
    match &shown.why {
        Why::Unasked => {
            let executions = grouped(row.executions);
            let states = counted(all, "final state");
            (
                Tone::Bold,
                word,
                format!(": {states}, {executions} executions."),
            )
        }
        Why::Race(accesses) => (
            RED,
            "Undefined behaviour",
            format!(": a data race. {accesses}, and nothing orders the two.")
                .replacen(". t", ". T", 1),
        ),
        // It is decided, and what would show why is out of reach.
        Why::Unknown(_) if matches!(row.verdict, Some(Verdict::Holds | Verdict::Fails)) => (
            Tone::Bold,
            word,
            ": there are too many ways in which it could not end so to show one.".to_owned(),
        ),
        Why::Unknown(unknown) => (YELLOW, "Unknown", format!(": {}", spent(*unknown))),
        Why::Witness => {
            let (count, not) = match tested.quantifier {
                Some(Quantifier::Forall) => (all - like_that, "not "),
                _ => (like_that, ""),
            };
            let are = if count == 1 { "is" } else { "are" };
            let states = counted(all, "final state");
            let text =
                format!(": {count} of {states} {are} {not}like that. An execution that ends so:");
            (Tone::Bold, word, text)
        }
        Why::NoCandidate => (
            Tone::Bold,
            word,
            match tested.quantifier {
                Some(Quantifier::Forall) => {
                    ": whatever the reads see, it ends like that.".to_owned()
                }
                _ => ": whatever the reads see, these values do not come about.".to_owned(),
            },
        ),
        Why::Forbidden {
            candidates,
            all,
            broken,
        } => {
            let so = match tested.quantifier {
                Some(Quantifier::Forall) => "otherwise",
                _ => "so",
            };
            let text = match (candidates, broken.as_slice()) {
                _ if !all => format!(
                    ": there are too many ways in which it could end {so} to look at all; the first {} \
                     each break an axiom ({}). The nearest:",
                    grouped(*candidates),
                    each(broken)
                ),
                (1, [(axiom, _)]) => {
                    format!(": the one way in which it could end {so} breaks {axiom}.")
                }
                _ => format!(
                    ": {} ways in which it could end {so}, and each breaks an axiom ({}). The \
                     nearest:",
                    grouped(*candidates),
                    each(broken)
                ),
            };
            (Tone::Bold, word, text)
        }
    }
}

fn each(broken: &[(Axiom, u64)]) -> String {
    let parts: Vec<String> = broken
        .iter()
        .map(|(axiom, count)| format!("{axiom} {}", grouped(*count)))
        .collect();
    parts.join(", ")
}

/// A verdict in a word. `exists` asks what can happen; the others claim something.
fn said(quantifier: Option<Quantifier>, verdict: Verdict) -> &'static str {
    match (verdict, quantifier) {
        (Verdict::Holds, Some(Quantifier::Exists)) => "Allowed",
        (Verdict::Fails, Some(Quantifier::Exists)) => "Forbidden",
        (Verdict::Holds, _) => "Holds",
        (Verdict::Fails, _) => "Fails",
        (Verdict::Undefined, _) => "Undefined",
        (Verdict::Unknown, _) => "Unknown",
    }
}

/// What was spent, and what to do.
fn spent(unknown: Unknown) -> String {
    match unknown {
        Unknown::Graphs(graphs) => format!(
            "{} graphs were visited and more are left. `--budget {}` looks further; one thread or access \
             less does more.",
            grouped(graphs),
            graphs.saturating_mul(10)
        ),
        Unknown::States(states) => format!(
            "there are more than {} final states. Let the test show fewer registers.",
            grouped(states as u64)
        ),
        Unknown::Events(events) => format!(
            "an execution has {events} events, and that is more than the engine can hold. Make the \
             test smaller."
        ),
        Unknown::ThinAir => {
            "some value depends on itself in a way that the engine does not solve. The other \
                             models can tell."
                .to_owned()
        }
    }
}

/// Columns of a batch: a model's verdict; states, executions and time; runs here; loom.
const CELL: usize = 11;
const FIGURES: usize = 25;
const HERE: usize = 12;
const LOOM: usize = 10;

/// One line for each test, and what it comes to.
pub fn batch(judged: &[Judged], models: &[Model], default: bool, took: Duration) -> Vec<Line> {
    let labels = labels(judged);
    let longest = judged
        .iter()
        .zip(&labels)
        .filter(|(judged, _)| judged.outcome.is_ok())
        .map(|(_, label)| Line::plain(label).width())
        .max();
    let one = models.len() == 1;
    let taken = CELL * models.len()
        + if one { FIGURES } else { 0 }
        + if has_here(judged) { HERE } else { 0 }
        + if has_loom(judged) { LOOM } else { 0 };
    let room = WIDTH.saturating_sub(taken).max(12);
    let width = longest.unwrap_or(0).clamp(4, room);
    let mut head = format!("{:<width$}", "test");
    for model in models {
        head += &format!(" {:<10}", short(*model));
    }
    if one {
        head += &format!("{:>7}{:>11}{:>7}", "states", "executions", "us");
    }
    if has_here(judged) {
        head += &format!("{:>12}", "here");
    }
    if has_loom(judged) {
        head += "  loom";
    }
    let mut lines = vec![Line::new(Tone::Bold, head.trim_end()).cut(WIDTH)];
    for (judged, label) in judged.iter().zip(&labels) {
        lines.extend(match &judged.outcome {
            Err(fault) => folded(vec![broken(label, fault.message())]),
            Ok(tested) => row_of(tested, label, width, one),
        });
    }
    lines.push(Line::empty());
    lines.extend(folded(summary(judged, models, default, took)));
    lines
}

fn has_here(judged: &[Judged]) -> bool {
    tests(judged).any(|tested| tested.here.is_some())
}

fn has_loom(judged: &[Judged]) -> bool {
    tests(judged).any(|tested| tested.loom.is_some())
}

fn tests(judged: &[Judged]) -> impl Iterator<Item = &Tested> {
    judged
        .iter()
        .filter_map(|judged| judged.outcome.as_ref().ok())
}

/// A column's head.
fn short(model: Model) -> &'static str {
    match model {
        Model::Rc11NoThinAir => "rc11-nta",
        other => other.name(),
    }
}

/// A test's name, or its file where names repeat or there is none.
fn labels(judged: &[Judged]) -> Vec<String> {
    let mut seen = std::collections::HashMap::new();
    for tested in tests(judged) {
        *seen.entry(tested.name.as_str()).or_insert(0) += 1;
    }
    judged
        .iter()
        .map(|one| match (&one.outcome, &one.file) {
            (Ok(tested), None) => tested.name.clone(),
            (Ok(tested), Some(_)) if seen[tested.name.as_str()] == 1 => tested.name.clone(),
            (_, Some(file)) => file.clone(),
            (Err(_), None) => "?".to_owned(),
        })
        .collect()
}

fn row_of(tested: &Tested, text: &str, width: usize, one: bool) -> Vec<Line> {
    let label = Line::plain(text);
    let label = if label.width() > width {
        // The end of a path tells more than its beginning.
        Line::plain(format!("…{}", end_of(text, width - 1)))
    } else {
        let blanks = " ".repeat(width - label.width());
        label.and(Tone::Plain, blanks)
    };
    let mut line = label;
    let goes_on = one || tested.here.is_some() || tested.loom.is_some();
    for (index, row) in tested.rows.iter().enumerate() {
        let (tone, word) = cell(tested, row);
        let padding = if goes_on || index + 1 < tested.rows.len() {
            10
        } else {
            0
        };
        line = line
            .and(Tone::Plain, " ")
            .and(tone, format!("{word:<padding$}"));
    }
    if let (true, [row]) = (one, tested.rows.as_slice()) {
        line = line.and(
            Tone::Dim,
            format!(
                "{:>7}{:>11}{:>7}",
                row.states.len(),
                row.executions,
                row.took.as_micros()
            ),
        );
    }
    match &tested.here {
        Some(Ok(here)) => {
            let like_that = here.counts.iter().filter(|count| count.satisfies);
            let runs: u64 = like_that.map(|count| count.runs).sum();
            line = line.and(Tone::Plain, format!("{:>12}", grouped(runs)));
        }
        Some(Err(_)) => line = line.and(YELLOW, format!("{:>12}", "not run")),
        None => {}
    }
    if let (Some(loom), Some(row)) = (&tested.loom, tested.rows.first()) {
        let (tone, text) = match loom {
            Err(_) => (YELLOW, "gave up".to_owned()),
            Ok(found) => {
                let compared = row.compared_with(found);
                let text = match (
                    compared.race,
                    compared.missed.len(),
                    compared.invented.len(),
                ) {
                    (Some(Disagreement::Missed), ..) => "-race".to_owned(),
                    (Some(Disagreement::Invented), ..) => "+race".to_owned(),
                    (None, 0, 0) => "same".to_owned(),
                    (None, missed, 0) => format!("-{missed}"),
                    (None, 0, invented) => format!("+{invented}"),
                    (None, missed, invented) => format!("-{missed} +{invented}"),
                };
                let tone = if text == "same" { Tone::Dim } else { YELLOW };
                (tone, text)
            }
        };
        line = line.and(Tone::Plain, "  ").and(tone, text);
    }
    let mut lines = vec![line.cut(WIDTH)];
    lines.extend(folded(surprises(tested.unexpected.iter())));
    lines
}

/// The last characters, as many as fit.
fn end_of(text: &str, width: usize) -> &str {
    let starts = text.char_indices().map(|(at, _)| at);
    let mut ends = starts.map(|at| &text[at..]);
    ends.find(|end| Line::plain(end).width() <= width)
        .unwrap_or_default()
}

fn cell(tested: &Tested, row: &Row) -> (Tone, String) {
    let Some(verdict) = row.verdict else {
        return match (row.undefined, row.unknown) {
            (true, _) => (RED, "undefined".to_owned()),
            (false, Some(_)) => (YELLOW, "unknown".to_owned()),
            (false, None) => (Tone::Dim, "-".to_owned()),
        };
    };
    let tone = match verdict {
        Verdict::Undefined => RED,
        Verdict::Unknown => YELLOW,
        Verdict::Holds | Verdict::Fails => Tone::Plain,
    };
    (tone, said(tested.quantifier, verdict).to_lowercase())
}

fn summary(judged: &[Judged], models: &[Model], default: bool, took: Duration) -> Vec<Line> {
    let mut lines = Vec::new();
    let good: Vec<&Tested> = tests(judged).collect();
    for (index, &model) in models.iter().enumerate() {
        let mut words: Vec<(String, usize)> = Vec::new();
        for tested in &good {
            let word = match cell(tested, &tested.rows[index]).1 {
                none if none == "-" => "without a condition".to_owned(),
                word => word,
            };
            match words.iter_mut().find(|(known, _)| *known == word) {
                Some((_, count)) => *count += 1,
                None => words.push((word, 1)),
            }
        }
        words.sort();
        let parts: Vec<String> = words
            .iter()
            .map(|(word, count)| format!("{} {word}", grouped(*count as u64)))
            .collect();
        let chosen = if default { ", the default" } else { "" };
        lines.push(Line::plain(format!(
            "{} under {model}{chosen}: {}",
            counted(good.len(), "test"),
            parts.join(", ")
        )));
    }
    let faults = judged.len() - good.len();
    if faults > 0 {
        let text = match faults {
            1 => ": 1 file was not judged".to_owned(),
            more => format!(": {more} files were not judged"),
        };
        lines.push(Line::new(RED, "error").and(Tone::Plain, text));
    }
    let surprised = good.iter().filter(|tested| !tested.unexpected.is_empty());
    match surprised.count() {
        0 => {}
        count => lines.push(Line::new(RED, "error").and(
            Tone::Plain,
            format!(": {} did here what a model forbids", counted(count, "test")),
        )),
    }
    let engine: Duration = good
        .iter()
        .flat_map(|tested| &tested.rows)
        .map(|row| row.took)
        .sum();
    lines.push(Line::new(
        Tone::Dim,
        format!("{} of search, {} in all", duration(engine), duration(took)),
    ));
    lines
}

fn counted(count: usize, what: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{} {what}{s}", grouped(count as u64))
}

/// `1 000 000`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(' ');
        }
        text.push(digit);
    }
    text
}

fn duration(took: Duration) -> String {
    let millis = took.as_secs_f64() * 1e3;
    if millis < 10.0 {
        format!("{millis:.1} ms")
    } else if millis < 1000.0 {
        format!("{millis:.0} ms")
    } else {
        format!("{:.1} s", millis / 1e3)
    }
}

fn folded(lines: Vec<Line>) -> Vec<Line> {
    lines.iter().flat_map(|line| line.fold(WIDTH)).collect()
}
