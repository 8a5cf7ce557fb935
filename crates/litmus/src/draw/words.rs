//! Events, relations and axioms in words, and names that can be shown whatever is in them: a litmus test
//! may come from anywhere.

use crate::{
    answer::{Edge, Violation},
    draw::{Arrow, Drawing},
    execution::{Execution, Kind},
    model::Axiom,
    program::{Order, Value},
    relation::EventId,
};

/// The letters and names of an execution's events and locations, as they are shown.
pub struct Names<'a> {
    pub execution: &'a Execution,
    locations: Vec<String>,
    letters: Vec<String>,
}

impl<'a> Names<'a> {
    /// Names of locations take `most` columns at most.
    pub fn of(execution: &'a Execution, most: usize) -> Names<'a> {
        let mut letters: Vec<String> = execution.events.iter().map(|_| "init".to_owned()).collect();
        for (place, &event) in execution.threads.iter().flatten().enumerate() {
            letters[event] = letter(place);
        }
        Names {
            execution,
            locations: shortened(&execution.locations, most),
            letters,
        }
    }

    /// `a`, `b`, …, and `init` for each initial write.
    pub fn letter(&self, event: EventId) -> &str {
        &self.letters[event]
    }

    /// `a`, and `init x` for an initial write where nothing else says which.
    pub fn which(&self, event: EventId) -> String {
        match self.execution.events[event].thread {
            Some(_) => self.letters[event].clone(),
            None => format!("init {}", self.location(event)),
        }
    }

    pub fn location(&self, event: EventId) -> &str {
        let location = self.execution.events[event].location;
        location.map_or("", |location| self.locations[location].as_str())
    }

    /// `Rx=1`, `Wx=1`, `Ux=0/1`, `F`; `x=0` for an initial write.
    pub fn short(&self, id: EventId) -> String {
        let event = &self.execution.events[id];
        let name = self.location(id);
        let (read, written) = (value(event.read), value(event.written));
        match event.kind {
            Kind::Write if event.thread.is_none() => format!("{name}={written}"),
            Kind::Read | Kind::Failed => format!("R{name}={read}"),
            Kind::Write => format!("W{name}={written}"),
            Kind::Update => format!("U{name}={read}/{written}"),
            Kind::Fence => "F".to_owned(),
        }
    }

    /// As Rust would spell it: `x.store(1, Release)`, `x.load(Acquire) = 1`, `fence(SeqCst)`,
    /// `*x = 1`, `read *x = 1`, and `x.update(0→1, AcqRel)` for any read-modify-write, or
    /// `x.update(fails, Relaxed) = 1` for one that did not write.
    pub fn rust(&self, id: EventId) -> String {
        let event = &self.execution.events[id];
        let (name, order) = (self.location(id), event.order);
        let (read, written) = (value(event.read), value(event.written));
        match (event.kind, order) {
            (Kind::Read, Order::Plain) => format!("read *{name} = {read}"),
            (Kind::Write, Order::Plain) => format!("*{name} = {written}"),
            (Kind::Read, _) => format!("{name}.load({order}) = {read}"),
            (Kind::Write, _) => format!("{name}.store({written}, {order})"),
            (Kind::Update, _) => format!("{name}.update({read}→{written}, {order})"),
            (Kind::Failed, _) => format!("{name}.update(fails, {order}) = {read}"),
            (Kind::Fence, _) => format!("fence({order})"),
        }
    }

    /// What stands under the label in a box: `Release`, `Relaxed, failed`.
    pub fn order(&self, id: EventId) -> String {
        let event = &self.execution.events[id];
        match event.kind {
            Kind::Failed => format!("{}, failed", event.order),
            _ => event.order.to_string(),
        }
    }

    /// `a writes 1 to x (Release)`.
    pub fn sentence(&self, id: EventId) -> String {
        let event = &self.execution.events[id];
        let (letter, name, order) = (self.letter(id), self.location(id), event.order);
        let (read, written) = (value(event.read), value(event.written));
        match event.kind {
            Kind::Read => format!("{letter} reads {read} from {name} ({order})"),
            Kind::Write => format!("{letter} writes {written} to {name} ({order})"),
            Kind::Update => {
                format!("{letter} reads {read} from {name} and writes {written} ({order})")
            }
            Kind::Failed => {
                format!("{letter} reads {read} from {name} and fails to update it ({order})")
            }
            Kind::Fence => format!("{letter} is a fence ({order})"),
        }
    }

    /// `b → c (po) → d (rb) → b (rf)`: each event with the relation that led to it.
    pub fn cycle(&self, violation: &Violation) -> String {
        let cycle = &violation.cycle;
        let Some(&(first, _)) = cycle.first() else {
            return String::new();
        };
        let mut text = self.which(first);
        for (step, &(_, edge)) in cycle.iter().enumerate() {
            let (to, _) = cycle[(step + 1) % cycle.len()];
            text += &format!(" → {} ({})", self.which(to), edge.name());
        }
        text
    }

    /// The whole graph in words, for who cannot see it.
    pub fn description(&self, drawing: &Drawing) -> String {
        let mut sentences = Vec::new();
        for (index, thread) in self.execution.threads.iter().enumerate() {
            let events: Vec<String> = thread.iter().map(|&id| self.sentence(id)).collect();
            sentences.push(match events.as_slice() {
                [] => format!("Thread {index} does nothing."),
                events => format!("Thread {index}: {}.", events.join(", then ")),
            });
        }
        let arrows = drawing.all(self.execution);
        for kind in Arrow::ALL.into_iter().filter(|&kind| kind != Arrow::Po) {
            let pairs: Vec<String> = arrows
                .iter()
                .filter(|&&(arrow, ..)| arrow == kind)
                .map(|&(_, from, to, _)| match kind {
                    Arrow::Rf => format!("{} from {}", self.which(to), self.which(from)),
                    _ => format!("{} before {}", self.which(from), self.which(to)),
                })
                .collect();
            if pairs.is_empty() {
                continue;
            }
            let pairs = pairs.join(", ");
            sentences.push(match kind {
                Arrow::Rf => format!("Reads from: {pairs}."),
                Arrow::Mo => format!("Modification order: {pairs}."),
                Arrow::Rb => format!("Reads before: {pairs}."),
                Arrow::Sw => {
                    format!(
                        "Synchronises with: {}.",
                        pairs.replace(" before ", " with ")
                    )
                }
                _ => format!("Happens before: {pairs}."),
            });
        }
        if let Some(violation) = &drawing.violation {
            sentences.push(format!("The cycle: {}.", self.cycle(violation)));
            sentences.push(format!("{}.", sentence_case(broken(violation))));
        }
        sentences.extend(self.race(drawing).map(|race| format!("{race}.")));
        sentences.join(" ")
    }

    /// `Data race: a and d access x, and nothing orders them`.
    pub fn race(&self, drawing: &Drawing) -> Option<String> {
        let (first, second) = drawing.race?;
        let (one, other) = (self.letters.get(first)?, self.letters.get(second)?);
        let location = self.location(first);
        Some(format!(
            "Data race: {one} and {other} access {location}, and nothing orders them"
        ))
    }
}

/// What a cycle says about the axiom that it breaks, without a full stop.
pub fn broken(violation: &Violation) -> &'static str {
    let happens = |&(_, edge): &(EventId, Edge)| matches!(edge, Edge::Po | Edge::Sw);
    match violation.axiom {
        Axiom::Coherence if violation.cycle.iter().any(happens) => {
            "coherence: what happens before says one thing, and the order in which accesses to one \
             location see each other says the opposite"
        }
        Axiom::Coherence => {
            "coherence: the accesses to one location see each other in an order that contradicts itself"
        }
        Axiom::Atomicity => {
            "atomicity: another write comes between the read and the write of a read-modify-write"
        }
        Axiom::SeqCst => {
            "seq-cst: no single order of the SeqCst operations agrees with what they see"
        }
        Axiom::NoThinAir => "no-thin-air: a value would come out of nothing but itself",
        Axiom::Interleaving => {
            "interleaving: no order of single steps explains this run; each step of the cycle would \
             have to come before itself"
        }
        Axiom::StoreBuffers => {
            "store-buffers: even with store buffers, each step of the cycle would have to reach \
             memory before itself"
        }
    }
}

