//! The grades of a run as people and machines read them. One plain type in, text out; nothing here
//! prints, and nothing here decides.

pub mod json;
pub mod junit;
pub mod lines;
pub mod terminal;

use crate::{
    catalog::{Catalog, Chapter, Entry},
    score::{Grade, Points},
};

/// A finished run of `grade`.
#[derive(Debug)]
pub struct Graded<'a> {
    pub chapters: Vec<GradedChapter<'a>>,
    /// `rustc -vV`; absent where nothing had to be compiled.
    pub toolchain: Option<String>,
    pub fingerprint: String,
}

#[derive(Debug)]
pub struct GradedChapter<'a> {
    pub chapter: &'a Chapter,
    pub exercises: Vec<(&'a Entry, Grade)>,
}

/// Points added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Total {
    pub points: Points,
    pub earned: Points,
    pub open: Points,
}

impl Total {
    pub fn of<'a>(grades: impl IntoIterator<Item = &'a Grade>) -> Total {
        grades
            .into_iter()
            .fold(Total::default(), |total, grade| Total {
                points: total.points + grade.points,
                earned: total.earned + grade.earned,
                open: total.open + grade.open,
            })
    }
}

impl<'a> Graded<'a> {
    /// Sorts `grades` into their chapters; an exercise without a grade is left out.
    pub fn new(
        catalog: &'a Catalog,
        mut grades: Vec<Grade>,
        toolchain: Option<String>,
        fingerprint: String,
    ) -> Self {
        let chapters = catalog
            .chapters
            .iter()
            .map(|chapter| GradedChapter {
                chapter,
                exercises: chapter
                    .exercises
                    .iter()
                    .filter_map(|exercise| {
                        let index = grades
                            .iter()
                            .position(|grade| grade.exercise == exercise.id())?;
                        Some((&exercise.entry, grades.swap_remove(index)))
                    })
                    .collect(),
            })
            .filter(|chapter| !chapter.exercises.is_empty())
            .collect();
        Graded {
            chapters,
            toolchain,
            fingerprint,
        }
    }

    pub fn grades(&self) -> impl Iterator<Item = &Grade> {
        self.chapters
            .iter()
            .flat_map(|chapter| &chapter.exercises)
            .map(|(_, grade)| grade)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use findings::Verdict;

    use super::*;
    use crate::{
        catalog::{Exercise, Paths, Split},
        runs::Run,
    };

    fn exercise(id: &str, tests: u32, models: u32) -> Exercise {
        let path = PathBuf::new;
        Exercise {
            chapter: "ch04".to_owned(),
            entry: Entry {
                id: id.to_owned(),
                title: format!("The title of {id}"),
                points: tests + models,
                split: Split {
                    tests,
                    models,
                    bench: 0,
                },
                difficulty: 2,
                minutes: 30,
                may_be_unsafe: false,
                crates: Vec::new(),
                forbids: Vec::new(),
                modelled: models > 0,
                hints: Vec::new(),
                budget: 1.0,
                bench: None,
            },
            paths: Paths {
                source: path(),
                public_tests: path(),
                hidden_tests: path(),
                models: path(),
                solution: path(),
                known_bad: path(),
                known_slow: path(),
                workload: path(),
                lesson: path(),
            },
        }
    }

    fn run(suite: &str, name: &str, verdict: Verdict, summary: &str) -> Run {
        Run {
            name: name.to_owned(),
            suite: suite.to_owned(),
            verdict,
            summary: summary.to_owned(),
            detail: format!("what a person reads about {name}"),
            notes: String::new(),
            milliseconds: 12,
        }
    }

    fn catalog() -> Catalog {
        Catalog {
            chapters: vec![Chapter {
                id: "ch04".to_owned(),
                title: "Well-known problems".to_owned(),
                folder: "04-classic-problems".to_owned(),
                exercises: vec![
                    exercise("producer_consumer", 10, 0),
                    exercise("dining_ordered", 6, 4),
                    exercise("token_bucket", 10, 5),
                    exercise("gcra", 5, 5),
                    exercise("ticker_bucket", 8, 0),
                ],
            }],
        }
    }

    fn graded(catalog: &Catalog) -> Graded<'_> {
        let entries: Vec<&Entry> = catalog
            .exercises()
            .map(|exercise| &exercise.entry)
            .collect();
        let grades = vec![
            Grade::of_runs(
                entries[0],
                vec![run("public", "keeps_all", Verdict::Pass, "")],
            ),
            Grade::of_runs(
                entries[1],
                vec![
                    run("public", "two_can_eat", Verdict::Pass, ""),
                    run(
                        "hidden",
                        "a_panic_frees",
                        Verdict::Panic,
                        "called `Option::unwrap()` on a `None` value",
                    ),
                    run(
                        "loom",
                        "nobody_waits_for_ever",
                        Verdict::Deadlock,
                        "P0 holds Fork 0, waits for Fork 1, held by P1; P1 holds Fork 1, waits for Fork 0, held by P0",
                    ),
                    run("shuttle", "nobody_waits_for_ever", Verdict::Pass, ""),
                ],
            ),
            Grade::of_runs(
                entries[2],
                vec![
                    run("public", "bursts", Verdict::Pass, ""),
                    run(
                        "loom",
                        "never_more",
                        Verdict::Undecided,
                        "1 000 000 schedules explored, more are left",
                    ),
                ],
            ),
            Grade::settled(
                entries[3],
                Verdict::Ungraded,
                "linker `cc` not found".to_owned(),
                String::new(),
            ),
            Grade::settled(
                entries[4],
                Verdict::NotStarted,
                "the stub is untouched".to_owned(),
                String::new(),
            ),
        ];
        Graded::new(
            catalog,
            grades,
            Some("rustc 1.95.0".to_owned()),
            "abc123".to_owned(),
        )
    }

