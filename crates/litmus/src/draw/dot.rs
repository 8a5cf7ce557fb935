//! Input for Graphviz.

use std::fmt::Write as _;

use crate::{
    draw::{
        Arrow, Drawing,
        words::{Names, harmless},
    },
    execution::Execution,
    relation::EventId,
};

/// A graph for Graphviz, a cluster a thread.
pub fn dot(execution: &Execution, drawing: &Drawing) -> String {
    let names = Names::of(execution, super::svg::LONGEST_NAME);
    let arrows = drawing.all(execution);
    let is_dim = |id: EventId| {
        drawing.violation.is_some()
            && !arrows
                .iter()
                .any(|&(_, from, to, marked)| marked && (from == id || to == id))
    };
    let mut out = String::from("digraph execution {\n");
    if let Some(title) = &drawing.title {
        let _ = writeln!(out, "  label=\"{}\"; labelloc=t;", quoted(title));
    }
    out += "  fontname=\"sans-serif\"; nodesep=0.8; ranksep=0.6;\n";
    out += "  node [shape=box, style=\"rounded,filled\", fontname=\"monospace\", color=\"#59636e\", fillcolor=\"#ffffff\", fontcolor=\"#1d2329\"];\n";
    out += "  edge [fontname=\"monospace\", fontsize=12];\n";

    let node = |id: EventId| {
        let event = &execution.events[id];
        let mut text = match event.thread {
            Some(_) => format!(
                "{}: {}\\n{}",
                names.letter(id),
                quoted(&names.short(id)),
                names.order(id)
            ),
            None => format!("init {}", quoted(&names.short(id))),
        };
        for (_, note) in drawing.notes.iter().filter(|&&(event, _)| event == id) {
            text += &format!("\\n{}", quoted(note));
        }
        let is_racing = drawing.race.is_some_and(|(a, b)| id == a || id == b);
        let mut style = String::new();
        if is_racing {
            style += ", color=\"#c22f2f\", penwidth=3";
        }
        if is_dim(id) {
            style += ", color=\"#59636e55\", fontcolor=\"#1d232977\"";
        }
        format!("e{id} [label=\"{text}\"{style}];")
    };
    let initial: Vec<EventId> = super::svg::initial(execution, drawing, &arrows);
    if !initial.is_empty() {
        out += "  {\n    rank=source;\n";
        for &id in &initial {
            let _ = writeln!(out, "    {}", node(id));
        }
        out += "  }\n";
    }
    for (index, thread) in execution.threads.iter().enumerate() {
        let _ = writeln!(out, "  subgraph cluster_{index} {{");
        let _ = writeln!(
            out,
            "    label=\"thread {index}\"; color=\"#8a949e\"; style=rounded;"
        );
        for &id in thread {
            let _ = writeln!(out, "    {}", node(id));
        }
        out += "  }\n";
    }
    for &(arrow, from, to, is_marked) in &arrows {
        let dim = if drawing.violation.is_some() && !is_marked {
            "55"
        } else {
            ""
        };
        let colour = format!("{}{dim}", super::svg::colour(arrow));
        // Only program order, and what comes from an initial write, says what stands below what. With a
        // `label` instead of an `xlabel`, Graphviz makes room for it and then loses some of these arrows.
        let place = match arrow {
            Arrow::Po => "weight=10, label",
            _ if execution.events[from].thread.is_none() => "xlabel",
            _ => "constraint=false, xlabel",
        };
        let _ = write!(
            out,
            "  e{from} -> e{to} [{place}=\"{}\", color=\"{colour}\", fontcolor=\"{colour}\"",
            arrow.name()
        );
        out += match arrow {
            Arrow::Rb => ", style=dashed",
            Arrow::Hb => ", style=dotted",
            _ => "",
        };
        out += match (is_marked, arrow) {
            (true, _) => ", penwidth=3",
            (false, Arrow::Sw) => ", penwidth=2",
            _ => "",
        };
        out += "];\n";
    }
    if let Some((first, second)) = drawing.race
        && first.max(second) < execution.events.len()
    {
        let _ = writeln!(
            out,
            "  e{first} -> e{second} [constraint=false, xlabel=\"race\", color=\"#c22f2f\", fontcolor=\"#c22f2f\", dir=none, style=dotted, penwidth=3];"
        );
    }
    out += "}\n";
    out
}

/// For a label between quotes. Graphviz knows escapes and HTML's entities there.
fn quoted(text: &str) -> String {
    harmless(text)
        .replace('&', "&amp;")
        .replace('\\', "\\\\")
        .replace('"', "\\\"")
}
