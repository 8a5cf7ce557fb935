//! What a page points at and what can be pointed at in it, found by a browser's own tokenizer.

use std::cell::RefCell;

use html5ever::{
    buffer_queue::BufferQueue,
    tendril::StrTendril,
    tokenizer::{
        TagKind, Token, TokenSink, TokenSinkResult, Tokenizer, TokenizerOpts, states::RawKind,
    },
};

/// A link, picture, script or style sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    pub line: u64,
    pub target: String,
    /// `img`, `a`, …
    pub tag: String,
}

/// What was found in a piece of HTML.
#[derive(Debug, Default)]
pub struct Found {
    pub references: Vec<Reference>,
    /// Every `id`, in order.
    pub ids: Vec<(String, u64)>,
    /// What a browser would have to guess at.
    pub errors: Vec<(String, u64)>,
    /// Lines in which something like `{{#include …}}` stands that nothing has expanded.
    pub unexpanded: Vec<(String, u64)>,
}

/// Looks through a page or a part of one.
pub fn scan(html: &str) -> Found {
    let sink = Sink::default();
    let input = BufferQueue::default();
    input.push_back(StrTendril::from(html));
    let options = TokenizerOpts {
        exact_errors: true,
        ..TokenizerOpts::default()
    };
    let tokenizer = Tokenizer::new(sink, options);
    // A script does not stop it: `process_token` never hands one over.
    let _ = tokenizer.feed(&input);
    tokenizer.end();
    let mut found = tokenizer.sink.found.into_inner();
    found.unexpanded = html
        .lines()
        .zip(1..)
        .filter(|(line, _)| {
            ["{{#", "{{exercise ", "{{shown "]
                .iter()
                .any(|open| line.contains(open))
        })
        .map(|(line, number)| (line.trim().to_owned(), number))
        .collect();
    found
}

#[derive(Default)]
struct Sink {
    found: RefCell<Found>,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, line: u64) -> TokenSinkResult<()> {
        let mut found = self.found.borrow_mut();
        match token {
            Token::TagToken(tag) if tag.kind == TagKind::StartTag => {
                if tag.had_duplicate_attributes {
                    found
                        .errors
                        .push((format!("an attribute twice in <{}>", tag.name), line));
                }
                for attribute in &tag.attrs {
                    let value = attribute.value.to_string();
                    match &*attribute.name.local {
                        "id" => found.ids.push((value, line)),
                        "href" | "src" | "xlink:href" | "poster" | "data" => {
                            found.references.push(Reference {
                                line,
                                target: value,
                                tag: tag.name.to_string(),
                            });
                        }
                        _ => {}
                    }
                }
                return match &*tag.name {
                    "script" => TokenSinkResult::RawData(RawKind::ScriptData),
                    "style" => TokenSinkResult::RawData(RawKind::Rawtext),
                    "title" | "textarea" => TokenSinkResult::RawData(RawKind::Rcdata),
                    _ => TokenSinkResult::Continue,
                };
            }
            Token::ParseError(message) => found.errors.push((message.into_owned(), line)),
            _ => {}
        }
        TokenSinkResult::Continue
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_is_read_as_a_browser_reads_it() {
        let found = scan(
            "<p id=one><a href='b.html#x'>b</a>\n<img src=\"c.svg\" alt='a > b'>\n\
             <script>\"<a href='no.html'>\"</script><!-- <a href=\"no.html\"> -->\n<i id='two'>{{#include x}}</i>",
        );
        let targets: Vec<_> = found
            .references
            .iter()
            .map(|reference| (reference.line, reference.target.as_str()))
            .collect();
        assert_eq!(targets, [(1, "b.html#x"), (2, "c.svg")]);
        assert_eq!(found.ids, [("one".to_owned(), 1), ("two".to_owned(), 4)]);
        assert_eq!(found.unexpanded.len(), 1);
        assert_eq!(found.unexpanded[0].1, 4);
        assert!(found.errors.is_empty(), "{:?}", found.errors);
    }

    #[test]
    fn what_a_browser_must_guess_is_an_error() {
        let found = scan("<p id=1 id=2>a</p>\n<a href=\"x\"title=\"y\">b</a>");
        assert!(found.errors.len() >= 2, "{:?}", found.errors);
    }
}
