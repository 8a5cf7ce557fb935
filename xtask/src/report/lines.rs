//! Lines as people read them, apart from where they are shown: `check` prints them, `watch` draws them.
//! Whatever a line is made of, it cannot steer a terminal.

use std::fmt;

use anstyle::{Color, Style};
use findings::Verdict;
use unicode_width::UnicodeWidthChar as _;

use super::terminal::{BOLD, DIM, WIDTH, style};
use crate::runs::Run;

/// What a piece of a line is, and so how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    Plain,
    Bold,
    Dim,
    /// In the colour of a verdict.
    Verdict(Verdict),
    /// The same, bold: the last word on an exercise.
    Headline(Verdict),
}

impl Tone {
    pub fn style(self) -> Style {
        match self {
            Tone::Plain => Style::new(),
            Tone::Bold => BOLD,
            Tone::Dim => DIM,
            Tone::Verdict(verdict) => style(verdict),
            Tone::Headline(verdict) => style(verdict).bold(),
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    pub tone: Tone,
    pub text: String,
}

/// One line, without its end.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Line {
    pub spans: Vec<Span>,
}

impl Line {
    pub fn new(tone: Tone, text: impl AsRef<str>) -> Line {
        Line::default().and(tone, text)
    }

    pub fn plain(text: impl AsRef<str>) -> Line {
        Line::new(Tone::Plain, text)
    }

    pub fn empty() -> Line {
        Line::default()
    }

    /// The same line with more at its end.
    pub fn and(mut self, tone: Tone, text: impl AsRef<str>) -> Line {
        let text = harmless(text.as_ref());
        if !text.is_empty() {
            self.spans.push(Span { tone, text });
        }
        self
    }

    /// What it says, without how it looks.
    #[cfg(test)]
    pub fn text(&self) -> String {
        self.spans.iter().map(|span| span.text.as_str()).collect()
    }

    /// Columns of a terminal that it takes.
    pub fn width(&self) -> usize {
        self.spans.iter().map(|span| columns(&span.text)).sum()
    }

    /// The beginning of it that fits into `width` columns.
    pub fn cut(mut self, width: usize) -> Line {
        let mut left = width;
        for span in &mut self.spans {
            let mut taken = 0;
            let end = span
                .text
                .char_indices()
                .find(|(_, c)| {
                    taken += column(*c);
                    taken > left
                })
                .map_or(span.text.len(), |(at, _)| at);
            // Behind a character that does not fit nothing else does.
            let whole = end == span.text.len();
            span.text.truncate(end);
            left = if whole { left - columns(&span.text) } else { 0 };
        }
        self.spans.retain(|span| !span.text.is_empty());
        self
    }

    /// Broken into lines of at most `width` columns, at blanks where there are any; what goes on keeps
    /// the indentation.
    pub fn fold(&self, width: usize) -> Vec<Line> {
        let width = width.max(1);
        if self.width() <= width {
            return vec![self.clone()];
        }
        let cells: Vec<(char, Tone)> = self
            .spans
            .iter()
            .flat_map(|span| span.text.chars().map(|c| (c, span.tone)))
            .collect();
        let indent = cells.iter().take_while(|(c, _)| *c == ' ').count();
        let indent = if indent * 2 < width { indent } else { 0 };
        let mut folded = Vec::new();
        let mut rest = cells.as_slice();
        while !rest.is_empty() {
            let margin = if folded.is_empty() { 0 } else { indent };
            let mut taken = margin;
            let fits = rest
                .iter()
                .position(|(c, _)| {
                    taken += column(*c);
                    taken > width
                })
                .unwrap_or(rest.len())
                .max(1);
            // A blank right behind what fits is a place to break as well.
            let end = if fits == rest.len() {
                fits
            } else {
                rest[..=fits]
                    .iter()
                    .rposition(|(c, _)| *c == ' ')
                    .filter(|&at| rest[..at].iter().any(|(c, _)| *c != ' '))
                    .unwrap_or(fits)
            };
            let mut line = Line::plain(" ".repeat(margin));
            for &(c, tone) in &rest[..end] {
                line.push(c, tone);
            }
            folded.push(line);
            let blanks = rest[end..].iter().take_while(|(c, _)| *c == ' ').count();
            rest = &rest[end + blanks..];
        }
        folded
    }

    fn push(&mut self, c: char, tone: Tone) {
        match self.spans.last_mut() {
            Some(last) if last.tone == tone => last.text.push(c),
            _ => self.spans.push(Span {
                tone,
                text: c.to_string(),
            }),
        }
    }
}

/// With the codes of its colours; `anstream` takes them away where they do not belong.
impl fmt::Display for Line {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.spans.iter().try_for_each(|span| {
            let style = span.tone.style();
            write!(f, "{style}{}{style:#}", span.text)
        })
    }
}

