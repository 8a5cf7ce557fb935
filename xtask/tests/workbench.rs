//! The small commands from outside: `hint`, `reveal`, `reset`, `doctor`, `new`, `completions`. Mostly on
//! a course of two exercises that is made for the purpose; where something has to be judged, on a copy of
//! this one.

#[cfg(unix)]
mod pty;

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use flate2::{Compression, write::ZlibEncoder};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

/// The course that this package belongs to.
fn original() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Said {
    /// Ended well, without colours and without a line that is too long.
    #[track_caller]
    fn fine(self) -> String {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.err);
        assert!(!self.out.contains('\x1b'), "{:?}", self.out);
        assert!(
            self.out.lines().all(|line| line.chars().count() <= 80),
            "{}",
            self.out
        );
        self.out
    }

    /// Turned away with this exit code, and nothing on standard output.
    #[track_caller]
    fn refused(self, code: i32, why: &str) {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.err);
        assert_eq!(self.out, "");
        let err = self.err.replace('\n', " ");
        assert!(err.contains(why), "{err}");
    }
}

/// A tree with a course in it, and a folder for what the runner makes.
struct Tree {
    root: PathBuf,
    made: TempDir,
    _folder: Option<TempDir>,
}

impl Tree {
    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command
            .args(args)
            .env("CARGO_MANIFEST_DIR", self.root.join("xtask"))
            .env("XTASK_DIR", self.made.path())
            .env_remove("CLICOLOR_FORCE")
            .stdin(Stdio::null())
            .current_dir(&self.root);
        command
    }

    fn run(&self, args: &[&str]) -> Said {
        said(self.command(args).output().unwrap())
    }

    fn put(&self, file: &str, text: impl AsRef<[u8]>) {
        let path = self.root.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn text(&self, file: &str) -> String {
        fs::read_to_string(self.root.join(file)).unwrap_or_else(|cause| panic!("{file}: {cause}"))
    }

    /// Every file with its bytes, git's own left out.
    fn files(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        fn collect(folder: &Path, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() && !path.ends_with(".git") {
                    collect(&path, files);
                } else if path.is_file() {
                    files.insert(path.clone(), fs::read(&path).unwrap());
                }
            }
        }
        let mut files = BTreeMap::new();
        collect(&self.root, &mut files);
        files
    }

    fn commit(&self) {
        for args in [
            &["init", "--quiet"][..],
            &["add", "--all"],
            &[
                "-c",
                "user.name=a",
                "-c",
                "user.email=a@example.org",
                "commit",
                "--quiet",
                "--message",
                "x",
            ],
        ] {
            let done = Command::new("git")
                .args(args)
                .current_dir(&self.root)
                .status()
                .unwrap();
            assert!(done.success(), "git {args:?}");
        }
    }
}

