//! What a page needs before mdBook draws it: a drawing scrolls in a box of its own, so that a phone can
//! show it; code that was cut out of the middle of a file loses the indentation it had there; and a link
//! to a chapter's `README.md`, which is where it leads on a code forge, leads to what mdBook calls it.

use std::str::Lines;

use anyhow::Result;
use mdbook_driver::book::Book;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

/// The preprocessor.
pub struct Shape;

impl Preprocessor for Shape {
    fn name(&self) -> &str {
        "shape"
    }

    fn run(&self, _: &PreprocessorContext, mut book: Book) -> Result<Book> {
        book.for_each_chapter_mut(|page| page.content = shaped(&page.content));
        Ok(book)
    }
}

fn shaped(content: &str) -> String {
    let mut page: Vec<String> = Vec::new();
    let mut lines = content.lines();
    while let Some(line) = lines.next() {
        let indent = line.len() - line.trim_start().len();
        if let Some(fence) = fence(line) {
            let code: Vec<&str> = lines
                .by_ref()
                .take_while(|line| !closes(line, fence))
                .collect();
            page.push(line.to_owned());
            page.extend(moved(&code, indent));
            page.push(format!("{}{fence}", " ".repeat(indent)));
        } else if line.starts_with("<svg") {
            page.push("<figure>".to_owned());
            page.extend(block(line, &mut lines, "</svg>"));
            page.push("</figure>".to_owned());
        } else if line.starts_with("<figure") {
            page.extend(block(line, &mut lines, "</figure>"));
        } else {
            page.push(to_index(line));
        }
    }
    page.join("\n") + "\n"
}

/// The lines up to the one that holds `end`, but for blank ones: they would end the block of HTML in the
/// middle of a drawing.
fn block<'a>(first: &'a str, rest: &mut Lines<'a>, end: &str) -> Vec<String> {
    let mut block = vec![first.to_owned()];
    while !block.last().is_some_and(|line| line.contains(end)) {
        let Some(line) = rest.next() else { break };
        if !line.trim().is_empty() {
            block.push(line.to_owned());
        }
    }
    block
}

/// mdBook renames `README.md` to `index.md`, but not in the links to it.
fn to_index(line: &str) -> String {
    const NAME: &str = "README.md";
    let mut parts = line.split("](");
    let mut linked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (link, rest) = part.split_at(part.find(')').unwrap_or(part.len()));
        let path = link.split('#').next().unwrap_or_default();
        linked += "](";
        match path.strip_suffix(NAME) {
            Some(folder) if folder.is_empty() || folder.ends_with('/') => {
                linked += folder;
                linked += "index.md";
                linked += &link[path.len()..];
            }
            _ => linked += link,
        }
        linked += rest;
    }
    linked
}

/// The fence that a line opens.
fn fence(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let mark = line.chars().next().filter(|c| *c == '`' || *c == '~')?;
    let len = line.len() - line.trim_start_matches(mark).len();
    (len >= 3).then(|| &line[..len])
}

fn closes(line: &str, fence: &str) -> bool {
    let line = line.trim();
    line.len() >= fence.len()
        && line
            .trim_matches(fence.chars().next().unwrap_or('`'))
            .is_empty()
}

/// Code with what all its lines are indented by replaced by `indent`.
fn moved(code: &[&str], indent: usize) -> Vec<String> {
    let common = code
        .iter()
        .filter(|line| !line.trim().is_empty())
        .map(|line| line.len() - line.trim_start_matches(' ').len())
        .min()
        .unwrap_or(0);
    code.iter()
        .map(|line| match line.get(common..) {
            Some(rest) if !rest.trim().is_empty() => format!("{}{rest}", " ".repeat(indent)),
            _ => String::new(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn code_cut_out_of_a_file_begins_at_the_margin_of_its_fence() {
        let page = "Text.\n\n```rust,ignore\n        fn dine() {\n\n            eat()\n        }\n```\n\n- item\n\n  ```rust,ignore\n    eat();\n      more();\n  ```\n";
        insta::assert_snapshot!(shaped(page), @r#"
        Text.

        ```rust,ignore
        fn dine() {

            eat()
        }
        ```

        - item

          ```rust,ignore
          eat();
            more();
          ```
        "#);
    }

    #[test]
    fn a_longer_fence_shows_a_shorter_one() {
        let page = "````text\n  ```\n  a\n  ```\n````\nafter\n";
        assert_eq!(shaped(page), "````text\n```\na\n```\n````\nafter\n");
    }

    #[test]
    fn a_link_to_a_chapters_readme_leads_to_its_index() {
        for (from, to) in [
            (
                "[a](README.md) and [b](../05/README.md#c)!",
                "[a](index.md) and [b](../05/index.md#c)!",
            ),
            ("[a](OLD_README.md), [b](x.md), `README.md` (README.md)", ""),
            ("[a](README.md", "[a](index.md"),
        ] {
            assert_eq!(to_index(from), if to.is_empty() { from } else { to });
        }
    }

    #[test]
    fn a_drawing_gets_a_box_and_stays_one_block() {
        let page = "Above.\n\n<svg viewBox=\"0 0 1 1\">\n  <g>\n\n  </g>\n</svg>\n\nBelow, with `<svg>`.\n";
        insta::assert_snapshot!(shaped(page), @r#"
        Above.

        <figure>
        <svg viewBox="0 0 1 1">
          <g>
          </g>
        </svg>
        </figure>

        Below, with `<svg>`.
        "#);
        assert_eq!(
            shaped("<svg></svg>\nx\n"),
            "<figure>\n<svg></svg>\n</figure>\nx\n"
        );
        let two = "<figure class=\"narrow\">\n<svg>\n\n</svg>\n<svg></svg>\n</figure>\nx\n";
        assert_eq!(shaped(two), two.replace("\n\n", "\n"));
    }
}