/// A style without its colour.
pub fn without_colour(style: Style) -> Style {
    style.fg_color(None::<Color>).bg_color(None::<Color>)
}

/// Each line of `text`.
pub fn lines(tone: Tone, text: &str) -> impl Iterator<Item = Line> {
    text.lines().map(move |line| Line::new(tone, line))
}

/// One line for a test that has run, two where its name is very long.
pub fn run_lines(run: &Run) -> Vec<Line> {
    let (label, rest) = broken(&run.label(), WIDTH - RUN_COLUMN);
    let first = Line::plain("  ")
        .and(Tone::Verdict(run.verdict), format!("{:<16}", run.verdict))
        .and(Tone::Plain, format!(" {label}"));
    let rest = rest.map(|rest| Line::plain(format!("{:RUN_COLUMN$}  {rest}", "")));
    let mut all: Vec<Line> = [first].into_iter().chain(rest).collect();
    if run.verdict.is_pass()
        && !run.notes.is_empty()
        && let Some(last) = all.pop()
    {
        all.push(last.and(Tone::Plain, "  ").and(Tone::Dim, &run.notes));
    }
    all
}

/// Where the name of a test begins.
const RUN_COLUMN: usize = 19;

/// A name too long for a line ends after an underscore, and goes on in the next.
fn broken(label: &str, width: usize) -> (String, Option<String>) {
    let cut = label
        .char_indices()
        .take(width)
        .filter(|(_, c)| matches!(c, '_' | ' '))
        .last();
    match cut {
        Some((at, _)) if label.chars().count() > width => {
            (label[..=at].to_owned(), Some(label[at + 1..].to_owned()))
        }
        _ => (label.to_owned(), None),
    }
}

fn columns(text: &str) -> usize {
    text.chars().map(column).sum()
}

fn column(c: char) -> usize {
    c.width().unwrap_or(0)
}

/// Tabs become blanks; what a terminal obeys, or what would show text in another order than it stands,
/// becomes a mark.
fn harmless(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => clean.push_str("    "),
            '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
                clean.push('\u{fffd}');
            }
            c if c.is_control() => clean.push('\u{fffd}'),
            c => clean.push(c),
        }
    }
    clean
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(text: &str, width: usize) -> Vec<String> {
        Line::plain(text)
            .fold(width)
            .iter()
            .map(Line::text)
            .collect()
    }

    #[test]
    fn a_line_cannot_steer_a_terminal_or_turn_text_around() {
        let line = Line::new(Tone::Dim, "a\x1b]0;x\x07\tb\u{9b}2J\u{202e}c");
        assert_eq!(line.text(), "a\u{fffd}]0;x\u{fffd}    b\u{fffd}2J\u{fffd}c");
        let line = Line::plain("x\r\ny").and(Tone::Bold, "\x1b[2J");
        assert_eq!(line.text(), "x\u{fffd}\u{fffd}y\u{fffd}[2J");
    }

    #[test]
    fn a_long_line_breaks_at_blanks_and_keeps_its_indentation() {
        assert_eq!(
            folded("  one two three four", 11),
            ["  one two", "  three", "  four"]
        );
        assert_eq!(folded("abcdefgh", 3), ["abc", "def", "gh"]);
        assert_eq!(folded("short", 80), ["short"]);
        assert_eq!(folded("", 80), [""]);
        assert_eq!(folded("two words", 3), ["two", "wor", "ds"]);
        // A wide character takes two columns, also where only one is left.
        assert_eq!(folded("日本語", 5), ["日本", "語"]);
        assert_eq!(folded("日本", 1), ["日", "本"]);
    }

    #[test]
    fn folding_keeps_each_tone_and_every_word() {
        let line = Line::new(Tone::Bold, "bold words ").and(Tone::Dim, "and dim ones");
        let folded = line.fold(12);
        assert_eq!(
            folded[1],
            Line::new(Tone::Dim, "and dim ones"),
            "{folded:?}"
        );
        assert!(folded.iter().all(|line| line.width() <= 12), "{folded:?}");
    }

    #[test]
    fn only_a_name_too_long_for_its_line_is_broken_and_at_an_underscore() {
        assert_eq!(
            broken("test short_one", 14),
            ("test short_one".into(), None)
        );
        assert_eq!(
            broken("test no_longer_short", 14),
            ("test no_".into(), Some("longer_short".into()))
        );
        assert_eq!(broken("unbreakable", 5), ("unbreakable".into(), None));
    }

    #[test]
    fn cutting_counts_columns_over_all_spans() {
        let line = Line::new(Tone::Bold, "日本").and(Tone::Dim, "abc");
        assert_eq!(line.clone().cut(5).text(), "日本a");
        assert_eq!(line.clone().cut(3).text(), "日");
        assert_eq!(line.cut(0), Line::empty());
    }
}
