//! The report for programs. One entry for each test and model, and one for each file that is no test; all
//! keys are always there.

use std::collections::{BTreeMap, BTreeSet};

use litmus::{Verdict, answer::Unknown, classics};
use serde::Serialize;

use super::judge::{Disagreement, Here, Judged, Row, Tested};

/// Counts up when a key changes its meaning or goes away.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    /// Whether every test had its turn.
    complete: bool,
    tests: Vec<Entry<'a>>,
}

#[derive(Default, Serialize)]
struct Entry<'a> {
    name: Option<&'a str>,
    file: Option<&'a str>,
    model: Option<&'static str>,
    condition: Option<&'a str>,
    states: Option<Vec<&'a str>>,
    verdict: Option<&'static str>,
    undefined: Option<bool>,
    executions: Option<u64>,
    graphs: Option<u64>,
    microseconds: Option<u64>,
    unknown: Option<String>,
    hardware: Option<Hardware<'a>>,
    loom: Option<Loom<'a>>,
    error: Option<&'a str>,
}

#[derive(Serialize)]
struct Hardware<'a> {
    machine: Option<&'static str>,
    runs: u64,
    microseconds: u64,
    states: BTreeMap<&'a str, u64>,
    /// Final states of this machine that the entry's model forbids.
    forbidden: Vec<&'a str>,
    /// The same of x86-TSO; null on another machine.
    forbidden_by_tso: Option<Vec<&'a str>>,
    error: Option<&'a str>,
}

#[derive(Default, Serialize)]
struct Loom<'a> {
    states: Vec<&'a str>,
    executions: u64,
    microseconds: u64,
    /// A data race, in loom's words.
    race: Option<&'a str>,
    /// Why it did not come to its end.
    unfinished: Option<&'a str>,
    /// `missed` or `invented`, where loom and the model disagree about a data race.
    disagree_on_race: Option<&'static str>,
    /// What the model allows and loom did not find.
    missed: Vec<&'a str>,
    /// What loom found and the model forbids.
    invented: Vec<&'a str>,
    error: Option<&'a str>,
}

pub fn report(judged: &[Judged], complete: bool) -> String {
    let report = Report {
        version: VERSION,
        complete,
        tests: judged.iter().flat_map(entries).collect(),
    };
    text(&report)
}

/// The named tests.
pub fn list() -> String {
    #[derive(Serialize)]
    struct List {
        version: u32,
        named: Vec<Named>,
    }
    #[derive(Serialize)]
    struct Named {
        name: &'static str,
        family: &'static str,
        about: &'static str,
    }
    let named = classics::ALL.iter().map(|classic| Named {
        name: classic.name,
        family: classic.family,
        about: classic.about,
    });
    text(&List {
        version: VERSION,
        named: named.collect(),
    })
}

fn text(report: &impl Serialize) -> String {
    serde_json::to_string_pretty(report).expect("plain data") + "\n"
}

fn entries(judged: &Judged) -> Vec<Entry<'_>> {
    let file = judged.file.as_deref();
    match &judged.outcome {
        Err(fault) => vec![Entry {
            file,
            error: Some(fault.message()),
            ..Entry::default()
        }],
        Ok(tested) => tested
            .rows
            .iter()
            .map(|row| entry(file, tested, row))
            .collect(),
    }
}

fn entry<'a>(file: Option<&'a str>, tested: &'a Tested, row: &'a Row) -> Entry<'a> {
    let states = row.states.iter().map(|ending| ending.state.as_str());
    Entry {
        name: Some(&tested.name),
        file,
        model: Some(row.model.name()),
        condition: tested.condition.as_deref(),
        states: Some(states.collect()),
        verdict: row.verdict.map(verdict),
        undefined: Some(row.undefined),
        executions: Some(row.executions),
        graphs: Some(row.graphs),
        microseconds: Some(micros(row.took)),
        unknown: row.unknown.map(unknown),
        hardware: tested.here.as_ref().map(|here| hardware(here, tested, row)),
        loom: tested.loom.as_ref().map(|loom| match loom {
            Ok(found) => {
                let compared = row.compared_with(found);
                Loom {
                    states: found.states.iter().map(String::as_str).collect(),
                    executions: found.executions,
                    microseconds: found.microseconds,
                    race: found.race.as_deref(),
                    unfinished: found.unfinished.as_deref(),
                    disagree_on_race: compared.race.map(|disagreement| match disagreement {
                        Disagreement::Missed => "missed",
                        Disagreement::Invented => "invented",
                    }),
                    missed: compared.missed,
                    invented: compared.invented,
                    error: None,
                }
            }
            Err(error) => Loom {
                error: Some(error),
                ..Loom::default()
            },
        }),
        error: None,
    }
}

fn hardware<'a>(here: &'a Result<Here, String>, tested: &'a Tested, row: &'a Row) -> Hardware<'a> {
    match here {
        Ok(here) => {
            let forbidden_by = |model| -> Vec<&'a str> {
                let these: BTreeSet<&str> = tested
                    .unexpected
                    .iter()
                    .filter(|unexpected| unexpected.model == model)
                    .map(|unexpected| unexpected.state.as_str())
                    .collect();
                these.into_iter().collect()
            };
            Hardware {
                machine: Some(here.machine),
                runs: here.runs,
                microseconds: micros(here.took),
                states: here
                    .counts
                    .iter()
                    .map(|count| (count.state.as_str(), count.runs))
                    .collect(),
                forbidden: forbidden_by(row.model),
                forbidden_by_tso: here.keeps_tso().then(|| forbidden_by(litmus::Model::Tso)),
                error: None,
            }
        }
        Err(error) => Hardware {
            machine: None,
            runs: 0,
            microseconds: 0,
            states: BTreeMap::new(),
            forbidden: Vec::new(),
            forbidden_by_tso: None,
            error: Some(error),
        },
    }
}

fn verdict(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Holds => "holds",
        Verdict::Fails => "fails",
        Verdict::Undefined => "undefined",
        Verdict::Unknown => "unknown",
    }
}

/// What was reached first, as `graphs 20000000`.
fn unknown(unknown: Unknown) -> String {
    match unknown {
        Unknown::Graphs(graphs) => format!("graphs {graphs}"),
        Unknown::States(states) => format!("states {states}"),
        Unknown::Events(events) => format!("events {events}"),
        Unknown::ThinAir => "thin air".to_owned(),
    }
}

fn micros(took: std::time::Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}
