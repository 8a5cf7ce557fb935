//! The picture: threads as columns, initial writes above them, arrows in between, a legend below.
//!
//! It brings its own light ground, so that it can be read on any page, and no ids, so that any number of
//! pictures can stand on one.

use std::fmt::Write as _;

use super::{
    Arrow, Drawing,
    geometry::{Curve, Point, Rect, bounds, point},
    route::{Wish, routes},
    words::{Names, broken, columns, cut, harmless, xml},
};
use crate::{
    execution::{Execution, Kind},
    relation::EventId,
};

/// A location's name takes this many columns at most.
pub const LONGEST_NAME: usize = 12;

const MONOSPACE: &str = "ui-monospace, Menlo, Consolas, DejaVu Sans Mono, monospace";
const INK: &str = "#1d2329";
const RED: &str = "#b3261e";
/// The widest character that a text of this size is expected to have, on average: the fonts of readers
/// differ.
const MONO: f64 = 0.62;
const SANS: f64 = 0.6;
/// Pixels of the labels in boxes, and of all other text.
const LARGE: f64 = 15.0;
const SMALL: f64 = 13.0;
const LINE: f64 = 18.0;
const MARGIN: f64 = 16.0;
/// The columns of the legend, and with them the narrowest picture.
const LEGEND: f64 = 200.0;
const NARROWEST: f64 = 2.0 * LEGEND;
/// What a page has room for; a little wider can still be read when it is scaled.
const WIDEST: f64 = 840.0;

/// The execution as a picture, `<svg>…</svg>`, the same every time.
pub fn svg(execution: &Execution, drawing: &Drawing) -> String {
    Scene::of(execution, drawing).write()
}

pub fn colour(arrow: Arrow) -> &'static str {
    match arrow {
        Arrow::Po => "#646d78",
        Arrow::Rf => "#1f7a44",
        Arrow::Mo => "#a3560f",
        Arrow::Rb => "#c22f2f",
        Arrow::Sw => "#2159c0",
        Arrow::Hb => "#7a46b8",
    }
}

/// The initial writes to show: those at an end of some arrow, and those in the race.
pub fn initial(
    execution: &Execution,
    drawing: &Drawing,
    arrows: &[(Arrow, EventId, EventId, bool)],
) -> Vec<EventId> {
    let needed = |&id: &EventId| {
        execution.events[id].thread.is_none()
            && (arrows
                .iter()
                .any(|&(_, from, to, _)| from == id || to == id)
                || drawing.race.is_some_and(|(a, b)| a == id || b == id))
    };
    (0..execution.events.len()).filter(needed).collect()
}

/// Everything in its place.
pub struct Scene {
    pub view: Rect,
    pub nodes: Vec<Node>,
    pub lines: Vec<Line>,
    pub lanes: Vec<(Rect, Text)>,
    pub texts: Vec<Text>,
    /// Samples of the lines in the legend.
    samples: Vec<(Arrow, Point)>,
    title: String,
    description: String,
}

/// An event's box.
pub struct Node {
    pub event: EventId,
    pub rect: Rect,
    /// The letter, what it does, its order and its notes.
    pub letter: String,
    pub label: String,
    pub under: Vec<String>,
    kind: Option<Kind>,
    is_dim: bool,
    is_racing: bool,
}

pub struct Line {
    /// None for the race.
    pub arrow: Option<Arrow>,
    pub curve: Curve,
    pub label: Rect,
    is_dim: bool,
    is_marked: bool,
}

pub struct Text {
    pub rect: Rect,
    pub text: String,
    is_strong: bool,
}

impl Text {
    /// A line of text whose upper left corner is there.
    fn new(corner: Point, text: impl Into<String>, is_strong: bool) -> Text {
        let text = text.into();
        let bold = if is_strong { 1.15 } else { 1.0 };
        let rect = Rect {
            left: corner.x,
            top: corner.y,
            width: columns(&text) as f64 * SMALL * SANS * bold,
            height: LINE,
        };
        Text {
            rect,
            text,
            is_strong,
        }
    }
}

