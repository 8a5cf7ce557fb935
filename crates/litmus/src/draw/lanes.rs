//! Text for a terminal: the events in one lane a thread, then what else matters in a few lines.

use crate::{
    draw::{
        Arrow, Drawing,
        words::{Names, broken, columns, cut, harmless},
    },
    execution::Execution,
    relation::EventId,
};

/// What is hoped to be on a screen at once.
const SCREEN: usize = 24;
/// Between two lanes.
const GAP: usize = 2;
/// A lane narrower than this is no use: the threads are shown in two rows of lanes, or in more.
const NARROWEST: usize = 15;

/// The events of each thread below each other, a thread a lane, in lines of at most `width` columns (15, if
/// it is less).
///
/// From top to bottom they are an interleaving that explains the run, if there is one; or else an order
/// in which each write comes before the reads that see it, if there is one. This yields where it would
/// not fit on a screen. Below stand the modification order of each location that is written more than
/// once, what synchronises, and the broken axiom or the race.
pub fn lanes(execution: &Execution, drawing: &Drawing, width: usize) -> String {
    let width = width.max(NARROWEST);
    let lanes = execution.threads.len().max(1);
    let share = width.saturating_sub(GAP * (lanes - 1)) / lanes;
    let longest = share.max(NARROWEST).saturating_sub(11).clamp(4, 24);

    let plain = Drawing::plain(execution).arrows;
    let among = |kinds: &[Arrow]| -> Vec<(EventId, EventId)> {
        let arrows = plain.iter().filter(|(kind, ..)| kinds.contains(kind));
        arrows.map(|&(_, from, to)| (from, to)).collect()
    };
    let mut layers: Vec<Vec<usize>> = [
        &[Arrow::Po, Arrow::Rf, Arrow::Mo, Arrow::Rb][..],
        &[Arrow::Po, Arrow::Rf],
        &[Arrow::Po],
    ]
    .iter()
    .filter_map(|kinds| layers(execution.events.len(), &among(kinds)))
    .collect();
    layers.dedup();

    let mut fallback = None;
    for layer in &layers {
        for (most, dense) in [(longest, false), (longest, true), (4, true)] {
            let names = Names::of(execution, most);
            let title = drawing.title.iter();
            let mut lines: Vec<String> = title
                .map(|title| cut(&harmless(title), width, None))
                .collect();
            lines.extend(table(&names, drawing, layer, width));
            let facts = facts(&names, drawing, width, dense);
            if !facts.is_empty() {
                lines.push(String::new());
                lines.extend(facts);
            }
            let fits = lines.len() <= SCREEN;
            let ended = lines.iter().map(|line| format!("{}\n", line.trim_end()));
            let text: String = ended.collect();
            if fits {
                return text;
            }
            // Too much for a screen, however it is written: then what is cut least.
            fallback.get_or_insert(text);
        }
    }
    fallback.unwrap_or_default()
}

/// How many steps each event has to wait for others; none if some wait for each other.
fn layers(events: usize, before: &[(EventId, EventId)]) -> Option<Vec<usize>> {
    let mut layers = vec![0; events];
    for _ in 0..=events {
        let mut changed = false;
        for &(from, to) in before {
            if layers[to] <= layers[from] {
                layers[to] = layers[from] + 1;
                changed = true;
            }
        }
        if !changed {
            return Some(layers);
        }
    }
    None
}

/// The lanes and their headings.
fn table(names: &Names<'_>, drawing: &Drawing, layer: &[usize], width: usize) -> Vec<String> {
    let threads = &names.execution.threads;
    let abreast = ((width + GAP) / (NARROWEST + GAP)).max(1);
    let bands = threads.len().div_ceil(abreast).max(1);
    let abreast = threads.len().div_ceil(bands).max(1);
    let mut lines = Vec::new();
    for (band, threads) in threads.chunks(abreast).enumerate() {
        if band > 0 {
            lines.push(String::new());
        }
        let cells: Vec<Vec<Vec<Piece>>> = threads
            .iter()
            .map(|thread| {
                let event = |&id: &EventId| pieces(names, drawing, id);
                thread.iter().map(event).collect()
            })
            .collect();
        let headings: Vec<String> = (0..threads.len())
            .map(|lane| format!("thread {}", band * abreast + lane))
            .collect();
        let wanted: Vec<usize> = cells
            .iter()
            .zip(&headings)
            .map(|(cells, heading)| {
                let cells = cells.iter().map(|cell| length(cell));
                cells.fold(columns(heading), usize::max)
            })
            .collect();
        let widths = fair(&wanted, width.saturating_sub(GAP * (threads.len() - 1)));
        lines.push(row(&widths, headings.iter().map(String::as_str)));

        let mut used: Vec<usize> = threads.iter().flatten().map(|&id| layer[id]).collect();
        used.sort_unstable();
        used.dedup();
        for at in used {
            let cell = |lane: usize| {
                let place = threads[lane].iter().position(|&id| layer[id] == at)?;
                Some(wrap(&cells[lane][place], widths[lane], 3))
            };
            let cells: Vec<Vec<String>> = (0..threads.len())
                .map(|lane| cell(lane).unwrap_or_default())
                .collect();
            let height = cells.iter().map(Vec::len).max().unwrap_or(0);
            for line in 0..height {
                let parts = cells
                    .iter()
                    .map(|cell| cell.get(line).map_or("", String::as_str));
                lines.push(row(&widths, parts));
            }
        }
    }
    lines
}

