//! From what became of each test to a verdict and points, with a reason for each point lost.

use std::{collections::BTreeMap, fmt};

use findings::Verdict;
use serde::{Deserialize, Serialize};

use crate::{
    catalog::Entry,
    runs::{Run, verdict_name},
};

/// Points in hundredths, so that shares add up; a plain decimal number in files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(from = "f64", into = "f64")]
pub struct Points(pub u32);

impl From<Points> for f64 {
    fn from(points: Points) -> f64 {
        f64::from(points.0) / 100.0
    }
}

impl From<f64> for Points {
    fn from(points: f64) -> Points {
        // Saturates: a file of results that was tampered with is no reason to panic.
        Points((points * 100.0).round() as u32)
    }
}

impl Points {
    pub fn whole(points: u32) -> Self {
        Points(points * 100)
    }
}

impl std::ops::Add for Points {
    type Output = Points;

    fn add(self, other: Points) -> Points {
        Points(self.0 + other.0)
    }
}

impl std::iter::Sum for Points {
    fn sum<I: Iterator<Item = Points>>(points: I) -> Points {
        points.fold(Points::default(), |a, b| a + b)
    }
}

impl fmt::Display for Points {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = match (self.0 / 100, self.0 % 100) {
            (whole, 0) => whole.to_string(),
            (whole, rest) if rest % 10 == 0 => format!("{whole}.{}", rest / 10),
            (whole, rest) => format!("{whole}.{rest:02}"),
        };
        f.pad(&text)
    }
}

/// Points that were not earned.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lost {
    pub points: Points,
    #[serde(with = "verdict_name")]
    pub verdict: Verdict,
    /// The test or model.
    pub label: String,
    pub reason: String,
}

/// The result for one exercise.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Grade {
    pub exercise: String,
    /// Whether the exercise allows `unsafe`: a pass then does not say that the code is sound.
    #[serde(rename = "unsafe")]
    pub may_be_unsafe: bool,
    #[serde(with = "verdict_name")]
    pub verdict: Verdict,
    /// The reason for the verdict, in a line.
    pub summary: String,
    /// The report behind it; empty for a pass.
    pub detail: String,
    pub points: Points,
    pub earned: Points,
    /// Neither earned nor lost: could not be judged.
    pub open: Points,
    pub lost: Vec<Lost>,
    pub runs: Vec<Run>,
    /// What the compiler warned of in the learner's source.
    #[serde(default)]
    pub warnings: Vec<String>,
}

impl Grade {
    /// An exercise judged as a whole: not started, refused, not compiling, or not gradable.
    pub fn settled(entry: &Entry, verdict: Verdict, summary: String, detail: String) -> Grade {
        let points = Points::whole(entry.split.unmeasured());
        let open = if verdict.is_open() {
            points
        } else {
            Points::default()
        };
        let lost = if verdict.is_open() {
            Vec::new()
        } else {
            let label = "the exercise".to_owned();
            vec![Lost {
                points,
                verdict,
                label,
                reason: summary.clone(),
            }]
        };
        Grade {
            exercise: entry.id.clone(),
            may_be_unsafe: entry.may_be_unsafe,
            verdict,
            summary,
            detail,
            points,
            earned: Points::default(),
            open,
            lost,
            runs: Vec::new(),
            warnings: Vec::new(),
        }
    }

    /// An exercise judged by its tests and models.
    pub fn of_runs(entry: &Entry, runs: Vec<Run>) -> Grade {
        let worst = runs.iter().min_by_key(|run| run.verdict);
        let (verdict, summary, detail) = match worst {
            None => (
                Verdict::Ungraded,
                "nothing was run".to_owned(),
                String::new(),
            ),
            Some(run) if run.verdict.is_pass() => (Verdict::Pass, String::new(), String::new()),
            Some(run) => (
                run.verdict,
                format!("{}: {}", run.label(), run.summary),
                run.detail.clone(),
            ),
        };
        let (tests, models): (Vec<&Run>, Vec<&Run>) = runs.iter().partition(|run| !run.is_model());
        let mut tally = Tally::default();
        // A model counts once, however many explorers looked at it.
        tally.share(entry.split.tests, &groups(tests, |run| run.label()));
        tally.share(entry.split.models, &groups(models, |run| run.name.clone()));
        let points = Points::whole(entry.split.unmeasured());
        let Tally { lost, open } = tally;
        let gone: Points = lost.iter().map(|lost| lost.points).sum();
        Grade {
            exercise: entry.id.clone(),
            may_be_unsafe: entry.may_be_unsafe,
            verdict,
            summary,
            detail,
            points,
            earned: Points(points.0 - gone.0 - open.0),
            open,
            lost,
            runs,
            warnings: Vec::new(),
        }
    }