impl Scene {
    pub fn of(execution: &Execution, drawing: &Drawing) -> Scene {
        // More space, if the lines and their labels need it.
        let mut best: Option<(usize, Scene)> = None;
        let tries = match drawing.arrows.len() {
            0..=60 => 5,
            61..=150 => 2,
            _ => 1,
        };
        for air in 0..tries {
            let (defects, scene) = Scene::with_air(execution, drawing, f64::from(air));
            if best.as_ref().is_none_or(|(least, _)| defects < *least) {
                best = Some((defects, scene));
            }
            if defects == 0 {
                break;
            }
        }
        best.expect("one is always made").1
    }

    fn with_air(execution: &Execution, drawing: &Drawing, air: f64) -> (usize, Scene) {
        let names = Names::of(execution, LONGEST_NAME);
        let arrows = drawing.all(execution);
        let (nodes, lanes) = placed(&names, drawing, &arrows, air);

        let place = |id: EventId| nodes.iter().position(|node| node.event == id);
        let mut ends: Vec<(Option<Arrow>, usize, usize, bool)> = Vec::new();
        for &(arrow, from, to, is_marked) in &arrows {
            if let (Some(from), Some(to)) = (place(from), place(to)) {
                ends.push((Some(arrow), from, to, is_marked));
            }
        }
        if let Some((first, second)) = drawing.race
            && let (Some(from), Some(to)) = (place(first), place(second))
            && from != to
        {
            ends.push((None, from, to, true));
        }
        let wishes: Vec<Wish> = ends
            .iter()
            .map(|&(arrow, from, to, is_marked)| Wish {
                from,
                to,
                rank: match arrow {
                    Some(Arrow::Po) => 0,
                    _ if is_marked => 1,
                    _ if nodes[from].kind.is_some() => 2,
                    // Initial writes are there for the others' sake.
                    _ => 3,
                },
                label: (columns(name(arrow)) as f64 * SMALL * MONO + 3.0, 15.0),
            })
            .collect();
        let boxes: Vec<Rect> = nodes.iter().map(|node| node.rect).collect();
        let headings: Vec<Rect> = lanes.iter().map(|(_, heading)| heading.rect).collect();
        let (routed, defects) = routes(&boxes, &headings, &wishes);
        let lines = ends
            .iter()
            .zip(routed)
            .map(|(&(arrow, _, _, is_marked), route)| Line {
                arrow,
                curve: route.curve,
                label: route.label,
                is_marked: is_marked && arrow.is_some(),
                is_dim: drawing.violation.is_some() && !is_marked,
            })
            .collect();
        let mut scene = Scene {
            view: Rect::around(point(0.0, 0.0), 0.0, 0.0),
            nodes,
            lines,
            lanes,
            texts: Vec::new(),
            samples: Vec::new(),
            title: match (&drawing.title, &drawing.violation) {
                (Some(title), _) => title.clone(),
                (None, Some(violation)) => {
                    format!("An execution that breaks the axiom {}", violation.axiom)
                }
                (None, None) => "An execution".to_owned(),
            },
            // Nothing is short of space here.
            description: Names::of(execution, 100).description(drawing),
        };
        scene.frame(&names, drawing);
        (defects, scene)
    }

