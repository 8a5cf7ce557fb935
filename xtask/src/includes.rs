//! `{{#include …}}` in a lesson, for the files that an edition does not carry: their lines are written into
//! the page. Includes of files that are carried stay as they are; the book resolves those.

use std::ops::Range;

/// What the lines of a file that is not carried may be shown for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// Carried by the edition: left alone.
    Carried,
    /// All of it may be shown.
    All,
    /// A part of it may be shown.
    Part,
    /// Nothing of it may be shown.
    Nothing,
}

/// The page with its includes resolved. `target` says what a file is, by its path from the root, and
/// `read` reads it; `page` is the page's own path. The error names the line of the page.
pub fn resolve(
    page: &str,
    text: &str,
    target: impl Fn(&str) -> Target,
    read: impl Fn(&str) -> Result<String, String>,
) -> Result<String, String> {
    let mut resolved = String::with_capacity(text.len());
    let mut rest = 0;
    while let Some((range, argument)) = next(text, rest) {
        let fault = |what: String| {
            let line = 1 + text[..range.start].matches('\n').count();
            format!("{page}:{line}: {what}")
        };
        let (file, part) = argument
            .split_once(':')
            .map_or((argument, None), |(file, part)| (file, Some(part)));
        let path = from_root(page, file);
        resolved += &text[rest..range.start];
        match target(&path) {
            Target::Carried => resolved += &text[range.clone()],
            Target::Nothing => {
                return Err(fault(format!("shows {path}, which this edition must not")));
            }
            may @ (Target::All | Target::Part) => {
                let part = part.filter(|part| !part.is_empty());
                if part.is_none() && may == Target::Part {
                    return Err(fault(format!(
                        "shows all of {path}; an edition may show a part, by an anchor or by lines"
                    )));
                }
                let file = read(&path).map_err(&fault)?;
                let part = part.unwrap_or("1:");
                let lines = lines_of(&file, part)
                    .ok_or_else(|| fault(format!("{path} has no part `{part}`")))?;
                resolved += &lines;
            }
        }
        rest = range.end;
    }
    resolved += &text[rest..];
    Ok(resolved)
}

/// The next include at or after `from`: where it stands and what it names.
fn next(text: &str, from: usize) -> Option<(Range<usize>, &str)> {
    let mut from = from;
    loop {
        let start = from + text[from..].find("{{#")?;
        let end = start + text[start..].find("}}")? + 2;
        let inner = &text[start + 3..end - 2];
        let (name, argument) = inner.split_once(char::is_whitespace).unwrap_or((inner, ""));
        let escaped = text[..start].ends_with('\\');
        if !escaped && matches!(name, "include" | "rustdoc_include" | "playground") {
            let argument = argument.split_whitespace().next().unwrap_or_default();
            return Some((start..end, argument));
        }
        from = end;
    }
}

/// `docs/src/x/page.md` and `../../../a/b.rs` make `a/b.rs`.
fn from_root(page: &str, relative: &str) -> String {
    let mut parts: Vec<&str> = page.split('/').collect();
    parts.pop();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

/// The lines of an anchor (`name`), or from one line to another (`3:5`, `3:`, `:5`, `3`). Lines that mark
/// anchors are left out.
fn lines_of(file: &str, part: &str) -> Option<String> {
    let lines: Vec<&str> = file.lines().collect();
    let numbers: Vec<Option<usize>> = part
        .split(':')
        .map(|number| match number {
            "" => Some(0),
            number => number.parse().ok(),
        })
        .collect();
    let chosen: Vec<&str> = match numbers[..] {
        [Some(one)] if one > 0 => vec![*lines.get(one - 1)?],
        [Some(first), Some(last)] => {
            let last = if last == 0 { lines.len() } else { last };
            lines
                .get(first.saturating_sub(1)..last.min(lines.len()))?
                .to_vec()
        }
        _ => {
            let begin = position(&lines, "ANCHOR:", part)?;
            let end = begin + position(&lines[begin..], "ANCHOR_END:", part)?;
            lines[begin + 1..end].to_vec()
        }
    };
    let shown = chosen
        .into_iter()
        .filter(|line| !line.contains("ANCHOR:") && !line.contains("ANCHOR_END:"));
    Some(shown.collect::<Vec<_>>().join("\n"))
}

fn position(lines: &[&str], marker: &str, name: &str) -> Option<usize> {
    lines.iter().position(|line| {
        line.split_once(marker)
            .is_some_and(|(_, rest)| rest.split_whitespace().next() == Some(name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str =
        "one\n// ANCHOR: a\ntwo\n// ANCHOR: ab\nthree\n// ANCHOR_END: ab\n// ANCHOR_END: a\nfour\n";

    fn page(text: &str) -> Result<String, String> {
        resolve(
            "docs/src/04/x.md",
            text,
            |path| match path {
                "docs/src/04/x.svg" => Target::Carried,
                "solutions/04/src/x.rs" => Target::Nothing,
                "docs/src/04/predict/x.rs" => Target::All,
                _ => Target::Part,
            },
            |path| match path {
                "solutions/04/known_bad/x/y.rs" | "docs/src/04/predict/x.rs" => Ok(FILE.to_owned()),
                other => Err(format!("there is no {other}")),
            },
        )
    }

    const BAD: &str = "../../../solutions/04/known_bad/x/y.rs";

    #[test]
    fn a_part_of_a_file_that_is_not_carried_is_written_into_the_page() {
        let include = |part: &str| page(&format!("a {{{{#include {BAD}:{part}}}}} b\n")).unwrap();
        assert_eq!(include("a"), "a two\nthree b\n");
        assert_eq!(include("ab"), "a three b\n");
        assert_eq!(include("8"), "a four b\n");
        assert_eq!(include("1:3"), "a one\ntwo b\n");
        assert_eq!(include("5:"), "a three\nfour b\n");
        assert_eq!(include(":1"), "a one b\n");
        let all = page("{{#include predict/x.rs}}\n").unwrap();
        assert_eq!(all, "one\ntwo\nthree\nfour\n");
    }

    #[test]
    fn what_is_carried_or_escaped_stays() {
        for text in [
            "{{#include x.svg}}\n",
            "\\{{#include ../../../solutions/04/src/x.rs}}",
            "{{#title x}} {{ a }} {{#",
            "plain",
        ] {
            assert_eq!(page(text).unwrap(), text);
        }
    }

    #[test]
    fn whole_files_and_reference_solutions_are_refused_with_the_line() {
        let fault = |text: &str| page(text).unwrap_err();
        assert!(
            fault(&format!("\n{{{{#include {BAD}}}}}"))
                .starts_with("docs/src/04/x.md:2: shows all of")
        );
        assert!(fault(&format!("{{{{#include {BAD}:}}}}")).contains("shows all of"));
        assert!(fault(&format!("{{{{#include {BAD}:zzz}}}}")).contains("no part `zzz`"));
        assert!(fault("{{#include ../../../solutions/04/src/x.rs:a}}").contains("must not"));
        assert!(fault("{{#include gone.rs:a}}").contains("there is no docs/src/04/gone.rs"));
    }
}
