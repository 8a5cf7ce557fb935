mod examples;

use std::collections::BTreeSet;

use super::{
    Arrow, Drawing, dot,
    geometry::{Rect, bounds, point},
    lanes, svg,
    svg::Scene,
};
use crate::{
    answer::{Budget, Explanation},
    axioms, classics,
    execution::Execution,
    model::Model,
    program::Order,
    relation::EventId,
};

#[test]
fn plain_arrows_are_those_between_neighbours() {
    let (_, execution, _) = examples::two_stores_between();
    // x, a, b, c, d, e are 0 to 5; nobody reads the initial write.
    let arrows = Drawing::plain(&execution).all(&execution);
    let arrows: Vec<_> = arrows
        .iter()
        .map(|&(arrow, from, to, _)| (arrow, from, to))
        .collect();
    assert_eq!(
        arrows,
        [
            (Arrow::Po, 1, 2),
            (Arrow::Po, 2, 3),
            (Arrow::Po, 4, 5),
            (Arrow::Rf, 2, 3),
            (Arrow::Rf, 2, 4),
            (Arrow::Rf, 4, 5),
            (Arrow::Mo, 1, 2),
            (Arrow::Mo, 2, 4),
            (Arrow::Rb, 3, 4),
        ]
    );
}

#[test]
fn only_models_that_know_of_synchronisation_show_it() {
    let (_, execution, _) = examples::mp_seen();
    let sw = |model| -> Vec<(EventId, EventId)> {
        let arrows = Drawing::of(&execution, model).all(&execution);
        let sw = arrows.iter().filter(|(arrow, ..)| *arrow == Arrow::Sw);
        sw.map(|&(_, from, to, _)| (from, to)).collect()
    };
    assert_eq!(sw(Model::Rc11), [(3, 4)]);
    assert_eq!(sw(Model::Rc112017), [(3, 4)]);
    assert_eq!(sw(Model::Sc), []);
    assert_eq!(sw(Model::Tso), []);
}

#[test]
fn synchronisation_that_follows_from_other_is_left_out() {
    let (_, execution, drawing) = examples::updates();
    let all = axioms::Derived::of(&execution, Model::Rc11).sw;
    assert!(all.contains(1, 2) && all.contains(1, 3) && all.contains(1, 4));
    let arrows = drawing.all(&execution);
    let sw = arrows.iter().filter(|(arrow, ..)| *arrow == Arrow::Sw);
    let sw: Vec<_> = sw.map(|&(_, from, to, _)| (from, to)).collect();
    // a → d → c → b → f: each has the token from the one before.
    assert_eq!(sw, [(1, 4), (2, 6), (3, 2), (4, 3)]);
}

#[test]
fn a_cycle_through_a_thread_is_shown_step_by_step() {
    let (_, execution, drawing) = examples::coherence();
    // b → d in program order goes through c, the fence.
    let marked: BTreeSet<_> = drawing
        .all(&execution)
        .into_iter()
        .filter(|&(.., is_marked)| is_marked)
        .map(|(arrow, from, to, _)| (arrow, from, to))
        .collect();
    let cycle = [
        (Arrow::Po, 2, 3),
        (Arrow::Po, 3, 4),
        (Arrow::Rb, 4, 1),
        (Arrow::Rf, 1, 2),
    ];
    assert_eq!(marked, BTreeSet::from(cycle));
}

#[test]
fn the_arrows_of_the_cycle_are_shown_even_if_their_relation_is_not() {
    let (_, execution, drawing) = examples::mp();
    let without = drawing.without(Arrow::Sw).without(Arrow::Rf);
    let kinds: BTreeSet<Arrow> = without.all(&execution).iter().map(|a| a.0).collect();
    assert_eq!(
        kinds,
        BTreeSet::from([Arrow::Po, Arrow::Mo, Arrow::Rb, Arrow::Sw])
    );
}

#[test]
fn an_arrow_that_leads_nowhere_is_left_out() {
    let (_, execution, _) = examples::one_thread();
    let drawing = Drawing::default().with(Arrow::Hb, [(1, 99), (1, 2), (1, 2)]);
    assert_eq!(drawing.all(&execution), [(Arrow::Hb, 1, 2, false)]);
}

// Text.