fn said(output: Output) -> Said {
    Said {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

// ---- a small course

const CHAPTER: &str = "chapters/01-first";
const ONE: &str = "chapters/01-first/src/one.rs";
const STUB: &str = "//! Write it.\n\npub fn answer() -> u32 {\n    todo!(\"the answer\")\n}\n";
const MINE: &str = "pub fn answer() -> u32 {\n    40 + 1 // nearly\n}\n";
const SOLUTION: &str =
    "//! One.\n//!\n//! It is right because it is.\n\npub fn answer() -> u32 {\n    42\n}\n";

/// The hints of an exercise, as its manifest has them.
fn hints(of: &str) -> String {
    format!(
        "hints = [\n\"\"\"\nFirst hint of {of}: look at the one thing that everybody needs and that nobody \
         wants to give\naway once they have it.\n\"\"\",\n\"\"\"\nSecond hint of {of}:\n\n    let code = \
         as_it_stands;\n\"\"\",\n\"\"\"\nThird hint of {of}.\n\"\"\",\n]\n"
    )
}

fn manifest(exercises: &[(&str, &str)]) -> String {
    let mut text = "[chapter]\nid = \"ch01\"\ntitle = \"First\"\n".to_owned();
    for (id, title) in exercises {
        text += &format!(
            "\n[[exercise]]\nid = \"{id}\"\ntitle = \"{title}\"\npoints = 1\n\
             split = {{ tests = 1, models = 0 }}\ndifficulty = 1\nminutes = 1\nunsafe = false\n\
             crates = []\nmodelled = false\n{}",
            hints(id)
        );
    }
    text
}

fn stub_digest(text: &str) -> String {
    let mut hasher = Sha256::new();
    for line in text.trim_end().lines() {
        hasher.update(line.trim_end());
        hasher.update("\n");
    }
    hasher
        .finalize()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// A course of two exercises with hints, in no repository.
fn small() -> Tree {
    let folder = tempfile::tempdir().unwrap();
    let tree = Tree {
        root: folder.path().to_owned(),
        made: tempfile::tempdir().unwrap(),
        _folder: Some(folder),
    };
    tree.put(
        "Cargo.toml",
        "[workspace]\n\n[workspace.package]\nversion = \"0.1.0\"\nrust-version = \"1.0\"\n",
    );
    tree.put("Cargo.lock", "version = 4\n");
    tree.put("xtask/Cargo.toml", "");
    tree.put("xtask/src/main.rs", "");
    tree.put("crates/kit/Cargo.toml", "");
    tree.put(
        &format!("{CHAPTER}/exercises.toml"),
        manifest(&[("one", "One"), ("two", "Two")]),
    );
    let mut lock = String::new();
    for id in ["one", "two"] {
        tree.put(&format!("{CHAPTER}/src/{id}.rs"), STUB);
        tree.put(&format!("solutions/01-first/src/{id}.rs"), SOLUTION);
        lock += &format!("{id} {}\n", stub_digest(STUB));
    }
    tree.put(&format!("{CHAPTER}/stubs.lock"), lock);
    tree
}

/// The same as an edition: what lies packed instead of plain.
fn edition(name: &str) -> Tree {
    let tree = small();
    fs::remove_dir_all(tree.root.join("solutions")).unwrap();
    tree.put(
        "edition.toml",
        format!("edition = \"{name}\"\nversion = \"0.1.0\"\n[files]\n"),
    );
    let pack = |file: &str, text: &str| {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text.as_bytes()).unwrap();
        tree.put(
            &format!("packed/01-first/{file}"),
            encoder.finish().unwrap(),
        );
    };
    pack("one.stub.z", STUB);
    if name == "self-study" {
        pack("one.solution.z", SOLUTION);
    }
    tree
}

#[test]
fn a_name_that_is_no_exercise_is_turned_away_by_each_of_them() {
    let tree = small();
    let before = tree.files();
    for command in ["hint", "reveal", "reset"] {
        tree.run(&[command, "onne"])
            .refused(2, "did you mean `one`?");
        tree.run(&[command, "ch01"])
            .refused(2, &format!("(`cargo xtask {command} one`)"));
    }
    assert_eq!(tree.files(), before);
}

// ---- hint

#[test]
fn each_asking_gives_one_more_hint_and_after_the_last_all_of_them_again() {
    let tree = small();
    insta::assert_snapshot!(tree.run(&["hint", "one"]).fine(), @r"
    Hint 1 of 3
    First hint of one: look at the one thing that everybody needs and that nobody
    wants to give away once they have it.

    2 more hints remain: `cargo xtask hint one`
    ");
    insta::assert_snapshot!(tree.run(&["hint", "one"]).fine(), @r"
    Hint 2 of 3
    Second hint of one:

        let code = as_it_stands;

    One more hint remains: `cargo xtask hint one`
    ");
    let third = tree.run(&["hint", "one"]).fine();
    assert!(
        third.starts_with("Hint 3 of 3\n") && !third.contains("Second"),
        "{third}"
    );
    let again = tree.run(&["hint", "one"]).fine();
    for part in [
        "Hint 1 of 3",
        "Hint 2 of 3",
        "Hint 3 of 3",
        "there are no more",
    ] {
        assert!(again.contains(part), "{again}");
    }
}

#[test]
fn hints_taken_are_known_by_the_exercise_whatever_becomes_of_its_title_and_place() {
    let tree = small();
    tree.run(&["hint", "one"]).fine();
    let other = tree.run(&["hint", "two"]).fine();
    assert!(other.contains("First hint of two"), "{other}");
    tree.put(
        &format!("{CHAPTER}/exercises.toml"),
        manifest(&[("new", "New"), ("two", "2"), ("one", "Another title")]),
    );
    // The chapter itself may move.
    fs::rename(tree.root.join(CHAPTER), tree.root.join("chapters/02-first")).unwrap();
    let next = tree.run(&["hint", "one"]).fine();
    assert!(next.starts_with("Hint 2 of 3\n"), "{next}");
    let first = tree.run(&["hint", "new"]).fine();
    assert!(first.starts_with("Hint 1 of 3\n"), "{first}");
}

#[test]
fn all_hints_at_once_are_all_taken_and_a_damaged_memory_begins_anew() {
    let tree = small();
    let all = tree.run(&["hint", "one", "--all"]).fine();
    assert!(
        all.contains("First hint") && all.contains("Third hint"),
        "{all}"
    );
    let again = tree.run(&["hint", "one"]).fine();
    assert!(again.contains("there are no more"), "{again}");
    fs::write(tree.made.path().join("hints.json"), "{\"one\": ").unwrap();
    let anew = tree.run(&["hint", "one"]).fine();
    assert!(anew.starts_with("Hint 1 of 3\n"), "{anew}");
}

// ---- reveal

#[test]
fn a_solution_that_is_not_earned_is_shown_to_those_who_insist() {
    let tree = small();
    tree.run(&["reveal", "one"])
        .refused(1, "`one` is not started.");
    tree.put(ONE, MINE);
    tree.run(&["reveal", "one"]).refused(
        1,
        "`one` was not checked as it stands now; `cargo xtask check one` does that.",
    );
    assert_eq!(tree.run(&["reveal", "one", "--anyway"]).fine(), SOLUTION);
    assert_eq!(tree.text(ONE), MINE);
}

#[cfg(unix)]
#[test]
fn on_a_terminal_the_explanation_is_prose_and_stands_before_the_code() {
    let tree = small();
    let mut terminal = pty::Terminal::run(tree.command(&["reveal", "one", "--anyway"]), 80, 24);
    let screen = terminal.wait_for(["one: the reference solution", "    42"]);
    assert!(screen.contains("It is right because it is."), "{screen}");
    assert!(!screen.contains("//!"), "{screen}");
    assert!(terminal.end().success());
}

#[test]
fn an_edition_shows_the_solution_that_it_carries_or_says_that_it_has_none() {
    let alone = edition("self-study");
    alone.run(&["reveal", "one"]).refused(1, "not started");
    assert_eq!(alone.run(&["reveal", "one", "--anyway"]).fine(), SOLUTION);
    alone
        .run(&["reveal", "two", "--anyway"])
        .refused(3, "the solution of `two` is not in this self-study");
    let class = edition("class");
    for args in [&["reveal", "one"][..], &["reveal", "one", "--anyway"]] {
        let said = class.run(args);
        assert_eq!(said.err.lines().count(), 1, "{}", said.err);
        said.refused(2, "this is the class edition, which has no solutions");
    }
}

/// The only test here that compiles an exercise: what passes is known from a check and from nothing else.
/// Two exercises have a model of that name, so the command has to name the exercise too.
#[test]
fn a_failing_schedule_is_repeated_by_the_command_that_the_report_prints() {
    let tree = copy(&["chapters"], None);
    let bad = "solutions/04-classic-problems/known_bad/dining_ordered/left_then_right.rs";
    let head = "pub fn dine<R>(&self, seat: usize, eat: impl FnOnce() -> R) -> R {";
    let bad = tree.text(bad);
    assert!(bad.contains(head), "{bad}");
    let talkative = bad.replace(
        head,
        &format!("{head}\n println!(\"seat {{seat}} sits down\");"),
    );
    tree.put(
        "chapters/04-classic-problems/src/dining_ordered.rs",
        talkative,
    );
    let said = tree.run(&["check", "dining_ordered"]);
    assert_eq!(said.code, Some(1), "{}{}", said.out, said.err);
    let command = said
        .out
        .lines()
        .find_map(|line| line.strip_prefix("cargo xtask replay "))
        .expect("a failing model names its schedule");
    assert!(command.starts_with("dining_ordered::"), "{command}");
    let said = tree.run(&["replay", command]);
    assert_eq!(said.code, Some(1), "{}{}", said.out, said.err);
    assert!(said.out.contains("Deadlock"), "{}", said.out);
    // The learner's own prints are what a replay is for.
    assert!(said.out.contains("seat 0 sits down"), "{}", said.out);
}

#[test]
fn a_pass_of_the_very_file_that_lies_there_opens_the_solution() {
    let tree = copy(&["chapters"], None);
    let file = "chapters/04-classic-problems/src/producer_consumer.rs";
    let solution = tree.text("solutions/04-classic-problems/src/producer_consumer.rs");
    tree.put(file, "pub fn start( {\n");
    assert_eq!(tree.run(&["check", "producer_consumer"]).code, Some(1));
    tree.run(&["reveal", "producer_consumer"])
        .refused(1, "`producer_consumer` does not pass yet (DoesNotCompile).");
    tree.put(file, &solution);
    tree.run(&["reveal", "producer_consumer"])
        .refused(1, "was not checked as it stands now");
    assert_eq!(tree.run(&["check", "producer_consumer"]).code, Some(0));
    let shown = tree.run(&["reveal", "producer_consumer"]);
    assert_eq!((shown.code, shown.out), (Some(0), solution.clone()));
    tree.put(file, format!("{solution}// more\n"));
    tree.run(&["reveal", "producer_consumer"])
        .refused(1, "was not checked as it stands now");
}

// ---- reset

#[test]
fn the_stub_comes_back_and_nothing_that_was_written_is_lost() {
    let tree = small();
    tree.commit();
    let untouched = tree.run(&["reset", "one"]).fine();
    insta::assert_snapshot!(untouched, @r"
    chapters/01-first/src/one.rs is the stub already; nothing was changed.
    ");
    tree.put(ONE, MINE);
    insta::assert_snapshot!(tree.run(&["reset", "one"]).fine(), @r"
    chapters/01-first/src/one.rs is the stub again. What you had is in
    chapters/01-first/src/one.rs.old
    ");
    assert_eq!(
        (
            tree.text(ONE).as_str(),
            tree.text(&format!("{ONE}.old")).as_str()
        ),
        (STUB, MINE)
    );
    // Kept as it is, also where it is no text; and what was kept before stays.
    tree.put(ONE, b"\xff\xfe");
    let said = tree.run(&["reset", "one"]).fine();
    assert!(said.contains("one.rs.old-2"), "{said}");
    assert_eq!(
        fs::read(tree.root.join(format!("{ONE}.old-2"))).unwrap(),
        b"\xff\xfe"
    );
    assert_eq!(
        (
            tree.text(ONE).as_str(),
            tree.text(&format!("{ONE}.old")).as_str()
        ),
        (STUB, MINE)
    );
    fs::remove_file(tree.root.join(ONE)).unwrap();
    insta::assert_snapshot!(tree.run(&["reset", "one"]).fine(), @r"
    chapters/01-first/src/one.rs was not there; it is the stub again.
    ");
    assert_eq!(tree.text(ONE), STUB);
}

#[test]
fn without_a_copy_of_the_stub_nothing_is_touched() {
    let tree = small();
    tree.put(ONE, MINE);
    let before = tree.files();
    tree.run(&["reset", "one"])
        .refused(3, &format!("take {ONE} from a fresh copy of the course"));
    assert_eq!(tree.files(), before);
}

#[test]
fn an_edition_has_its_stubs_packed_and_needs_no_git() {
    let class = edition("class");
    class.put(ONE, MINE);
    class.run(&["reset", "one"]).fine();
    assert_eq!(
        (
            class.text(ONE).as_str(),
            class.text(&format!("{ONE}.old")).as_str()
        ),
        (STUB, MINE)
    );
}

// ---- doctor

#[test]
fn a_machine_that_runs_these_tests_has_what_the_course_needs() {
    let tree = Tree {
        root: original(),
        made: tempfile::tempdir().unwrap(),
        _folder: None,
    };
    let said = tree.run(&["doctor"]).fine();
    for line in [
        "  ok       toolchain: rustc ",
        "  ok       linker: a program was compiled, linked and run",
    ] {
        assert!(said.contains(line), "{said}");
    }
    assert!(said.ends_with("\nThe course works here.\n"), "{said}");
    // The standard output of a test is a pipe.
    assert!(said.contains("  missing  terminal: "), "{said}");
    assert_eq!(
        fs::read_dir(tree.made.path()).unwrap().count(),
        0,
        "something is left behind"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_missing_linker_is_named_with_its_remedy() {
    let tree = small();
    let said = said(
        tree.command(&["doctor"])
            .env("PATH", "/nonexistent")
            .output()
            .unwrap(),
    );
    assert_eq!(said.code, Some(4), "{}{}", said.out, said.err);
    let needed = said.out.split("\n\n").next().unwrap();
    assert!(
        needed.contains(
            "  missing  linker: a program could not be linked: error: linker `cc` not found"
        ),
        "{needed}"
    );
    assert!(needed.contains("Install a C compiler"), "{needed}");
    assert!(said.out.contains("  missing  git: "), "{}", said.out);
    assert!(
        said.out.ends_with("one thing that is needed is missing.\n"),
        "{}",
        said.out
    );
}

#[test]
fn an_old_toolchain_is_named_with_its_remedy_and_a_broken_manifest_is_no_obstacle() {
    let tree = small();
    tree.put(
        "Cargo.toml",
        "[workspace.package]\nversion = \"0.1.0\"\nrust-version = \"99.1\"\n",
    );
    tree.put(&format!("{CHAPTER}/exercises.toml"), "[chapter");
    let said = tree.run(&["doctor"]);
    assert_eq!(said.code, Some(4), "{}{}", said.out, said.err);
    let needed = said.out.split("\n\n").next().unwrap();
    assert!(needed.contains("  missing  toolchain: rustc "), "{needed}");
    assert!(
        needed.contains("the course needs 99.1") || needed.contains("course needs\n"),
        "{needed}"
    );
    assert!(needed.contains("rustup update stable"), "{needed}");
}

// ---- completions

#[cfg(unix)]
#[test]
fn bash_completes_commands_and_exercises_behind_cargo_xtask_and_leaves_the_rest_of_cargo_alone() {
    let tree = small();
    let script = tree.made.path().join("xtask.bash");
    fs::write(&script, tree.run(&["completions", "bash"]).out).unwrap();
    let complete = |words: &str| {
        let program = format!(
            "_before() {{ COMPREPLY=(\"before: $2\"); }}; complete -F _before cargo\n\
             source '{0}'; source '{0}'\n\
             COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}} - 1))\n\
             function=$(complete -p cargo | sed 's/.* -F \\([^ ]*\\) .*/\\1/')\n\
             $function cargo \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD - 1]}}\"\n\
             echo \"${{COMPREPLY[*]}}\"",
            script.display()
        );
        let said = said(
            Command::new("bash")
                .args(["--norc", "-c", &program])
                .output()
                .unwrap(),
        );
        assert_eq!(said.err, "", "{words}");
        said.out.trim().to_owned()
    };
    assert_eq!(complete("cargo xtask hin"), "hint");
    assert_eq!(complete("cargo xtask hint o"), "one");
    assert_eq!(complete("cargo +stable xtask reset t"), "two");
    assert_eq!(complete("cargo xtask grade c"), "ch01");
    assert_eq!(complete("cargo xtask reveal one --any"), "--anyway");
    assert_eq!(complete("cargo xtask new o"), "");
    assert_eq!(complete("cargo bui"), "before: bui");
}

#[test]
fn fish_and_zsh_get_scripts_that_know_the_exercises_and_add_to_cargo() {
    let tree = small();
    let fish = tree.run(&["completions", "fish"]).out;
    assert!(fish.contains("watch check hint reveal reset"), "{fish}");
    assert!(
        fish.lines()
            .filter(|line| line.starts_with("complete "))
            .all(|line| line.contains("-c cargo -n "))
    );
    assert!(fish.contains("-a \"one two\""), "{fish}");
    let zsh = tree.run(&["completions", "zsh"]).out;
    assert!(zsh.starts_with("#compdef cargo-xtask\n"), "{zsh}");
    assert!(
        zsh.contains("_cargo-xtask() {") && zsh.contains("(one two)"),
        "{zsh}"
    );
    tree.run(&["completions", "tcsh"])
        .refused(2, "invalid value 'tcsh'");
}

// ---- new

/// A copy of this course: `parts` can be written, the rest is the original. It lies at `root`, or in a
/// folder that goes away.
fn copy(parts: &[&str], root: Option<PathBuf>) -> Tree {
    fn copy_all(from: &Path, to: &Path) {
        if !from.is_dir() {
            fs::copy(from, to).unwrap();
            return;
        }
        fs::create_dir(to).unwrap();
        for entry in from.read_dir().unwrap() {
            let entry = entry.unwrap();
            if entry.file_name() != "target" {
                copy_all(&entry.path(), &to.join(entry.file_name()));
            }
        }
    }
    let folder = root.is_none().then(|| tempfile::tempdir().unwrap());
    let root = root.unwrap_or_else(|| folder.as_ref().unwrap().path().to_owned());
    for entry in original().read_dir().unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        if parts.contains(&name.as_str()) {
            copy_all(&entry.path(), &root.join(name));
        } else if name != ".git" && name != "target" {
            #[cfg(unix)]
            std::os::unix::fs::symlink(entry.path(), root.join(name)).unwrap();
            #[cfg(not(unix))]
            copy_all(&entry.path(), &root.join(name));
        }
    }
    Tree {
        root,
        made: tempfile::tempdir().unwrap(),
        _folder: folder,
    }
}

/// What `verify` finds wrong with `exercise`, a line each.
fn verify(tree: &Tree, exercise: &str, code: i32) -> Vec<String> {
    let said = tree.run(&["verify", exercise, "--format", "json"]);
    assert_eq!(said.code, Some(code), "{}{}", said.out, said.err);
    let report: serde_json::Value = serde_json::from_str(&said.out).unwrap();
    let exceptions = report["exceptions"].as_array().unwrap();
    exceptions
        .iter()
        .map(|found| {
            format!(
                "{}: {}",
                found["subject"].as_str().unwrap(),
                found["message"].as_str().unwrap()
            )
        })
        .collect()
}

/// From the first moment to the day on which it is done: the skeleton compiles wherever the chapter names
/// it, `verify` names what is to be filled in, and is content when it is.
#[test]
fn a_new_exercise_compiles_at_once_and_verify_names_what_is_left_until_it_is_filled() {
    // In one place each time, so that Cargo knows again what it has built there.
    let root = Path::new(env!("CARGO_TARGET_TMPDIR")).join("new");
    let _ = fs::remove_dir_all(&root);
    fs::create_dir_all(&root).unwrap();
    let tree = copy(&["chapters", "docs", "solutions"], Some(root));
    let before = tree.files().into_keys().collect::<Vec<_>>();
    insta::assert_snapshot!(tree.run(&["new", "spare", "--chapter", "ch04", "--modelled"]).fine(), @r"
    `spare` is in ch04 now. To be filled in:

      chapters/04-classic-problems/src/spare.rs
      chapters/04-classic-problems/tests/spare.rs
      chapters/04-classic-problems/models/spare.rs
      chapters/04-classic-problems/exercises.toml
      solutions/04-classic-problems/src/spare.rs
      solutions/04-classic-problems/tests/hidden/spare.rs
      solutions/04-classic-problems/known_bad/spare/first_idea.rs
      docs/src/04-classic-problems/spare.md
      docs/src/04-classic-problems/predict/spare.rs
      docs/src/04-classic-problems/predict/spare.txt
      docs/src/04-classic-problems/README.md

    Each says what belongs there, in a sentence that begins `Fill in:`. `cargo xtask
    verify spare` names all that is left. When the stub is done, `cargo xtask verify
    --accept-stubs` records it as the one that is handed out.
    ");
    tree.run(&["new", "plain_one", "--chapter", "ch04"]).fine();

    let check = Command::new(env!("CARGO"))
        .args([
            "check",
            "--quiet",
            "--offline",
            "--tests",
            "-p",
            "ch04",
            "-p",
            "ch04-solutions",
        ])
        .arg("--target-dir")
        .arg(Path::new(env!("CARGO_TARGET_TMPDIR")).join("new-target"))
        .env("RUSTFLAGS", "-Dwarnings")
        .current_dir(&tree.root)
        .output()
        .unwrap();
    assert!(
        check.status.success(),
        "{}",
        String::from_utf8_lossy(&check.stderr)
    );

    let wrong = verify(&tree, "spare", 1);
    for new in tree
        .files()
        .into_keys()
        .filter(|file| !before.contains(file))
    {
        let name = new.strip_prefix(&tree.root).unwrap().display().to_string();
        if !name.contains("plain_one") {
            let named = format!("files: {name}:");
            assert!(
                wrong
                    .iter()
                    .any(|line| line.starts_with(&named) && line.contains("to be filled in: ")),
                "{name} is not in {wrong:#?}"
            );
        }
    }
    for part in [
        "exercises.toml:",
        "files: docs/src/04-classic-problems/README.md:",
        "files: has 1 known-bad solutions; 3 are the least",
        "stub: is in no stubs.lock",
        "solution: Panic",
    ] {
        assert!(
            wrong.iter().any(|line| line.contains(part)),
            "{part} is not in {wrong:#?}"
        );
    }
    for never in [
        "is not named in",
        "has no ",
        "DoesNotCompile",
        "Ungraded",
        "plain_one",
        "warning",
    ] {
        assert!(
            !wrong.iter().any(|line| line.contains(never)),
            "{never}: {wrong:#?}"
        );
    }

    // For people: known by now, so nothing runs.
    let said = tree.run(&["verify", "spare"]);
    assert!(
        said.out.contains(
            "\nspare, files: docs/src/04-classic-problems/spare.md:3: to be filled in: a\nconcrete"
        ),
        "{}",
        said.out
    );
    assert!(
        said.out.lines().all(|line| line.chars().count() <= 80),
        "{}",
        said.out
    );

    fill(&tree, "spare");
    let lock = "chapters/04-classic-problems/stubs.lock";
    let before = tree.text(lock);
    tree.run(&["verify", "--accept-stubs", "spare"])
        .code
        .unwrap();
    // Recorded is the one that was named, and all others are as they were.
    let after = tree.text(lock);
    let others = after.lines().filter(|line| !line.starts_with("spare "));
    assert_eq!(others.count(), after.lines().count() - 1);
    let mut expected: Vec<&str> = before.lines().collect();
    let mut found: Vec<&str> = after
        .lines()
        .filter(|line| !line.starts_with("spare "))
        .collect();
    expected.sort_unstable();
    found.sort_unstable();
    assert_eq!(found, expected);
    assert_eq!(verify(&tree, "spare", 0), [""; 0]);
}

/// What an author does: says what was asked for, writes the solution and two more wrong ones.
fn fill(tree: &Tree, id: &str) {
    let chapter = "chapters/04-classic-problems";
    for (file, bytes) in tree.files() {
        let of_it = file.to_str().unwrap().contains(id);
        let text = String::from_utf8(bytes).unwrap_or_default();
        if text.contains("Fill in:")
            && (of_it || file.ends_with("exercises.toml") || file.ends_with("README.md"))
        {
            fs::write(&file, text.replace("Fill in:", "Filled in:")).unwrap();
        }
    }
    let solution = format!("solutions/04-classic-problems/src/{id}.rs");
    let todo = "todo!(\"Filled in: the reference solution\")";
    let text = tree.text(&solution);
    assert!(text.contains(todo), "{text}");
    // A model that sees no operation of the kit proves nothing, and says so.
    let answer = "*kit::sync::Mutex::new(42).lock().unwrap()";
    tree.put(&solution, text.replace(todo, answer));
    let first = format!("solutions/04-classic-problems/known_bad/{id}/first_idea.rs");
    for (name, answer) in [("second_idea", "43"), ("third_idea", "44")] {
        let path = format!("solutions/04-classic-problems/known_bad/{id}/{name}.rs");
        tree.put(&path, tree.text(&first).replace("41", answer));
    }
    assert!(
        tree.text(&format!("{chapter}/src/{id}.rs"))
            .contains("todo!(\"Filled in: what to write here")
    );
}

#[test]
fn a_name_that_cannot_be_an_exercise_changes_nothing() {
    let tree = small();
    for (args, why) in [
        (
            ["new", "one", "--chapter", "ch01"],
            "there is an exercise `one` in ch01 already",
        ),
        (
            ["new", "Three", "--chapter", "ch01"],
            "cannot be a Rust module",
        ),
        (
            ["new", "loop", "--chapter", "ch01"],
            "cannot be a Rust module",
        ),
        (
            ["new", "../three", "--chapter", "ch01"],
            "cannot be a Rust module",
        ),
        (
            ["new", "ch01", "--chapter", "ch01"],
            "is the name of a chapter",
        ),
        (
            ["new", "three", "--chapter", "ch02"],
            "there is no chapter `ch02`; there is ch01",
        ),
    ] {
        let before = tree.files();
        tree.run(&args).refused(2, why);
        assert_eq!(tree.files(), before, "{args:?}");
    }
    // A file of that name is somebody's work.
    tree.put("solutions/01-first/src/three.rs", "mine");
    let before = tree.files();
    tree.run(&["new", "three", "--chapter", "ch01"])
        .refused(2, "solutions/01-first/src/three.rs is there already");
    assert_eq!(tree.files(), before);
    // Something of the chapter is missing: all or nothing.
    let before = tree.files();
    assert_eq!(
        tree.run(&["new", "four", "--chapter", "ch01"]).code,
        Some(4)
    );
    assert_eq!(tree.files(), before);
    edition("self-study")
        .run(&["new", "three", "--chapter", "ch01"])
        .refused(2, "`new` needs the full course");
}

// ---- all of them

#[test]
fn the_table_of_commands_in_the_readme_is_what_the_runner_offers() {
    let tree = small();
    let help = tree.run(&["--help"]).fine();
    let listed = help
        .split("Commands:\n")
        .nth(1)
        .unwrap()
        .split("\n\n")
        .next()
        .unwrap();
    let offered: BTreeSet<&str> = listed
        .lines()
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(
        offered.contains("watch") && offered.contains("update"),
        "{help}"
    );
    let readme = fs::read_to_string(original().join("README.md")).unwrap();
    let rows: BTreeSet<&str> = readme
        .lines()
        .filter_map(|line| {
            line.strip_prefix("| `cargo xtask ")?
                .split([' ', '`'])
                .next()
        })
        .collect();
    assert_eq!(rows, offered);
}
