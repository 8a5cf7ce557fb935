//! Draws a state: rows for a screen of the state's size, none longer than the screen is wide.

use super::{page, state::State};
use crate::report::lines::{Line, Tone};

/// One row of the screen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Row {
    pub line: Line,
    /// Light on dark where the rest is dark on light, over the whole width.
    pub reversed: bool,
}

pub fn draw(state: &State) -> Vec<Row> {
    let (width, height) = (usize::from(state.size.0), usize::from(state.size.1));
    let frame = page::Frame::of(height);
    let item = state.item();
    let mut rows = Vec::with_capacity(height);
    if frame.title {
        rows.push(title(state, width));
    }
    if frame.path {
        rows.push(plain(Line::new(Tone::Dim, format!(" {}", item.path))));
    }
    rows.push(plain(page::status(state)));

    let lines = page::folded(state);
    let top = page::top(state);
    let body = page::body_rows(state);
    let selected = page::selected(state);
    if frame.rules {
        rows.push(plain(Line::new(Tone::Dim, "─".repeat(width))));
    }
    for index in top..top + body {
        rows.push(Row {
            line: lines.get(index).cloned().unwrap_or_default(),
            reversed: selected == Some(index),
        });
    }
    if frame.rules {
        rows.push(plain(position(top, body, lines.len(), width)));
    }
    rows.extend(page::messages(state).into_iter().map(plain));
    if frame.keys {
        rows.push(plain(keys(state, width)));
    }
    rows.truncate(height);
    for row in &mut rows {
        row.line = std::mem::take(&mut row.line).cut(width);
    }
    rows
}

fn plain(line: Line) -> Row {
    Row {
        line,
        reversed: false,
    }
}

/// The exercise on the left, how far the course is on the right.
fn title(state: &State, width: usize) -> Row {
    let item = state.item();
    let right = format!("{} of {} pass ", state.passed(), state.items.len());
    let left = Line::new(Tone::Bold, format!(" {}", item.marked_id))
        .and(Tone::Plain, format!("  {}", item.title));
    let room = width.saturating_sub(right.len() + 2);
    let line = if room < item.marked_id.len() + 1 {
        left
    } else {
        let left = left.cut(room);
        let gap = width.saturating_sub(left.width() + right.len());
        left.and(Tone::Plain, " ".repeat(gap) + &right)
    };
    Row {
        line,
        reversed: true,
    }
}

/// The lower rule, which says what part of the page is on the screen.
fn position(top: usize, body: usize, all: usize, width: usize) -> Line {
    if all <= body {
        return Line::new(Tone::Dim, "─".repeat(width));
    }
    let shown = format!(
        "── lines {}-{} of {all}, PgUp PgDn ",
        top + 1,
        (top + body).min(all)
    );
    let rest = width.saturating_sub(shown.chars().count());
    Line::new(Tone::Dim, shown + &"─".repeat(rest))
}

/// As many keys as fit; the last one always.
fn keys(state: &State, width: usize) -> Line {
    let keys = page::keys(state);
    let entry = |&(key, what): &(&str, &str)| {
        Line::plain(" ")
            .and(Tone::Bold, key)
            .and(Tone::Plain, format!(" {what} "))
    };
    let Some((last, others)) = keys.split_last() else {
        return Line::empty();
    };
    let last = entry(last);
    let mut line = Line::empty();
    for key in others.iter().map(entry) {
        if line.width() + key.width() + last.width() <= width {
            line.spans.extend(key.spans);
        }
    }
    line.spans.extend(last.spans);
    line
}