#[test]
fn lanes_of_the_classics() {
    let show = |(_, execution, drawing): examples::Example| lanes(&execution, &drawing, 80);
    insta::assert_snapshot!(show(examples::mp()), @"
    Message passing
    thread 0                    thread 1
    a: x.store(1, Relaxed)
    b: y.store(1, Release)
                                c: y.load(Acquire) = 1 ← b
                                d: x.load(Relaxed) = 0 ← init

    sw     b → c
    cycle  a → b (po) → c (sw) → d (po) → a (rb)
    breaks coherence: what happens before says one thing, and the order in which
           accesses to one location see each other says the opposite
    ");
    insta::assert_snapshot!(show(examples::mp_seen()), @"
    thread 0                    thread 1
    a: x.store(1, Relaxed)
    b: y.store(1, Release)
                                c: y.load(Acquire) = 1 ← b
                                d: x.load(Relaxed) = 1 ← a

    sw     b → c
    ");
    insta::assert_snapshot!(show(examples::sb()), @"
    thread 0                          thread 1
    a: x.store(1, SeqCst)             c: y.store(1, SeqCst)
    b: y.load(SeqCst) = 0 ← init      d: x.load(SeqCst) = 0 ← init

    cycle  a → b (po) → c (rb) → d (po) → a (rb)
    breaks seq-cst: no single order of the SeqCst operations agrees with what they
           see
    ");
    insta::assert_snapshot!(show(examples::lb()), @"
    Load buffering
    thread 0                             thread 1
    a: x.load(Relaxed) = 1 ← d [r0]      c: y.load(Relaxed) = 1 ← b [r0]
    b: y.store(1, Relaxed)               d: x.store(1, Relaxed)
    ");
    insta::assert_snapshot!(show(examples::iriw()), @"
    thread 0            thread 1            thread 2            thread 3
    a: x.store(1,                                               f: y.store(1,
       SeqCst)                                                     SeqCst)
                        b: x.load(SeqCst)   d: y.load(SeqCst)
                           = 1 ← a             = 1 ← f
                        c: y.load(SeqCst)   e: x.load(SeqCst)
                           = 0 ← init          = 0 ← init

    sw     a → b, f → d
    cycle  a → b (rf) → c (po) → f (rb) → d (rf) → e (po) → a (rb)
    breaks seq-cst: no single order of the SeqCst operations agrees with what they
           see
    ");
    insta::assert_snapshot!(show(examples::two_writes()), @"
    2+2W
    thread 0                    thread 1
    a: x.store(1, Relaxed)      c: y.store(1, Relaxed)
    b: y.store(2, Relaxed)      d: x.store(2, Relaxed)

    mo     x: init → d → a
           y: init → b → c
    ");
    insta::assert_snapshot!(show(examples::wrc()), @"
    thread 0                thread 1                    thread 2
    a: x.store(1, Relaxed)
                            b: x.load(Relaxed) = 1 ← a
                            c: y.store(1, Release)
                                                        d: y.load(Acquire) = 1 ← c
                                                        e: x.load(Relaxed) = 0
                                                           ← init

    sw     c → d
    ");
}

#[test]
fn lanes_of_updates_fences_and_races() {
    let show = |(_, execution, drawing): examples::Example| lanes(&execution, &drawing, 80);
    insta::assert_snapshot!(show(examples::updates()), @"
    thread 0            thread 1            thread 2            thread 3
    a: count.update(
       0→1, AcqRel)
       ← init
                                            d: count.update(
                                               1→2, AcqRel)
                                               ← a
                        c: count.update(
                           2→3, AcqRel)
                           ← d
                                                                e: count.load(
                                                                   Relaxed) = 3
                                                                   ← c
    b: count.update(
       3→4, AcqRel)
       ← c
                                                                f: count.load(
                                                                   Acquire) = 4
                                                                   ← b

    mo     count: init → a → d → c → b
    sw     a → d, b → f, c → b, d → c
    ");
    insta::assert_snapshot!(show(examples::failing_compare_exchange()), @"
    thread 0                               thread 1
    a: lock.update(0→1, Acquire) ← init
                                           c: lock.update(fails, Relaxed) = 1 ← a
    b: lock.store(0, Release)

    mo     lock: init → a → b
    ");
    insta::assert_snapshot!(show(examples::fences()), @"
    thread 0                       thread 1
    a: *data = 42
    b: fence(Release)
    c: flag.store(1, Relaxed)
                                   d: flag.load(Relaxed) = 1 ← c
                                   e: fence(Acquire)
                                   f: read *data = 42 ← a

    sw     b → e
    hb     a → f
    ");
    insta::assert_snapshot!(show(examples::thin_air()), @"
    thread 0                        thread 1
    a: x.load(Relaxed) = ? ← d      c: y.load(Relaxed) = ? ← b
    b: y.store(?, Relaxed)          d: x.store(?, Relaxed)

    cycle  a → b (po) → c (rf) → d (po) → a (rf)
    breaks no-thin-air: a value would come out of nothing but itself
    ");
    insta::assert_snapshot!(show(examples::atomicity()), @"
    thread 0                              thread 1
    a: x.update(0→1, Relaxed) ← init      b: x.update(0→1, Relaxed) ← init

    mo     x: init → a → b
    cycle  b → a (rb) → b (mo)
    breaks atomicity: another write comes between the read and the write of a
           read-modify-write
    ");
    insta::assert_snapshot!(show(examples::race()), @"
    thread 0                       thread 1
    a: *data = 42
    b: flag.store(1, Release)
                                   c: flag.load(Relaxed) = 1 ← b
                                   d: read *data = 0 ← init

    race   a and d access data, and nothing orders them
    ");
}

#[test]
fn lanes_where_there_is_little_or_a_lot() {
    let show = |(_, execution, drawing): examples::Example| lanes(&execution, &drawing, 80);
    insta::assert_snapshot!(show(examples::no_events()), @"thread 0      thread 1");
    insta::assert_snapshot!(show(examples::no_threads()), @"");
    insta::assert_snapshot!(show(examples::one_thread()), @"
    thread 0
    a: *x = 1
    b: read *x = 1 ← a
    c: *x = -7

    mo     x: init → a → c
    ");
    insta::assert_snapshot!(show(examples::big()), @"
    Four threads of six events
    thread 0            thread 1            thread 2            thread 3
    a: x.store(1,       g: y.load(Acquire)  m: x.load(Relaxed)  s: y.load(SeqCst)
       Relaxed)            = 1 ← b             = 1 ← a             = 2 ← p
    b: y.store(1,       h: x.load(Relaxed)  n: fence(Acquire)   t: x.load(Relaxed)
       Release)            = 1 ← a                                 = 0 ← init
    c: z.load(Acquire)  i: z.update(1→2,    o: z.load(Relaxed)  u: x.store(3,
       = 0 ← init          AcqRel) ← f         = 2 ← i             Release)
    d: fence(SeqCst)    j: y.load(Relaxed)  p: y.store(2,       v: fence(SeqCst)
                           = 1 ← b             SeqCst)
    e: x.load(Relaxed)  k: fence(Release)   q: y.store(3,       w: z.update(2→7,
       = 1 ← a                                 Relaxed)            SeqCst) ← i
    f: z.store(1,       l: x.store(2,       r: z.load(SeqCst)   x: y.load(Relaxed)
       Relaxed)            Relaxed)            = 7 ← w             = 3 ← q

    mo     x: init → a → l → u
           y: init → b → p → q
           z: init → f → i → w
    sw     b → g, d → i, i → w, p → s, w → r
    ");
    insta::assert_snapshot!(show(examples::long_names()), @"
    thread 0                thread 1                thread 2  thread 3
    a: the_n…0.store(1,
       Relaxed)
                                                              e: the_n…1.update(0→1,
                                                                 SeqCst) ← init
    b: the_n…1.store(
       1000000007,
       Release)
                            c: the_n…1.load(
                               Acquire)
                               = 1000000007 ← b
                            d: the_n…0.load(
                               Relaxed) = 1 ← a

    mo     the_n…1: init → e → b
    sw     b → c
    ");
    insta::assert_snapshot!(show(examples::hostile()), @r#"
    </title><script>alert(1)</script>\u{7}
    thread 0                                 thread 1
    a: </svg><script>.store(
       -9223372036854775808, Relaxed)
    b: "];\n}\u{1b}[2J\…&amp;\N.store(1,
       Release)
                                             c: "];\n}\u{1b}[2J\…&amp;\N.load(
                                                Acquire) = 1 ← b [<!-- r0 & " ' ]]>]
                                             d: </svg><script>.load(Relaxed)
                                                = -9223372036854775808 ← a
    "#);
}

#[test]
fn lanes_in_a_narrow_terminal() {
    let (_, execution, drawing) = examples::iriw();
    insta::assert_snapshot!(lanes(&execution, &drawing, 40), @"
    thread 0             thread 1
    a: x.store(1,
       SeqCst)
                         b: x.load(SeqCst)
                            = 1 ← a
                         c: y.load(SeqCst)
                            = 0 ← init

    thread 2             thread 3
                         f: y.store(1,
                            SeqCst)
    d: y.load(SeqCst)
       = 1 ← f
    e: x.load(SeqCst)
       = 0 ← init

    sw     a → b, f → d
    cycle  a → b (rf) → c (po) → f (rb)
           → d (rf) → e (po) → a (rb)
    breaks seq-cst: no single order of the
           SeqCst operations agrees with
           what they see
    ");
}

#[test]
fn lanes_stay_within_their_columns_and_hold_every_event_once() {
    for (name, execution, drawing) in examples::all() {
        for width in [20, 33, 40, 57, 80, 100, 132] {
            let text = lanes(&execution, &drawing, width);
            for line in text.lines() {
                let columns = super::words::columns(line);
                assert!(
                    columns <= width,
                    "{name} at {width}: {columns} columns: {line}"
                );
                assert_eq!(line, line.trim_end(), "{name} at {width}");
            }
            let plain = |c: char| c == '\n' || !c.is_control() && c != '\u{202e}';
            assert!(text.chars().all(plain), "{name} at {width}:\n{text}");
            let (events, _) = text.split_once("\nmo ").unwrap_or((&text, ""));
            let names = super::words::Names::of(&execution, 9);
            for &event in execution.threads.iter().flatten() {
                let head = format!("{}: ", names.letter(event));
                let is_there =
                    |line: &str| line.starts_with(&head) || line.contains(&format!(" {head}"));
                let count = events.lines().filter(|line| is_there(line)).count();
                assert_eq!(count, 1, "{name} at {width}: {head}in\n{text}");
            }
        }
    }
}

#[test]
fn four_threads_of_six_events_fit_on_a_screen() {
    let (_, execution, mut drawing) = examples::big();
    assert!(lanes(&execution, &drawing, 80).lines().count() <= 24);
    drawing.violation = axioms::violation(&execution, Model::Sc);
    assert!(drawing.violation.is_some());
    let text = lanes(&execution, &drawing, 80);
    assert!(text.lines().count() <= 24, "{text}");
    assert!(text.contains("breaks interleaving"), "{text}");
}

/// The line on which an event stands.
fn line_of(text: &str, letter: char) -> usize {
    let head = format!("{letter}: ");
    let found = text
        .lines()
        .position(|line| line.starts_with(&head) || line.contains(&format!(" {head}")));
    found.unwrap_or_else(|| panic!("no {letter} in\n{text}"))
}

#[test]
fn lanes_are_an_interleaving_where_there_is_one() {
    let (_, execution, drawing) = examples::updates();
    let text = lanes(&execution, &drawing, 120);
    let lines: Vec<usize> = ['a', 'd', 'c', 'e', 'b', 'f']
        .map(|c| line_of(&text, c))
        .to_vec();
    assert!(lines.is_sorted(), "{text}");
    // Weak, but a write still comes before who reads it: a, b, then c.
    let (_, execution, drawing) = examples::mp();
    let text = lanes(&execution, &drawing, 80);
    let lines: Vec<usize> = ['a', 'b', 'c', 'd'].map(|c| line_of(&text, c)).to_vec();
    assert!(lines.is_sorted(), "{text}");
    // Here not even that can be.
    let (_, execution, drawing) = examples::lb();
    let text = lanes(&execution, &drawing, 80);
    assert_eq!(line_of(&text, 'a'), line_of(&text, 'c'));
}

#[test]
fn wide_characters_take_two_columns() {
    let (_, mut execution, drawing) = examples::mp_seen();
    execution.locations = vec!["変数変数変数変数変数".to_owned(), "e\u{301}".to_owned()];
    let text = lanes(&execution, &drawing, 40);
    insta::assert_snapshot!(text, @r"
    thread 0             thread 1
    a: 変数…数.store(1,
       Relaxed)
    b: e\u{301}.store(
       1, Release)
                         c: e\u{301}.load(
                            Acquire) = 1 ← b
                         d: 変数…数.load(
                            Relaxed) = 1 ← a

    sw     b → c
    ");
}

#[test]
fn cut_names_stay_apart() {
    let names = [
        "aaaaaaaaaaaaaaaaab",
        "aaaaaaaaaaaaaaaaac",
        "aaaaaaaadaaaaaaaac",
    ];
    let (_, mut execution, _) = examples::big();
    execution.locations = names.map(str::to_owned).to_vec();
    let shown = super::words::Names::of(&execution, 9);
    let shown: BTreeSet<&str> = (0..3).map(|initial| shown.location(initial)).collect();
    assert_eq!(shown.len(), 3, "{shown:?}");
    assert!(
        shown.iter().all(|name| super::words::columns(name) <= 9),
        "{shown:?}"
    );
}

// Graphviz.

#[test]
fn dot_of_message_passing() {
    let (_, execution, drawing) = examples::mp();
    insta::assert_snapshot!(dot(&execution, &drawing), @r##"
    digraph execution {
      label="Message passing"; labelloc=t;
      fontname="sans-serif"; nodesep=0.8; ranksep=0.6;
      node [shape=box, style="rounded,filled", fontname="monospace", color="#59636e", fillcolor="#ffffff", fontcolor="#1d2329"];
      edge [fontname="monospace", fontsize=12];
      {
        rank=source;
        e0 [label="init x=0", color="#59636e55", fontcolor="#1d232977"];
      }
      subgraph cluster_0 {
        label="thread 0"; color="#8a949e"; style=rounded;
        e2 [label="a: Wx=1\nRelaxed"];
        e3 [label="b: Wy=1\nRelease"];
      }
      subgraph cluster_1 {
        label="thread 1"; color="#8a949e"; style=rounded;
        e4 [label="c: Ry=1\nAcquire"];
        e5 [label="d: Rx=0\nRelaxed"];
      }
      e2 -> e3 [weight=10, label="po", color="#646d78", fontcolor="#646d78", penwidth=3];
      e4 -> e5 [weight=10, label="po", color="#646d78", fontcolor="#646d78", penwidth=3];
      e0 -> e5 [xlabel="rf", color="#1f7a4455", fontcolor="#1f7a4455"];
      e3 -> e4 [constraint=false, xlabel="rf", color="#1f7a4455", fontcolor="#1f7a4455"];
      e0 -> e2 [xlabel="mo", color="#a3560f55", fontcolor="#a3560f55"];
      e5 -> e2 [constraint=false, xlabel="rb", color="#c22f2f", fontcolor="#c22f2f", style=dashed, penwidth=3];
      e3 -> e4 [constraint=false, xlabel="sw", color="#2159c0", fontcolor="#2159c0", penwidth=3];
    }
    "##);
}

#[test]
fn dot_of_a_race_with_fences_and_notes() {
    let (_, execution, mut drawing) = examples::race();
    drawing.notes.push((5, "r1".to_owned()));
    insta::assert_snapshot!(dot(&execution, &drawing), @r##"
    digraph execution {
      fontname="sans-serif"; nodesep=0.8; ranksep=0.6;
      node [shape=box, style="rounded,filled", fontname="monospace", color="#59636e", fillcolor="#ffffff", fontcolor="#1d2329"];
      edge [fontname="monospace", fontsize=12];
      {
        rank=source;
        e0 [label="init data=0"];
      }
      subgraph cluster_0 {
        label="thread 0"; color="#8a949e"; style=rounded;
        e2 [label="a: Wdata=42\nplain", color="#c22f2f", penwidth=3];
        e3 [label="b: Wflag=1\nRelease"];
      }
      subgraph cluster_1 {
        label="thread 1"; color="#8a949e"; style=rounded;
        e4 [label="c: Rflag=1\nRelaxed"];
        e5 [label="d: Rdata=0\nplain\nr1", color="#c22f2f", penwidth=3];
      }
      e2 -> e3 [weight=10, label="po", color="#646d78", fontcolor="#646d78"];
      e4 -> e5 [weight=10, label="po", color="#646d78", fontcolor="#646d78"];
      e0 -> e5 [xlabel="rf", color="#1f7a44", fontcolor="#1f7a44"];
      e3 -> e4 [constraint=false, xlabel="rf", color="#1f7a44", fontcolor="#1f7a44"];
      e0 -> e2 [xlabel="mo", color="#a3560f", fontcolor="#a3560f"];
      e5 -> e2 [constraint=false, xlabel="rb", color="#c22f2f", fontcolor="#c22f2f", style=dashed];
      e2 -> e5 [constraint=false, xlabel="race", color="#c22f2f", fontcolor="#c22f2f", dir=none, style=dotted, penwidth=3];
    }
    "##);
}

#[test]
fn nothing_gets_out_of_dots_quotes() {
    for (name, execution, drawing) in examples::all() {
        let text = dot(&execution, &drawing);
        let (mut is_quoted, mut is_escaped, mut depth) = (false, false, 0);
        let mut bare = String::new();
        for c in text.chars() {
            match c {
                _ if is_escaped => is_escaped = false,
                '\\' if is_quoted => is_escaped = true,
                '"' => is_quoted = !is_quoted,
                '\n' => assert!(!is_quoted, "{name}: a line ends within quotes:\n{text}"),
                _ if is_quoted => assert!(!c.is_control(), "{name}:\n{text}"),
                '{' => depth += 1,
                '}' => depth -= 1,
                c => bare.push(c),
            }
        }
        assert_eq!((is_quoted, depth), (false, 0), "{name}:\n{text}");
        let plain = |c: char| c.is_ascii_alphanumeric() || " _[]=,;->.".contains(c);
        assert!(bare.chars().all(plain), "{name}: {bare}");
    }
}

// Pictures.

/// All that lies where it should not.
fn faults(execution: &Execution, drawing: &Drawing) -> Vec<String> {
    let scene = Scene::of(execution, drawing);
    let mut faults = Vec::new();
    let mut solid: Vec<(String, Rect)> = scene
        .nodes
        .iter()
        .map(|node| (node.letter.clone(), node.rect))
        .collect();
    solid.extend(
        scene
            .lanes
            .iter()
            .map(|(_, heading)| (heading.text.clone(), heading.rect)),
    );
    solid.extend(
        scene
            .texts
            .iter()
            .map(|text| (text.text.clone(), text.rect)),
    );
    for (place, line) in scene.lines.iter().enumerate() {
        let points = line.curve.points(100);
        for (name, rect) in &solid {
            // Its own boxes are no exception: it ends before it reaches them.
            if points.iter().any(|&at| rect.grown(-1.0).contains(at)) {
                faults.push(format!("line {place} {:?} runs through {name}", line.arrow));
            }
        }
        if !scene.view.contains_all(bounds(&points)) {
            faults.push(format!("line {place} {:?} leaves the picture", line.arrow));
        }
    }
    let labels = scene.lines.iter().enumerate();
    solid.extend(
        labels.map(|(place, line)| (format!("label {place} {:?}", line.arrow), line.label)),
    );
    for (place, (name, rect)) in solid.iter().enumerate() {
        for (other, place) in &solid[..place] {
            if rect.overlaps(*place) {
                faults.push(format!("{name} lies on {other}"));
            }
        }
        if !scene.view.contains_all(*rect) {
            faults.push(format!("{name} leaves the picture"));
        }
    }
    faults
}

impl Rect {
    fn contains_all(self, other: Rect) -> bool {
        self.contains(point(other.left, other.top))
            && self.contains(point(other.right(), other.bottom()))
    }
}

#[test]
fn nothing_lies_on_anything_else() {
    for (name, execution, drawing) in examples::all() {
        // Arrows to eleven other threads have to cross some boxes.
        if name == "many_threads" {
            continue;
        }
        let faults = faults(&execution, &drawing);
        assert!(faults.is_empty(), "{name}: {faults:#?}");
    }
}

/// Each classic: an execution for some outcomes, the race, and why the outcome asked for cannot be.
fn of_classics() -> Vec<(String, Execution, Drawing)> {
    let budget = Budget::default();
    let mut all = Vec::new();
    for classic in classics::ALL {
        let program = crate::parse(classic.text).expect("the classics are well formed");
        for model in [Model::Sc, Model::Rc11] {
            let name = |what: &str| format!("{} {model} {what}", classic.name);
            let answer = crate::explore(&program, model, &budget).expect("they are checked");
            // An interleaving looks like any other: what is weak is of interest.
            let most = if model == Model::Sc { 0 } else { 3 };
            for outcome in answer.outcomes.into_iter().rev().take(most) {
                let drawing = Drawing::of(&outcome.witness, model);
                all.push((name("allowed"), outcome.witness, drawing));
            }
            if let Some(race) = &answer.race {
                all.push((
                    name("race"),
                    race.execution.clone(),
                    Drawing::race(race, model),
                ));
            }
            let Some(condition) = &program.condition else {
                continue;
            };
            let explained = crate::explain(&program, model, &condition.formula, &budget);
            if let Ok(Explanation::Forbidden(why)) = explained {
                let drawing = Drawing::violation(&why.nearest, model, &why.violation);
                all.push((name("forbidden"), why.nearest, drawing));
            }
        }
    }
    all
}

#[test]
fn nothing_lies_on_anything_else_in_the_classics() {
    let all = of_classics();
    let (mut races, mut violations) = (0, 0);
    for (name, execution, drawing) in &all {
        races += usize::from(drawing.race.is_some());
        violations += usize::from(drawing.violation.is_some());
        let faults = faults(execution, drawing);
        assert!(faults.is_empty(), "{name}: {faults:#?}");
        let text = lanes(execution, drawing, 80);
        assert!(text.lines().count() <= 24, "{name}:\n{text}");
    }
    assert!(
        races > 0 && violations > 20 && all.len() > 100,
        "{races} {violations}"
    );
}

/// Whether each tag is closed, in order, and nothing else is in the text that a browser would act on.
/// Gives all text between tags, unescaped.
fn well_formed(svg: &str) -> String {
    let mut open: Vec<&str> = Vec::new();
    let mut text = String::new();
    let mut rest = svg;
    while let Some(start) = rest.find('<') {
        text.push_str(&rest[..start]);
        let end = start + rest[start..].find('>').expect("a tag ends");
        let tag = &rest[start + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name));
            continue;
        }
        let name = tag
            .split([' ', '/'])
            .next()
            .expect("split gives one at least");
        let known = ["svg", "title", "desc", "g", "rect", "path", "text", "tspan"];
        assert!(known.contains(&name), "<{tag}>");
        let quotes = tag.matches('"').count();
        assert_eq!(quotes % 2, 0, "<{tag}>");
        let bare: String = tag.trim_end_matches('/').split('"').step_by(2).collect();
        assert!(
            bare.chars()
                .all(|c| c.is_ascii_alphanumeric() || " =-".contains(c)),
            "<{tag}>"
        );
        if !tag.ends_with('/') {
            open.push(name);
        }
    }
    assert!(open.is_empty(), "{open:?}");
    text.push_str(rest);
    for (place, _) in text.match_indices('&') {
        let entities = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"];
        assert!(
            entities.iter().any(|e| text[place..].starts_with(e)),
            "{}",
            &text[place..]
        );
    }
    assert!(!text.contains('>') && !text.contains('"'));
    assert!(text.chars().all(|c| c == '\n' || !c.is_control()));
    text
}

#[test]
fn pictures_are_well_formed_whatever_the_names_are() {
    for (name, execution, drawing) in examples::all() {
        let picture = svg(&execution, &drawing);
        assert!(picture.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 "));
        assert!(picture.contains(" role=\"img\" "), "{name}");
        assert!(!picture.contains(" id="), "{name}");
        let text = well_formed(&picture);
        assert!(!text.contains('\u{202e}'), "{name}");
    }
    let (_, execution, drawing) = examples::hostile();
    let picture = svg(&execution, &drawing);
    assert!(
        picture
            .contains("<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt;\\u{7}</title>")
    );
}

#[test]
fn the_same_execution_gives_the_same_picture() {
    let (_, execution, drawing) = examples::big();
    assert_eq!(svg(&execution, &drawing), svg(&execution, &drawing));
    // In whatever order the arrows are named.
    let mut reversed = drawing.clone();
    reversed.arrows.reverse();
    assert_eq!(svg(&execution, &drawing), svg(&execution, &reversed));
}

#[test]
fn no_text_is_small() {
    for (name, execution, drawing) in examples::all() {
        let picture = svg(&execution, &drawing);
        for size in picture.split("font-size=\"").skip(1) {
            let size: f64 = size.split('"').next().unwrap().parse().unwrap();
            assert!(size >= 12.0, "{name}: {size}");
        }
    }
}

/// How light a colour is, from black's 0 to white's 1, as the guidelines for accessible pages count.
fn luminance(colour: &str) -> f64 {
    let channel = |place: usize| {
        let value = u8::from_str_radix(&colour[place..place + 2], 16).unwrap();
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

#[test]
fn the_colours_can_be_read_on_the_ground() {
    for ground in ["#f6f4ef", "#eae6dc"] {
        for arrow in Arrow::ALL {
            let contrast =
                (luminance(ground) + 0.05) / (luminance(super::svg::colour(arrow)) + 0.05);
            assert!(contrast >= 4.1, "{arrow:?} on {ground}: {contrast:.2}");
        }
    }
}

#[test]
fn a_picture_shows_each_arrow_and_only_initial_writes_that_are_needed() {
    let (_, execution, drawing) = examples::two_stores_between();
    let scene = Scene::of(&execution, &drawing);
    assert_eq!(scene.lines.len(), drawing.all(&execution).len());
    let letters: Vec<&str> = scene
        .nodes
        .iter()
        .map(|node| node.letter.as_str())
        .collect();
    assert_eq!(letters, ["a", "b", "c", "d", "e"]);

    let (_, execution, drawing) = examples::mp();
    let scene = Scene::of(&execution, &drawing);
    let initial: Vec<&str> = scene
        .nodes
        .iter()
        .filter(|node| node.letter == "init")
        .map(|node| node.label.as_str())
        .collect();
    assert_eq!(initial, ["x=0"]);
}

#[test]
fn only_what_is_not_in_the_cycle_is_dimmed() {
    let (_, execution, drawing) = examples::mp();
    let picture = svg(&execution, &drawing);
    // Two arrows from the initial write and one that is not in the cycle; the initial write itself.
    assert_eq!(picture.matches("<g opacity=\"0.3\">").count(), 3);
    assert_eq!(picture.matches("<g opacity=\"0.5\">").count(), 1);
    let (_, execution, drawing) = examples::big();
    assert!(!svg(&execution, &drawing).contains("opacity"));
}

#[test]
fn a_picture_is_told_in_words() {
    let told = |(_, execution, drawing): examples::Example| {
        let picture = svg(&execution, &drawing);
        let (_, rest) = picture.split_once("<desc>").unwrap();
        rest.split_once("</desc>").unwrap().0.to_owned()
    };
    insta::assert_snapshot!(told(examples::mp()), @"Thread 0: a writes 1 to x (Relaxed), then b writes 1 to y (Release). Thread 1: c reads 1 from y (Acquire), then d reads 0 from x (Relaxed). Reads from: d from init x, c from b. Modification order: init x before a. Reads before: d before a. Synchronises with: b with c. The cycle: a → b (po) → c (sw) → d (po) → a (rb). Coherence: what happens before says one thing, and the order in which accesses to one location see each other says the opposite.");
    insta::assert_snapshot!(told(examples::race()), @"Thread 0: a writes 42 to data (plain), then b writes 1 to flag (Release). Thread 1: c reads 1 from flag (Relaxed), then d reads 0 from data (plain). Reads from: d from init data, c from b. Modification order: init data before a. Reads before: d before a. Data race: a and d access data, and nothing orders them.");
    insta::assert_snapshot!(told(examples::no_events()), @"Thread 0 does nothing. Thread 1 does nothing.");
}

#[test]
fn notes_stand_in_the_boxes() {
    let (_, execution, drawing) = examples::lb();
    let scene = Scene::of(&execution, &drawing);
    let a = scene.nodes.iter().find(|node| node.letter == "a").unwrap();
    assert_eq!(a.under, [Order::Relaxed.to_string(), "r0".to_owned()]);
}
