//! A model: a test that an explorer runs under every schedule.

use std::path::Path;

use findings::{Bounds, Exploration, Finding, Verdict};
use supervise::protocol::Report;

use crate::child::{Conclusion, is_test};
use crate::{Meta, Stated, dump};

/// Processor time that a model may use beyond its own bound before it counts as hung, as a multiple of
/// that bound: the explorer looks at its clock only between executions.
const SLACK: f64 = 2.0;

impl Stated {
    /// Whether the model is meant for this explorer. The names are separated by commas or spaces.
    pub(crate) fn is_for(&self, explorer: &str) -> bool {
        self.explorers
            .is_none_or(|names| names.split([',', ' ']).any(|name| name == explorer))
    }

    /// `None`: another explorer's schedule is to be replayed.
    pub(crate) fn bounds(&self, explorer: &str, replay: Option<String>) -> Option<Bounds> {
        let default = Bounds::default();
        let replay = match replay {
            Some(named) => match named.split_once(':') {
                Some((other, _)) if other != explorer => return None,
                Some((_, schedule)) => Some(schedule.to_owned()),
                None => Some(named),
            },
            None => None,
        };
        Some(Bounds {
            preemptions: self.preemptions,
            executions: self.executions.unwrap_or(default.executions),
            seconds: self
                .seconds
                .map_or(default.seconds, |seconds| seconds as f64),
            replay,
        })
    }

    pub(crate) fn extra_cpu_ms(&self) -> u64 {
        let seconds = self
            .seconds
            .map_or(Bounds::default().seconds, |seconds| seconds as f64);
        (seconds * SLACK * 1000.0) as u64
    }
}

/// What the exploration means for the test.
pub(crate) fn conclude(meta: &Meta, bounds: &Bounds, explored: Exploration) -> Conclusion {
    let notes = notes(bounds, &explored);
    let Exploration {
        explorer,
        undecided,
        finding,
        exercise_steps,
        ..
    } = explored;
    let report = |verdict, summary: String| Report {
        verdict,
        summary,
        detail: String::new(),
    };
    if let Some(finding) = finding {
        return Conclusion {
            report: found(meta, explorer, finding),
            notes,
        };
    }
    if exercise_steps == 0 {
        let summary = "the model saw no operation of yours: use kit::sync and kit::thread".into();
        return Conclusion {
            report: report(Verdict::Forbidden, summary),
            notes,
        };
    }
    match undecided {
        Some(why) => Conclusion {
            report: report(Verdict::Undecided, why),
            notes,
        },
        None => Conclusion::pass(notes),
    }
}

fn found(meta: &Meta, explorer: &str, finding: Finding) -> Report {
    let Finding {
        verdict,
        message,
        site,
        schedule,
        replay,
    } = finding;
    let verdict = match verdict {
        Verdict::Panic | Verdict::WrongAnswer | Verdict::BadInterleaving => {
            let in_model = site.as_ref().is_none_or(|site| is_test(meta, &site.file));
            // In the first schedule, and before any other thread has taken a step: no order of steps
            // is to blame. The first schedule alone proves nothing, since an explorer may begin with
            // one that is anything but sequential.
            let alone = schedule
                .steps
                .windows(2)
                .all(|pair| pair[0].thread == pair[1].thread);
            match (in_model, alone && replay == "1") {
                (false, _) => Verdict::Panic,
                (true, true) => Verdict::WrongAnswer,
                (true, false) => Verdict::BadInterleaving,
            }
        }
        other => other,
    };
    let mut lines = message.lines();
    let summary = lines.next().unwrap_or_default().to_owned();
    let mut detail: Vec<String> = lines.map(str::to_owned).collect();
    detail.extend(site.map(|site| format!("at {site}")));
    if !schedule.steps.is_empty() {
        detail.push(String::new());
        detail.push(schedule.render(dump::WIDTH).trim_end().to_owned());
        detail.push(String::new());
    }
    // Models are called after their exercise's file, since two exercises may have one of the same name.
    let exercise = Path::new(meta.file).file_stem().unwrap_or_default();
    detail.push(format!(
        "cargo xtask replay {}::{}@{explorer}:{replay}",
        exercise.display(),
        meta.name
    ));
    Report {
        verdict,
        summary,
        detail: detail.join("\n"),
    }
}

/// `loom: 1 234 schedules, all explored, at most 2 preemptions`
fn notes(bounds: &Bounds, explored: &Exploration) -> String {
    let count = thousands(explored.executions);
    let schedules = if explored.executions == 1 {
        "schedule"
    } else {
        "schedules"
    };
    let mut text = format!("{}: {count} {schedules}", explored.explorer);
    if bounds.replay.is_some() {
        return text + ", replayed";
    }
    if explored.undecided.is_none() && explored.finding.is_none() {
        text += ", all explored";
    }
    if let Some(preemptions) = bounds.preemptions {
        let plural = if preemptions == 1 {
            "preemption"
        } else {
            "preemptions"
        };
        text += &format!(", at most {preemptions} {plural}");
    }
    text
}

