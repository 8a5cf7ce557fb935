//! Lays an edition of the full course into an empty folder: which files go, which are changed on the way,
//! and which are made for it. Touches nothing outside that folder; where it ends up is the caller's
//! business.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use toml_edit::{Array, DocumentMut, Item, Value};

use crate::{
    catalog::{Catalog, Exercise},
    edition::{Edition, Manifest, Packed, Release, chapter_folder, digest, pack},
    error::{Error, Result},
    git,
    includes::{self, Target},
    stop::Stop,
    submission::Stubs,
};

const CLASS_README: &str = include_str!("editions/class.md");
const SELF_STUDY_README: &str = include_str!("editions/self_study.md");
/// GitHub's, for learners who keep their copy there.
const WORKFLOW: &str = include_str!("editions/exercises.yml");

/// What belongs to authors and instructors, and is in no exported edition. Folders end in `/`.
const NOT_EXPORTED: &[&str] = &[
    "solutions/",
    ".ci/",
    ".github/",
    "README.md",
    "docs/src/instructors.md",
];

/// Lays the files of `edition`, made from the full course at `root`, into `into`.
pub fn lay(
    root: &Path,
    catalog: &Catalog,
    edition: Edition,
    into: &Path,
    cargo: &Path,
    stop: &Stop,
) -> Result<Manifest> {
    stubs_are_pristine(root, catalog)?;
    let mut stage = Stage {
        root,
        into,
        files: BTreeMap::new(),
    };
    let spoilers = Spoilers::of(catalog);
    let carried: Vec<String> = course_files(root)?
        .into_iter()
        .filter(|file| {
            edition == Edition::Full
                || !is_left_out(file) && !runs_solutions(root, file) && !spoilers.is_peer(file)
        })
        .collect();
    for file in &carried {
        if stop.is_stopped() {
            return Err(Error::stopped_before());
        }
        let is_page = file.starts_with("docs/src/") && file.ends_with(".md");
        match file.as_str() {
            _ if edition == Edition::Full => stage.copy(file)?,
            "Cargo.toml" => {
                let text = stage.read(file)?;
                stage.write(file, workspace(&text, &carried)?.as_bytes())?;
            }
            PEERS => {
                let text = spoilers.without_modules(&stage.read(file)?);
                stage.write(file, text.as_bytes())?;
            }
            _ if file.ends_with("/exercises.toml") => {
                let text = spoilers.without_peers(file, &stage.read(file)?)?;
                stage.write(file, text.as_bytes())?;
            }
            _ if is_page => {
                let text = stage.read(file)?;
                let page = page(root, file, &text, &carried, edition)?;
                stage.write(file, page.as_bytes())?;
            }
            _ => stage.copy(file)?,
        }
    }
    if edition != Edition::Full {
        stage.packed(catalog, edition)?;
        let readme = match edition {
            Edition::Class => CLASS_README,
            _ => SELF_STUDY_README,
        };
        stage.write("README.md", for_this_course(readme, catalog)?.as_bytes())?;
        stage.attributes()?;
        stage.write(".github/workflows/exercises.yml", WORKFLOW.as_bytes())?;
        prune_lock(into, cargo)?;
        stage.note("Cargo.lock")?;
    }
    let manifest = Manifest {
        edition,
        release: release(root)?,
        files: stage.files,
    };
    if edition != Edition::Full {
        let path = Manifest::path(into);
        fs::write(&path, manifest.text()).map_err(|cause| Error::file("write", &path, cause))?;
    }
    Ok(manifest)
}

/// Where the crate of the peers names its modules.
const PEERS: &str = "crates/peers/src/lib.rs";

/// The exercises whose peers would give the answer away.
struct Spoilers(Vec<String>);

impl Spoilers {
    fn of(catalog: &Catalog) -> Spoilers {
        let bench =
            |exercise: &&Exercise| exercise.entry.bench.as_ref().is_some_and(|it| it.spoilers);
        let spoiled = catalog.exercises().filter(bench);
        Spoilers(spoiled.map(|exercise| exercise.id().to_owned()).collect())
    }

    /// Whether `file` holds such peers.
    fn is_peer(&self, file: &str) -> bool {
        self.0
            .iter()
            .any(|id| file == format!("crates/peers/src/{id}.rs"))
    }