fn sentence_case(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(|c| c.to_ascii_uppercase());
    first.into_iter().chain(chars).collect()
}

/// `?` is a value out of thin air.
fn value(value: Option<Value>) -> String {
    value.map_or("?".to_owned(), |value| value.to_string())
}

/// `a` to `z`, then `aa`, `ab`, ….
pub(crate) fn letter(index: usize) -> String {
    let own = char::from(b'a' + (index % 26) as u8);
    match index / 26 {
        0 => own.to_string(),
        more => format!("{}{own}", letter(more - 1)),
    }
}

/// Each name with nothing in it that a terminal or a browser would act on, and cut in the middle to `most`
/// columns. Different names stay different.
fn shortened(names: &[String], most: usize) -> Vec<String> {
    let harmless: Vec<String> = names.iter().map(|name| harmless(name)).collect();
    let cut: Vec<String> = harmless
        .iter()
        .map(|name| cut(name, most.max(3), None))
        .collect();
    let again = |index: usize| {
        let twins = cut.iter().filter(|other| **other == cut[index]).count();
        if twins > 1 {
            self::cut(&harmless[index], most.max(3), Some(index))
        } else {
            cut[index].clone()
        }
    };
    (0..names.len()).map(again).collect()
}

/// Control characters, and others that do not show, as Rust would escape them.
pub fn harmless(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        match c {
            '"' | '\'' | '\\' => shown.push(c),
            c => shown.extend(c.escape_debug()),
        }
    }
    shown
}