    /// The title above, below the legend and what is wrong, and the frame around it all.
    fn frame(&mut self, names: &Names<'_>, drawing: &Drawing) {
        let lanes = self.lanes.iter().map(|&(lane, _)| lane);
        let mut parts: Vec<Rect> = lanes
            .chain(self.nodes.iter().map(|node| node.rect))
            .collect();
        for line in &self.lines {
            parts.push(bounds(&line.curve.points(60)).grown(4.0));
            parts.push(line.label);
        }
        let content = parts.into_iter().reduce(Rect::union);
        let content = content.unwrap_or(Rect::around(point(0.0, 0.0), 200.0, 0.0));
        let width = content.width.max(NARROWEST);
        let left = content.centre().x - width / 2.0;
        let mut whole = Rect {
            left,
            width,
            ..content
        };

        if let Some(title) = &drawing.title {
            let lines = wrapped(title, width / (SMALL * SANS * 1.15));
            let mut top = content.top - 12.0 - LINE * lines.len() as f64;
            for line in lines {
                self.texts.push(Text::new(point(left, top), line, true));
                top += LINE;
            }
        }

        let mut legend: Vec<(Arrow, String)> = Vec::new();
        for arrow in Arrow::ALL {
            if self.lines.iter().any(|line| line.arrow == Some(arrow)) {
                legend.push((arrow, format!("{} {}", arrow.name(), arrow.meaning())));
            }
        }
        let mut top = content.bottom() + 14.0;
        let abreast = (width / LEGEND) as usize;
        for entries in legend.chunks(abreast) {
            for (column, (arrow, text)) in entries.iter().enumerate() {
                let at = point(left + LEGEND * column as f64, top);
                self.samples.push((*arrow, at));
                let beside = point(at.x + 34.0, at.y);
                self.texts.push(Text::new(beside, text.clone(), false));
            }
            top += LINE + 2.0;
        }
        let mut below: Vec<(String, bool)> = Vec::new();
        let kinds: Vec<&str> = [
            (Kind::Read, "R read"),
            (Kind::Write, "W write"),
            (Kind::Update, "U read/write in one step"),
            (Kind::Fence, "F fence"),
        ]
        .into_iter()
        .filter(|&(kind, _)| self.nodes.iter().any(|node| node.kind == Some(kind)))
        .map(|(_, text)| text)
        .collect();
        if !kinds.is_empty() {
            below.push((kinds.join(", "), false));
        }
        if let Some(violation) = &drawing.violation {
            below.push((names.cycle(violation), true));
            below.push((format!("Breaks {}.", broken(violation)), false));
        }
        below.extend(names.race(drawing).map(|race| (format!("{race}."), true)));
        for (text, is_strong) in below {
            let bold = if is_strong { 1.15 } else { 1.0 };
            for line in wrapped(&text, width / (SMALL * SANS * bold)) {
                self.texts
                    .push(Text::new(point(left, top), line, is_strong));
                top += LINE;
            }
            top += 4.0;
        }
        let texts = self.texts.iter().map(|text| text.rect);
        whole = texts.fold(whole, Rect::union);
        self.view = whole.grown(MARGIN);
    }

    fn write(&self) -> String {
        let view = self.view;
        let move_by = point(-view.left, -view.top);
        let (width, height) = (view.width.ceil(), view.height.ceil());
        // A wide one is not made so small that it cannot be read: the page scrolls.
        let style = if width > WIDEST {
            format!("width:{width}px;height:auto")
        } else {
            format!("max-width:{width}px;width:100%;height:auto")
        };
        let mut out = String::new();
        let _ = writeln!(
            out,
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" role=\"img\" font-family=\"sans-serif\" font-size=\"{SMALL}\" fill=\"{INK}\" style=\"{style}\">"
        );
        let _ = writeln!(out, "<title>{}</title>", xml(&self.title));
        let _ = writeln!(out, "<desc>{}</desc>", xml(&self.description));
        let _ = writeln!(
            out,
            "<rect x=\"1\" y=\"1\" width=\"{}\" height=\"{}\" rx=\"8\" fill=\"#f6f4ef\" stroke=\"#8a949e\"/>",
            width - 2.0,
            height - 2.0
        );
        let _ = writeln!(
            out,
            "<g transform=\"translate({} {})\">",
            number(move_by.x),
            number(move_by.y)
        );
        for (lane, heading) in &self.lanes {
            let _ = writeln!(out, "{} fill=\"#eae6dc\"/>", rect(*lane, 8.0));
            let _ = writeln!(
                out,
                "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                number(heading.rect.centre().x),
                number(heading.rect.top + 13.5),
                xml(&heading.text)
            );
        }
        // What is dimmed lies below what is not.
        for is_dim in [true, false] {
            for line in self.lines.iter().filter(|line| line.is_dim == is_dim) {
                line.write(&mut out);
            }
        }
        for node in &self.nodes {
            node.write(&mut out);
        }
        for is_dim in [true, false] {
            for line in self.lines.iter().filter(|line| line.is_dim == is_dim) {
                line.write_label(&mut out);
            }
        }
        for &(arrow, at) in &self.samples {
            let y = at.y + LINE / 2.0;
            let (from, to) = (point(at.x, y), point(at.x + 28.0, y));
            let third = (to - from) * (1.0 / 3.0);
            let curve = Curve([from, from + third, to - third, to]);
            stroke(&mut out, Some(arrow), &curve, false);
        }
        for text in &self.texts {
            text.write(&mut out);
        }
        out += "</g>\n</svg>\n";
        out
    }
}

