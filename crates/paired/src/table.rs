//! Several implementations against one, workload by workload, and how that travels from the process that
//! measured to the one that judges.

use std::fmt::Write as _;

use crate::{Comparison, Plan, Ratio, Workload, compare};

/// One implementation.
#[derive(Clone, Copy, Debug)]
pub struct Subject {
    pub name: &'static str,
    pub workloads: &'static [Workload],
}

/// One line of the table: a subject against the baseline, on one workload.
#[derive(Clone, Debug, PartialEq)]
pub struct Row {
    pub workload: String,
    pub unit: String,
    pub subject: String,
    pub compared: Comparison,
}

/// Compares each of `subjects` with `baseline` on every workload.
///
/// # Panics
///
/// If they do not have the same workloads: they are included from one file, so they do.
pub fn measure(plan: &Plan, baseline: &Subject, subjects: &[Subject]) -> Vec<Row> {
    let mut rows = Vec::new();
    for (index, workload) in baseline.workloads.iter().enumerate() {
        for subject in subjects {
            let other = subject.workloads[index];
            assert_eq!(workload.name, other.name);
            rows.push(Row {
                workload: workload.name.to_owned(),
                unit: workload.unit.to_owned(),
                subject: subject.name.to_owned(),
                compared: compare(plan, &mut { workload.run }, &mut { other.run }),
            });
        }
    }
    rows
}

/// A line a row, fields between tabs.
pub fn encode(rows: &[Row]) -> String {
    let mut text = String::new();
    for row in rows {
        let Row {
            workload,
            unit,
            subject,
            compared,
        } = row;
        let Ratio { point, low, high } = compared.ratio;
        let (baseline, own, units) = (compared.baseline_ns, compared.subject_ns, compared.units);
        let _ = writeln!(
            text,
            "{workload}\t{unit}\t{subject}\t{point}\t{low}\t{high}\t{baseline}\t{own}\t{units}"
        );
    }
    text
}

/// What [`encode`] made; `None` for anything else.
pub fn decode(text: &str) -> Option<Vec<Row>> {
    text.lines().map(decode_row).collect()
}

fn decode_row(line: &str) -> Option<Row> {
    let mut fields = line.split('\t');
    let mut text = || fields.next().map(str::to_owned);
    let (workload, unit, subject) = (text()?, text()?, text()?);
    let mut number = || {
        text()?
            .parse::<f64>()
            .ok()
            .filter(|n| n.is_finite() && *n > 0.0)
    };
    let ratio = Ratio {
        point: number()?,
        low: number()?,
        high: number()?,
    };
    let compared = Comparison {
        ratio,
        baseline_ns: number()?,
        subject_ns: number()?,
        units: number()? as u64,
    };
    fields.next().is_none().then_some(Row {
        workload,
        unit,
        subject,
        compared,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    const FAST: &[Workload] = &[
        Workload {
            name: "calls",
            unit: "call",
            run: |n| Duration::from_nanos(10 * n),
        },
        Workload {
            name: "meals",
            unit: "meal",
            run: |n| Duration::from_nanos(100 * n),
        },
    ];
    const SLOW: &[Workload] = &[
        Workload {
            run: |n| Duration::from_nanos(15 * n),
            ..FAST[0]
        },
        FAST[1],
    ];

    fn rows() -> Vec<Row> {
        let subject = |name, workloads| Subject { name, workloads };
        let subjects = [subject("yours", SLOW), subject("peer", FAST)];
        measure(&Plan::default(), &subject("reference", FAST), &subjects)
    }

    #[test]
    fn every_subject_is_compared_on_every_workload() {
        let seen: Vec<(String, String, f64)> = rows()
            .into_iter()
            .map(|row| (row.workload, row.subject, row.compared.ratio.point))
            .collect();
        let row =
            |workload: &str, subject: &str, ratio| (workload.to_owned(), subject.to_owned(), ratio);
        let expected = [
            row("calls", "yours", 1.5),
            row("calls", "peer", 1.0),
            row("meals", "yours", 1.0),
            row("meals", "peer", 1.0),
        ];
        assert_eq!(seen.len(), expected.len());
        for (seen, expected) in seen.iter().zip(&expected) {
            assert_eq!((&seen.0, &seen.1), (&expected.0, &expected.1));
            assert!((seen.2 - expected.2).abs() < 1e-9, "{seen:?}, {expected:?}");
        }
    }

    #[test]
    fn a_table_survives_the_way_and_noise_is_refused() {
        let rows = rows();
        assert_eq!(decode(&encode(&rows)).as_ref(), Some(&rows));
        assert_eq!(decode(""), Some(Vec::new()));
        for noise in [
            "test result: ok",
            "a\tb\tc\t1\t1\t1\t1\t1",
            "a\tb\tc\t1\tNaN\t1\t1\t1\t1",
        ] {
            assert_eq!(decode(noise), None, "{noise}");
        }
    }
}
