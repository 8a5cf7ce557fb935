//! Executions made by hand, allowed and forbidden, with what is shown of them.

use crate::{
    answer::{Edge, Violation},
    draw::{Arrow, Drawing},
    execution::{Event, Execution, Kind},
    model::{Axiom, Model},
    program::{Order, Order::*, Value},
    relation::EventId,
};

const X: usize = 0;
const Y: usize = 1;
const Z: usize = 2;

/// An event before it has its place; `from` is the letter of the write that it reads, `-` for the initial
/// one, and a blank for what does not read.
pub struct Step(
    Kind,
    Order,
    Option<usize>,
    Option<Value>,
    Option<Value>,
    char,
);

pub fn read(location: usize, value: Value, order: Order, from: char) -> Step {
    Step(Kind::Read, order, Some(location), Some(value), None, from)
}

pub fn write(location: usize, value: Value, order: Order) -> Step {
    Step(Kind::Write, order, Some(location), None, Some(value), ' ')
}

pub fn update(location: usize, values: (Value, Value), order: Order, from: char) -> Step {
    let (read, written) = (Some(values.0), Some(values.1));
    Step(Kind::Update, order, Some(location), read, written, from)
}

/// A compare-and-exchange that did not write.
pub fn failed(location: usize, value: Value, order: Order, from: char) -> Step {
    Step(Kind::Failed, order, Some(location), Some(value), None, from)
}

pub fn fence(order: Order) -> Step {
    Step(Kind::Fence, order, None, None, None, ' ')
}

/// `modification_order` gives for each location the letters of its writes.
pub fn execution<const L: usize>(
    locations: [&str; L],
    threads: Vec<Vec<Step>>,
    modification_order: [&str; L],
) -> Execution {
    let initial = |location| Event {
        thread: None,
        kind: Kind::Write,
        order: Order::Plain,
        location: Some(location),
        read: None,
        written: Some(0),
        reads_from: None,
    };
    let mut events: Vec<Event> = (0..L).map(initial).collect();
    let mut ids = Vec::new();
    for (thread, steps) in threads.into_iter().enumerate() {
        let first = events.len();
        for Step(kind, order, location, read, written, from) in steps {
            events.push(Event {
                thread: Some(thread),
                kind,
                order,
                location,
                read,
                written,
                reads_from: match from {
                    ' ' => None,
                    '-' => location,
                    letter => Some(id::<L>(letter)),
                },
            });
        }
        ids.push((first..events.len()).collect());
    }
    let order = |(initial, letters): (usize, &str)| {
        let letters = letters.chars().map(id::<L>);
        std::iter::once(initial).chain(letters).collect()
    };
    Execution {
        events,
        threads: ids,
        modification_order: modification_order
            .into_iter()
            .enumerate()
            .map(order)
            .collect(),
        locations: locations.map(str::to_owned).to_vec(),
    }
}

fn id<const L: usize>(letter: char) -> EventId {
    L + usize::from(letter as u8 - b'a')
}

fn cycle<const N: usize>(axiom: Axiom, locations: usize, steps: [(char, Edge); N]) -> Violation {
    let place = |(letter, edge): (char, Edge)| {
        let event = match letter {
            '-' => 0,
            letter => locations + usize::from(letter as u8 - b'a'),
        };
        (event, edge)
    };
    Violation {
        axiom,
        cycle: steps.map(place).to_vec(),
    }
}

