//! The runner from outside, as its users meet it: what it prints, what it exits with, what it leaves.
//!
//! Each test has a folder of its own for results and locks, so that they run side by side.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
    process::{Command, Output},
};

use tempfile::TempDir;

/// The course that this package belongs to.
fn course() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

struct Xtask {
    folder: TempDir,
    root: PathBuf,
    path: Option<&'static str>,
}

struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Xtask {
    fn in_course() -> Xtask {
        Xtask::at(course())
    }

    fn at(root: PathBuf) -> Xtask {
        Xtask {
            folder: tempfile::tempdir().unwrap(),
            root,
            path: None,
        }
    }

    fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
        command
            .args(args)
            .env("CARGO_MANIFEST_DIR", self.root.join("xtask"))
            .env("XTASK_DIR", self.folder.path())
            .env_remove("CLICOLOR_FORCE")
            .current_dir(&self.root);
        if let Some(path) = self.path {
            command.env("PATH", path);
        }
        command
    }

    fn run(&self, args: &[&str]) -> Said {
        let Output {
            status,
            stdout,
            stderr,
        } = self.command(args).output().unwrap();
        Said {
            code: status.code(),
            out: String::from_utf8(stdout).unwrap(),
            err: String::from_utf8(stderr).unwrap(),
        }
    }

    /// Grades `source` as the answer to `exercise`, from a tree that holds nothing else.
    fn grade(&self, exercise: &str, source: impl AsRef<[u8]>) -> Said {
        let tree = tree_with(exercise, source);
        self.run(&["grade", exercise, "--tree", tree.path().to_str().unwrap()])
    }
}

const CHAPTER: &str = "chapters/04-classic-problems";

fn tree_with(exercise: &str, source: impl AsRef<[u8]>) -> TempDir {
    let tree = tempfile::tempdir().unwrap();
    let folder = tree.path().join(CHAPTER).join("src");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join(format!("{exercise}.rs")), source).unwrap();
    tree
}

fn solution(exercise: &str) -> String {
    let path = course()
        .join("solutions/04-classic-problems/src")
        .join(format!("{exercise}.rs"));
    fs::read_to_string(path).unwrap()
}

/// A course with one manifest and nothing to run.
fn course_with_manifest(manifest: &str) -> TempDir {
    let root = tempfile::tempdir().unwrap();
    for folder in [CHAPTER, "crates", "xtask/src"] {
        fs::create_dir_all(root.path().join(folder)).unwrap();
    }
    for file in ["Cargo.toml", "Cargo.lock", "xtask/Cargo.toml"] {
        fs::write(root.path().join(file), "").unwrap();
    }
    fs::write(root.path().join(CHAPTER).join("exercises.toml"), manifest).unwrap();
    root
}

