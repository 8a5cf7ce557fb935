//! A measurement as people look at it, bars in a terminal or in an SVG, and as programs read it. Text out;
//! nothing here prints, and nothing here decides.

use std::fmt::Write as _;

use paired::{CONFIDENCE, Ratio, table::Row};
use serde::Serialize;

use super::Table;
use crate::{
    catalog::{Bench, Promises},
    report::terminal::{BOLD, DIM},
};

/// Columns of a bar of the longest ratio that is drawn.
const COLUMNS: f64 = 34.0;
/// A bar that would be longer ends in an arrow.
const LONGEST: f64 = 4.0;

/// The ratio at the right end.
fn scale(table: &Table) -> f64 {
    let highest = table.rows.iter().map(|row| row.compared.ratio.high);
    highest.fold(1.25, f64::max).min(LONGEST)
}

/// In the order of measuring, with their rows.
fn workloads(table: &Table) -> Vec<(&str, Vec<&Row>)> {
    let mut workloads: Vec<(&str, Vec<&Row>)> = Vec::new();
    for row in &table.rows {
        match workloads.iter_mut().find(|(name, _)| *name == row.workload) {
            Some((_, rows)) => rows.push(row),
            None => workloads.push((&row.workload, vec![row])),
        }
    }
    workloads
}

fn promises_less(bench: &Bench, subject: &str) -> bool {
    bench
        .peers
        .iter()
        .any(|peer| peer.name == subject && peer.promises == Promises::Less)
}

/// `46.1 ns`, `1.23 µs`: three digits.
fn duration(nanoseconds: f64) -> String {
    let units = ["ns", "µs", "ms", "s"];
    let power = ((nanoseconds.log10() / 3.0).floor().max(0.0) as usize).min(units.len() - 1);
    let value = nanoseconds / 1000_f64.powi(power as i32);
    let digits = match value {
        100.0.. => 0,
        10.0.. => 1,
        _ => 2,
    };
    format!("{value:.digits$} {}", units[power])
}

pub fn terminal(id: &str, bench: &Bench, table: &Table) -> String {
    let scale = scale(table);
    let mut out = String::new();
    let baseline = &table.baseline;
    let _ = writeln!(
        out,
        "{BOLD}{id}{BOLD:#}  time, as a multiple of {}; shorter is faster",
        whose(table)
    );
    for (workload, rows) in workloads(table) {
        let first = rows[0];
        let one = duration(first.compared.baseline_ns);
        let _ = writeln!(out, "\n{BOLD}{workload}{BOLD:#}");
        let exact = Ratio {
            point: 1.0,
            low: 1.0,
            high: 1.0,
        };
        let _ = writeln!(
            out,
            "  {DIM}{:<17.17} {:>5} {:<14}{DIM:#} {}",
            baseline,
            "1.00",
            format!(" {one}"),
            bar(exact, scale)
        );
        for row in rows {
            let Ratio { point, low, high } = row.compared.ratio;
            let mark = if promises_less(bench, &row.subject) {
                "*"
            } else {
                ""
            };
            let _ = writeln!(
                out,
                "  {:<17.17} {point:>5.2} {:<14} {}",
                format!("{}{mark}", row.subject),
                format!("({low:.2}..{high:.2})"),
                bar(row.compared.ratio, scale)
            );
        }
    }
    out.push('\n');
    let mut notes = format!(
        "(a..b) holds the true ratio in {CONFIDENCE:.0} of 100 measurements. {}.",
        units(table)
    );
    if table
        .rows
        .iter()
        .any(|row| promises_less(bench, &row.subject))
    {
        notes += " What is marked * promises less.";
    }
    if baseline == super::REFERENCE {
        let _ = write!(notes, " Budget: {}.", bench.budget);
    } else {
        notes += " This edition has no reference, so there are no points for speed.";
    }
    let mut wrapped = String::new();
    crate::report::terminal::wrapped(&notes, "", "", &mut wrapped);
    for line in wrapped.lines() {
        let _ = writeln!(out, "{DIM}{line}{DIM:#}");
    }
    out
}

fn whose(table: &Table) -> String {
    match table.baseline.as_str() {
        super::REFERENCE => "the reference's".to_owned(),
        peer => format!("that of {peer}"),
    }
}

