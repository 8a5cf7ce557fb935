//! Cuts a litmus text into tokens, one at a time and only when asked, so that a long text costs no memory
//! before it is understood.

/// A piece of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'t> {
    /// A name or keyword.
    Word(&'t str),
    /// What begins with a digit.
    Number(&'t str),
    Symbol(&'static str),
    End,
}

/// Longer ones first: the first that fits is taken.
const SYMBOLS: &[&str] = &[
    "<<=", ">>=", "/\\", "\\/", "<>", "=>", "&&", "||", "==", "!=", "<=", ">=", "<<", ">>", "++",
    "--", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "->", "(", ")", "{", "}", "[", "]", ",",
    ";", ":", "?", ".", "=", "<", ">", "+", "-", "*", "/", "%", "&", "|", "^", "~", "!",
];

/// Where comments in OCaml's style, `(* … *)`, are comments. In a thread's code `(*x)` is C.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comments {
    C,
    Both,
}

/// What went wrong, and where it begins.
pub(super) struct Stray {
    pub at: usize,
    pub message: String,
}

/// The first token of `text` at `from` or after: where it begins, what it is, and where it ends.
pub(super) fn token(
    text: &str,
    from: usize,
    comments: Comments,
) -> Result<(usize, Token<'_>, usize), Stray> {
    let at = skip(text, from, comments)?;
    let rest = &text[at..];
    let Some(first) = rest.chars().next() else {
        return Ok((at, Token::End, at));
    };
    if first.is_ascii_alphanumeric() || first == '_' {
        let length = rest
            .bytes()
            .take_while(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
            .count();
        let piece = &rest[..length];
        let token = if first.is_ascii_digit() {
            Token::Number(piece)
        } else {
            Token::Word(piece)
        };
        return Ok((at, token, at + length));
    }
    let fits = |symbol: &&&str| {
        // Few have the first byte: this is most of the time that it takes.
        symbol.as_bytes()[0] == rest.as_bytes()[0] && rest.starts_with(**symbol)
    };
    match SYMBOLS.iter().find(fits) {
        Some(symbol) => Ok((at, Token::Symbol(symbol), at + symbol.len())),
        None => Err(Stray {
            at,
            message: format!("the character {first:?} has no meaning here"),
        }),
    }
}

/// Where blanks and comments end.
fn skip(text: &str, from: usize, comments: Comments) -> Result<usize, Stray> {
    let mut at = from;
    loop {
        let rest = &text[at..];
        let blank = rest.len() - rest.trim_start().len();
        if blank > 0 {
            at += blank;
        } else if rest.starts_with("//") {
            at += rest.find('\n').unwrap_or(rest.len());
        } else if let Some(comment) = rest.strip_prefix("/*") {
            match comment.find("*/") {
                Some(length) => at += length + 4,
                None => return unended(at, "/*"),
            }
        } else if comments == Comments::Both && rest.starts_with("(*") {
            at = ocaml_comment(text, at)?;
        } else {
            return Ok(at);
        }
    }
}

/// Where the comment `(* … *)` that begins at `from` ends. They nest.
pub(super) fn ocaml_comment(text: &str, from: usize) -> Result<usize, Stray> {
    let mut open = 0_usize;
    let mut at = from;
    let bytes = text.as_bytes();
    while at < bytes.len() {
        match &bytes[at..] {
            [b'(', b'*', ..] => (open, at) = (open + 1, at + 2),
            [b'*', b')', ..] => (open, at) = (open - 1, at + 2),
            _ => at += 1,
        }
        if open == 0 {
            return Ok(at);
        }
    }
    unended(from, "(*")
}

fn unended<T>(at: usize, opening: &str) -> Result<T, Stray> {
    Err(Stray {
        at,
        message: format!("the comment that begins here with `{opening}` does not end"),
    })
}