    /// The list of modules without theirs.
    fn without_modules(&self, list: &str) -> String {
        let is_theirs = |line: &&str| self.0.iter().any(|id| *line == format!("pub mod {id};"));
        let lines = list.lines().filter(|line| !is_theirs(line));
        lines.map(|line| format!("{line}\n")).collect()
    }

    /// A chapter's manifest that names none of them.
    fn without_peers(&self, file: &str, manifest: &str) -> Result<String> {
        let mut document: DocumentMut =
            manifest.parse().map_err(|error: toml_edit::TomlError| {
                Error::course(format!("{file}: {}", error.message().replace('\n', " ")))
            })?;
        let exercises = document
            .get_mut("exercise")
            .and_then(Item::as_array_of_tables_mut);
        for exercise in exercises.into_iter().flat_map(|all| all.iter_mut()) {
            let id = exercise.get("id").and_then(Item::as_str);
            if id.is_some_and(|id| self.0.iter().any(|spoiled| spoiled == id)) {
                exercise["bench"]["peers"] = Item::Value(Value::Array(Array::new()));
            }
        }
        Ok(document.to_string())
    }
}

/// How new the full course at `root` is.
pub fn release(root: &Path) -> Result<Release> {
    let path = root.join("Cargo.toml");
    let text = fs::read_to_string(&path).map_err(|cause| Error::file("read", &path, cause))?;
    let document = parse(&text)?;
    let version = document["workspace"]["package"]["version"]
        .as_str()
        .unwrap_or("0.0.0")
        .to_owned();
    // A learner's own commits change exercises and leave these alone.
    let course = [
        "Cargo.toml",
        "Cargo.lock",
        "crates",
        "xtask",
        "docs",
        "solutions",
        ":(glob)chapters/*/exercises.toml",
        ":(glob)chapters/*/stubs.lock",
        ":(glob)chapters/*/tests/**",
        ":(glob)chapters/*/models/**",
        ":(glob)chapters/*/benches/**",
    ];
    Ok(Release {
        version,
        commit: git::head(root).filter(|_| git::tracked(root).is_some()),
        changed: git::tracked(root).and_then(|_| git::last_change(root, &course)),
    })
}

/// The files of the full course at `root`, relative, with `/`: those that git tracks, and without git all
/// that do not look like products or leftovers.
pub fn course_files(root: &Path) -> Result<Vec<String>> {
    if let Some(tracked) = git::tracked(root) {
        return Ok(tracked);
    }
    let mut files = Vec::new();
    walk(root, "", &mut files)?;
    files.sort();
    Ok(files)
}

/// Not part of a course where git does not say so: products of builds, hidden files, leftovers of editors.
fn looks_foreign(name: &str) -> bool {
    let hidden = name.starts_with('.')
        && !matches!(
            name,
            ".cargo" | ".ci" | ".github" | ".gitignore" | ".gitattributes"
        );
    let leftover = name.starts_with('#')
        || [
            "~", ".swp", ".orig", ".rej", ".new", ".yours", ".bak", ".tmp",
        ]
        .iter()
        .any(|ending| name.ends_with(ending))
        || name.ends_with(".tar.gz");
    hidden || leftover || name == "target"
}

fn walk(root: &Path, below: &str, files: &mut Vec<String>) -> Result<()> {
    let folder = root.join(below);
    let failed = |cause| Error::file("list", &folder, cause);
    for entry in fs::read_dir(&folder).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let Ok(name) = entry.file_name().into_string() else {
            continue;
        };
        if looks_foreign(&name) {
            continue;
        }
        let path = format!("{below}{name}");
        if entry.file_type().map_err(failed)?.is_dir() {
            walk(root, &format!("{path}/"), files)?;
        } else {
            files.push(path);
        }
    }
    Ok(())
}

fn is_left_out(file: &str) -> bool {
    is_own_test(file)
        || NOT_EXPORTED
            .iter()
            .any(|entry| match entry.strip_suffix('/') {
                Some(_) => file.starts_with(entry),
                None => file == *entry,
            })
}

/// Tests of the course's own packages: they know how exercises are solved, and learners have no use for
/// them.
fn is_own_test(file: &str) -> bool {
    !file.starts_with("chapters/")
        && ["/tests/", "/fixtures/"]
            .iter()
            .any(|folder| file.contains(folder))
}