/// `Times are per call`
fn units(table: &Table) -> String {
    let mut units: Vec<&str> = table.rows.iter().map(|row| row.unit.as_str()).collect();
    units.dedup();
    units.sort_unstable();
    units.dedup();
    format!("Times are per {}", units.join(" or "))
}

/// Solid up to where the interval begins, shaded as far as it goes.
fn bar(ratio: Ratio, scale: f64) -> String {
    let columns = |value: f64| (value.min(scale) / scale * COLUMNS).round() as usize;
    let (solid, all) = (columns(ratio.low), columns(ratio.high).max(1));
    let mut bar = "█".repeat(solid);
    bar += &"▒".repeat(all - solid.min(all));
    if ratio.high > scale {
        bar.pop();
        bar.push('►');
    }
    bar
}

/// Bars on a card of its own, so that it reads on any page.
pub fn svg(id: &str, bench: &Bench, table: &Table) -> String {
    const LEFT: f64 = 150.0;
    const RIGHT: f64 = 455.0;
    const ROW: f64 = 26.0;
    const WIDTH: f64 = 640.0;
    let scale = scale(table);
    let at = |ratio: f64| LEFT + (RIGHT - LEFT) * ratio.min(scale) / scale;
    let mut body = String::new();
    let mut y = 70.0;
    let top = y - 14.0;
    for (workload, rows) in workloads(table) {
        let heading = format!(
            "{workload} (1 = {} per {})",
            duration(rows[0].compared.baseline_ns),
            rows[0].unit
        );
        let _ = writeln!(
            body,
            r##"<text x="20" y="{y}" font-weight="600" paint-order="stroke" stroke="#f8fafc" stroke-width="5">{}</text>"##,
            escaped(&heading)
        );
        y += ROW;
        for (index, row) in rows.iter().enumerate() {
            let Ratio { point, low, high } = row.compared.ratio;
            let colour = if index == 0 { "#2563eb" } else { "#64748b" };
            let mark = if promises_less(bench, &row.subject) {
                "*"
            } else {
                ""
            };
            let (middle, from, to) = (y - 4.5, at(low), at(high));
            let _ = writeln!(
                body,
                r##"<text x="{label}" y="{y}" text-anchor="end">{subject}{mark}</text>
<rect x="{LEFT}" y="{bar}" width="{width:.1}" height="14" rx="2" fill="{colour}"/>
<path d="M{from:.1} {middle}H{to:.1}M{from:.1} {low_cap}v8M{to:.1} {low_cap}v8" stroke="#0f172a" stroke-width="1.5" fill="none"/>
<text x="{value}" y="{y}">{point:.2} ({low:.2} to {high:.2})</text>"##,
                label = LEFT - 10.0,
                subject = escaped(&row.subject),
                bar = y - 11.5,
                width = at(point) - LEFT,
                low_cap = middle - 4.0,
                value = RIGHT + 14.0,
            );
            y += ROW;
        }
        y += 10.0;
    }
    let bottom = y - 24.0;
    let mut lines = vec![(1.0, "1", "#334155")];
    let budget = bench.budget.to_string();
    if table.baseline == super::REFERENCE && bench.budget < scale {
        lines.push((bench.budget, &budget, "#b91c1c"));
    }
    let mut rules = String::new();
    for (ratio, label, colour) in lines {
        let x = at(ratio);
        let _ = writeln!(
            rules,
            r##"<path d="M{x:.1} {top}V{bottom}" stroke="{colour}" stroke-dasharray="4 3"/>
<text x="{x:.1}" y="{label_y}" text-anchor="middle" fill="{colour}">{label}</text>"##,
            label_y = bottom + 16.0
        );
    }
    let mut notes = "dashed: 1 is the time that it is compared with".to_owned();
    if table.baseline == super::REFERENCE && bench.budget < scale {
        let _ = write!(notes, ", {budget} the budget");
    }
    if table
        .rows
        .iter()
        .any(|row| promises_less(bench, &row.subject))
    {
        notes += "; * promises less";
    }
    let height = bottom + 52.0;
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{id}: time, as a multiple of {whose}" font-family="system-ui, sans-serif" font-size="13" fill="#0f172a">
<rect x="0.5" y="0.5" width="{w}" height="{h}" rx="8" fill="#f8fafc" stroke="#94a3b8"/>
<text x="20" y="32" font-size="15" font-weight="600">{id}: time, as a multiple of {whose}</text>
{rules}{body}<text x="20" y="{notes_y}" fill="#334155">{notes}</text>
</svg>
"##,
        whose = escaped(&whose(table)),
        w = WIDTH - 1.0,
        h = height - 1.0,
        notes_y = height - 12.0,
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
}

