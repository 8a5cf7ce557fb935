//! A whole book, built and checked: a small one with everything wrong in it, and the course's own.

use std::{
    fs,
    path::{Path, PathBuf},
};

use tempfile::TempDir;

/// A course of one chapter and one exercise; `pages` replace or add files below `docs/src`.
fn course(pages: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    let manifest = "[chapter]\nid = \"ch04\"\ntitle = \"Problems\"\n\n[[exercise]]\nid = \"table\"\n\
        title = \"A table\"\npoints = 10\nsplit = { tests = 6, models = 4 }\ndifficulty = 2\nminutes = 30\n\
        unsafe = false\nnew_in_a_later_version = true\nhints = [\"Draw it.\", \"Number them.\", \"`min`, then `max`.\"]\n";
    let sound = [
        (
            "book.toml",
            "[book]\ntitle = \"A book\"\n[output.html]\ninput-404 = \"\"\n",
        ),
        (
            "src/SUMMARY.md",
            "# Summary\n\n[A course](start.md)\n\n- [Problems](04/README.md)\n  - [A table](04/table.md)\n",
        ),
        ("src/start.md", "# A course\n\n[Begin](04/table.md).\n"),
        (
            "src/04/README.md",
            "# Problems\n\n| {{exercise table}} | who sits where |\n|---|---|\n| a | b |\n",
        ),
        (
            "src/04/table.md",
            "# A table\n\nSee [the overview](README.md#problems), [hints](#hints), ![a fork](fork.svg),\n\
             [the web](https://example.org/nowhere) and `chapters/04/exercises.toml`.\n\n\
             ```text\n{{#include predict/table.txt}}\n```\n\n\
             ```rust,ignore\n{{#include ../../../solutions/04/known_bad/table/left.rs:dine}}\n```\n",
        ),
        (
            "src/04/fork.svg",
            "<svg xmlns=\"http://www.w3.org/2000/svg\"></svg>\n",
        ),
        ("src/04/predict/table.txt", "three turns\n"),
    ];
    let write = |path: PathBuf, text: &str| {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    };
    let root = folder.path();
    write(root.join("chapters/04/exercises.toml"), manifest);
    write(root.join("solutions/04/src/table.rs"), "fn secret() {}\n");
    write(
        root.join("solutions/04/known_bad/table/left.rs"),
        "mod m {\n    // ANCHOR: dine\n    fn dine() {}\n    // ANCHOR_END: dine\n}\n",
    );
    for (path, text) in sound.iter().chain(pages) {
        write(root.join("docs").join(path), text);
    }
    folder
}

fn faults(course: &Path) -> Vec<String> {
    let report = book::build(course, &course.join("target/book")).unwrap();
    report
        .faults
        .iter()
        .map(|fault| fault.to_string())
        .collect()
}

/// The faults that have a line of a source to mend; the built pages repeat some of them.
fn in_sources(course: &TempDir) -> String {
    let mut faults = faults(course.path());
    faults.retain(|fault| fault.starts_with("docs/"));
    faults.join("\n")
}

#[test]
fn a_sound_book_has_no_faults_and_holds_what_the_manifest_says() {
    let course = course(&[]);
    let report = book::build(course.path(), &course.path().join("target/book")).unwrap();
    assert_eq!(report.faults, []);
    assert_eq!((report.pages, report.includes, report.paths), (3, 2, 1));
    assert!(
        report.web > 0 && report.links > 20 && report.anchors > 0,
        "{report:?}"
    );

    let page = fs::read_to_string(course.path().join("target/book/04/table.html")).unwrap();
    for wanted in [
        "difficulty 2 of 5",
        "Hint 3: nearly the code",
        "three turns",
        "fn dine() {}",
    ] {
        assert!(page.contains(wanted), "{wanted}");
    }
    assert!(!page.contains("secret"));
    let overview = fs::read_to_string(course.path().join("target/book/04/index.html")).unwrap();
    assert!(
        overview.contains("<a href=\"table.html\">A table</a>"),
        "{overview}"
    );
}