/// Programs behind the book's questions that run solutions, right or wrong. Their answers are texts.
fn runs_solutions(root: &Path, file: &str) -> bool {
    file.starts_with("docs/src/")
        && file.ends_with(".rs")
        && fs::read_to_string(root.join(file)).is_ok_and(|text| text.contains("solutions/"))
}

/// Nobody's work goes out as a stub.
fn stubs_are_pristine(root: &Path, catalog: &Catalog) -> Result<()> {
    let stubs = Stubs::read(root, &catalog.chapters)?;
    for exercise in catalog.exercises() {
        let id = exercise.id();
        let path = &exercise.paths.source;
        let text = fs::read_to_string(path).map_err(|cause| Error::file("read", path, cause))?;
        let shown = path.strip_prefix(root).unwrap_or(path).display();
        if !stubs.knows(id) {
            return Err(Error::course(format!(
                "the stub of `{id}` was never recorded; `cargo xtask verify --accept-stubs` does it"
            )));
        }
        if !stubs.is_pristine(id, &text) {
            return Err(Error::usage(format!(
                "{shown} is not the stub that is handed out: somebody has worked on it; put the stub \
                 back (`cargo xtask reset {id}`), or take a fresh clone"
            )));
        }
    }
    Ok(())
}

struct Stage<'a> {
    root: &'a Path,
    into: &'a Path,
    /// What has been laid, with digests.
    files: BTreeMap<String, String>,
}

impl Stage<'_> {
    fn read(&self, file: &str) -> Result<String> {
        let path = self.root.join(file);
        fs::read_to_string(&path).map_err(|cause| Error::file("read", &path, cause))
    }

    fn write(&mut self, file: &str, bytes: &[u8]) -> Result<()> {
        let path = self.target(file)?;
        fs::write(&path, bytes).map_err(|cause| Error::file("write", &path, cause))?;
        self.files.insert(file.to_owned(), digest(bytes));
        Ok(())
    }

    /// With its permissions: a script stays one.
    fn copy(&mut self, file: &str) -> Result<()> {
        let from = self.root.join(file);
        let found = fs::symlink_metadata(&from).map_err(|cause| {
            if cause.kind() == std::io::ErrorKind::NotFound {
                Error::course(format!(
                    "git tracks {file}, and it is not there; `git restore {file}` brings it back"
                ))
            } else {
                Error::file("read", &from, cause)
            }
        })?;
        if !found.is_file() {
            return Err(Error::course(format!(
                "{file} is not a plain file; an edition carries plain files only"
            )));
        }
        let to = self.target(file)?;
        fs::copy(&from, &to).map_err(|cause| Error::file("write", &to, cause))?;
        self.note(file)
    }

    /// Takes a file that lies in the stage into the list.
    fn note(&mut self, file: &str) -> Result<()> {
        let path = self.into.join(file);
        let bytes = fs::read(&path).map_err(|cause| Error::file("read", &path, cause))?;
        self.files.insert(file.to_owned(), digest(&bytes));
        Ok(())
    }

    fn target(&self, file: &str) -> Result<PathBuf> {
        let path = self.into.join(file);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|cause| Error::file("create", folder, cause))?;
        }
        Ok(path)
    }

    /// What is packed stays as it is in every checkout, whatever line endings its owner likes.
    fn attributes(&mut self) -> Result<()> {
        let mut text = match self.files.contains_key(".gitattributes") {
            true => self.read(".gitattributes")?,
            false => String::new(),
        };
        text += "/packed/** binary\n";
        self.write(".gitattributes", text.as_bytes())
    }

    /// The stubs, so that an exercise can be begun again; for a reader alone solutions and hidden tests.
    fn packed(&mut self, catalog: &Catalog, edition: Edition) -> Result<()> {
        for exercise in catalog.exercises() {
            let paths = &exercise.paths;
            self.pack(exercise, Packed::Stub, &paths.source)?;
            if edition == Edition::SelfStudy {
                self.pack(exercise, Packed::Solution, &paths.solution)?;
                // Some exercises are judged by models alone.
                if paths.hidden_tests.is_file() {
                    self.pack(exercise, Packed::HiddenTests, &paths.hidden_tests)?;
                }
            }
        }
        Ok(())
    }

    fn pack(&mut self, exercise: &Exercise, kind: Packed, path: &Path) -> Result<()> {
        let text = fs::read_to_string(path).map_err(|cause| match cause.kind() {
            std::io::ErrorKind::NotFound => Error::course(format!(
                "`{0}` lacks {1}; `cargo xtask verify {0}` shows what belongs to it",
                exercise.id(),
                path.strip_prefix(self.root).unwrap_or(path).display()
            )),
            _ => Error::file("read", path, cause),
        })?;
        let to = kind.path(chapter_folder(exercise), exercise.id());
        self.write(&to, &pack(&text))
    }
}

