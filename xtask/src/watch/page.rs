//! What stands on each page of `watch`, and where on a screen of any size: lines and numbers, no terminal.

use std::time::Duration;

use findings::Verdict;

use super::state::{End, Filter, Kind, Page, Question, State, Text, headline};
use crate::{
    report::lines::{Line, Tone, lines},
    workbench::{self, Status},
};

/// The colour of what is right, of what is wrong, and of what is open.
const RIGHT: Verdict = Verdict::Pass;
const WRONG: Verdict = Verdict::WrongAnswer;
const OPEN: Verdict = Verdict::Undecided;

/// A run longer than this is worth a word.
const LONG: Duration = Duration::from_secs(5);

/// The page that is open, however long it is; the list has one line an exercise at most.
pub fn body(state: &State) -> Vec<Line> {
    match &state.page {
        Page::Report => state.check.lines.clone(),
        Page::Bench => state.bench.lines.clone(),
        Page::Hints => hints(state),
        Page::Solution { text, solved } => solution(state, text, *solved),
        Page::List { filter, .. } => list(state, *filter),
    }
}

/// The page as it fits into the width of the screen.
pub fn folded(state: &State) -> Vec<Line> {
    let width = usize::from(state.size.0);
    let body = body(state);
    match state.page {
        Page::List { .. } => body.into_iter().map(|line| line.cut(width)).collect(),
        _ => body.iter().flat_map(|line| line.fold(width)).collect(),
    }
}

/// The first line on the screen. The list follows its cursor.
pub fn top(state: &State) -> usize {
    let last = folded(state).len().saturating_sub(body_rows(state));
    match state.page {
        Page::List { .. } => selected(state)
            .unwrap_or(0)
            .saturating_sub(body_rows(state) / 2)
            .min(last),
        _ => state.scroll.min(last),
    }
}

/// The line of the list that the cursor is on.
pub fn selected(state: &State) -> Option<usize> {
    let Page::List { cursor, filter } = state.page else {
        return None;
    };
    let item = *state.listed(filter).get(cursor)?;
    list_lines(state, filter)
        .iter()
        .position(|(of, _)| *of == Some(item))
}

/// Where in the folded page the last hint begins.
pub fn last_hint(state: &State) -> usize {
    let before = hint_lines(state, state.item().hints_taken.saturating_sub(1));
    let width = usize::from(state.size.0);
    before.iter().map(|line| line.fold(width).len()).sum()
}

fn hints(state: &State) -> Vec<Line> {
    let item = state.item();
    let mut all = hint_lines(state, item.hints_taken);
    match item.hints.len() - item.hints_taken.min(item.hints.len()) {
        0 => {}
        1 => all.push(Line::new(Tone::Dim, "One more hint: h")),
        more => all.push(Line::new(Tone::Dim, format!("{more} more hints: h"))),
    }
    all
}

fn hint_lines(state: &State, count: usize) -> Vec<Line> {
    let hints = &state.item().hints;
    (1..)
        .zip(hints.iter().take(count))
        .flat_map(|(number, hint)| {
            let heading = format!("Hint {number} of {}", hints.len());
            [Line::new(Tone::Bold, heading)]
                .into_iter()
                .chain(workbench::paragraphs(hint).into_iter().map(Line::plain))
                .chain([Line::empty()])
        })
        .collect()
}

fn solution(state: &State, text: &Text, solved: Option<Option<usize>>) -> Vec<Line> {
    let item = state.item();
    let mut all = Vec::new();
    if let Some(next) = solved {
        all.push(match state.check.lines.last() {
            Some(last) => last.clone(),
            None => headline(&item.id, Verdict::Pass),
        });
        all.push(match next {
            Some(next) => Line::plain("Next: ")
                .and(Tone::Bold, &state.items[next].id)
                .and(Tone::Plain, format!("  {}", state.items[next].path))
                .and(Tone::Dim, "  (n, or save it)"),
            None => Line::new(Tone::Verdict(RIGHT), "Every exercise passes."),
        });
        all.push(Line::empty());
    }
    match text {
        Text::Awaited => {}
        Text::Known(text) => {
            all.push(Line::new(Tone::Bold, "The reference solution"));
            all.push(Line::empty());
            all.extend(lines(Tone::Plain, text));
        }
        Text::Absent => all.push(Line::new(
            Tone::Dim,
            "This edition of the course has no reference solutions.",
        )),
    }
    all
}