/// `version` changes when a field changes its meaning or goes away.
pub fn json(id: &str, bench: &Bench, table: &Table) -> String {
    #[derive(Serialize)]
    struct Report<'a> {
        version: u32,
        exercise: &'a str,
        baseline: &'a str,
        budget: f64,
        confidence: f64,
        rows: Vec<Line<'a>>,
    }
    #[derive(Serialize)]
    struct Line<'a> {
        workload: &'a str,
        unit: &'a str,
        subject: &'a str,
        promises_less: bool,
        ratio: f64,
        low: f64,
        high: f64,
        baseline_nanoseconds: f64,
        nanoseconds: f64,
    }
    let rows = table.rows.iter().map(|row| Line {
        workload: &row.workload,
        unit: &row.unit,
        subject: &row.subject,
        promises_less: promises_less(bench, &row.subject),
        ratio: row.compared.ratio.point,
        low: row.compared.ratio.low,
        high: row.compared.ratio.high,
        baseline_nanoseconds: row.compared.baseline_ns,
        nanoseconds: row.compared.subject_ns,
    });
    let report = Report {
        version: 1,
        exercise: id,
        baseline: &table.baseline,
        budget: bench.budget,
        confidence: CONFIDENCE,
        rows: rows.collect(),
    };
    serde_json::to_string_pretty(&report).expect("a report is plain data") + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Peer;
    use paired::Comparison;

    fn bench() -> Bench {
        let peer = |name: &str, promises| Peer {
            name: name.to_owned(),
            promises,
        };
        Bench {
            budget: 1.5,
            peers: vec![
                peer("governor", Promises::Less),
                peer("other", Promises::Same),
            ],
            spoilers: false,
        }
    }

    fn table() -> Table {
        let row = |workload: &str, subject: &str, point: f64, width: f64| Row {
            workload: workload.to_owned(),
            unit: "call".to_owned(),
            subject: subject.to_owned(),
            compared: Comparison {
                ratio: Ratio {
                    point,
                    low: point / width,
                    high: point * width,
                },
                baseline_ns: 46.13,
                subject_ns: 46.13 * point,
                units: 43_000,
            },
        };
        Table {
            baseline: "reference".to_owned(),
            rows: vec![
                row("one thread, granted", "yours", 1.02, 1.01),
                row("one thread, granted", "governor", 0.71, 1.02),
                row("one thread, granted", "other", 12.0, 1.05),
                row("two threads", "yours", 2.1, 1.3),
                row("two threads", "governor", 0.4, 1.1),
                row("two threads", "other", 1.0, 1.01),
            ],
        }
    }

    fn pinned(name: &str, text: &str) {
        let mut settings = insta::Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.set_snapshot_path("../snapshots");
        settings.bind(|| insta::assert_snapshot!(name, text));
    }

    #[test]
    fn a_terminal_shows_bars_with_their_intervals() {
        let text = terminal("token_bucket", &bench(), &table());
        let text = anstream::adapter::strip_str(&text).to_string();
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        pinned("bench", &text);
    }

    #[test]
    fn a_picture_stands_on_a_card_of_its_own() {
        pinned("bench_svg", &svg("token_bucket", &bench(), &table()));
    }

    #[test]
    fn programs_read_all_of_it() {
        pinned("bench_json", &json("token_bucket", &bench(), &table()));
    }

    #[test]
    fn durations_have_three_digits() {
        let shown: Vec<String> = [0.5, 7.25, 46.13, 999.0, 1234.0, 2.5e6, 3.0e9]
            .map(duration)
            .to_vec();
        assert_eq!(
            shown,
            [
                "0.50 ns", "7.25 ns", "46.1 ns", "999 ns", "1.23 µs", "2.50 ms", "3.00 s"
            ]
        );
    }
}