/// As much as each lane wants, and where that is too much, the same for all that want more.
fn fair(wanted: &[usize], room: usize) -> Vec<usize> {
    let mut limit = wanted.iter().copied().max().unwrap_or(0);
    while limit > NARROWEST && wanted.iter().map(|&w| w.min(limit)).sum::<usize>() > room {
        limit -= 1;
    }
    let lanes = wanted.len();
    let used: usize = wanted.iter().map(|&w| w.min(limit)).sum();
    // Some air, where there is room for it.
    let air = room.saturating_sub(used).checked_div(lanes).unwrap_or(0);
    wanted.iter().map(|&w| w.min(limit) + air.min(4)).collect()
}

fn row<'a>(widths: &[usize], parts: impl Iterator<Item = &'a str>) -> String {
    let mut line = String::new();
    for (width, part) in widths.iter().zip(parts) {
        line += part;
        line += &" ".repeat((width + GAP).saturating_sub(columns(part)));
    }
    line
}

/// What a line may be broken before, and whether a space stands before it.
type Piece = (bool, String);

/// `b: x.load(Relaxed) = 1 ← a`, and where it may be broken.
fn pieces(names: &Names<'_>, drawing: &Drawing, id: EventId) -> Vec<Piece> {
    let text = names.rust(id);
    let mut pieces = vec![(false, format!("{}: ", names.letter(id)))];
    for word in text.split(' ') {
        let (last, fresh) = match pieces.last_mut() {
            Some((_, last)) if last.ends_with(": ") => (last, false),
            Some((_, last)) if ["=", "read"].iter().any(|glued| last.ends_with(glued)) => {
                last.push(' ');
                (last, false)
            }
            Some((_, last)) => (last, true),
            None => continue,
        };
        let (call, argument) = match word.find('(') {
            Some(place) => word.split_at(place + 1),
            None => (word, ""),
        };
        if fresh {
            pieces.push((true, call.to_owned()));
        } else {
            last.push_str(call);
        }
        if !argument.is_empty() {
            pieces.push((false, argument.to_owned()));
        }
    }
    if let Some(source) = names.execution.events[id].reads_from {
        pieces.push((true, format!("← {}", names.letter(source))));
    }
    let notes = drawing.notes.iter().filter(|&&(event, _)| event == id);
    pieces.extend(notes.map(|(_, note)| (true, format!("[{}]", harmless(note)))));
    pieces
}

fn length(pieces: &[Piece]) -> usize {
    let pieces = pieces.iter();
    pieces
        .map(|(space, text)| usize::from(*space) + columns(text))
        .sum()
}

/// In lines of at most `width` columns, all but the first indented.
fn wrap(pieces: &[Piece], width: usize, indent: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut line = String::new();
    for (space, text) in pieces {
        let gap = if *space && !line.is_empty() { " " } else { "" };
        if !line.trim().is_empty() && columns(&line) + columns(gap) + columns(text) > width {
            lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
        } else {
            line += gap;
        }
        // A number or a note that is too long for any line goes on in the next.
        for c in text.chars() {
            if columns(&line) + columns(c.encode_utf8(&mut [0; 4])) > width {
                lines.push(std::mem::replace(&mut line, " ".repeat(indent)));
            }
            line.push(c);
        }
    }
    if !line.trim().is_empty() {
        lines.push(line);
    }
    lines
}

/// Modification orders, what synchronises, and what is wrong with the execution.
fn facts(names: &Names<'_>, drawing: &Drawing, width: usize, dense: bool) -> Vec<String> {
    const MARGIN: usize = 7;
    let mut lines = Vec::new();
    let mut say = |heading: &str, pieces: Vec<String>| {
        let mut all = vec![(false, format!("{heading:MARGIN$}"))];
        let spaced = |(place, text)| (place > 0, text);
        all.extend(pieces.into_iter().enumerate().map(spaced));
        lines.extend(wrap(&all, width, MARGIN));
    };

    let mut heading = "mo";
    let mut together: Vec<String> = Vec::new();
    for writes in &names.execution.modification_order {
        let (Some(&first), true) = (writes.first(), writes.len() > 2) else {
            continue;
        };
        let mut pieces = vec![format!(
            "{}: {}",
            names.location(first),
            names.letter(first)
        )];
        let rest = writes[1..].iter();
        pieces.extend(rest.map(|&write| format!("→ {}", names.letter(write))));
        if dense {
            if let Some(last) = together.last_mut() {
                last.push_str(";  ");
            }
            together.extend(pieces);
        } else {
            say(heading, pieces);
            heading = "";
        }
    }
    if !together.is_empty() {
        say(heading, together);
    }

    let arrows = drawing.all(names.execution);
    for (arrow, heading) in [(Arrow::Sw, "sw"), (Arrow::Hb, "hb")] {
        let mut pairs: Vec<String> = arrows
            .iter()
            .filter(|&&(kind, ..)| kind == arrow)
            .map(|&(_, from, to, _)| format!("{} → {},", names.which(from), names.which(to)))
            .collect();
        if let Some(last) = pairs.last_mut() {
            last.pop();
            say(heading, pairs);
        }
    }

    let words = |text: &str| text.split(' ').map(str::to_owned).collect();
    if let Some(violation) = &drawing.violation {
        let mut steps = Vec::new();
        for step in names.cycle(violation).split(" → ") {
            let arrow = if steps.is_empty() { "" } else { "→ " };
            steps.push(format!("{arrow}{step}"));
        }
        say("cycle", steps);
        say("breaks", words(broken(violation)));
    }
    if let Some(race) = names.race(drawing) {
        say("race", words(race.trim_start_matches("Data race: ")));
    }
    lines
}