#[test]
fn each_broken_link_is_named_with_its_page_and_line() {
    let course = course(&[(
        "src/04/README.md",
        "# Problems\n\n[one](tabel.md)\n[two](table.md#forks)\n[three][nowhere]\n\
         ![four](spoon.svg)\n<a href=\"../five.md\">five</a>\n`chapters/04/src/six.rs`\n\
         [seven](../../../../elsewhere)\n[eight](../SUMMARY.md)\n[nine](fork.svg#stem)\n\
         `chapters/04/NAME.rs` [word]\n{{exercise spoons}}\n",
    )]);
    insta::assert_snapshot!(in_sources(&course), @r#"
        docs/src/04/README.md:3: the link `tabel.md` leads nowhere: there is no 04/tabel.md
        docs/src/04/README.md:4: the link `table.md#forks` leads nowhere: 04/table.html has no `#forks`
        docs/src/04/README.md:5: the link `[nowhere]` is defined nowhere in this page
        docs/src/04/README.md:6: the link `spoon.svg` leads nowhere: there is no target/book/04/spoon.svg
        docs/src/04/README.md:7: the link `../five.md` leads nowhere: there is no five.md
        docs/src/04/README.md:8: the text names `chapters/04/src/six.rs`, which is not there
        docs/src/04/README.md:9: the link `../../../../elsewhere` leads out of the course
        docs/src/04/README.md:10: the link `../SUMMARY.md` leads to SUMMARY.md, which is not in SUMMARY.md
        docs/src/04/README.md:11: the link `fork.svg#stem` names the place `stem` in a file that has none
        docs/src/04/README.md:13: no manifest has an exercise `spoons`
        "#);
}

#[test]
fn what_is_included_is_there_and_gives_no_solution_away() {
    let course = course(&[(
        "src/04/table.md",
        "# A table\n\n{{#include predict/table.txt}}\n{{#include no.rs}}\n\
         {{#include ../../../solutions/04/known_bad/table/left.rs:eat}}\n\
         {{#include ../../../solutions/04/src/table.rs}}\n",
    )]);
    insta::assert_snapshot!(in_sources(&course), @r#"
        docs/src/04/table.md:4: the include `no.rs` finds no text in docs/src/04/no.rs
        docs/src/04/table.md:5: the include `../../../solutions/04/known_bad/table/left.rs:eat`: solutions/04/known_bad/table/left.rs has no anchor `eat`
        docs/src/04/table.md:6: the include `../../../solutions/04/src/table.rs` gives the solution away
        "#);
}

#[test]
fn a_lesson_without_its_prediction_and_an_exercise_without_a_lesson_are_faults() {
    let course = course(&[
        (
            "src/SUMMARY.md",
            "# Summary\n\n[A course](start.md)\n\n- [Problems](04/README.md)\n",
        ),
        ("src/04/README.md", "# Problems\n"),
        ("src/start.md", "# A course\n"),
    ]);
    insta::assert_snapshot!(faults(course.path()).join("\n"), @r#"docs/src/SUMMARY.md:1: `table` has no line for 04/table.md"#);
    fs::write(
        course.path().join("docs/src/SUMMARY.md"),
        "# Summary\n\n[A course](start.md)\n\n- [A table](04/table.md)\n",
    )
    .unwrap();
    fs::write(course.path().join("docs/src/04/table.md"), "# A table\n").unwrap();
    insta::assert_snapshot!(faults(course.path()).join("\n"), @r#"docs/src/04/table.md:1: the lesson does not show what its prediction gives ({{#include predict/table.txt}})"#);
}

#[test]
fn built_pages_are_checked_too() {
    let course = course(&[
        ("src/04/predict/table.txt", "{{#include gone.txt}}\n"),
        (
            "src/04/fork.md",
            "<a id=\"x\" id=\"y\">a</a>\n<a id=\"problems\" href=\"no.html\">b</a>\n",
        ),
        ("src/04/README.md", "# Problems\n\n{{#include fork.md}}\n"),
    ]);
    let all = faults(course.path()).join("\n");
    for wanted in [
        "target/book/04/index.html",
        "`no.html` leads nowhere",
        "the id `problems` stands here a second time",
        "nothing has expanded",
    ] {
        assert!(all.contains(wanted), "{wanted}: {all}");
    }
}

#[test]
fn a_manifest_that_does_not_parse_is_named() {
    let course = course(&[]);
    fs::write(
        course.path().join("chapters/04/exercises.toml"),
        "exercise = 1\n",
    )
    .unwrap();
    let error = book::build(course.path(), &course.path().join("target/book")).unwrap_err();
    assert!(
        format!("{error:#}").contains("chapters/04/exercises.toml"),
        "{error:#}"
    );
}

/// The book of this course: no broken link, and a search index that works without a server.
#[test]
fn the_course_has_a_sound_book() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap();
    let folder = TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let out = folder.path().join("book");
    let report = book::build(root, &out).unwrap();
    let faults: Vec<String> = report
        .faults
        .iter()
        // A link to a file of the course holds from target/book, not from here.
        .filter(|fault| !fault.message.contains("leads out of the course"))
        .map(|fault| fault.to_string())
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(report.pages > 5 && report.links > 100, "{report:?}");
    let index = fs::read_dir(&out)
        .unwrap()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .find(|path| {
            path.file_name()
                .and_then(|name| name.to_str())
                .is_some_and(|name| name.starts_with("searchindex") && name.ends_with(".js"))
        })
        .expect("a search index that a page from file:// can load");
    assert!(fs::read_to_string(index).unwrap().contains("philosopher"));
}