/// A page of the book without what the edition does not carry.
fn page(
    root: &Path,
    file: &str,
    text: &str,
    carried: &[String],
    edition: Edition,
) -> Result<String> {
    let text = if file == "docs/src/SUMMARY.md" {
        let kept = |line: &&str| !line.contains("(instructors.md)");
        text.lines()
            .filter(kept)
            .map(|line| format!("{line}\n"))
            .collect()
    } else {
        text.to_owned()
    };
    // How the reference compares is for those who have it.
    let text = match edition {
        Edition::Class => without_section(&text, "## What it costs"),
        _ => text,
    };
    includes::resolve(
        file,
        &text,
        |path| {
            if carried
                .binary_search_by(|file| file.as_str().cmp(path))
                .is_ok()
            {
                Target::Carried
            } else if !path.starts_with("solutions/") {
                Target::All
            } else if edition == Edition::Class && !path.contains("/known_bad/") {
                Target::Nothing
            } else {
                Target::Part
            }
        },
        |path| {
            fs::read_to_string(root.join(path))
                .map_err(|cause| format!("cannot read {path}: {cause}"))
        },
    )
    .map_err(Error::course)
}

/// A page without the section under `heading`, up to the next heading of its level.
fn without_section(page: &str, heading: &str) -> String {
    let mut inside = false;
    let kept = |line: &&str| {
        if line.starts_with("## ") {
            inside = line.trim_end() == heading;
        }
        !inside
    };
    page.split_inclusive('\n').filter(kept).collect()
}

/// The workspace of an exported edition: the members that are carried, and the learner's chapters as what
/// a plain `cargo test` means.
fn workspace(text: &str, carried: &[String]) -> Result<String> {
    let mut document = parse(text)?;
    let is_package = |folder: &str| {
        let manifest = format!("{folder}/Cargo.toml");
        carried.binary_search(&manifest).is_ok()
    };
    let workspace = &mut document["workspace"];
    if let Some(members) = workspace["members"].as_array_mut() {
        members.retain(|member| {
            let Some(member) = member.as_str() else {
                return true;
            };
            match member.strip_suffix("/*") {
                Some(folder) => carried.iter().any(|file| {
                    file.strip_prefix(folder)
                        .and_then(|rest| rest.strip_prefix('/')?.split_once('/'))
                        .is_some_and(|(package, _)| is_package(&format!("{folder}/{package}")))
                }),
                None => is_package(member),
            }
        });
    }
    let mut chapters = Array::new();
    chapters.push("chapters/*");
    if let Some(table) = workspace.as_table_mut() {
        table["default-members"] = Item::Value(Value::Array(chapters));
        if let Some(mut key) = table.key_mut("default-members") {
            key.leaf_decor_mut().set_prefix(
                "# `cargo test` means: my exercises. It is red until the last one is done.\n",
            );
        }
    }
    if let Some(dependencies) = workspace["dependencies"].as_table_mut() {
        let gone: Vec<String> = dependencies
            .iter()
            .filter(|(_, item)| {
                item.get("path")
                    .and_then(Item::as_str)
                    .is_some_and(|path| !is_package(path))
            })
            .map(|(name, _)| name.to_owned())
            .collect();
        for name in gone {
            dependencies.remove(&name);
        }
    }
    Ok(document.to_string())
}

fn parse(text: &str) -> Result<DocumentMut> {
    text.parse().map_err(|error: toml_edit::TomlError| {
        Error::course(format!(
            "Cargo.toml: {}",
            error.message().replace('\n', " ")
        ))
    })
}

/// The README's examples, with names that this course has.
fn for_this_course(readme: &str, catalog: &Catalog) -> Result<String> {
    let exercise: &Exercise = catalog
        .exercises()
        .next()
        .ok_or_else(|| Error::course("the course has no exercise; there is nothing to export"))?;
    Ok(readme
        .replace("@CHAPTER@", &exercise.chapter)
        .replace("@FOLDER@", chapter_folder(exercise))
        .replace("@EXERCISE@", exercise.id()))
}