/// The boxes of the events, and the threads' lanes with their headings.
fn placed(
    names: &Names<'_>,
    drawing: &Drawing,
    arrows: &[(Arrow, EventId, EventId, bool)],
    air: f64,
) -> (Vec<Node>, Vec<(Rect, Text)>) {
    let execution = names.execution;
    // Four threads fit on a page at full size; with fewer there is room to spare.
    let threads = execution.threads.len() as f64;
    let gap_x = (340.0 / threads.max(1.0)).clamp(74.0, 120.0) + 26.0 * air;
    let gap_y = 54.0 + 12.0 * air;
    let node = |event: EventId| {
        let data = &execution.events[event];
        let is_initial = data.thread.is_none();
        let mut under = Vec::new();
        if !is_initial {
            under.push(names.order(event));
        }
        let notes = drawing.notes.iter().filter(|&&(id, _)| id == event);
        under.extend(notes.map(|(_, note)| cut(&harmless(note), 24, None)));
        let letter = names.letter(event).to_owned();
        let label = names.short(event);
        let wide = (columns(&letter) + 1 + columns(&label)) as f64 * LARGE * MONO;
        let under_wide = under.iter().map(|line| columns(line) as f64 * SMALL * SANS);
        let rect = Rect {
            left: 0.0,
            top: 0.0,
            width: (under_wide.fold(wide, f64::max) + 18.0).max(76.0).ceil(),
            height: 28.0 + 17.0 * under.len() as f64,
        };
        let is_marked = |&(_, from, to, marked): &(Arrow, EventId, EventId, bool)| {
            marked && (from == event || to == event)
        };
        Node {
            event,
            rect,
            letter,
            label,
            under,
            kind: (!is_initial).then_some(match data.kind {
                Kind::Failed => Kind::Read,
                kind => kind,
            }),
            is_dim: drawing.violation.is_some() && !arrows.iter().any(is_marked),
            is_racing: drawing.race.is_some_and(|(a, b)| a == event || b == event),
        }
    };

    let mut columns: Vec<Vec<Node>> = execution
        .threads
        .iter()
        .map(|thread| thread.iter().map(|&event| node(event)).collect())
        .collect();
    let mut initial: Vec<Node> = initial(execution, drawing, arrows)
        .into_iter()
        .map(node)
        .collect();

    // From the left to the right.
    let mut left = 0.0;
    let mut lanes = Vec::new();
    for (index, column) in columns.iter_mut().enumerate() {
        let widths = column.iter().map(|node| node.rect.width);
        let width = widths.fold(76.0, f64::max);
        for node in column.iter_mut() {
            // All alike, so that their sides are in one line.
            node.rect.width = width;
            node.rect.left = left;
        }
        let heading = Text::new(point(left, 0.0), format!("thread {index}"), false);
        lanes.push((
            Rect {
                left: left - 10.0,
                top: 0.0,
                width: width + 20.0,
                height: 0.0,
            },
            heading,
        ));
        left += width + gap_x;
    }
    let right = left - gap_x;

    // From the top to the bottom.
    let mut top = 0.0;
    if !initial.is_empty() {
        spread(&mut initial, &columns, arrows, right);
        let heights = initial.iter().map(|node| node.rect.height);
        top += heights.fold(0.0, f64::max) + gap_y - 8.0;
    }
    let first = top;
    for (lane, heading) in &mut lanes {
        heading.rect.left = lane.centre().x - heading.rect.width / 2.0;
        heading.rect.top = first + 4.0;
    }
    top += LINE + 12.0;
    let rows = columns.iter().map(Vec::len).max().unwrap_or(0);
    for row in 0..rows {
        let nodes = columns.iter().filter_map(|column| column.get(row));
        let height = nodes.map(|node| node.rect.height).fold(0.0, f64::max);
        for column in &mut columns {
            if let Some(node) = column.get_mut(row) {
                node.rect.top = top;
            }
        }
        top += height + gap_y;
    }
    let bottom = if rows == 0 { top } else { top - gap_y + 10.0 };
    for (lane, _) in &mut lanes {
        lane.top = first;
        lane.height = bottom - first;
    }
    initial.extend(columns.into_iter().flatten());
    (initial, lanes)
}

