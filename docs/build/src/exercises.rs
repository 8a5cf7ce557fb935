//! What the manifests add to the pages, so that nobody writes it twice: under the title of a lesson
//! what the exercise is worth and how long it takes, at its end the hints, each folded away. Wherever a
//! page says `{{exercise ID}}`, a link to that lesson with the same facts; and wherever it says
//! `{{shown IDEA}}`, links to the lessons whose known-bad solutions hold that mistaken idea.

use std::{
    ops::Range,
    path::{Path, PathBuf},
};

use anyhow::Result;
use mdbook_driver::book::Book;
use mdbook_preprocessor::{Preprocessor, PreprocessorContext};

use crate::manifest::{Chapter, Exercise};

/// The preprocessor, with all that the manifests state.
pub struct Exercises {
    chapters: Vec<Chapter>,
}

impl Exercises {
    /// For the exercises of these chapters.
    pub fn new(chapters: &[Chapter]) -> Self {
        Exercises {
            chapters: chapters.to_vec(),
        }
    }
}

impl Preprocessor for Exercises {
    fn name(&self) -> &str {
        "exercises"
    }

    fn run(&self, _: &PreprocessorContext, mut book: Book) -> Result<Book> {
        book.for_each_chapter_mut(|page| {
            let Some(source) = page.source_path.clone() else {
                return;
            };
            page.content = with_links(&page.content, &source, &self.chapters);
            if let Some(exercise) = of_page(&source, &self.chapters) {
                page.content = with_facts(&page.content, exercise);
            }
        });
        Ok(book)
    }
}

/// The exercise whose lesson lies at `source`, below the book's sources.
pub fn of_page<'a>(source: &Path, chapters: &'a [Chapter]) -> Option<&'a Exercise> {
    chapters
        .iter()
        .flat_map(|chapter| {
            chapter
                .exercises
                .iter()
                .map(move |exercise| (chapter, exercise))
        })
        .find(|(chapter, exercise)| source == lesson(chapter, exercise))
        .map(|(_, exercise)| exercise)
}

/// Where a lesson lies, below the book's sources.
pub fn lesson(chapter: &Chapter, exercise: &Exercise) -> PathBuf {
    Path::new(&chapter.folder).join(format!("{}.md", exercise.id))
}

/// What a line says within `{{` and `}}` after the word `name`, with the place of each.
pub fn named<'a>(line: &'a str, name: &str) -> impl Iterator<Item = (Range<usize>, &'a str)> {
    let open = format!("{{{{{name} ");
    let starts: Vec<usize> = line.match_indices(&open).map(|(start, _)| start).collect();
    starts.into_iter().filter_map(move |start| {
        let id = start + open.len();
        let len = line[id..].find("}}")?;
        Some((start..id + len + 2, line[id..id + len].trim()))
    })
}

fn with_facts(content: &str, exercise: &Exercise) -> String {
    let (title, body) = content.trim_end().split_once('\n').unwrap_or((content, ""));
    let facts = format!(
        "<div class=\"facts\">\n\n`{}` · {}[hints](#hints)\n\n</div>",
        exercise.id,
        facts(exercise, worth(exercise)),
    );
    let mut page = format!(
        "{title}\n\n{facts}\n{body}\n## Hints\n\nOne at a time, and only when you are stuck.\n"
    );
    for (hint, number) in exercise.hints.iter().zip(1..) {
        let kind = ["a nudge", "the idea", "nearly the code"].get(number - 1);
        let kind = kind.map_or(String::new(), |kind| format!(": {kind}"));
        page += &format!(
            "\n<details class=\"hint\">\n<summary>Hint {number}{kind}</summary>\n\n{}\n\n</details>\n",
            hint.trim_matches('\n'),
        );
    }
    page
}

