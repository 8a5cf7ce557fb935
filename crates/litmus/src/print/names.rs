//! Names that C, herd and our own parser all read as names.

use std::collections::HashSet;

/// `names`, each changed only if it must be: because it is no identifier, or because it is in `taken` or
/// was there before. What is given out is added to `taken`.
pub(super) fn distinct(names: &[&str], taken: &mut HashSet<String>) -> Vec<String> {
    let mut given: Vec<Option<String>> = names
        .iter()
        .map(|name| {
            let keeps = is_free_identifier(name) && taken.insert((*name).to_owned());
            keeps.then(|| (*name).to_owned())
        })
        .collect();
    for (name, given) in names.iter().zip(&mut given) {
        if given.is_none() {
            *given = Some(fresh(&cleaned(name), taken));
        }
    }
    given.into_iter().flatten().collect()
}

/// A name that begins with `stem` and is not taken yet.
fn fresh(stem: &str, taken: &mut HashSet<String>) -> String {
    let mut name = stem.to_owned();
    let mut number = 2_usize;
    while !is_free_identifier(&name) || !taken.insert(name.clone()) {
        name = format!("{stem}_{number}");
        number += 1;
    }
    name
}

/// Gives out `e0`, `e1` …, each once, and none that is taken.
pub(super) struct Expected {
    pub taken: HashSet<String>,
    pub next: usize,
}

impl Expected {
    pub fn name(&mut self, others: &[String]) -> String {
        loop {
            let name = format!("e{}", self.next);
            self.next += 1;
            if !others.contains(&name) && self.taken.insert(name.clone()) {
                return name;
            }
        }
    }
}

/// The test's name, of characters that herd allows there.
pub(super) fn title(name: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_/.+-[]:".contains(c);
    let name: String = name
        .chars()
        .map(|c| if allowed(c) { c } else { '_' })
        .collect();
    if name.is_empty() {
        return "test".to_owned();
    }
    name
}

fn cleaned(name: &str) -> String {
    let mut clean: String = name
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '_' })
        .collect();
    if !clean.starts_with(|first: char| first.is_ascii_alphabetic()) {
        clean.insert(0, 'v');
    }
    clean
}

fn is_free_identifier(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && !(name.len() > 1
            && name[1..].bytes().all(|b| b.is_ascii_digit())
            && name.starts_with('P'))
        && !name.starts_with("atomic")
        && !name.starts_with("memory_order")
        && !RESERVED.contains(&name)
}

/// Words of C, of herd's C, and of herd's conditions.
const RESERVED: &[&str] = &[
    "NOP",
    "Observed",
    "PA",
    "PAREL1_T",
    "PTE",
    "SCAS",
    "SS",
    "SSCap",
    "TAG",
    "TTD",
    "WCAS",
    "and",
    "asm",
    "attrs",
    "Attrs",
    "auto",
    "bool",
    "break",
    "case",
    "cases",
    "char",
    "codevar",
    "const",
    "constvar",
    "continue",
    "default",
    "do",
    "double",
    "else",
    "enum",
    "exists",
    "extern",
    "false",
    "fault",
    "Fault",
    "filter",
    "final",
    "float",
    "for",
    "forall",
    "goto",
    "if",
    "inline",
    "instr",
    "int",
    "int128_t",
    "int16_t",
    "int32_t",
    "int64_t",
    "int8_t",
    "intptr_t",
    "label",
    "locations",
    "lock",
    "long",
    "mtx_lock",
    "mtx_t",
    "mtx_unlock",
    "nop",
    "not",
    "oa",
    "observed",
    "or",
    "pac",
    "pacda",
    "pacdb",
    "pacia",
    "pacib",
    "parel1_t",
    "ptrdiff_t",
    "regions",
    "register",
    "restrict",
    "return",
    "scopes",
    "levels",
    "short",
    "signed",
    "size_t",
    "sizeof",
    "spinlock_t",
    "srcu_struct",
    "static",
    "struct",
    "switch",
    "tag",
    "true",
    "typedef",
    "uint128_t",
    "uint16_t",
    "uint32_t",
    "uint64_t",
    "uint8_t",
    "uintptr_t",
    "union",
    "unlock",
    "unsigned",
    "void",
    "volatile",
    "while",
    "with",
];
