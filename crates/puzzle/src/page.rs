//! A puzzle as data for the book: every state that the explorer found, with what each thread would do
//! next. The script of the page only walks from one to the next, so that it cannot disagree with the
//! program; what it computes by itself is the number of rounds of a livelock.

use std::{collections::HashMap, fmt::Write as _};

use crate::{
    explore::{Edge, Goal, Graph},
    program::{Kind, Program, ThreadId},
    puzzle::Puzzle,
};

/// A puzzle as the book shows it.
#[derive(Clone, Debug)]
pub struct Page {
    /// What the page calls it: `break_dining.deadlock`, the exercise and the function to write.
    pub id: &'static str,
    /// What to do, in a sentence.
    pub task: &'static str,
    pub puzzle: Puzzle,
}

/// A script that adds these puzzles to `coursePuzzles`, where the script of the book (docs/theme/puzzle.js) looks for them.
pub fn script(pages: &[Page]) -> String {
    let mut text = String::from(
        "// Written by the explorer in crates/puzzle; its tests compare. Do not edit.\n\
         window.coursePuzzles = window.coursePuzzles || {};\n",
    );
    for page in pages {
        let _ = writeln!(
            text,
            "window.coursePuzzles[{}] = {};",
            quoted(page.id),
            data(page)
        );
    }
    text
}

/// One object. A state is `[threads, holders, numbers, bug]`; a thread in it
/// `[step, next state, text, locals]`, where step is -1 for one that has finished or not begun, the next
/// state is -1 for one that is blocked, and the text is what the step does or why it cannot. Texts are
/// indices into `texts`; no bug is -1.
fn data(page: &Page) -> String {
    let program = page.puzzle.program();
    let graph = program.graph(usize::MAX);
    let mut texts = Texts::default();
    let states: Vec<String> = (0..graph.states())
        .map(|at| state(&page.puzzle, &graph, at, &mut texts))
        .collect();
    let (kind, rounds) = match page.puzzle.goal() {
        Goal::Deadlock => ("deadlock", 0),
        Goal::Livelock { rounds } => ("livelock", rounds),
        Goal::BrokenInvariant => ("invariant", 0),
        Goal::WrongResult => ("result", 0),
    };
    let names = |names: &mut dyn Iterator<Item = &str>| array(names.map(quoted));
    let fields = [
        ("task", quoted(page.task)),
        ("kind", quoted(kind)),
        ("rounds", rounds.to_string()),
        ("best", page.puzzle.best().to_string()),
        (
            "threads",
            array((0..program.threads.len()).map(|at| thread(program, at))),
        ),
        (
            "locks",
            names(&mut program.locks.iter().map(String::as_str)),
        ),
        (
            "numbers",
            names(&mut program.vars.iter().map(|(name, _)| name.as_str())),
        ),
        ("texts", array(texts.all.iter().map(|text| quoted(text)))),
        ("states", format!("[\n{}\n]", states.join(",\n"))),
    ];
    let fields: Vec<String> = fields
        .into_iter()
        .map(|(name, value)| format!("{}: {value}", quoted(name)))
        .collect();
    format!("{{\n{}\n}}", fields.join(",\n"))
}

/// Name, lines as `[depth, text]`, steps as `[label, line, progress]`, names of the local numbers.
fn thread(program: &Program, at: usize) -> String {
    let thread = &program.threads[at];
    let lines = thread
        .lines
        .iter()
        .map(|line| format!("[{}, {}]", line.depth, quoted(&line.text)));
    let steps = thread.code.iter().filter(|op| op.kind.is_step()).map(|op| {
        let progress = matches!(op.kind, Kind::Call { progress: true, .. });
        format!(
            "[{}, {}, {progress}]",
            quoted(&program.label(&op.kind)),
            op.line
        )
    });
    let locals = thread.slots.iter().flatten().map(|name| quoted(name));
    format!(
        "{{\"name\": {}, \"lines\": {}, \"steps\": {}, \"locals\": {}}}",
        quoted(&thread.name),
        array(lines),
        array(steps),
        array(locals)
    )
}

fn state(puzzle: &Puzzle, graph: &Graph<'_>, at: usize, texts: &mut Texts) -> String {
    let program = puzzle.program();
    let state = &graph.states[at];
    let threads = (0..program.threads.len()).map(|thread| {
        let stands = &state.threads[thread];
        let code = &program.threads[thread].code;
        let begun = stands.started && stands.next < code.len();
        let step = if begun {
            let before = code[..stands.next].iter().filter(|op| op.kind.is_step());
            before.count() as i64
        } else {
            -1
        };
        let (to, text) = match program.step(state, ThreadId(thread)) {
            Ok(step) => {
                let leads = |edge: &&Edge| edge.thread == thread;
                let edge = graph.edges[at]
                    .iter()
                    .find(leads)
                    .expect("the graph is complete");
                (edge.to as i64, step.action)
            }
            Err(blocked) => (-1, program.why(&blocked)),
        };
        let slots = program.threads[thread].slots.iter().zip(&stands.slots);
        let locals = slots
            .filter(|(name, _)| name.is_some())
            .map(|(_, value)| value.to_string());
        let locals: Vec<String> = locals.collect();
        let locals = if locals.is_empty() {
            String::new()
        } else {
            format!(",[{}]", locals.join(","))
        };
        format!("[{step},{to},{}{locals}]", texts.index(text))
    });
    let threads: Vec<String> = threads.collect();
    let holders: Vec<String> = state
        .holders
        .iter()
        .map(|holder| holder.map_or(-1, |thread| thread as i64).to_string())
        .collect();
    let numbers: Vec<String> = state.vars.iter().map(i64::to_string).collect();
    let bug = match program.shows(puzzle.goal(), state) {
        Some(sentence) => texts.index(sentence) as i64,
        None => -1,
    };
    format!(
        "[[{}],[{}],[{}],{bug}]",
        threads.join(","),
        holders.join(","),
        numbers.join(",")
    )
}

/// Each text once.
#[derive(Default)]
struct Texts {
    all: Vec<String>,
    index: HashMap<String, usize>,
}

impl Texts {
    fn index(&mut self, text: String) -> usize {
        *self.index.entry(text).or_insert_with_key(|text| {
            self.all.push(text.clone());
            self.all.len() - 1
        })
    }
}

fn array(items: impl Iterator<Item = String>) -> String {
    format!("[{}]", items.collect::<Vec<_>>().join(", "))
}

/// A string of JSON that may stand in a script.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => quoted += "\\\"",
            '\\' => quoted += "\\\\",
            '<' => quoted += "\\u003c",
            c if c.is_control() => drop(write!(quoted, "\\u{:04x}", c as u32)),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::quoted;

    #[test]
    fn a_string_ends_no_script() {
        assert_eq!(
            quoted("a \"b\" \\ </script>\n"),
            r#""a \"b\" \\ \u003c/script>\u000a""#
        );
    }
}
