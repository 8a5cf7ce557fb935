//! What an exercise may name. Reads the tokens of the source, macro bodies included, and refuses what
//! could reach around the tests: other crates, files, processes, and in a modelled exercise every lock,
//! thread and atomic that the explorers cannot see.
//!
//! The rule is on tokens and not on resolved names, and is strict instead of clever: `std`, `core`,
//! `alloc` and `kit` may only stand at the head of a path that is allowed in full. So no macro,
//! re-export or renaming can hide one. So with the names that a manifest forbids: they may not stand
//! anywhere, and what is behind a glob or built by a macro can only be used by naming it. `unsafe` is the
//! compiler's to refuse.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use crate::catalog::Entry;

/// Something an exercise may not use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    pub line: usize,
    pub message: String,
}

/// The violations in `source`, in order; none where it does not even scan, which the compiler will say
/// better.
pub fn violations(source: &str, entry: &Entry) -> Vec<Violation> {
    if let Some(line) = nested_too_deeply(source) {
        let message = format!("brackets nest more than {DEEPEST} deep");
        return vec![Violation { line, message }];
    }
    let Ok(tokens) = source.parse::<TokenStream>() else {
        return Vec::new();
    };
    let mut scan = Scan {
        modelled: entry.modelled,
        forbids: &entry.forbids,
        violations: Vec::new(),
    };
    scan.tokens(tokens);
    scan.violations.sort_by_key(|violation| violation.line);
    scan.violations.dedup();
    scan.violations
}

/// Nobody writes deeper, and what reads the tokens recurses.
const DEEPEST: usize = 200;

/// The line on which brackets nest too deeply. Brackets in texts and comments count too, which errs on
/// the side of refusing what nobody writes.
fn nested_too_deeply(source: &str) -> Option<usize> {
    let mut depth = 0_usize;
    for (index, line) in source.lines().enumerate() {
        for byte in line.bytes() {
            match byte {
                b'(' | b'[' | b'{' => depth += 1,
                b')' | b']' | b'}' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if depth > DEEPEST {
                return Some(index + 1);
            }
        }
    }
    None
}

/// Paths below `std`, `core` and `alloc` that any exercise may use, with all that lies below them.
const ALLOWED: &[&str] = &[
    "any",
    "array",
    "ascii",
    "assert_matches",
    "assert",
    "assert_eq",
    "borrow",
    "boxed",
    "cell::Cell",
    "cell::OnceCell",
    "cell::RefCell",
    "cell::Ref",
    "cell::RefMut",
    "char",
    "clone",
    "cmp",
    "collections",
    "convert",
    "dbg",
    "debug_assert",
    "debug_assert_eq",
    "debug_assert_ne",
    "default",
    "eprint",
    "eprintln",
    "error",
    "f32",
    "f64",
    "fmt",
    "format",
    "future",
    "hash",
    "i8",
    "i16",
    "i32",
    "i64",
    "i128",
    "isize",
    "iter",
    "marker",
    "matches",
    "mem",
    "num",
    "ops",
    "option",
    "panic",
    "pin",
    "print",
    "println",
    "ptr",
    "rc",
    "result",
    "slice",
    "str",
    "string",
    "sync::Arc",
    "sync::LockResult",
    "sync::PoisonError",
    "sync::TryLockError",
    "sync::TryLockResult",
    "sync::Weak",
    "sync::atomic::Ordering",
    "task",
    "time::Duration",
    "time::Instant",
    "todo",
    "unimplemented",
    "unreachable",
    "u8",
    "u16",
    "u32",
    "u64",
    "u128",
    "usize",
    "vec",
    "write",
    "writeln",
];

/// And where no model explores the exercise.
const ALLOWED_UNMODELLED: &[&str] = &["cell::UnsafeCell", "hint", "sync", "thread"];

const ALLOWED_KIT: &[&str] = &["cell", "channel", "clock", "hint", "sync", "thread"];

/// Attributes; anything else changes how the file is compiled or linked.
const ATTRIBUTES: &[&str] = &[
    "allow",
    "cfg",
    "clippy",
    "cold",
    "default",
    "deny",
    "deprecated",
    "derive",
    "doc",
    "expect",
    "forbid",
    "inline",
    "macro_export",
    "must_use",
    "non_exhaustive",
    "repr",
    "rustfmt",
    "test",
    "track_caller",
    "warn",
];

/// Macros that read files or the environment, or write machine code.
const MACROS: &[&str] = &[
    "asm",
    "env",
    "global_asm",
    "include",
    "include_bytes",
    "include_str",
    "naked_asm",
    "option_env",
];

struct Scan<'a> {
    modelled: bool,
    forbids: &'a [String],
    violations: Vec<Violation>,
}