#[test]
fn a_mistyped_exercise_is_answered_with_the_nearest_name() {
    let xtask = Xtask::in_course();
    for args in [
        ["check", "dinning_ordered"],
        ["grade", "dinning_ordered"],
        ["verify", "dinning_ordered"],
    ] {
        let said = xtask.run(&args);
        assert_eq!(said.code, Some(2), "{}", said.err);
        assert_eq!(
            said.err,
            "error: there is no exercise `dinning_ordered`; did you mean `dining_ordered`? \
             (`cargo xtask list` shows them all)\n"
        );
    }
    let said = xtask.run(&["check", "zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.err.ends_with("`cargo xtask list` shows them all\n"),
        "{}",
        said.err
    );
    assert!(!said.err.contains("did you mean"), "{}", said.err);
}

#[test]
fn a_chapter_is_not_an_exercise_to_check() {
    let said = Xtask::in_course().run(&["check", "ch04"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.err.contains("`ch04` is a chapter") && said.err.contains("grade ch04"),
        "{}",
        said.err
    );
}

#[test]
fn a_broken_manifest_is_named_with_file_and_line() {
    let head = "[chapter]\nid = \"ch04\"\ntitle = \"x\"\n\n[[exercise]]\nid = \"a\"\ntitle = \"A\"\npoints = 3\n";
    let tail =
        "difficulty = 1\nminutes = 1\nunsafe = false\ncrates = []\nmodelled = false\nhints = []\n";
    for (middle, line, said) in [
        (
            "split = { tests = 3, models = 0 }\ncolour = 1\n",
            10,
            "unknown field `colour`",
        ),
        ("split = { tests = 3, models = \n", 10, "expected `,`"),
        (
            "split = { tests = 2, models = 0 }\n",
            6,
            "split adds up to 2, points are 3",
        ),
        (
            "split = { tests = 3, models = 0 }\nforbids = [\"sync::Once\"]\n",
            6,
            "`forbids` holds `sync::Once`, which is no Rust name",
        ),
    ] {
        let root = course_with_manifest(&format!("{head}{middle}{tail}"));
        let answer = Xtask::at(root.path().to_path_buf()).run(&["list"]);
        assert_eq!(answer.code, Some(3), "{}", answer.err);
        let start = format!("error: {CHAPTER}/exercises.toml:{line}: ");
        assert!(
            answer.err.starts_with(&start) && answer.err.contains(said),
            "{}",
            answer.err
        );
        assert_eq!(answer.err.lines().count(), 1, "{}", answer.err);
    }
}

#[test]
fn a_manifest_says_how_speed_is_judged_or_gives_no_points_for_it() {
    let head = "[chapter]\nid = \"ch04\"\ntitle = \"x\"\n\n[[exercise]]\nid = \"a\"\ntitle = \"A\"\npoints = 3\n";
    let tail =
        "difficulty = 1\nminutes = 1\nunsafe = false\ncrates = []\nmodelled = false\nhints = []\n";
    let with_points = "split = { tests = 2, models = 0, bench = 1 }\n";
    for (split, bench, said) in [
        (with_points, "", "there is no `[exercise.bench]`"),
        (
            with_points,
            "[exercise.bench]\nbudget = 1.0\npeers = []\n",
            "above 1",
        ),
        (
            "split = { tests = 3, models = 0 }\n",
            "[exercise.bench]\nbudget = 2\npeers = [{ name = \"p\", promises = \"more\" }]\n",
            "unknown variant `more`",
        ),
        (
            "split = { tests = 3, models = 0 }\n",
            "[exercise.bench]\nbudget = 2\npeers = [{ name = \"../p\", promises = \"less\" }]\n",
            "`../p` is no module",
        ),
    ] {
        let root = course_with_manifest(&format!("{head}{split}{tail}{bench}"));
        let answer = Xtask::at(root.path().to_path_buf()).run(&["list"]);
        assert_eq!(answer.code, Some(3), "{}", answer.err);
        assert!(answer.err.contains(said), "{}", answer.err);
    }
}

#[test]
fn an_exercise_that_may_be_unsafe_is_marked_in_lists_and_grades() {
    let entry = |id: &str, may_be_unsafe: bool| {
        format!(
            "[[exercise]]\nid = \"{id}\"\ntitle = \"A\"\npoints = 3\n\
             split = {{ tests = 3, models = 0 }}\ndifficulty = 1\nminutes = 1\n\
             unsafe = {may_be_unsafe}\ncrates = []\nmodelled = false\nhints = []\n"
        )
    };
    let manifest = |rest: String| format!("[chapter]\nid = \"ch04\"\ntitle = \"x\"\n\n{rest}");
    let meaning = "(unsafe): may contain unsafe code, which tests cannot prove sound\n";
    let safe = course_with_manifest(&manifest(entry("plain", false)));
    let xtask = Xtask::at(safe.path().to_path_buf());
    assert!(!xtask.run(&["list"]).out.contains("unsafe"));

    let both = course_with_manifest(&manifest(entry("plain", false) + &entry("cell", true)));
    let xtask = Xtask::at(both.path().to_path_buf());
    let list = xtask.run(&["list"]).out;
    assert!(list.contains("\n  cell (unsafe) "), "{list}");
    assert!(list.contains("\n  plain  "), "{list}");
    assert!(list.ends_with(meaning), "{list}");
    let list = xtask.run(&["list", "--format", "json"]).out;
    let list: serde_json::Value = serde_json::from_str(&list).unwrap();
    let marks = [0, 1].map(|index| &list["exercises"][index]["unsafe"]);
    assert_eq!(marks, [false, true]);
    let said = xtask.run(&["grade"]);
    assert!(
        said.out.contains("\n  cell (unsafe) "),
        "{}{}",
        said.out,
        said.err
    );
    assert!(said.out.ends_with(meaning), "{}", said.out);
    let said = xtask.run(&["check", "cell"]);
    assert!(
        said.out.starts_with("cell (unsafe): "),
        "{}{}",
        said.out,
        said.err
    );
}

#[test]
fn only_what_passes_is_measured_and_only_where_speed_counts() {
    let xtask = Xtask::in_course();
    let said = xtask.run(&["bench", "token_bucket"]);
    assert_eq!(said.code, Some(1), "{}", said.err);
    assert!(said.out.starts_with("NotStarted: "), "{}", said.out);
    assert!(said.out.contains("Only what passes"), "{}", said.out);
    assert!(
        !xtask.folder.path().join("peers.json").exists(),
        "something was built"
    );
    let graded = xtask.run(&["grade", "token_bucket"]);
    assert!(graded.out.contains("for speed)"), "{}", graded.out);
    let measured = xtask.run(&["grade", "token_bucket", "--bench"]);
    assert!(!measured.out.contains("for speed)"), "{}", measured.out);

    let manifest = "[chapter]\nid = \"ch04\"\ntitle = \"x\"\n\n[[exercise]]\nid = \"a\"\ntitle = \"A\"\n\
                    points = 3\nsplit = { tests = 3, models = 0 }\ndifficulty = 1\nminutes = 1\n\
                    unsafe = false\ncrates = []\nmodelled = false\nhints = []\n";
    let root = course_with_manifest(manifest);
    let said = Xtask::at(root.path().to_path_buf()).run(&["bench", "a"]);
    assert_eq!(said.code, Some(2), "{}", said.err);
    assert!(
        said.err.contains("the speed of `a` is not measured"),
        "{}",
        said.err
    );
}

#[test]
fn a_folder_without_chapters_is_not_a_course_and_not_a_submission() {
    let empty = tempfile::tempdir().unwrap();
    let said = Xtask::at(empty.path().to_path_buf()).run(&["list"]);
    assert_eq!(said.code, Some(3));
    assert!(said.err.contains("holds no chapters"), "{}", said.err);
    let said = Xtask::in_course().run(&["grade", "--tree", empty.path().to_str().unwrap()]);
    assert_eq!(said.code, Some(2));
    assert!(said.err.contains("holds no chapters"), "{}", said.err);
}

#[test]
fn an_untouched_tree_is_graded_without_compiling_anything() {
    let xtask = Xtask::in_course();
    let said = xtask.run(&["grade", "ch04"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.out.contains("NotStarted"), "{}", said.out);
    assert!(
        !said.out.contains('\x1b'),
        "colours in a pipe: {:?}",
        said.out
    );
    assert!(
        said.out.lines().all(|line| line.chars().count() <= 80),
        "{}",
        said.out
    );
    assert!(
        !xtask.folder.path().join("externs.json").exists(),
        "something was built"
    );
}

#[test]
fn machine_formats_say_the_same_and_are_versioned() {
    let xtask = Xtask::in_course();
    let json = xtask.run(&["grade", "ch04", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(report["version"], 1);
    assert_eq!(
        report["chapters"][0]["exercises"][0]["verdict"],
        "NotStarted"
    );
    assert_eq!(report["total"]["earned"], 0.0);
    let junit = xtask.run(&["grade", "ch04", "--format", "junit"]);
    assert!(
        junit.out.starts_with("<?xml") && junit.out.contains("<skipped"),
        "{}",
        junit.out
    );
    let list = xtask.run(&["list", "--format", "json"]);
    let list: serde_json::Value = serde_json::from_str(&list.out).unwrap();
    assert_eq!(list["exercises"][0]["status"]["verdict"], "NotStarted");
}

#[test]
fn a_solution_earns_everything_and_is_known_the_second_time() {
    let xtask = Xtask::in_course();
    let first = xtask.grade("producer_consumer", solution("producer_consumer"));
    assert_eq!(first.code, Some(0), "{}{}", first.out, first.err);
    assert!(first.out.contains("Pass"), "{}", first.out);
    fs::remove_file(xtask.folder.path().join("externs.json")).unwrap();
    let second = xtask.grade("producer_consumer", solution("producer_consumer"));
    assert_eq!(first.out, second.out);
    // What is graded leaves nothing for the compiler to know again.
    assert!(!xtask.folder.path().join("incremental").exists());
    assert!(
        !xtask
            .folder
            .path()
            .join("work")
            .read_dir()
            .is_ok_and(|mut left| left.next().is_some())
    );
}

#[test]
fn a_source_that_does_not_compile_costs_its_own_points_and_names_the_place() {
    let said = Xtask::in_course().grade("producer_consumer", "pub fn start( {\n");
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.out.contains("DoesNotCompile"), "{}", said.out);
    assert!(said.out.contains("producer_consumer.rs:1"), "{}", said.out);
}

#[test]
fn a_stack_overflow_is_a_crash_of_that_exercise() {
    let source = solution("dining_ordered");
    let body = source.find("pub fn seats(&self) -> usize {").unwrap();
    let open = body + source[body..].find('{').unwrap() + 1;
    let broken = format!(
        "#[allow(unconditional_recursion)]\nfn deep(n: u64) -> u64 {{ n.wrapping_add(deep(n + 1)) }}\n{}",
        format_args!("{} deep(1); {}", &source[..open], &source[open..])
    );
    // Inner attributes and module docs must stay first.
    let broken = move_docs_first(&broken);
    let said = Xtask::in_course().grade("dining_ordered", broken);
    assert_eq!(said.code, Some(0), "{}{}", said.out, said.err);
    assert!(said.out.contains("Crashed"), "{}", said.out);
}

fn move_docs_first(source: &str) -> String {
    let (docs, rest): (Vec<&str>, Vec<&str>) = source
        .lines()
        .partition(|line| line.starts_with("//!") || line.starts_with("#!["));
    [docs, rest].concat().join("\n")
}

#[test]
fn going_around_the_kit_in_a_modelled_exercise_is_refused_with_the_remedy() {
    let said = Xtask::in_course().grade(
        "dining_ordered",
        solution("dining_ordered").replace("use kit::sync", "use std::sync"),
    );
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(said.out.contains("Forbidden"), "{}", said.out);
    assert!(said.out.contains("use `kit::sync"), "{}", said.out);
}

#[test]
fn leaving_the_process_is_refused_before_anything_runs() {
    let source = format!(
        "{}\n#[allow(dead_code)]\nfn leave() -> ! {{ std::process::exit(0) }}\n",
        solution("producer_consumer")
    );
    let said = Xtask::in_course().grade("producer_consumer", source);
    assert!(
        said.out.contains("Forbidden") && said.out.contains("std::process"),
        "{}",
        said.out
    );
}

#[test]
fn a_failing_linker_is_our_fault_and_costs_nothing() {
    let mut xtask = Xtask::in_course();
    // The libraries are built while there is a linker; then the exercise meets a machine without one.
    let before = xtask.grade("producer_consumer", solution("producer_consumer"));
    assert_eq!(before.code, Some(0), "{}", before.err);
    xtask.path = Some("/nonexistent");
    let changed = solution("producer_consumer") + "\n";
    let said = xtask.grade("producer_consumer", changed);
    assert_eq!(said.code, Some(5), "{}{}", said.out, said.err);
    assert!(
        said.out.contains("Ungraded") && said.out.contains("linker"),
        "{}",
        said.out
    );
    assert!(said.out.contains("(10 open)"), "{}", said.out);
}

#[test]
fn a_second_run_in_the_same_tree_is_turned_away() {
    let xtask = Xtask::in_course();
    let held = File::create(xtask.folder.path().join("run.lock")).unwrap();
    fs::write(xtask.folder.path().join("run.lock"), "4711").unwrap();
    held.lock().unwrap();
    let said = xtask.grade("producer_consumer", "fn f() {}");
    assert_eq!(said.code, Some(6), "{}", said.out);
    assert_eq!(
        said.err,
        "error: another `cargo xtask` run (process 4711) works in this tree; wait until it has ended, \
         or stop it\n"
    );
    // What needs no building is answered all the same.
    assert_eq!(xtask.run(&["grade", "ch04"]).code, Some(0));
    drop(held);
    assert_ne!(xtask.grade("producer_consumer", "fn f() {}").code, Some(6));
}

#[test]
fn a_schedule_that_names_nothing_is_turned_away() {
    let xtask = Xtask::in_course();
    for (schedule, why) in [
        ("nonsense", "names no schedule"),
        ("no_such_model@loom:1", "there is no model"),
        (
            "gcra::three_guests_eat_one_meal_each@loom:1",
            "there is no model",
        ),
        ("three_guests_eat_one_meal_each@loom:1", "say whose"),
    ] {
        let said = xtask.run(&["replay", schedule]);
        assert_eq!(said.code, Some(2));
        assert!(said.err.contains(why), "{}", said.err);
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_run_ends_at_once_and_says_that_nothing_is_lost() {
    use std::{
        io::{BufRead as _, BufReader},
        process::Stdio,
    };

    let xtask = Xtask::in_course();
    // Once, so that the libraries are there and the run that is interrupted is in the middle of a test.
    xtask.grade("producer_consumer", "fn f() {}");
    let source = solution("dining_ordered").replace(
        "pub fn seats(&self) -> usize {",
        "pub fn seats(&self) -> usize { loop { kit::hint::spin_loop() } #[allow(unreachable_code)]",
    );
    let tree = tree_with("dining_ordered", source);
    let mut child = xtask
        .command(&[
            "grade",
            "dining_ordered",
            "--tree",
            tree.path().to_str().unwrap(),
        ])
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The work folder holds the test binary from the moment that tests can run.
    let work = xtask.folder.path().join("work");
    let running = || {
        let folders = work.read_dir().into_iter().flatten().flatten();
        folders
            .into_iter()
            .any(|folder| folder.path().join("tests/run").is_file())
    };
    while !running() {
        assert!(
            child.try_wait().unwrap().is_none(),
            "ended before it could be interrupted"
        );
        std::thread::yield_now();
    }
    let interrupted = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(interrupted.success());
    let said: Vec<String> = BufReader::new(child.stderr.take().unwrap())
        .lines()
        .map(Result::unwrap)
        .collect();
    assert_eq!(child.wait().unwrap().code(), Some(130), "{said:?}");
    assert_eq!(
        said,
        ["error: interrupted; what was graded is kept, run the same command again to go on"]
    );
}
