//! The grades of a run as people and machines read them. One plain type in, text out; nothing here
//! prints, and nothing here decides.

pub mod json;
pub mod junit;
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