/// Puts the initial writes in a row, each near to what it is joined with.
fn spread(
    initial: &mut Vec<Node>,
    columns: &[Vec<Node>],
    arrows: &[(Arrow, EventId, EventId, bool)],
    right: f64,
) {
    const GAP: f64 = 44.0;
    let mut wanted: Vec<(f64, Node)> = Vec::new();
    for node in initial.drain(..) {
        let joined = |other: EventId| {
            let is_joined = |&&(_, from, to, _): &&(Arrow, EventId, EventId, bool)| {
                (from, to) == (node.event, other) || (from, to) == (other, node.event)
            };
            arrows.iter().filter(is_joined).count()
        };
        let (mut sum, mut count) = (0.0, 0.0);
        for other in columns.iter().flatten() {
            let arrows = joined(other.event) as f64;
            sum += arrows * other.rect.centre().x;
            count += arrows;
        }
        let centre = if count > 0.0 {
            sum / count
        } else {
            right / 2.0
        };
        wanted.push((centre, node));
    }
    wanted.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let mut left = f64::NEG_INFINITY;
    let mut shift = 0.0;
    for (centre, node) in &mut wanted {
        node.rect.left = left.max(*centre - node.rect.width / 2.0);
        left = node.rect.right() + GAP;
        shift += (node.rect.centre().x - *centre) / 2.0;
    }
    // What was pushed to the right goes back by half of that.
    let shift = shift / wanted.len().max(1) as f64;
    initial.extend(wanted.into_iter().map(|(_, mut node)| {
        node.rect.left -= shift;
        node
    }));
}

/// In lines of so many columns, broken at spaces, or anywhere in a word that is longer. A step of a cycle
/// (`→ b (po)`) stays in one piece.
fn wrapped(text: &str, most: f64) -> Vec<String> {
    let most = (most as usize).max(10);
    let text = harmless(text);
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut words: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match words.last_mut() {
            Some(last) if last.ends_with('→') || word.starts_with('(') => {
                last.push(' ');
                last.push_str(word);
            }
            _ => words.push(word.to_owned()),
        }
    }
    for word in &words {
        if !line.is_empty() && columns(&line) + 1 + columns(word) > most {
            lines.push(std::mem::take(&mut line));
        }
        if !line.is_empty() {
            line.push(' ');
        }
        for c in word.chars() {
            if columns(&line) + columns(c.encode_utf8(&mut [0; 4])) > most {
                lines.push(std::mem::take(&mut line));
            }
            line.push(c);
        }
    }
    lines.push(line);
    lines
}

fn name(arrow: Option<Arrow>) -> &'static str {
    arrow.map_or("race", Arrow::name)
}

/// At most one decimal, and no `-0`.
fn number(value: f64) -> String {
    let tenths = (value * 10.0).round() as i64;
    match tenths % 10 {
        0 => format!("{}", tenths / 10),
        _ => format!("{}", tenths as f64 / 10.0),
    }
}

fn at(point: Point) -> String {
    format!("{} {}", number(point.x), number(point.y))
}

/// A rectangle's tag, not yet closed.
fn rect(rect: Rect, radius: f64) -> String {
    format!(
        "<rect x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"{radius}\"",
        number(rect.left),
        number(rect.top),
        number(rect.width),
        number(rect.height)
    )
}

