//! What must lie around for an exercise, and what must not: every file belongs to an exercise or to the
//! few that hold a chapter together.

use std::{collections::BTreeSet, fs, path::Path};

use crate::{
    catalog::{Catalog, Chapter, Exercise},
    known_bad,
};

/// A file that belongs to nothing.
#[derive(Debug)]
pub struct Stray {
    pub file: String,
    pub message: String,
}

/// Files that hold a chapter together, by the folder they lie in.
const COMMON: &[(&str, &[&str])] = &[
    ("chapters/*/src", &["lib.rs"]),
    ("chapters/*/tests", &["models_loom.rs", "models_shuttle.rs"]),
    ("chapters/*/models", &[]),
    ("chapters/*/benches", &["workloads"]),
    ("solutions/*/src", &["lib.rs"]),
    (
        "solutions/*/tests",
        &[
            "public.rs",
            "hidden.rs",
            "hidden",
            "models_loom.rs",
            "models_shuttle.rs",
            "predict.rs",
        ],
    ),
    ("solutions/*/tests/hidden", &[]),
    ("solutions/*/known_bad", &[]),
    ("solutions/*/known_slow", &[]),
    ("chapters/*/benches/workloads", &[]),
    ("docs/src/*", &["README.md", "predict"]),
    ("docs/src/*/predict", &[]),
];

/// The fewest known-bad solutions that show that an exercise's tests can tell.
const FEWEST_KNOWN_BAD: usize = 3;
const FEWEST_HINTS: usize = 3;

/// Files in the folders of the chapters that no exercise owns.
pub fn strays(root: &Path, catalog: &Catalog) -> Vec<Stray> {
    let mut strays = Vec::new();
    for chapter in &catalog.chapters {
        let ids: BTreeSet<&str> = chapter.exercises.iter().map(Exercise::id).collect();
        for (pattern, common) in COMMON {
            let relative = pattern.replace('*', &chapter.folder);
            let Ok(entries) = fs::read_dir(root.join(&relative)) else {
                continue;
            };
            let mut names: Vec<String> = entries
                .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
                .collect();
            names.sort();
            for name in names.iter().filter(|name| !common.contains(&name.as_str())) {
                let stem = name.split('.').next().unwrap_or_default();
                // A picture in the book may have a word after the exercise's name.
                let owned = ids.contains(stem)
                    || pattern.starts_with("docs")
                        && ids.iter().any(|id| stem.starts_with(&format!("{id}_")));
                if !owned {
                    strays.push(Stray {
                        file: format!("{relative}/{name}"),
                        message: "belongs to no exercise of its chapter".to_owned(),
                    });
                }
            }
        }
    }
    strays.extend(untested(root));
    strays
}

/// Crates that `cargo test` passes over without being meant to.
fn untested(root: &Path) -> Vec<Stray> {
    let manifest = fs::read_to_string(root.join("Cargo.toml")).unwrap_or_default();
    let tested = manifest
        .split_once("default-members = [")
        .and_then(|(_, rest)| rest.split_once(']'))
        .map_or("", |(list, _)| list);
    let mut crates: Vec<String> = fs::read_dir(root.join("crates"))
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .map(|name| format!("crates/{name}"))
        .filter(|path| path != "crates/peers" && root.join(path).join("Cargo.toml").is_file())
        .filter(|path| !tested.contains(&format!("\"{path}\"")))
        .collect();
    crates.sort();
    crates
        .into_iter()
        .map(|file| Stray {
            file,
            message: "is not among `default-members`, so that `cargo test` passes it over"
                .to_owned(),
        })
        .collect()
}

