//! For programs. `version` changes when a field changes its meaning or goes away.

use serde::Serialize;

use super::{Graded, Total};
use crate::score::{Grade, Points};

pub const VERSION: u32 = 1;

#[derive(Serialize)]
struct Report<'a> {
    version: u32,
    grader: &'a str,
    toolchain: Option<&'a str>,
    total: Sum,
    chapters: Vec<ChapterReport<'a>>,
}

#[derive(Serialize)]
struct ChapterReport<'a> {
    id: &'a str,
    title: &'a str,
    total: Sum,
    exercises: Vec<ExerciseReport<'a>>,
}

#[derive(Serialize)]
struct ExerciseReport<'a> {
    title: &'a str,
    #[serde(flatten)]
    grade: &'a Grade,
}

#[derive(Serialize)]
struct Sum {
    points: Points,
    earned: Points,
    open: Points,
}

impl From<Total> for Sum {
    fn from(total: Total) -> Self {
        Sum {
            points: total.points,
            earned: total.earned,
            open: total.open,
        }
    }
}

pub fn text(graded: &Graded<'_>) -> String {
    let report = Report {
        version: VERSION,
        grader: &graded.fingerprint,
        toolchain: graded.toolchain.as_deref(),
        total: Total::of(graded.grades()).into(),
        chapters: graded
            .chapters
            .iter()
            .map(|chapter| ChapterReport {
                id: &chapter.chapter.id,
                title: &chapter.chapter.title,
                total: Total::of(chapter.exercises.iter().map(|(_, grade)| grade)).into(),
                exercises: chapter
                    .exercises
                    .iter()
                    .map(|(entry, grade)| ExerciseReport {
                        title: &entry.title,
                        grade,
                    })
                    .collect(),
            })
            .collect(),
    };
    serde_json::to_string_pretty(&report).expect("a report is plain data") + "\n"
}
