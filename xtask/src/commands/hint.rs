//! `hint`: the next hint of an exercise, from a nudge to nearly the code. Which ones were taken is
//! remembered by the exercise's id, so that a new title or another place in the list changes nothing.

use crate::{
    catalog::{Catalog, Exercise},
    commands::one,
    course::Course,
    error::{Result, exit},
    report::{
        lines::{Line, Tone},
        terminal::WIDTH,
    },
    workbench::{Hints, paragraphs},
};

pub fn run(course: &Course, catalog: &Catalog, name: &str, all: bool) -> Result<u8> {
    let exercise = one(catalog, "hint", name)?;
    let mut hints = Hints::open(course);
    let count = exercise.entry.hints.len();
    let before = hints.taken(exercise);
    let taken = if all { count } else { count.min(before + 1) };
    // Remembered first: a hint that was read is one that was taken.
    hints.take(exercise, taken)?;
    for line in page(exercise, if all { 0 } else { before }, taken) {
        for line in line.fold(WIDTH) {
            anstream::println!("{line}");
        }
    }
    Ok(exit::OK)
}

/// The hints behind the first `before`, up to `taken`; all of them again when there is no new one.
fn page(exercise: &Exercise, before: usize, taken: usize) -> Vec<Line> {
    let (id, hints) = (exercise.id(), &exercise.entry.hints);
    let again = before == taken;
    let from = if again { 0 } else { before };
    let mut page = Vec::new();
    for (number, hint) in (1..).zip(hints).take(taken).skip(from) {
        page.push(Line::new(
            Tone::Bold,
            format!("Hint {number} of {}", hints.len()),
        ));
        page.extend(paragraphs(hint).into_iter().map(Line::plain));
        page.push(Line::empty());
    }
    let rest = match hints.len() - taken {
        0 if hints.is_empty() => format!("`{id}` has no hints."),
        0 if again => "These were all; there are no more.".to_owned(),
        0 => format!("That was the last one. `cargo xtask hint {id}` shows them all again."),
        1 => format!("One more hint remains: `cargo xtask hint {id}`"),
        more => format!("{more} more hints remain: `cargo xtask hint {id}`"),
    };
    page.push(Line::new(Tone::Dim, rest));
    page
}