/// What one exercise lacks.
pub fn missing(root: &Path, chapter: &Chapter, exercise: &Exercise) -> Vec<String> {
    let mut missing = Vec::new();
    let id = exercise.id();
    let paths = &exercise.paths;
    let mut needed = vec![
        (&paths.public_tests, "public tests"),
        (&paths.hidden_tests, "hidden tests"),
        (&paths.solution, "a solution"),
        (&paths.lesson, "a lesson page"),
    ];
    if exercise.entry.modelled {
        needed.push((&paths.models, "models"));
    }
    if exercise.entry.bench.is_some() {
        needed.push((&paths.workload, "workload"));
    }
    for (path, what) in needed {
        if !path.is_file() {
            let shown = path.strip_prefix(root).unwrap_or(path);
            missing.push(format!(
                "has no {}: {}",
                what.trim_start_matches("a "),
                shown.display()
            ));
        }
    }
    let hints = exercise
        .entry
        .hints
        .iter()
        .filter(|hint| !hint.trim().is_empty())
        .count();
    if hints < FEWEST_HINTS {
        missing.push(format!("has {hints} hints of {FEWEST_HINTS}"));
    }
    let known_bad: Vec<_> = known_bad::all(&paths.known_bad);
    if known_bad.len() < FEWEST_KNOWN_BAD {
        missing.push(format!(
            "has {} known-bad solutions; {FEWEST_KNOWN_BAD} are the least",
            known_bad.len()
        ));
    }
    let ideas = fs::read_to_string(root.join("docs/src/misconceptions.md")).unwrap_or_default();
    for (bad, _) in known_bad.iter().flatten() {
        if !ideas.contains(&format!("`{}`", bad.misconception)) {
            missing.push(format!(
                "known_bad/{}: `{}` is not in docs/src/misconceptions.md",
                bad.name, bad.misconception
            ));
        }
    }
    let predict = format!("docs/src/{}/predict", chapter.folder);
    for file in [format!("{id}.rs"), format!("{id}.txt")] {
        if !root.join(&predict).join(&file).is_file() {
            missing.push(format!("has no prediction: {predict}/{file}"));
        }
    }
    let page = format!("{}/{id}.md", chapter.folder);
    let mut named_in = vec![
        ("docs/src/SUMMARY.md".to_owned(), page),
        (
            format!("chapters/{}/src/lib.rs", chapter.folder),
            format!("mod {id};"),
        ),
        (
            format!("solutions/{}/src/lib.rs", chapter.folder),
            format!("mod {id};"),
        ),
        (
            format!("solutions/{}/tests/public.rs", chapter.folder),
            format!("mod {id};"),
        ),
        (
            format!("solutions/{}/tests/hidden.rs", chapter.folder),
            format!("mod {id};"),
        ),
        (
            format!("solutions/{}/tests/predict.rs", chapter.folder),
            format!("mod {id};"),
        ),
    ];
    if exercise.entry.modelled {
        for part in ["chapters", "solutions"] {
            for twin in ["loom", "shuttle"] {
                let file = format!("{part}/{}/tests/models_{twin}.rs", chapter.folder);
                named_in.push((file, format!("mod {id};")));
            }
        }
    }
    if let Some(bench) = &exercise.entry.bench {
        let benches = format!("chapters/{}/benches/{id}.rs", chapter.folder);
        named_in.push((benches, format!("workloads/{id}.rs")));
        let manifest = format!("chapters/{}/Cargo.toml", chapter.folder);
        named_in.push((
            manifest,
            format!("[[bench]]\nname = \"{id}\"\nharness = false"),
        ));
        for peer in &bench.peers {
            let name = format!("pub mod {} {{", peer.name);
            named_in.push((format!("crates/peers/src/{id}.rs"), name));
        }
    }
    for (file, name) in named_in {
        if !fs::read_to_string(root.join(&file)).is_ok_and(|text| text.contains(&name)) {
            missing.push(format!("is not named in {file} (`{name}`)"));
        }
    }
    missing.extend(unfilled(root, chapter, exercise));
    missing
}

/// What begins a sentence that says what to write in its place; `new` makes them.
pub const FILL_IN: &str = "Fill in:";

/// The sentences of a skeleton that nobody has replaced yet, each with its place.
fn unfilled(root: &Path, chapter: &Chapter, exercise: &Exercise) -> Vec<String> {
    let (id, paths) = (exercise.id(), &exercise.paths);
    let book = root.join("docs/src").join(&chapter.folder);
    let mut whole = vec![
        paths.source.clone(),
        paths.public_tests.clone(),
        paths.models.clone(),
        paths.solution.clone(),
        paths.hidden_tests.clone(),
        paths.lesson.clone(),
        book.join("predict").join(format!("{id}.rs")),
        book.join("predict").join(format!("{id}.txt")),
    ];
    let known_bad = fs::read_dir(&paths.known_bad).into_iter().flatten();
    let mut known_bad: Vec<_> = known_bad.flatten().map(|entry| entry.path()).collect();
    known_bad.sort();
    whole.extend(known_bad);
    let manifest = root
        .join("chapters")
        .join(&chapter.folder)
        .join("exercises.toml");
    let row = format!("{{{{exercise {id}}}}}");
    let mut of = String::new();
    let mut found = Vec::new();
    let mut look = |path: &Path, belongs: &mut dyn FnMut(&str) -> bool| {
        let shown = path.strip_prefix(root).unwrap_or(path).display();
        for (number, line) in (1..).zip(fs::read_to_string(path).unwrap_or_default().lines()) {
            if belongs(line)
                && let Some((_, what)) = line.split_once(FILL_IN)
            {
                let what = what.trim().trim_end_matches(['"', ')', '|', ',', '.', ' ']);
                found.push(format!("{shown}:{number}: to be filled in: {what}"));
            }
        }
    };
    // A comment in a manifest belongs to the exercise whose id stands before it.
    look(&manifest, &mut |line| {
        if let Some(next) = line.strip_prefix("id = ") {
            next.trim_matches('"').clone_into(&mut of);
        }
        of == id
    });
    for path in &whole {
        look(path, &mut |_| true);
    }
    look(&book.join("README.md"), &mut |line| line.contains(&row));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_that_cargo_test_would_pass_over_is_named() {
        let root = tempfile::tempdir().unwrap();
        for name in ["kit", "kit_loom", "peers"] {
            let folder = root.path().join("crates").join(name);
            fs::create_dir_all(&folder).unwrap();
            fs::write(folder.join("Cargo.toml"), "").unwrap();
        }
        let missed = |members: &str| -> Vec<String> {
            let manifest = format!("[workspace]\ndefault-members = [{members}]\n");
            fs::write(root.path().join("Cargo.toml"), manifest).unwrap();
            untested(root.path())
                .into_iter()
                .map(|stray| stray.file)
                .collect()
        };
        assert_eq!(missed(r#""crates/kit", "crates/kit_loom""#), [""; 0]);
        assert_eq!(missed(r#""crates/kit_loom""#), ["crates/kit"]);
    }
}