fn list(state: &State, filter: Filter) -> Vec<Line> {
    list_lines(state, filter)
        .into_iter()
        .map(|(_, line)| line)
        .collect()
}

/// The lines of the list, each with the exercise it is about.
fn list_lines(state: &State, filter: Filter) -> Vec<(Option<usize>, Line)> {
    let mut all = Vec::new();
    let mut chapter = "";
    for index in state.listed(filter) {
        let item = &state.items[index];
        if item.chapter != chapter {
            chapter = &item.chapter;
            all.push((None, Line::new(Tone::Bold, chapter)));
        }
        let tone = match item.status {
            Status::Changed => Tone::Plain,
            Status::Judged { verdict } => Tone::Verdict(verdict),
        };
        let mark = if index == state.focus { ">" } else { " " };
        let stars = "*".repeat(item.difficulty.into());
        let line = Line::plain(format!("{mark} {:<24} ", item.marked_id))
            .and(tone, format!("{:<15}", item.status.name()))
            .and(
                Tone::Plain,
                format!(
                    " {:>3} points  {stars:<5} {:>4} min",
                    item.points, item.minutes
                ),
            );
        all.push((Some(index), line));
    }
    if all.is_empty() {
        all.push((None, Line::new(Tone::Dim, "none")));
    }
    all
}

/// One line: what runs, or how the last thing that ran ended.
pub fn status(state: &State) -> Line {
    if let Page::List { filter, .. } = state.page {
        let shown = state.listed(filter).len();
        let counts = format!(" {shown} of {} exercises", state.items.len());
        return Line::plain(counts).and(Tone::Dim, format!(", filter: {}", filter.name()));
    }
    if state.page == Page::Hints && state.job.is_none() {
        let item = state.item();
        let counts = format!(" {} of {} hints", item.hints_taken, item.hints.len());
        return Line::plain(counts);
    }
    match &state.job {
        Some(_) => running(state),
        None if state.page == Page::Bench => ended(state, &state.bench.end),
        None => ended(state, &state.check.end),
    }
}

fn running(state: &State) -> Line {
    let Some(job) = &state.job else {
        return Line::empty();
    };
    let took = state.now.saturating_sub(job.since);
    let seconds = format!("{:.1} s", took.as_secs_f64());
    if let Some(what) = &job.waits_for {
        return Line::new(Tone::Verdict(OPEN), format!(" {what}, {seconds}"));
    }
    if job.kind == Kind::Bench {
        return Line::new(Tone::Verdict(OPEN), format!(" measuring, {seconds}"))
            .and(Tone::Dim, "  (esc stops it)");
    }
    if !job.compiled {
        return Line::new(Tone::Verdict(OPEN), format!(" compiling, {seconds}"));
    }
    let mut line = Line::new(Tone::Verdict(OPEN), " running");
    if job.passed > 0 {
        line = line.and(Tone::Verdict(RIGHT), format!(", {} passed", job.passed));
    }
    if job.failed > 0 {
        line = line.and(Tone::Verdict(WRONG), format!(", {} failed", job.failed));
    }
    line = line.and(Tone::Verdict(OPEN), format!(", {seconds}"));
    if took > LONG {
        line = line.and(Tone::Dim, "  (esc stops it, and so does a save)");
    }
    line
}