pub type Example = (&'static str, Execution, Drawing);

/// The usual ones and the awkward ones, each by a name.
pub fn all() -> Vec<Example> {
    vec![
        mp(),
        mp_seen(),
        sb(),
        lb(),
        iriw(),
        two_writes(),
        wrc(),
        updates(),
        failing_compare_exchange(),
        fences(),
        big(),
        thin_air(),
        coherence(),
        atomicity(),
        race(),
        own_update(),
        two_stores_between(),
        one_thread(),
        no_events(),
        no_threads(),
        hostile(),
        long_names(),
        many_threads(),
    ]
}

/// Message passing where the flag is seen and the message is not.
pub fn mp() -> Example {
    let execution = execution(
        ["x", "y"],
        vec![
            vec![write(X, 1, Relaxed), write(Y, 1, Release)],
            vec![read(Y, 1, Acquire, 'b'), read(X, 0, Relaxed, '-')],
        ],
        ["a", "b"],
    );
    let violation = cycle(
        Axiom::Coherence,
        2,
        [
            ('a', Edge::Po),
            ('b', Edge::Sw),
            ('c', Edge::Po),
            ('d', Edge::Rb),
        ],
    );
    let drawing = Drawing::violation(&execution, Model::Rc11, &violation).title("Message passing");
    ("mp", execution, drawing)
}

/// Message passing as it should be.
pub fn mp_seen() -> Example {
    let execution = execution(
        ["x", "y"],
        vec![
            vec![write(X, 1, Relaxed), write(Y, 1, Release)],
            vec![read(Y, 1, Acquire, 'b'), read(X, 1, Relaxed, 'a')],
        ],
        ["a", "b"],
    );
    let drawing = Drawing::of(&execution, Model::Rc11);
    ("mp_seen", execution, drawing)
}

/// Store buffering: both read what was there before.
pub fn sb() -> Example {
    let execution = execution(
        ["x", "y"],
        vec![
            vec![write(X, 1, SeqCst), read(Y, 0, SeqCst, '-')],
            vec![write(Y, 1, SeqCst), read(X, 0, SeqCst, '-')],
        ],
        ["a", "c"],
    );
    let violation = cycle(
        Axiom::SeqCst,
        2,
        [
            ('a', Edge::Po),
            ('b', Edge::Rb),
            ('c', Edge::Po),
            ('d', Edge::Rb),
        ],
    );
    let drawing = Drawing::violation(&execution, Model::Rc11, &violation);
    ("sb", execution, drawing)
}

/// Load buffering: each reads what the other writes later. Allowed where thin air is.
pub fn lb() -> Example {
    let execution = execution(
        ["x", "y"],
        vec![
            vec![read(X, 1, Relaxed, 'd'), write(Y, 1, Relaxed)],
            vec![read(Y, 1, Relaxed, 'b'), write(X, 1, Relaxed)],
        ],
        ["d", "b"],
    );
    let mut drawing = Drawing::plain(&execution).title("Load buffering");
    drawing.notes = vec![(2, "r0".to_owned()), (4, "r0".to_owned())];
    ("lb", execution, drawing)
}

/// Independent reads of independent writes: two readers disagree about which came first.
pub fn iriw() -> Example {
    let execution = execution(
        ["x", "y"],
        vec![
            vec![write(X, 1, SeqCst)],
            vec![read(X, 1, SeqCst, 'a'), read(Y, 0, SeqCst, '-')],
            vec![read(Y, 1, SeqCst, 'f'), read(X, 0, SeqCst, '-')],
            vec![write(Y, 1, SeqCst)],
        ],
        ["a", "f"],
    );
    let violation = cycle(
        Axiom::SeqCst,
        2,
        [
            ('a', Edge::Rf),
            ('b', Edge::Po),
            ('c', Edge::Rb),
            ('f', Edge::Rf),
            ('d', Edge::Po),
            ('e', Edge::Rb),
        ],
    );
    let drawing = Drawing::violation(&execution, Model::Rc11, &violation);
    ("iriw", execution, drawing)
}

/// Two writes each, in opposite orders.
pub fn two_writes() -> Example {
    let execution = execution(
        ["x", "y"],
        vec![
            vec![write(X, 1, Relaxed), write(Y, 2, Relaxed)],
            vec![write(Y, 1, Relaxed), write(X, 2, Relaxed)],
        ],
        ["da", "bc"],
    );
    let drawing = Drawing::plain(&execution).title("2+2W");
    ("two_writes", execution, drawing)
}

/// Write to read causality, through a third thread.
pub fn wrc() -> Example {
    let execution = execution(
        ["x", "y"],
        vec![
            vec![write(X, 1, Relaxed)],
            vec![read(X, 1, Relaxed, 'a'), write(Y, 1, Release)],
            vec![read(Y, 1, Acquire, 'c'), read(X, 0, Relaxed, '-')],
        ],
        ["a", "c"],
    );
    let drawing = Drawing::of(&execution, Model::Rc11);
    ("wrc", execution, drawing)
}

/// A counter that three threads raise, and one that looks on.
pub fn updates() -> Example {
    let execution = execution(
        ["count"],
        vec![
            vec![
                update(X, (0, 1), AcqRel, '-'),
                update(X, (3, 4), AcqRel, 'c'),
            ],
            vec![update(X, (2, 3), AcqRel, 'd')],
            vec![update(X, (1, 2), AcqRel, 'a')],
            vec![read(X, 3, Relaxed, 'c'), read(X, 4, Acquire, 'b')],
        ],
        ["adcb"],
    );
    let drawing = Drawing::of(&execution, Model::Rc11);
    ("updates", execution, drawing)
}

/// One compare-and-exchange succeeds, the other does not: it only reads.
pub fn failing_compare_exchange() -> Example {
    let execution = execution(
        ["lock"],
        vec![
            vec![update(X, (0, 1), Acquire, '-'), write(X, 0, Release)],
            vec![failed(X, 1, Relaxed, 'a')],
        ],
        ["ab"],
    );
    let drawing = Drawing::plain(&execution);
    ("failing_compare_exchange", execution, drawing)
}

/// Message passing with fences and plain data.
pub fn fences() -> Example {
    let execution = execution(
        ["data", "flag"],
        vec![
            vec![write(X, 42, Plain), fence(Release), write(Y, 1, Relaxed)],
            vec![
                read(Y, 1, Relaxed, 'c'),
                fence(Acquire),
                read(X, 42, Plain, 'a'),
            ],
        ],
        ["a", "c"],
    );
    let drawing = Drawing::of(&execution, Model::Rc11).with(Arrow::Hb, [(2, 7)]);
    ("fences", execution, drawing)
}

/// Four threads of six events, with everything in it.
pub fn big() -> Example {
    let execution = execution(
        ["x", "y", "z"],
        vec![
            vec![
                write(X, 1, Relaxed),
                write(Y, 1, Release),
                read(Z, 0, Acquire, '-'),
                fence(SeqCst),
                read(X, 1, Relaxed, 'a'),
                write(Z, 1, Relaxed),
            ],
            vec![
                read(Y, 1, Acquire, 'b'),
                read(X, 1, Relaxed, 'a'),
                update(Z, (1, 2), AcqRel, 'f'),
                read(Y, 1, Relaxed, 'b'),
                fence(Release),
                write(X, 2, Relaxed),
            ],
            vec![
                read(X, 1, Relaxed, 'a'),
                fence(Acquire),
                read(Z, 2, Relaxed, 'i'),
                write(Y, 2, SeqCst),
                write(Y, 3, Relaxed),
                read(Z, 7, SeqCst, 'w'),
            ],
            vec![
                read(Y, 2, SeqCst, 'p'),
                read(X, 0, Relaxed, '-'),
                write(X, 3, Release),
                fence(SeqCst),
                update(Z, (2, 7), SeqCst, 'i'),
                read(Y, 3, Relaxed, 'q'),
            ],
        ],
        ["alu", "bpq", "fiw"],
    );
    let drawing = Drawing::of(&execution, Model::Rc11).title("Four threads of six events");
    ("big", execution, drawing)
}

/// Load buffering where each writes what it read: nothing says what.
pub fn thin_air() -> Example {
    let mut execution = execution(
        ["x", "y"],
        vec![
            vec![read(X, 0, Relaxed, 'd'), write(Y, 0, Relaxed)],
            vec![read(Y, 0, Relaxed, 'b'), write(X, 0, Relaxed)],
        ],
        ["d", "b"],
    );
    for event in &mut execution.events[2..] {
        event.read = None;
        event.written = None;
    }
    let violation = cycle(
        Axiom::NoThinAir,
        2,
        [
            ('a', Edge::Po),
            ('b', Edge::Rf),
            ('c', Edge::Po),
            ('d', Edge::Rf),
        ],
    );
    let drawing = Drawing::violation(&execution, Model::Rc11, &violation);
    ("thin_air", execution, drawing)
}

/// The second read sees an older value than the first.
pub fn coherence() -> Example {
    let execution = execution(
        ["x"],
        vec![
            vec![write(X, 1, Relaxed)],
            vec![
                read(X, 1, Relaxed, 'a'),
                fence(Acquire),
                read(X, 0, Relaxed, '-'),
            ],
        ],
        ["a"],
    );
    let violation = cycle(
        Axiom::Coherence,
        1,
        [('b', Edge::Po), ('d', Edge::Rb), ('a', Edge::Rf)],
    );
    let drawing = Drawing::violation(&execution, Model::Rc11, &violation);
    ("coherence", execution, drawing)
}

/// Two increments of which one is lost.
pub fn atomicity() -> Example {
    let execution = execution(
        ["x"],
        vec![
            vec![update(X, (0, 1), Relaxed, '-')],
            vec![update(X, (0, 1), Relaxed, '-')],
        ],
        ["ab"],
    );
    let violation = cycle(Axiom::Atomicity, 1, [('b', Edge::Rb), ('a', Edge::Mo)]);
    let drawing = Drawing::violation(&execution, Model::Rc11, &violation);
    ("atomicity", execution, drawing)
}

/// The flag is read too weakly, so nothing orders the data.
pub fn race() -> Example {
    let execution = execution(
        ["data", "flag"],
        vec![
            vec![write(X, 42, Plain), write(Y, 1, Release)],
            vec![read(Y, 1, Relaxed, 'b'), read(X, 0, Plain, '-')],
        ],
        ["a", "b"],
    );
    let mut drawing = Drawing::plain(&execution);
    drawing.race = Some((2, 5));
    ("race", execution, drawing)
}

/// A read-modify-write that reads its own value, as no model allows.
pub fn own_update() -> Example {
    let execution = execution(["x"], vec![vec![update(X, (1, 1), Relaxed, 'a')]], ["a"]);
    let violation = cycle(Axiom::NoThinAir, 1, [('a', Edge::Rf)]);
    let drawing = Drawing::violation(&execution, Model::Rc11, &violation);
    ("own_update", execution, drawing)
}

/// Several arrows between the same two events, and all along one thread.
pub fn two_stores_between() -> Example {
    let execution = execution(
        ["x"],
        vec![
            vec![
                write(X, 1, Release),
                write(X, 2, Release),
                read(X, 2, Acquire, 'b'),
            ],
            vec![update(X, (2, 3), AcqRel, 'b'), read(X, 3, Relaxed, 'd')],
        ],
        ["abd"],
    );
    let hb = [(1, 3), (2, 4), (2, 5)];
    let drawing = Drawing::of(&execution, Model::Rc11).with(Arrow::Hb, hb);
    ("two_stores_between", execution, drawing)
}

pub fn one_thread() -> Example {
    let execution = execution(
        ["x"],
        vec![vec![
            write(X, 1, Plain),
            read(X, 1, Plain, 'a'),
            write(X, -7, Plain),
        ]],
        ["ac"],
    );
    let drawing = Drawing::plain(&execution);
    ("one_thread", execution, drawing)
}

pub fn no_events() -> Example {
    let execution = execution(["x"], vec![vec![], vec![]], [""]);
    let drawing = Drawing::plain(&execution);
    ("no_events", execution, drawing)
}

pub fn no_threads() -> Example {
    let execution = execution([], vec![], []);
    let drawing = Drawing::plain(&execution);
    ("no_threads", execution, drawing)
}

/// Names from a file that means no good.
pub fn hostile() -> Example {
    let execution = execution(
        ["</svg><script>", "\"];\n}\u{1b}[2J\u{202e}&amp;\\N"],
        vec![
            vec![write(X, Value::MIN, Relaxed), write(Y, 1, Release)],
            vec![read(Y, 1, Acquire, 'b'), read(X, Value::MIN, Relaxed, 'a')],
        ],
        ["a", "b"],
    );
    let mut drawing = Drawing::plain(&execution).title("</title><script>alert(1)</script>\u{7}");
    drawing.notes = vec![(4, "<!-- r0 & \" ' ]]>".to_owned())];
    ("hostile", execution, drawing)
}

/// Names that differ only in the middle.
pub fn long_names() -> Example {
    let execution = execution(
        [
            "the_number_of_widgets_that_are_left",
            "the_number_of_gadgets_that_are_left",
        ],
        vec![
            vec![write(X, 1, Relaxed), write(Y, 1_000_000_007, Release)],
            vec![
                read(Y, 1_000_000_007, Acquire, 'b'),
                read(X, 1, Relaxed, 'a'),
            ],
            vec![],
            vec![update(Y, (0, 1), SeqCst, '-')],
        ],
        ["a", "eb"],
    );
    let drawing = Drawing::of(&execution, Model::Rc11);
    ("long_names", execution, drawing)
}

/// Twelve threads that hand on a token, and more events than letters.
pub fn many_threads() -> Example {
    let mut threads = vec![vec![
        write(X, 1, Release),
        write(Y, 1, Relaxed),
        write(Z, 1, Relaxed),
    ]];
    for _ in 1..12 {
        threads.push(vec![
            read(X, 1, Acquire, 'a'),
            read(Y, 1, Relaxed, 'b'),
            read(Z, 1, Relaxed, 'c'),
        ]);
    }
    let execution = execution(["x", "y", "z"], threads, ["a", "b", "c"]);
    let drawing = Drawing::plain(&execution);
    ("many_threads", execution, drawing)
}