impl Scan<'_> {
    fn refuse(&mut self, line: usize, message: impl Into<String>) {
        self.violations.push(Violation {
            line,
            message: message.into(),
        });
    }

    fn tokens(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        for (index, token) in tokens.iter().enumerate() {
            match token {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Ident(ident) => {
                    let line = ident.span().start().line;
                    let name = ident.to_string();
                    self.ident(line, name.trim_start_matches("r#"), &tokens[index + 1..]);
                }
                TokenTree::Punct(punct) if punct.as_char() == '#' => {
                    self.attribute(&tokens[index + 1..]);
                }
                TokenTree::Punct(_) | TokenTree::Literal(_) => {}
            }
        }
    }

    fn ident(&mut self, line: usize, name: &str, rest: &[TokenTree]) {
        if self.forbids.iter().any(|forbidden| forbidden == name) {
            self.refuse(
                line,
                format!("this exercise is to be done without `{name}`"),
            );
        }
        match name {
            "std" | "core" | "alloc" => {
                let mut allowed = ALLOWED.to_vec();
                if !self.modelled {
                    allowed.extend(ALLOWED_UNMODELLED);
                }
                self.path(line, name, &[], rest, &allowed);
            }
            "kit" => self.path(line, name, &[], rest, ALLOWED_KIT),
            "extern" => self.refuse(
                line,
                "`extern` is not for exercises: every crate that one may use is there",
            ),
            _ if MACROS.contains(&name) && is_punct(rest.first(), '!') => {
                self.refuse(line, format!("`{name}!` is not for exercises"));
            }
            // The harness learns of a panic through the hook.
            "set_hook" | "take_hook" | "update_hook" => {
                self.refuse(
                    line,
                    format!("`{name}` is not for exercises: the tests need the panic hook"),
                );
            }
            "include_str" | "include_bytes" | "global_asm" => {
                self.refuse(line, format!("`{name}` is not for exercises"));
            }
            _ => {}
        }
    }

    /// Follows one path, or a tree of them, from its head `krate` on.
    fn path(
        &mut self,
        line: usize,
        krate: &str,
        so_far: &[String],
        rest: &[TokenTree],
        allowed: &[&str],
    ) {
        let written = || {
            let mut parts = vec![krate.to_owned()];
            parts.extend(so_far.iter().cloned());
            parts.join("::")
        };
        let here = so_far.join("::");
        if !so_far.is_empty() && allowed.contains(&here.as_str()) {
            return;
        }
        let leads_on = so_far.is_empty()
            || allowed.iter().any(|path| {
                path.strip_prefix(&here)
                    .is_some_and(|rest| rest.starts_with("::"))
            });
        if !leads_on {
            return self.refuse(line, self.advice(krate, &written()));
        }
        let colons = is_punct(rest.first(), ':') && is_punct(rest.get(1), ':');
        match rest.get(2) {
            Some(TokenTree::Ident(next)) if colons => {
                let mut path = so_far.to_vec();
                path.push(next.to_string());
                self.path(next.span().start().line, krate, &path, &rest[3..], allowed);
            }
            Some(TokenTree::Group(group)) if colons && group.delimiter() == Delimiter::Brace => {
                let members: Vec<TokenTree> = group.stream().into_iter().collect();
                for member in members.split(|token| is_punct(Some(token), ',')) {
                    match member {
                        [] => {}
                        [TokenTree::Ident(first), tail @ ..] => {
                            let mut path = so_far.to_vec();
                            path.push(first.to_string());
                            self.path(first.span().start().line, krate, &path, tail, allowed);
                        }
                        _ => self.refuse(
                            line,
                            format!("name what you use of `{}` one by one", written()),
                        ),
                    }
                }
            }
            _ if so_far.is_empty() => self.refuse(
                line,
                format!(
                    "`{krate}` is a crate: write paths into it in full, like `{krate}::{}`, and give \
                     another name to what is none",
                    allowed[0]
                ),
            ),
            _ => self.refuse(
                line,
                format!("name what you use of `{}` one by one", written()),
            ),
        }
    }

    fn advice(&self, krate: &str, path: &str) -> String {
        let tail = path.split_once("::").map_or("", |(_, tail)| tail);
        let in_kit = ["sync", "thread", "hint", "cell"]
            .iter()
            .any(|part| tail.starts_with(part));
        if krate != "kit" && self.modelled && in_kit {
            format!("`{path}` is hidden from the model: use `kit::{tail}`")
        } else {
            format!("`{path}` is not for this exercise")
        }
    }

    fn attribute(&mut self, rest: &[TokenTree]) {
        let group = match rest {
            [TokenTree::Group(group), ..] => group,
            [TokenTree::Punct(bang), TokenTree::Group(group), ..] if bang.as_char() == '!' => group,
            _ => return,
        };
        if group.delimiter() != Delimiter::Bracket {
            return;
        }
        let line = group.span_open().start().line;
        match group.stream().into_iter().next() {
            Some(TokenTree::Ident(name)) if ATTRIBUTES.contains(&name.to_string().as_str()) => {}
            Some(other) => self.refuse(
                line,
                format!("the attribute `{other}` is not for exercises"),
            ),
            None => {}
        }
    }
}