fn ended(state: &State, end: &End) -> Line {
    let id = &state.item().id;
    match end {
        End::None => Line::empty(),
        End::Checked(verdict) => Line::plain(" ").and(Tone::Headline(*verdict), verdict.name()),
        End::Benched { succeeded: true } => Line::plain(" measured"),
        End::Benched { succeeded: false } => {
            Line::new(Tone::Verdict(OPEN), " not measured to the end")
        }
        End::Stopped => Line::new(
            Tone::Verdict(OPEN),
            format!(" stopped; r checks {id} again"),
        ),
        End::Failed(message) => Line::new(Tone::Verdict(WRONG), " error: ")
            .and(Tone::Plain, message.lines().next().unwrap_or_default()),
    }
}

/// What wants to be noticed, above the keys.
pub fn messages(state: &State) -> Vec<Line> {
    let width = usize::from(state.size.0);
    let text = match (state.question, &state.notice) {
        (Some(question), _) => {
            let id = &state.item().id;
            match question {
                Question::Reset => {
                    format!("Put the stub of {id} back? Your file is kept beside it. (y/n)")
                }
                Question::Reveal => format!("{id} does not pass yet. Show the solution? (y/n)"),
            }
        }
        (None, Some(notice)) => notice.text.clone(),
        (None, None) => match message_of_failure(state) {
            Some(text) => text,
            None => return Vec::new(),
        },
    };
    lines(Tone::Bold, &text)
        .flat_map(|line| line.fold(width))
        .take(MOST_MESSAGES)
        .collect()
}

/// More rows than this would leave nothing for the page.
const MOST_MESSAGES: usize = 6;

/// An error whose first line alone stands in the status.
fn message_of_failure(state: &State) -> Option<String> {
    let end = match state.page {
        Page::Report => &state.check.end,
        Page::Bench => &state.bench.end,
        _ => return None,
    };
    let width = usize::from(state.size.0);
    match end {
        End::Failed(message) if message.lines().count() > 1 || message.len() + 8 > width => {
            Some(format!("{message}\n(r tries again)"))
        }
        _ => None,
    }
}

/// What stands around the page on a screen of this height.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame {
    pub title: bool,
    pub path: bool,
    pub rules: bool,
    pub keys: bool,
}

impl Frame {
    pub fn of(rows: usize) -> Frame {
        Frame {
            title: rows >= 3,
            path: rows >= 10,
            rules: rows >= 8,
            keys: rows >= 4,
        }
    }

    fn rows(self) -> usize {
        // The status is always there.
        let Frame {
            title,
            path,
            rules,
            keys,
        } = self;
        1 + usize::from(title) + usize::from(path) + 2 * usize::from(rules) + usize::from(keys)
    }
}

/// Rows of the screen that show the page.
pub fn body_rows(state: &State) -> usize {
    let rows = usize::from(state.size.1);
    rows.saturating_sub(Frame::of(rows).rows() + messages(state).len())
}

/// The keys that do something now, the most needed first; the last one is always shown.
pub fn keys(state: &State) -> Vec<(&'static str, &'static str)> {
    if state.question.is_some() {
        return vec![("y", "yes"), ("n", "no")];
    }
    match state.page {
        Page::List { .. } => vec![
            ("enter", "go there"),
            ("↑ ↓", "move"),
            ("f", "filter"),
            ("esc", "back"),
            ("q", "quit"),
        ],
        Page::Report | Page::Hints | Page::Solution { .. } | Page::Bench => {
            let mut keys = Vec::new();
            if state
                .notice
                .as_ref()
                .is_some_and(|notice| notice.offers.is_some())
            {
                keys.push(("g", "go there"));
            }
            let esc = match (&state.page, &state.job) {
                (Page::Report, Some(_)) => Some("stop"),
                (Page::Report, None) => None,
                _ => Some("back"),
            };
            keys.extend([("h", "hint"), ("n", "next"), ("l", "list")]);
            keys.extend(esc.map(|label| ("esc", label)));
            keys.extend([
                ("r", "again"),
                ("v", "reveal"),
                ("b", "bench"),
                ("x", "reset"),
                ("q", "quit"),
            ]);
            keys
        }
    }
}
