//! Reads C litmus tests as herd7 and the diy generators write them.
//!
//! A text is a first line `C NAME`, lines that say where it comes from (ignored), the initial values in
//! braces, the threads, and what to look at in the end:
//!
//! ```text
//! C MP
//! { x=0; y=0; }
//! P0 (atomic_int* x, atomic_int* y) {
//!   atomic_store_explicit(x, 1, memory_order_relaxed);
//!   atomic_store_explicit(y, 1, memory_order_release);
//! }
//! P1 (atomic_int* x, atomic_int* y) {
//!   int r0 = atomic_load_explicit(y, memory_order_acquire);
//!   int r1 = atomic_load_explicit(x, memory_order_relaxed);
//! }
//! exists (1:r0=1 /\ 1:r1=0)
//! ```
//!
//! Where herd and C differ, this does as herd does:
//!
//! - `*x` is a plain access, even where `x` is a pointer to an atomic; in C it would be `SeqCst`.
//! - A register is the thread's, wherever it is declared: a block has no names of its own. One that is
//!   assigned to need not be declared. It holds 0, or what the initial values say.
//! - Casts change nothing. Values are integers of 64 bits, whatever their type is.
//! - In a condition, `=>` binds more closely than `/\`.
//!
//! Where herd leaves it open: what is calculated is calculated from left to right. Of C it knows more than herd
//! does: `&&`, `||` (which skip their right side when the left one decides), `!`, `~`, `atomic_flag`,
//! `atomic_init` (a plain store). `memory_order_consume` is read as acquire.
//!
//! Left out: loops, arrays, pointers other than a thread's parameters, division and shifts, `filter`, conditions
//! that compare two places, locks, the Linux kernel's primitives, and every language but C. Each is refused in
//! words.

mod code;
mod expression;
mod lexer;
mod state;

use std::{
    collections::{BTreeMap, HashMap},
    fmt,
};

use self::lexer::{Comments, Stray, Token};
use crate::program::{DEEPEST, Instr, Loc, Location, Program, Reg, Thread, Value};

/// Reads a C litmus test.
///
/// It takes time and memory in proportion to the text's length.
///
/// # Errors
///
/// The first thing that cannot be read, and where it is.
pub fn parse(text: &str) -> Result<Program, ParseError> {
    let mut parser = Parser::new(text);
    parser.program().map_err(|stray| locate(text, stray))
}

/// What cannot be read, and where. It is shown as `3:14: expected …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// From 1.
    pub line: usize,
    /// From 1, in characters.
    pub column: usize,
    /// One sentence.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.line, self.column, self.message)
    }
}

impl std::error::Error for ParseError {}

fn locate(text: &str, stray: Stray) -> ParseError {
    let before = &text[..stray.at];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    ParseError {
        line: before.bytes().filter(|byte| *byte == b'\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
        message: stray.message,
    }
}

type Parsed<T> = Result<T, Stray>;

struct Parser<'t> {
    text: &'t str,
    /// What comes next, where it begins, and where it ends.
    token: Token<'t>,
    at: usize,
    end: usize,
    comments: Comments,
    /// How many blocks, parentheses and signs are open, since each of them recurses.
    nesting: usize,
    locations: Vec<Location>,
    location_names: HashMap<&'t str, Loc>,
    /// What the initial values say of registers, by thread.
    preset: BTreeMap<usize, Vec<Preset<'t>>>,
    threads: BTreeMap<usize, (Thread, HashMap<&'t str, Name>)>,
    /// The thread that is being read.
    scope: Scope<'t>,
}

/// `0:r0=1`
struct Preset<'t> {
    register: &'t str,
    value: Value,
    at: usize,
}

/// What a name in a thread's code stands for.
#[derive(Clone, Copy)]
enum Name {
    Location(Loc),
    Register(Reg),
}

#[derive(Default)]
struct Scope<'t> {
    thread: usize,
    names: HashMap<&'t str, Name>,
    registers: Vec<Register<'t>>,
    /// The block that is being read.
    body: Vec<Instr>,
}

struct Register<'t> {
    /// One that holds what a nested access reads is named when all other names are known.
    name: Option<&'t str>,
    /// Whether anything was put into it so far.
    written: bool,
}

impl<'t> Parser<'t> {
    fn new(text: &'t str) -> Parser<'t> {
        Parser {
            text,
            token: Token::End,
            at: 0,
            end: 0,
            comments: Comments::Both,
            nesting: 0,
            locations: Vec::new(),
            location_names: HashMap::new(),
            preset: BTreeMap::new(),
            threads: BTreeMap::new(),
            scope: Scope::default(),
        }
    }

    fn program(&mut self) -> Parsed<Program> {
        let name = self.header()?;
        self.initial_values()?;
        while self.thread()? {}
        if let Some((thread, presets)) = self.preset.first_key_value() {
            return stray(presets[0].at, format!("there is no thread P{thread}"));
        }
        if let Some((expected, (&found, _))) = self
            .threads
            .iter()
            .enumerate()
            .find(|(expected, (found, _))| expected != *found)
        {
            return self.unexpected_here(format!("there is a P{found} but no P{expected}"));
        }
        let (observed, condition) = self.finale()?;
        Ok(Program {
            name: name.to_owned(),
            locations: std::mem::take(&mut self.locations),
            threads: std::mem::take(&mut self.threads)
                .into_values()
                .map(|(thread, _)| thread)
                .collect(),
            observed,
            condition,
        })
    }

    /// `C NAME`, and all up to the initial values. The name.
    fn header(&mut self) -> Parsed<&'t str> {
        let start = self.text.strip_prefix('\u{feff}').unwrap_or(self.text);
        self.end = self.text.len() - start.len();
        self.advance()?;
        match self.token {
            Token::Word("C") => {}
            Token::Word(language) if OTHER_LANGUAGES.contains(&language) => {
                return self.unexpected_here(format!(
                    "tests in {language} are not supported, only tests in C"
                ));
            }
            _ => return self.expected("`C` and the test's name"),
        }
        let line = self.text[self.end..].split('\n').next().unwrap_or_default();
        let padding = line.len() - line.trim_start().len();
        let name = line.split_whitespace().next().unwrap_or_default();
        let name = name.split(['"', '{']).next().unwrap_or_default();
        if padding == 0 || name.is_empty() {
            return stray(self.end, "expected the test's name after `C`");
        }
        self.end += padding + name.len();
        self.meta_lines()?;
        Ok(name)
    }