fn with_links(content: &str, source: &Path, chapters: &[Chapter]) -> String {
    let lines = content.split('\n').map(|line| {
        let linked = replaced(line, "exercise", |id| link(id, source, chapters));
        replaced(&linked, "shown", |idea| shown(idea, source, chapters))
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn replaced(line: &str, name: &str, by: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    let mut rest = 0;
    for (place, id) in named(line, name) {
        text += &line[rest..place.start];
        text += &by(id);
        rest = place.end;
    }
    text + &line[rest..]
}

/// An exercise that is not there keeps its name, without a link; the check says so.
fn link(id: &str, source: &Path, chapters: &[Chapter]) -> String {
    let found = chapters.iter().find_map(|chapter| {
        let exercise = chapter
            .exercises
            .iter()
            .find(|exercise| exercise.id == id)?;
        Some((chapter, exercise))
    });
    let Some((chapter, exercise)) = found else {
        return format!("`{id}`");
    };
    format!(
        "[{}]({})<br><small>{}`{id}`</small>",
        exercise.title,
        path_from(source, chapter, exercise),
        facts(exercise, String::new()),
    )
}

/// The lessons where an idea is met, or a dash.
fn shown(idea: &str, source: &Path, chapters: &[Chapter]) -> String {
    let links: Vec<String> = chapters
        .iter()
        .flat_map(|chapter| chapter.exercises.iter().map(move |it| (chapter, it)))
        .filter(|(_, exercise)| exercise.misconceptions.contains(idea))
        .map(|(chapter, exercise)| {
            let path = path_from(source, chapter, exercise);
            format!("[`{}`]({path})", exercise.id)
        })
        .collect();
    if links.is_empty() {
        "–".to_owned()
    } else {
        links.join(", ")
    }
}

/// A link to a lesson, in the page at `source`.
fn path_from(source: &Path, chapter: &Chapter, exercise: &Exercise) -> String {
    let here = source.parent().unwrap_or(Path::new(""));
    if here == Path::new(&chapter.folder) {
        return format!("{}.md", exercise.id);
    }
    let up = "../".repeat(here.components().count());
    format!("{up}{}/{}.md", chapter.folder, exercise.id)
}

fn facts(exercise: &Exercise, worth: String) -> String {
    let mark = if exercise.may_be_unsafe {
        "may use `unsafe` · "
    } else {
        ""
    };
    format!(
        "{} points{worth} · difficulty {} of 5 · about {} minutes · {mark}",
        exercise.points, exercise.difficulty, exercise.minutes
    )
}

/// Where the points are, if not all in one place.
fn worth(exercise: &Exercise) -> String {
    let split = exercise.split;
    let parts: Vec<String> = [
        (split.tests, "tests"),
        (split.models, "models"),
        (split.bench, "speed"),
    ]
    .into_iter()
    .filter(|(points, _)| *points > 0)
    .map(|(points, what)| format!("{points} for {what}"))
    .collect();
    if parts.len() > 1 {
        format!(" ({})", parts.join(", "))
    } else {
        String::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest::Split;

    fn chapters() -> Vec<Chapter> {
        vec![Chapter {
            folder: "04-problems".to_owned(),
            exercises: vec![Exercise {
                id: "table".to_owned(),
                title: "A table".to_owned(),
                points: 10,
                split: Split {
                    tests: 6,
                    models: 4,
                    bench: 0,
                },
                difficulty: 2,
                minutes: 30,
                may_be_unsafe: false,
                hints: vec![
                    "Draw it.\n".to_owned(),
                    "\nNumber the forks.".to_owned(),
                    "Code:\n\n    lock(a.min(b))\n".to_owned(),
                ],
                misconceptions: ["lock-order".to_owned()].into(),
            }],
        }]
    }

    #[test]
    fn a_lesson_gets_its_facts_and_its_hints_from_the_manifest() {
        let chapters = chapters();
        let exercise = of_page(Path::new("04-problems/table.md"), &chapters).unwrap();
        insta::assert_snapshot!(with_facts("# A table\n\nThree people sit.\n", exercise), @r#"
        # A table

        <div class="facts">

        `table` · 10 points (6 for tests, 4 for models) · difficulty 2 of 5 · about 30 minutes · [hints](#hints)

        </div>

        Three people sit.
        ## Hints

        One at a time, and only when you are stuck.

        <details class="hint">
        <summary>Hint 1: a nudge</summary>

        Draw it.

        </details>

        <details class="hint">
        <summary>Hint 2: the idea</summary>

        Number the forks.

        </details>

        <details class="hint">
        <summary>Hint 3: nearly the code</summary>

        Code:

            lock(a.min(b))

        </details>
        "#);
    }

    #[test]
    fn an_exercise_that_may_use_unsafe_says_so_among_its_facts() {
        let mut chapters = chapters();
        chapters[0].exercises[0].may_be_unsafe = true;
        let lesson = with_facts("# A table\n", &chapters[0].exercises[0]);
        assert!(
            lesson.contains("about 30 minutes · may use `unsafe` · [hints](#hints)"),
            "{lesson}"
        );
        let link = with_links("{{exercise table}}", Path::new("a.md"), &chapters);
        assert!(
            link.contains("about 30 minutes · may use `unsafe` · `table`"),
            "{link}"
        );
    }

    #[test]
    fn other_pages_are_no_lessons() {
        for page in ["04-problems/README.md", "table.md", "05-pools/table.md"] {
            assert!(of_page(Path::new(page), &chapters()).is_none(), "{page}");
        }
    }

    #[test]
    fn an_exercise_is_linked_from_wherever_a_page_names_it() {
        let row = "| {{exercise table}} | x | {{exercise later}} |";
        let in_chapter = with_links(row, Path::new("04-problems/README.md"), &chapters());
        insta::assert_snapshot!(in_chapter, @r#"| [A table](table.md)<br><small>10 points · difficulty 2 of 5 · about 30 minutes · `table`</small> | x | `later` |"#);
        let elsewhere = with_links("{{exercise table}}", Path::new("a/b/c.md"), &chapters());
        insta::assert_snapshot!(elsewhere, @r#"[A table](../../04-problems/table.md)<br><small>10 points · difficulty 2 of 5 · about 30 minutes · `table`</small>"#);
    }

    #[test]
    fn a_mistaken_idea_leads_to_the_lessons_that_show_it() {
        let row = "| `lock-order` | {{shown lock-order}} | {{shown fair-system}} |";
        let page = with_links(row, Path::new("ideas.md"), &chapters());
        assert_eq!(
            page,
            "| `lock-order` | [`table`](04-problems/table.md) | – |"
        );
    }

    #[test]
    fn what_is_not_closed_names_nothing() {
        assert_eq!(named("{{exercise table", "exercise").count(), 0);
        assert_eq!(named("`{{exercises}}`", "exercise").count(), 0);
    }
}