    /// The file's name does not depend on where this module lies.
    fn pinned(name: &str, text: &str) {
        let mut settings = insta::Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(name, text));
    }

    #[test]
    fn the_table_gives_a_reason_for_each_point_lost_and_each_left_open() {
        let catalog = catalog();
        let table = anstream::adapter::strip_str(&terminal::table(&graded(&catalog))).to_string();
        assert!(
            table.lines().all(|line| line.chars().count() <= 80),
            "{table}"
        );
        pinned("table", &table);
    }

    #[test]
    fn junit_knows_failures_errors_and_what_was_not_begun() {
        let catalog = catalog();
        pinned("junit", &junit::text(&graded(&catalog)));
    }

    #[test]
    fn an_exercise_that_may_be_unsafe_is_marked_in_every_report() {
        let mut catalog = catalog();
        catalog.chapters[0].exercises.truncate(2);
        catalog.chapters[0].exercises[1].entry.may_be_unsafe = true;
        let entries: Vec<&Entry> = catalog.exercises().map(|one| &one.entry).collect();
        let grades = vec![
            Grade::of_runs(entries[0], vec![run("public", "a", Verdict::Pass, "")]),
            Grade::settled(
                entries[1],
                Verdict::NotStarted,
                String::new(),
                String::new(),
            ),
        ];
        let graded = Graded::new(&catalog, grades, None, String::new());

        let table = anstream::adapter::strip_str(&terminal::table(&graded)).to_string();
        assert!(
            table.contains("  producer_consumer              Pass "),
            "{table}"
        );
        assert!(
            table.contains("  dining_ordered (unsafe)        NotStarted "),
            "{table}"
        );
        assert!(
            table.ends_with(&format!("{}\n", terminal::UNSAFE)),
            "{table}"
        );
        let json: serde_json::Value = serde_json::from_str(&json::text(&graded)).unwrap();
        let marks = [0, 1].map(|index| &json["chapters"][0]["exercises"][index]["unsafe"]);
        assert_eq!(marks, [false, true]);
        let junit = junit::text(&graded);
        let (unmarked, marked) = junit.split_once("ch04.dining_ordered").unwrap();
        let property = r#"<property name="unsafe" value="allowed"/>"#;
        assert!(
            marked.contains(property) && !unmarked.contains(property),
            "{junit}"
        );
    }

    #[test]
    fn json_holds_all_of_it() {
        let mut catalog = catalog();
        catalog.chapters[0].exercises.truncate(2);
        let whole = self::catalog();
        let grades = graded(&whole).grades().take(2).cloned().collect();
        let graded = Graded::new(
            &catalog,
            grades,
            Some("rustc 1.95.0".to_owned()),
            "abc123".to_owned(),
        );
        pinned("json", &json::text(&graded));
    }
}