/// `1234567` → `1 234 567`
fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(' ');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use findings::{Schedule, Site, Step};

    const META: Meta = Meta {
        module: "models::dining",
        name: "two_philosophers",
        file: "chapters/04-classic-problems/models/dining.rs",
        stress: false,
    };
    const STATED: Stated = Stated {
        preemptions: None,
        executions: None,
        seconds: None,
        explorers: None,
    };

    fn explored() -> Exploration {
        Exploration {
            explorer: "loom",
            executions: 1234,
            undecided: None,
            finding: None,
            exercise_steps: 9,
        }
    }

    fn finding(verdict: Verdict, file: &str, replay: &str) -> Exploration {
        let site = Site {
            file: file.into(),
            line: 12,
        };
        let step = |action: &str| Step {
            thread: 0,
            action: action.into(),
            site: Some(site.clone()),
        };
        let finding = Finding {
            verdict,
            message: "assertion failed: meals == 2\nnobody eats".into(),
            site: Some(site.clone()),
            schedule: Schedule {
                threads: vec!["main".into()],
                steps: vec![step("lock Fork 0")],
            },
            replay: replay.into(),
        };
        Exploration {
            finding: Some(finding),
            ..explored()
        }
    }

    fn verdict(explored: Exploration) -> Verdict {
        conclude(&META, &Bounds::default(), explored).report.verdict
    }

    #[test]
    fn a_whole_exploration_passes_and_says_how_much_it_saw() {
        let whole = conclude(&META, &Bounds::default(), explored());
        assert_eq!(whole.report.verdict, Verdict::Pass);
        assert_eq!(whole.notes, "loom: 1 234 schedules, all explored");
        let stated = Stated {
            preemptions: Some(2),
            ..STATED
        };
        let bounded = conclude(&META, &stated.bounds("loom", None).unwrap(), explored());
        assert_eq!(
            bounded.notes,
            "loom: 1 234 schedules, all explored, at most 2 preemptions"
        );
    }

    #[test]
    fn an_assertion_that_fails_before_anybody_else_runs_is_a_wrong_answer() {
        use Verdict::*;
        let mut raced = finding(Panic, META.file, "1");
        let steps = &mut raced.finding.as_mut().unwrap().schedule.steps;
        steps.insert(
            0,
            Step {
                thread: 1,
                ..steps[0].clone()
            },
        );
        assert_eq!(verdict(raced), BadInterleaving);
        assert_eq!(verdict(finding(Panic, META.file, "1")), WrongAnswer);
        assert_eq!(verdict(finding(Panic, META.file, "37")), BadInterleaving);
        let learners = "chapters/04-classic-problems/src/dining.rs";
        assert_eq!(verdict(finding(BadInterleaving, learners, "37")), Panic);
        assert_eq!(verdict(finding(Deadlock, learners, "1")), Deadlock);
    }

    #[test]
    fn a_finding_comes_with_its_schedule_and_the_command_that_repeats_it() {
        let report = conclude(
            &META,
            &Bounds::default(),
            finding(Verdict::Panic, META.file, "37"),
        );
        let text = format!("{}\n{}", report.report.summary, report.report.detail);
        assert!(
            text.starts_with(&format!(
                "assertion failed: meals == 2\nnobody eats\nat {}:12\n",
                META.file
            )),
            "{text}"
        );
        assert!(text.contains("lock Fork 0"), "{text}");
        assert!(
            text.ends_with("cargo xtask replay dining::two_philosophers@loom:37"),
            "{text}"
        );
    }

    #[test]
    fn a_model_that_saw_nothing_or_not_all_does_not_pass() {
        let blind = Exploration {
            exercise_steps: 0,
            ..explored()
        };
        assert_eq!(verdict(blind), Verdict::Forbidden);
        let open = Exploration {
            undecided: Some("1 000 000 executions".into()),
            ..explored()
        };
        assert_eq!(verdict(open), Verdict::Undecided);
    }

    #[test]
    fn a_schedule_is_replayed_by_the_explorer_that_found_it() {
        let replay = |text: &str| {
            STATED
                .bounds("loom", Some(text.into()))
                .map(|b| b.replay.unwrap())
        };
        assert_eq!(replay("loom:37").as_deref(), Some("37"));
        assert_eq!(replay("37").as_deref(), Some("37"));
        assert_eq!(replay("shuttle:37"), None);
        assert!(
            Stated {
                explorers: Some("loom, shuttle"),
                ..STATED
            }
            .is_for("shuttle")
        );
        assert!(
            !Stated {
                explorers: Some("loom"),
                ..STATED
            }
            .is_for("shuttle")
        );
        assert!(STATED.is_for("shuttle"));
    }

    #[test]
    fn numbers_are_grouped() {
        let cases = [
            (0, "0"),
            (999, "999"),
            (1_000, "1 000"),
            (1_234_567, "1 234 567"),
        ];
        for (number, text) in cases {
            assert_eq!(thousands(number), text);
        }
    }
}