    /// Skips what stands between the first line's name and the initial values: a quoted text, comments, lines
    /// `Key=Value`, and whatever else has no brace.
    fn meta_lines(&mut self) -> Parsed<()> {
        let mut quoted = true;
        loop {
            let rest = &self.text[self.end..];
            let blank = rest.len() - rest.trim_start().len();
            self.end += blank;
            let rest = &rest[blank..];
            if rest.is_empty() || rest.starts_with('{') {
                return self.advance();
            }
            if rest.starts_with("(*") {
                self.end = lexer::ocaml_comment(self.text, self.end)?;
                continue;
            }
            if quoted && rest.starts_with('"') {
                quoted = false;
                match rest[1..].find('"') {
                    Some(length) => self.end += length + 2,
                    None => {
                        return stray(self.end, "the quoted text that begins here does not end");
                    }
                }
                continue;
            }
            let line = rest.split('\n').next().unwrap_or_default();
            self.end += match line.find('{') {
                Some(brace) if !is_key_and_value(line) => brace,
                _ => line.len(),
            };
        }
    }

    /// Goes on to the next token.
    fn advance(&mut self) -> Parsed<()> {
        (self.at, self.token, self.end) = lexer::token(self.text, self.end, self.comments)?;
        Ok(())
    }

    fn is(&self, symbol: &str) -> bool {
        matches!(self.token, Token::Symbol(found) if found == symbol)
    }

    /// Goes on if `symbol` comes next.
    fn take(&mut self, symbol: &str) -> Parsed<bool> {
        let there = self.is(symbol);
        if there {
            self.advance()?;
        }
        Ok(there)
    }

    fn need(&mut self, symbol: &str) -> Parsed<()> {
        if self.take(symbol)? {
            return Ok(());
        }
        self.expected(&format!("`{symbol}`"))
    }

    fn expected<T>(&self, what: &str) -> Parsed<T> {
        let found = match self.token {
            Token::Word(text) | Token::Number(text) => quoted(text),
            Token::Symbol(symbol) => quoted(symbol),
            Token::End => "the end".to_owned(),
        };
        self.unexpected_here(format!("expected {what}, not {found}"))
    }

    fn unexpected_here<T>(&self, message: String) -> Parsed<T> {
        stray(self.at, message)
    }

    /// Opens a level of what recurses.
    fn enter(&mut self) -> Parsed<()> {
        self.nesting += 1;
        if self.nesting > DEEPEST {
            return self.unexpected_here(format!("this nests more than {DEEPEST} deep"));
        }
        Ok(())
    }

    fn leave(&mut self) {
        self.nesting -= 1;
    }

    /// A number, perhaps after a minus.
    fn integer(&mut self) -> Parsed<Value> {
        let negative = self.take("-")?;
        let Token::Number(digits) = self.token else {
            return self.expected("a number");
        };
        let Some(value) = number(digits, negative) else {
            return self.unexpected_here(format!(
                "{} is no whole number of 64 bits, decimal or hexadecimal",
                quoted(digits)
            ));
        };
        self.advance()?;
        Ok(value)
    }
}

fn stray<T>(at: usize, message: impl Into<String>) -> Parsed<T> {
    Err(Stray {
        at,
        message: message.into(),
    })
}

/// In backticks, and not the whole of it if it is long.
fn quoted(text: &str) -> String {
    match text.char_indices().nth(40) {
        Some((cut, _)) => format!("`{}…`", &text[..cut]),
        None => format!("`{text}`"),
    }
}

/// `Key=Value`
fn is_key_and_value(line: &str) -> bool {
    let Some((key, _)) = line.split_once('=') else {
        return false;
    };
    let key = key.trim_end();
    key.starts_with(|first: char| first.is_ascii_alphabetic())
        && key
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "_/.-".contains(c))
}

/// What `digits` mean in C, after a minus if `negative`.
fn number(digits: &str, negative: bool) -> Option<Value> {
    let digits = digits.trim_end_matches(['u', 'U', 'l', 'L']);
    let magnitude = match digits.strip_prefix("0x").or(digits.strip_prefix("0X")) {
        Some(hexadecimal) => i128::from(u64::from_str_radix(hexadecimal, 16).ok()?),
        // An octal number in C, and a decimal one for herd.
        None if digits.len() > 1 && digits.starts_with('0') => return None,
        None => i128::from(digits.parse::<u64>().ok()?),
    };
    let value = if negative { -magnitude } else { magnitude };
    value.try_into().ok()
}

const OTHER_LANGUAGES: &[&str] = &[
    "AArch64", "ARM", "BPF", "Bell", "CPP", "JAVA", "LISA", "MIPS", "PPC", "PTX", "RISCV", "X86",
    "X86_64", "ASL", "Vulkan",
];