/// Takes what no member needs any more out of the lock file, and changes no version.
fn prune_lock(into: &Path, cargo: &Path) -> Result<()> {
    let run = |offline: &[&str]| {
        Command::new(cargo)
            .args(["update", "--workspace", "--quiet"])
            .args(offline)
            .current_dir(into)
            .stdin(Stdio::null())
            .output()
            .map_err(|cause| Error::file("run", cargo, cause))
    };
    let mut output = run(&["--offline"])?;
    if !output.status.success() {
        output = run(&[])?;
    }
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    let said = said.lines().next().unwrap_or("no reason given");
    Err(Error::machine(format!(
        "Cargo cannot make the edition's lock file ({said}); `cargo fetch` in the course, then again"
    )))
}

/// What is said about a course without git.
pub fn without_git(root: &Path) -> Option<&'static str> {
    git::tracked(root).is_none().then_some(
        "This tree is not in git: every file counts as the course's, except hidden\n\
         ones, `target` and what editors leave behind.",
    )
}

/// Files that an edition may lack because nobody has given them to git.
pub fn untracked(root: &Path) -> usize {
    git::tracked(root)
        .and_then(|_| git::untracked(root))
        .map_or(0, |files| files.len())
}

/// Tracked files that are carried with changes nobody has committed.
pub fn uncommitted(root: &Path) -> usize {
    git::tracked(root)
        .and_then(|_| git::changed(root))
        .map_or(0, |files| {
            files.iter().filter(|file| !is_left_out(file)).count()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARGO: &str = r#"[workspace]
resolver = "3"
members = ["crates/*", "xtask", "chapters/*", "solutions/*", "docs/build"]
# Green on a fresh clone.
default-members = ["crates/*", "xtask", "solutions/*"]

[workspace.package]
version = "0.1.0" # kept

[workspace.dependencies]
# The rooms of the house.
kit = { path = "crates/kit" }
answers = { path = "solutions/answers" }
rand = "0.10"
"#;

    #[test]
    fn the_workspace_names_what_is_carried_and_keeps_its_comments() {
        let carried: Vec<String> = [
            "chapters/04/Cargo.toml",
            "crates/kit/Cargo.toml",
            "xtask/Cargo.toml",
        ]
        .map(str::to_owned)
        .to_vec();
        insta::assert_snapshot!(workspace(CARGO, &carried).unwrap(), @r#"
        [workspace]
        resolver = "3"
        members = ["crates/*", "xtask", "chapters/*"]
        # `cargo test` means: my exercises. It is red until the last one is done.
        default-members = ["chapters/*"]

        [workspace.package]
        version = "0.1.0" # kept

        [workspace.dependencies]
        # The rooms of the house.
        kit = { path = "crates/kit" }
        rand = "0.10"
        "#);
    }

    #[test]
    fn peers_that_are_answers_are_left_out_wherever_they_are_named() {
        let spoilers = Spoilers(vec!["detector".to_owned()]);
        assert!(spoilers.is_peer("crates/peers/src/detector.rs"));
        assert!(!spoilers.is_peer("crates/peers/src/detector_two.rs"));
        assert_eq!(
            spoilers.without_modules("//! Peers.\n\npub mod detector;\npub mod detector_two;\n"),
            "//! Peers.\n\npub mod detector_two;\n"
        );
        let exercise = |id: &str, peers: &str| {
            format!(
                "[[exercise]]\nid = \"{id}\" # its name\n\n[exercise.bench]\nbudget = 2\npeers = {peers}\n\n"
            )
        };
        let named = "[{ name = \"pairs\", promises = \"same\" }]";
        let before = exercise("detector", named) + &exercise("lock", named);
        let after = exercise("detector", "[]") + &exercise("lock", named);
        let file = "chapters/01-one/exercises.toml";
        assert_eq!(spoilers.without_peers(file, &before).unwrap(), after);
        assert!(spoilers.without_peers(file, "[[").is_err());
    }

    #[test]
    fn what_is_left_out_is_left_out_by_whole_names() {
        for file in ["solutions/a/b.rs", "README.md", "xtask/tests/commands.rs"] {
            assert!(is_left_out(file), "{file}");
        }
        for file in [
            "docs/src/04/README.md",
            "crates/solutions.rs",
            "xtask/src/main.rs",
        ] {
            assert!(!is_left_out(file), "{file}");
        }
    }
}