fn is_punct(token: Option<&TokenTree>, wanted: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == wanted)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Split;

    fn check(source: &str, modelled: bool) -> Vec<String> {
        check_without(source, modelled, &[])
    }

    fn check_without(source: &str, modelled: bool, forbids: &[&str]) -> Vec<String> {
        let entry = Entry {
            id: "x".to_owned(),
            title: String::new(),
            points: 1,
            split: Split {
                tests: 1,
                models: 0,
                bench: 0,
            },
            difficulty: 1,
            minutes: 1,
            may_be_unsafe: false,
            crates: Vec::new(),
            forbids: forbids.iter().map(|&name| name.to_owned()).collect(),
            modelled,
            hints: Vec::new(),
            budget: 1.0,
            bench: None,
        };
        violations(source, &entry)
            .into_iter()
            .map(|violation| format!("{}: {}", violation.line, violation.message))
            .collect()
    }

    #[test]
    fn honest_code_is_left_alone() {
        let source = r#"
            //! The word std in a comment, and `include_str!`, do not matter.
            #![allow(clippy::new_without_default)]
            use std::{collections::{BTreeMap, VecDeque as Queue}, fmt, time::Duration};
            use std::sync::atomic::Ordering;
            use kit::sync::{Arc, Mutex, atomic::{AtomicU64, fence}};
            use kit::{thread, clock::Clock};
            #[derive(Debug)]
            pub struct Meter { core: u64, env: u8 }
            fn process() -> ::std::string::String { std::mem::take(&mut String::from("std::process")) }
            macro_rules! both { ($a:expr) => { ($a, std::mem::size_of_val(&$a)) } }
        "#
        .replace("core: u64", "cores: u64");
        assert_eq!(check(&source, true), [""; 0]);
    }

    #[test]
    fn what_a_model_cannot_see_is_refused_in_a_modelled_exercise_only() {
        let source =
            "use std::sync::Mutex;\nuse std::{thread, sync::{Arc, Condvar}};\nuse std::sync;\n";
        assert_eq!(
            check(source, true),
            [
                "1: `std::sync::Mutex` is hidden from the model: use `kit::sync::Mutex`",
                "2: `std::thread` is hidden from the model: use `kit::thread`",
                "2: `std::sync::Condvar` is hidden from the model: use `kit::sync::Condvar`",
                "3: name what you use of `std::sync` one by one",
            ]
        );
        assert_eq!(check(source, false), [""; 0]);
    }

    #[test]
    fn no_renaming_and_no_macro_hides_a_name() {
        for (source, why) in [
            (
                "use std as s;",
                "`std` is a crate: write paths into it in full, like `std::any`",
            ),
            (
                "use std::*;",
                "`std` is a crate: write paths into it in full, like `std::any`",
            ),
            (
                "use std::{self as s};",
                "`std::self` is not for this exercise",
            ),
            (
                "macro_rules! m { ($a:ident) => { $a::sync::Mutex } } fn f() { m!(std) }",
                "`std` is a crate",
            ),
            (
                "macro_rules! m { ($b:ident) => { std::$b::Mutex } }",
                "`std` is a crate",
            ),
            (
                "extern crate std as other;",
                "`extern` is not for exercises",
            ),
            (
                "use r#std::process;",
                "`std::process` is not for this exercise",
            ),
            (
                "fn f() { core::sync::atomic::AtomicU8::new(0); }",
                "hidden from the model",
            ),
            (
                "use std::sync::*;",
                "name what you use of `std::sync` one by one",
            ),
            ("use kit::model;", "`kit::model` is not for this exercise"),
            (
                "use kit as k;",
                "`kit` is a crate: write paths into it in full",
            ),
            (
                "use std::include_str as read;",
                "`std::include_str` is not for this exercise",
            ),
        ] {
            let found = check(source, true);
            assert!(found.iter().any(|v| v.contains(why)), "{source}: {found:?}");
        }
    }

    #[test]
    fn what_the_manifest_forbids_is_found_however_it_is_named() {
        let refused = |source: &str| check_without(source, true, &["OnceLock", "Mutex"]);
        for source in [
            "use kit::sync::OnceLock;",
            "use kit::sync::OnceLock as Cell;",
            "use kit::sync::{Arc, OnceLock as Cell, atomic::AtomicBool};",
            "use kit::sync::*; struct S(OnceLock<u8>);",
            "struct S(kit::sync::OnceLock<u8>);",
            "struct S(kit::sync::r#OnceLock<u8>);",
            "use kit::sync; type Cell<T> = sync::OnceLock<T>;",
            "macro_rules! cell { ($a:ident) => { kit::sync::$a::new() } } fn f() { cell!(OnceLock) }",
            "macro_rules! cell { () => { kit::sync::OnceLock } }",
            "#[derive(Debug)] #[allow(OnceLock)] struct S;",
            "fn OnceLock() {}",
        ] {
            assert_eq!(
                refused(source),
                ["1: this exercise is to be done without `OnceLock`"],
                "{source}"
            );
            assert_eq!(check(source, true), [""; 0], "{source}");
        }
        assert_eq!(
            refused("use kit::sync::{OnceLock, Arc};\n\ntype M = kit::sync::Mutex<OnceLock<u8>>;"),
            [
                "1: this exercise is to be done without `OnceLock`",
                "3: this exercise is to be done without `Mutex`",
                "3: this exercise is to be done without `OnceLock`",
            ]
        );
    }

    #[test]
    fn a_forbidden_name_is_a_whole_word_of_the_code() {
        let source = "//! Like an OnceLock.\nuse kit::sync::*;\n/// No `Mutex` here.\n\
                      fn f() -> &'static str { \"OnceLock\" }\nstruct OnceLocks(MutexGuard<'static, ()>);";
        assert_eq!(check_without(source, true, &["OnceLock", "Mutex"]), [""; 0]);
    }

    #[test]
    fn a_source_nested_beyond_reason_is_refused_before_anything_recurses() {
        for (open, close) in [("(", ")"), ("[", "]"), ("{", "}")] {
            let deep =
                |n: usize| format!("//\nfn f() {{ {}0{} }}", open.repeat(n), close.repeat(n));
            assert_eq!(check(&deep(100), false), [""; 0]);
            let refused = ["2: brackets nest more than 200 deep"];
            assert_eq!(check(&deep(300), false), refused);
            assert_eq!(check(&deep(500_000), false), refused);
        }
    }

    #[test]
    fn files_processes_and_linking_are_refused_everywhere() {
        for source in [
            "fn f() { std::process::exit(0) }",
            "use std::fs;",
            "use std::env;",
            "use std::net::TcpStream;",
            "use std::os::fd::FromRawFd;",
            "use std::panic::set_hook;",
            "const S: &str = include_str!(\"../x\");",
            "const S: &str = env!(\"HOME\");",
            "#[path = \"../../x.rs\"] mod x;",
            "#[unsafe(no_mangle)] pub fn malloc() {}",
            "#![no_std]",
            "std::arch::global_asm!(\"nop\");",
            "macro_rules! m { ($p:literal) => { #[path = $p] mod y; } }",
        ] {
            assert_eq!(check(source, false).len().min(1), 1, "{source}");
        }
    }
}