    /// The same with the points for speed: `runs` are what became of the workloads, and none if the answer
    /// was not measured, since only one that passes is.
    pub fn with_speed(mut self, entry: &Entry, runs: Vec<Run>) -> Grade {
        let points = Points::whole(entry.split.bench);
        self.points = self.points + points;
        if runs.is_empty() {
            if self.verdict.is_open() {
                self.open = self.open + points;
            } else if points > Points::default() {
                self.lost.push(Lost {
                    points,
                    verdict: self.verdict,
                    label: "speed".to_owned(),
                    reason: "only what passes is measured".to_owned(),
                });
            }
            return self;
        }
        let mut tally = Tally::default();
        tally.share(
            entry.split.bench,
            &groups(runs.iter().collect(), Run::label),
        );
        let gone: Points = tally.lost.iter().map(|lost| lost.points).sum();
        self.earned = self.earned + Points(points.0 - gone.0 - tally.open.0);
        self.open = self.open + tally.open;
        self.lost.extend(tally.lost);
        let worst = runs.iter().min_by_key(|run| run.verdict);
        if let Some(run) = worst.filter(|run| !run.verdict.is_pass() && self.verdict.is_pass()) {
            self.verdict = run.verdict;
            self.summary = format!("{}: {}", run.label(), run.summary);
        }
        self.runs.extend(runs);
        self
    }

    pub fn is_pass(&self) -> bool {
        self.verdict.is_pass()
    }
}

fn groups(runs: Vec<&Run>, key: impl Fn(&Run) -> String) -> Vec<Vec<&Run>> {
    let mut groups = BTreeMap::<String, Vec<&Run>>::new();
    for run in runs {
        groups.entry(key(run)).or_default().push(run);
    }
    groups.into_values().collect()
}

#[derive(Default)]
struct Tally {
    lost: Vec<Lost>,
    open: Points,
}

