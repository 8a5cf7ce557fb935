//! Names for what a schedule talks about: a lock by the type it guards, anything else by the field or
//! variable it was created for, read from the source line; numbered where a name is not unique.

use std::{
    cell::RefCell,
    collections::HashMap,
    fs,
    path::{Path, PathBuf},
};

use super::execution::{Caller, Kind, Object, Tag};

pub(crate) struct Names(Vec<String>);

impl Names {
    pub(crate) fn new(objects: &[Object]) -> Self {
        let plain: Vec<String> = objects.iter().map(plain).collect();
        let mut seen: HashMap<&str, usize> = HashMap::new();
        let mut total: HashMap<&str, usize> = HashMap::new();
        for name in &plain {
            *total.entry(name).or_default() += 1;
        }
        let names = plain
            .iter()
            .map(|name| {
                let nth = seen.entry(name).or_default();
                *nth += 1;
                match total[name.as_str()] {
                    1 => name.clone(),
                    _ => format!("{name} {}", *nth - 1),
                }
            })
            .collect();
        Names(names)
    }

    pub(crate) fn of(&self, tag: Tag) -> String {
        self.0.get(tag.0).cloned().unwrap_or_else(|| "?".to_owned())
    }
}

fn plain(object: &Object) -> String {
    let held = short_type(object.holds);
    let own_type = held.starts_with(char::is_uppercase) && is_of_the_course(object.holds);
    if own_type && matches!(object.kind, Kind::Mutex | Kind::RwLock | Kind::Cell) {
        return held;
    }
    if object.kind == Kind::Part {
        return String::new();
    }
    if let Some(name) = name_in_source(object.created) {
        return name;
    }
    match object.kind {
        Kind::Mutex => format!("Mutex<{held}>"),
        Kind::RwLock => format!("RwLock<{held}>"),
        Kind::Cell => format!("UnsafeCell<{held}>"),
        Kind::Channel => format!("Channel<{held}>"),
        Kind::Atomic => held,
        Kind::Condvar => "Condvar".to_owned(),
        Kind::Once => "Once".to_owned(),
        Kind::Barrier => "Barrier".to_owned(),
        Kind::Part => String::new(),
    }
}

fn is_of_the_course(full: &str) -> bool {
    !["alloc::", "core::", "std::", "kit"]
        .iter()
        .any(|prefix| full.starts_with(prefix))
}

/// `alloc::vec::Vec<ch04::table::Fork>` to `Vec<Fork>`.
fn short_type(full: &str) -> String {
    let mut short = String::new();
    let mut segment = String::new();
    let mut chars = full.chars().peekable();
    while let Some(c) = chars.next() {
        if c == ':' && chars.peek() == Some(&':') {
            chars.next();
            segment.clear();
        } else if c.is_alphanumeric() || c == '_' {
            segment.push(c);
        } else {
            short.push_str(&segment);
            segment.clear();
            short.push(c);
        }
    }
    short + &segment
}

/// The name on the line of creation: `tokens` in `tokens: AtomicUsize::new(3),` and in
/// `let tokens = Arc::new(AtomicUsize::new(3));`. None if the line is not there or says none.
fn name_in_source(created: Caller) -> Option<String> {
    let line = source_line(created.file(), created.line())?;
    let before = line.get(..created.column() as usize - 1)?;
    let mut words = before.trim_start();
    for keyword in ["let ", "mut ", "static ", "pub "] {
        words = words.strip_prefix(keyword).unwrap_or(words);
    }
    let end = words.find(|c: char| !(c.is_alphanumeric() || c == '_'))?;
    let (name, rest) = words.split_at(end);
    let rest = rest.trim_start();
    let names_it = rest.starts_with(": ") || (rest.starts_with("= ") && !rest.starts_with("=="));
    (names_it && name.starts_with(|c: char| c.is_lowercase() || c == '_')).then(|| name.to_owned())
}

fn source_line(file: &str, line: u32) -> Option<String> {
    thread_local! {
        static FILES: RefCell<HashMap<String, Option<Vec<String>>>> = RefCell::default();
    }
    FILES.with_borrow_mut(|files| {
        files
            .entry(file.to_owned())
            .or_insert_with(|| {
                let text = fs::read_to_string(find(file)?).ok()?;
                Some(text.lines().map(str::to_owned).collect())
            })
            .as_ref()?
            .get(line as usize - 1)
            .cloned()
    })
}

/// The compiler writes paths relative to the workspace; tests run in the package below it.
fn find(file: &str) -> Option<PathBuf> {
    let here = std::env::current_dir().ok()?;
    here.ancestors()
        .map(|folder| folder.join(Path::new(file)))
        .find(|path| path.is_file())
}