/// `text` in `most` columns, its middle left out where it is too long; or its end, for a number.
pub fn cut(text: &str, most: usize, number: Option<usize>) -> String {
    let tail = match number {
        Some(number) => number.to_string(),
        None if columns(text) <= most => return text.to_owned(),
        None => {
            let mut tail: Vec<char> = text.chars().rev().collect();
            tail.truncate(fitting(tail.iter().copied(), (most - 1) / 3));
            tail.iter().rev().collect()
        }
    };
    let room = most.saturating_sub(1 + columns(&tail));
    let head: String = text.chars().take(fitting(text.chars(), room)).collect();
    format!("{head}…{tail}")
}

/// How many of these fit into that many columns.
fn fitting(chars: impl Iterator<Item = char>, most: usize) -> usize {
    let mut used = 0;
    chars
        .take_while(|&c| {
            used += width(c);
            used <= most
        })
        .count()
}

/// How many columns of a terminal `text` takes.
pub fn columns(text: &str) -> usize {
    text.chars().map(width).sum()
}

/// Two for the wide characters of East Asia and for pictographs.
fn width(c: char) -> usize {
    let wide = matches!(u32::from(c),
        0x1100..=0x115f | 0x2e80..=0xa4cf | 0xac00..=0xd7a3 | 0xf900..=0xfaff | 0xfe30..=0xfe6f
        | 0xff00..=0xff60 | 0xffe0..=0xffe6 | 0x1f300..=0x1faff | 0x20000..=0x3fffd);
    if wide { 2 } else { 1 }
}

/// For the content of an XML element or attribute.
pub fn xml(text: &str) -> String {
    let mut escaped = String::new();
    for c in harmless(text).chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            c => escaped.push(c),
        }
    }
    escaped
}