impl Tally {
    /// Divides `points` among `groups` so that the shares add up to all of them. The points of an edition
    /// that has no such part at all stay open.
    fn share(&mut self, points: u32, groups: &[Vec<&Run>]) {
        let all = Points::whole(points).0;
        let Ok(count) = u32::try_from(groups.len()) else {
            return;
        };
        if count == 0 {
            self.open = self.open + Points(all);
        }
        for (index, group) in (0u32..).zip(groups) {
            let share = Points(all * (index + 1) / count - all * index / count);
            let Some(worst) = group.iter().min_by_key(|run| run.verdict) else {
                continue;
            };
            if worst.verdict.is_open() {
                self.open = self.open + share;
            } else if !worst.verdict.is_pass() {
                self.lost.push(Lost {
                    points: share,
                    verdict: worst.verdict,
                    label: worst.label(),
                    reason: worst.summary.clone(),
                });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::Split;

    fn entry(tests: u32, models: u32) -> Entry {
        Entry {
            id: "x".to_owned(),
            title: String::new(),
            points: tests + models,
            split: Split {
                tests,
                models,
                bench: 0,
            },
            difficulty: 1,
            minutes: 1,
            may_be_unsafe: false,
            crates: Vec::new(),
            forbids: Vec::new(),
            modelled: models > 0,
            hints: Vec::new(),
            budget: 1.0,
            bench: None,
        }
    }

    fn run(suite: &str, name: &str, verdict: Verdict) -> Run {
        Run {
            name: name.to_owned(),
            suite: suite.to_owned(),
            verdict,
            summary: format!("{name} said {verdict}"),
            detail: String::new(),
            notes: String::new(),
            milliseconds: 1,
        }
    }

    #[test]
    fn shares_add_up_to_all_points_however_many_tests_there_are() {
        for count in 1..40 {
            let names: Vec<String> = (0..count).map(|n| n.to_string()).collect();
            let runs = names
                .iter()
                .map(|n| run("public", n, Verdict::WrongAnswer))
                .collect();
            let grade = Grade::of_runs(&entry(7, 0), runs);
            assert_eq!(grade.earned, Points(0), "{count} tests");
            assert_eq!(
                grade.lost.iter().map(|lost| lost.points).sum::<Points>(),
                Points::whole(7)
            );
        }
    }

    #[test]
    fn a_model_counts_once_and_its_worst_explorer_decides() {
        let runs = vec![
            run("public", "a", Verdict::Pass),
            run("loom", "m", Verdict::Pass),
            run("shuttle", "m", Verdict::Deadlock),
            run("loom", "n", Verdict::Pass),
            run("shuttle", "n", Verdict::Pass),
        ];
        let grade = Grade::of_runs(&entry(6, 4), runs);
        assert_eq!(
            (grade.verdict, grade.earned),
            (Verdict::Deadlock, Points::whole(8))
        );
        assert_eq!(grade.lost.len(), 1);
        assert_eq!(grade.lost[0].label, "model m (shuttle)");
    }

    #[test]
    fn what_could_not_be_judged_costs_nothing_and_earns_nothing() {
        let runs = vec![
            run("public", "a", Verdict::Pass),
            run("loom", "m", Verdict::Undecided),
        ];
        let grade = Grade::of_runs(&entry(6, 4), runs);
        assert_eq!(
            (grade.earned, grade.open),
            (Points::whole(6), Points::whole(4))
        );
        assert_eq!(grade.verdict, Verdict::Undecided);
        assert!(grade.lost.is_empty());
        let settled = Grade::settled(
            &entry(6, 4),
            Verdict::Ungraded,
            "no linker".into(),
            String::new(),
        );
        assert_eq!(
            (settled.earned, settled.open),
            (Points(0), Points::whole(10))
        );
    }

    fn with_bench(points: u32) -> Entry {
        let mut entry = entry(6, 0);
        entry.points += points;
        entry.split.bench = points;
        entry
    }

    #[test]
    fn points_for_speed_do_not_exist_until_they_are_measured() {
        let entry = with_bench(4);
        let passing = || Grade::of_runs(&entry, vec![run("public", "a", Verdict::Pass)]);
        assert_eq!(passing().points, Points::whole(6));
        let runs = vec![
            run("bench", "one thread", Verdict::Pass),
            run("bench", "two threads", Verdict::Pass),
        ];
        let measured = passing().with_speed(&entry, runs);
        assert_eq!(
            (measured.points, measured.earned),
            (Points::whole(10), Points::whole(10))
        );
        assert!(measured.is_pass());
    }

    #[test]
    fn each_workload_has_its_share_and_noise_costs_none_of_it() {
        let entry = with_bench(4);
        let grade = Grade::of_runs(&entry, vec![run("public", "a", Verdict::Pass)]);
        let runs = vec![
            run("bench", "one thread", Verdict::TooSlow),
            run("bench", "two threads", Verdict::Undecided),
        ];
        let grade = grade.with_speed(&entry, runs);
        assert_eq!(
            (grade.earned, grade.open),
            (Points::whole(6), Points::whole(2))
        );
        assert_eq!(grade.verdict, Verdict::TooSlow);
        assert_eq!(grade.lost[0].label, "speed, one thread");
        assert_eq!(grade.lost[0].points, Points::whole(2));
    }

    #[test]
    fn what_does_not_pass_is_not_measured_and_has_no_points_for_speed() {
        let entry = with_bench(4);
        let grade = Grade::of_runs(&entry, vec![run("public", "a", Verdict::Deadlock)]);
        let grade = grade.with_speed(&entry, Vec::new());
        assert_eq!(
            (grade.points, grade.earned, grade.verdict),
            (Points::whole(10), Points(0), Verdict::Deadlock)
        );
        let undecided = Grade::of_runs(&entry, vec![run("public", "a", Verdict::Flaky)]);
        let undecided = undecided.with_speed(&entry, Vec::new());
        assert_eq!(undecided.open, Points::whole(10));
    }

    #[test]
    fn points_print_without_needless_digits() {
        assert_eq!(Points(1050).to_string(), "10.5");
        assert_eq!(Points(1000).to_string(), "10");
        assert_eq!(Points(333).to_string(), "3.33");
        assert_eq!(format!("{:>6}", Points(105)), "  1.05");
    }
}