/// A line and its arrowhead.
fn stroke(out: &mut String, arrow: Option<Arrow>, curve: &Curve, is_marked: bool) {
    let colour = arrow.map_or(RED, colour);
    let width = match (is_marked, arrow) {
        (true, _) | (_, None) => 3.0,
        (_, Some(Arrow::Sw)) => 2.6,
        _ => 1.6,
    };
    let dashes = match arrow {
        Some(Arrow::Rb) => " stroke-dasharray=\"7 4\"",
        Some(Arrow::Hb) => " stroke-dasharray=\"2 4\"",
        None => " stroke-dasharray=\"1 6\" stroke-linecap=\"round\"",
        _ => "",
    };
    let size = if width > 2.0 { 12.0 } else { 10.0 };
    let tip = curve.0[3];
    let back = curve.at(curve.before_end(size));
    let shaft = match arrow {
        Some(_) => curve.part(0.0, curve.before_end(size - 2.0).max(0.01)),
        None => *curve,
    };
    let [a, b, c, d] = shaft.0;
    let _ = writeln!(
        out,
        "<path d=\"M{} C{} {} {}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"{width}\"{dashes}/>",
        at(a),
        at(b),
        at(c),
        at(d)
    );
    if arrow.is_some() {
        let along = (tip - back).unit();
        let across = along.turned() * (size * 0.42);
        let base = tip - along * size;
        let _ = writeln!(
            out,
            "<path d=\"M{} L{} L{}Z\" fill=\"{colour}\"/>",
            at(tip),
            at(base + across),
            at(base - across)
        );
    }
}

impl Line {
    fn write(&self, out: &mut String) {
        if self.is_dim {
            *out += "<g opacity=\"0.3\">\n";
        }
        stroke(out, self.arrow, &self.curve, self.is_marked);
        if self.is_dim {
            *out += "</g>\n";
        }
    }

    fn write_label(&self, out: &mut String) {
        let centre = self.label.centre();
        let dim = if self.is_dim { " opacity=\"0.5\"" } else { "" };
        let bold = if self.is_marked || self.arrow.is_none() {
            " font-weight=\"bold\""
        } else {
            ""
        };
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{}\" text-anchor=\"middle\" font-family=\"{MONOSPACE}\" fill=\"{}\"{bold}{dim} stroke=\"#f6f4ef\" stroke-width=\"4\" stroke-linejoin=\"round\" paint-order=\"stroke\">{}</text>",
            number(centre.x),
            number(centre.y + 4.5),
            self.arrow.map_or(RED, colour),
            name(self.arrow)
        );
    }
}

impl Node {
    fn write(&self, out: &mut String) {
        if self.is_dim {
            *out += "<g opacity=\"0.5\">\n";
        }
        let fill = match self.kind {
            Some(Kind::Read | Kind::Failed) => "#ffffff",
            Some(Kind::Write) => "#dcebf3",
            Some(Kind::Update) => "#f6e3b8",
            Some(Kind::Fence) => "#e3dcec",
            None => "#f6f4ef",
        };
        let (colour, width) = if self.is_racing {
            (RED, 3.0)
        } else {
            ("#59636e", 1.2)
        };
        let radius = if self.kind.is_some() { 6.0 } else { 14.0 };
        let _ = writeln!(
            out,
            "{} fill=\"{fill}\" stroke=\"{colour}\" stroke-width=\"{width}\"/>",
            rect(self.rect, radius)
        );
        let x = number(self.rect.centre().x);
        let _ = writeln!(
            out,
            "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\" font-size=\"{LARGE}\" font-family=\"{MONOSPACE}\"><tspan fill=\"#646d78\">{}</tspan> {}</text>",
            number(self.rect.top + 19.0),
            xml(&self.letter),
            xml(&self.label)
        );
        for (row, line) in self.under.iter().enumerate() {
            let _ = writeln!(
                out,
                "<text x=\"{x}\" y=\"{}\" text-anchor=\"middle\">{}</text>",
                number(self.rect.top + 36.0 + 17.0 * row as f64),
                xml(line)
            );
        }
        if self.is_dim {
            *out += "</g>\n";
        }
    }
}

impl Text {
    fn write(&self, out: &mut String) {
        let bold = if self.is_strong {
            " font-weight=\"bold\""
        } else {
            ""
        };
        let _ = writeln!(
            out,
            "<text x=\"{}\" y=\"{}\"{bold}>{}</text>",
            number(self.rect.left),
            number(self.rect.top + 13.5),
            xml(&self.text)
        );
    }
}
