//! `watch` as its users meet it: in a terminal, with keys and saves, and exercises that hang.
//!
//! Each test has a copy of the course to write into, and a folder of its own for what the runner makes.
//! Nothing here sleeps: it waits for what must stand on the screen.

#![cfg(unix)]

mod pty;

use std::{
    fs, io,
    io::Write as _,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
    thread,
};

use pty::Terminal;
use tempfile::TempDir;

const CHAPTER: &str = "chapters/04-classic-problems";

/// The course that this package belongs to.
fn original() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

/// A copy of the course whose exercises can be written; the rest is the original.
struct Course {
    root: TempDir,
    /// What the runner makes.
    made: TempDir,
}

impl Course {
    fn copy() -> Course {
        let root = tempfile::tempdir().unwrap();
        for entry in original().read_dir().unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name();
            if name == "chapters" {
                copy(&entry.path(), &root.path().join(name)).unwrap();
            } else if name != ".git" && name != "target" {
                symlink(entry.path(), root.path().join(name)).unwrap();
            }
        }
        let made = tempfile::tempdir().unwrap();
        fs::write(made.path().join("externs.json"), libraries()).unwrap();
        Course { root, made }
    }

    fn path(&self, exercise: &str) -> PathBuf {
        self.root
            .path()
            .join(CHAPTER)
            .join("src")
            .join(format!("{exercise}.rs"))
    }

    /// As a careful editor does it: another file, renamed over the old one.
    fn save(&self, exercise: &str, source: &str) {
        let path = self.path(exercise);
        let new = path.with_extension("rs~");
        fs::write(&new, source).unwrap();
        fs::rename(&new, &path).unwrap();
    }

    fn command(&self, args: &[&str]) -> Command {
        runner(self.root.path(), self.made.path(), args)
    }

    fn watch(&self, exercise: &str) -> Terminal {
        Terminal::run(self.command(&["watch", exercise]), 80, 24)
    }
}

fn runner(root: &Path, made: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command
        .args(args)
        .env("CARGO_MANIFEST_DIR", root.join("xtask"))
        .env("XTASK_DIR", made)
        .env_remove("CLICOLOR_FORCE")
        .current_dir(root);
    command
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    if !from.is_dir() {
        return fs::copy(from, to).map(drop);
    }
    fs::create_dir(to)?;
    for entry in from.read_dir()? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

/// Where the libraries lie that exercises are linked against: built once, from the original.
fn libraries() -> &'static [u8] {
    static LIBRARIES: OnceLock<Vec<u8>> = OnceLock::new();
    LIBRARIES.get_or_init(|| {
        let (made, tree) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let sources = tree.path().join(CHAPTER).join("src");
        fs::create_dir_all(&sources).unwrap();
        fs::write(sources.join("producer_consumer.rs"), "fn f() {}").unwrap();
        let tree = tree.path().to_str().unwrap();
        let args = ["grade", "producer_consumer", "--tree", tree];
        let graded = runner(&original(), made.path(), &args).output().unwrap();
        assert!(graded.status.success(), "{graded:?}");
        fs::read(made.path().join("externs.json")).unwrap()
    })
}

fn read(path: &str) -> String {
    fs::read_to_string(original().join(path)).unwrap()
}

fn solution() -> String {
    read("solutions/04-classic-problems/src/producer_consumer.rs")
}

fn deadlocks() -> String {
    read("solutions/04-classic-problems/known_bad/producer_consumer/sender_outlives_producers.rs")
}

/// The solution, but for what it does first.
fn begins_with(statement: &str) -> String {
    let place = "    let (sender, receiver) = bounded(capacity);";
    let source = solution();
    assert!(source.contains(place));
    source.replace(
        place,
        &format!("    if producers > 0 {{ {statement} }}\n{place}"),
    )
}

fn loops() -> String {
    begins_with("loop { kit::hint::spin_loop() }")
}

const RUNNING: &str = " running";

#[test]
fn a_stub_says_what_to_write_a_deadlock_who_waits_and_a_pass_moves_on() {
    let course = Course::copy();
    let mut terminal = course.watch("producer_consumer");
    let before = terminal.wait_for(["not yet implemented", "producer_consumer: "]);
    assert!(before.contains("0 of "), "{before}");
    course.save("producer_consumer", &deadlocks());
    let screen = terminal.wait_for([" Deadlock", "lines 1-"]);
    assert!(screen.lines().count() <= 24, "{screen}");
    // The failure is longer than the screen.
    terminal.press("\x1b[F");
    terminal.wait_for(["producer_consumer: Deadlock, "]);
    terminal.press("\x1b[H");
    terminal.wait_for(["lines 1-"]);

    course.save("producer_consumer", &solution());
    let screen = terminal.wait_for([
        "producer_consumer: Pass",
        "The reference solution",
        "Next: ",
    ]);
    let next = screen.split_once("Next: ").unwrap().1;
    let next = next.split_whitespace().next().unwrap().to_owned();
    assert_ne!(next, "producer_consumer");
    assert!(screen.contains("1 of "), "{screen}");
    // What the compiler found out is there for the next save.
    let memory = course
        .made
        .path()
        .join("incremental/producer_consumer/tests");
    assert!(memory.is_dir());
    terminal.press("n");
    terminal.wait_for([&format!("src/{next}.rs"), "not yet implemented"]);
    terminal.press("q");
    assert_eq!(terminal.end().code(), Some(0));
}

#[test]
fn a_save_of_the_next_exercise_after_a_pass_goes_there() {
    let course = Course::copy();
    course.save("producer_consumer", &solution());
    let terminal = course.watch("producer_consumer");
    let screen = terminal.wait_for(["producer_consumer: Pass", "Next: "]);
    let next = screen.split_once("Next: ").unwrap().1;
    let next = next.split_whitespace().next().unwrap();
    course.save(next, "this is no Rust");
    terminal.wait_for([&format!("src/{next}.rs"), " DoesNotCompile"]);
}

#[test]
fn keys_work_while_an_exercise_loops_and_a_save_ends_it() {
    let course = Course::copy();
    course.save("producer_consumer", &loops());
    let mut terminal = course.watch("producer_consumer");
    terminal.wait_for([RUNNING]);
    terminal.press("h");
    terminal.wait_for(["Hint 1 of 3", "2 more hints", RUNNING]);
    terminal.press("h");
    terminal.wait_for(["Hint 2 of 3", RUNNING]);
    terminal.press("l");
    terminal.wait_for(["filter: all", "dining_ordered"]);
    terminal.press("\x1b");
    terminal.wait_for([RUNNING, "esc stop"]);
    terminal.press("\x1b");
    terminal.wait_for(["stopped; r checks producer_consumer again"]);
    terminal.press("r");
    terminal.wait_for([RUNNING]);
    course.save("producer_consumer", &solution());
    terminal.wait_for(["producer_consumer: Pass"]);
}

#[test]
fn what_an_exercise_prints_without_end_reaches_no_terminal() {
    let course = Course::copy();
    let floods = begins_with(r#"loop { println!("\x1b[2J\x1b[Hgotcha\x07{}", "x".repeat(99)) }"#);
    course.save("producer_consumer", &floods);
    let mut terminal = course.watch("producer_consumer");
    terminal.wait_for(["src/producer_consumer.rs"]);
    terminal.press("l");
    terminal.wait_for(["filter: all"]);
    terminal.press("\x1b");
    let screen = terminal.wait_for([" OutputLimit", "src/producer_consumer.rs"]);
    assert!(
        screen
            .lines()
            .next()
            .unwrap()
            .contains("producer_consumer  Producers"),
        "{screen}"
    );
    assert!(
        screen.lines().last().unwrap().contains("q quit"),
        "{screen}"
    );
}

#[test]
fn a_terminal_may_change_its_size_while_an_exercise_loops() {
    let course = Course::copy();
    course.save("producer_consumer", &loops());
    let mut terminal = course.watch("producer_consumer");
    terminal.wait_for([RUNNING]);
    for (columns, rows) in [(50, 12), (30, 5), (120, 40), (80, 24)] {
        terminal.resize(columns, rows);
        terminal.wait_until("keys in the last row", |screen| {
            let contents = screen.rows(0, columns).collect::<Vec<_>>();
            contents[0].starts_with(" producer_consumer")
                && contents[usize::from(rows) - 1]
                    .trim_end()
                    .ends_with("q quit")
                && contents.iter().any(|row| row.starts_with(RUNNING))
        });
    }
    terminal.press("q");
    assert_eq!(terminal.end().code(), Some(0));
}

#[test]
fn the_terminal_is_given_back_as_it_was() {
    let course = Course::copy();
    course.save("producer_consumer", &loops());
    for (keys, signal, code) in [
        ("\x03", None, 130),
        ("q", None, 0),
        ("", Some("-TERM"), 130),
        ("", Some("-INT"), 130),
    ] {
        let mut terminal = Terminal::run(course.command(&["watch", "producer_consumer"]), 80, 24);
        // The shell's modes, before the program has changed them or after.
        let fresh = Terminal::run(Command::new("true"), 80, 24).modes();
        terminal.wait_for([RUNNING]);
        assert_eq!(terminal.is_taken(), (true, true));
        assert_ne!(terminal.modes(), fresh, "raw");
        terminal.press(keys);
        if let Some(signal) = signal {
            let id = terminal.child.id().to_string();
            let sent = Command::new("kill").args([signal, &id]).status().unwrap();
            assert!(sent.success());
        }
        assert_eq!(terminal.end().code(), Some(code), "{keys:?} {signal:?}");
        terminal.wait_until("the screen of before", |screen| !screen.alternate_screen());
        assert_eq!(terminal.is_taken(), (false, false));
        assert_eq!(terminal.modes(), fresh);
    }
    let left = course.made.path().join("work").read_dir();
    assert_eq!(left.map_or(0, Iterator::count), 0, "work folders are left");
}

#[test]
fn the_list_is_filtered_and_an_exercise_chosen_with_arrows() {
    let course = Course::copy();
    course.save("producer_consumer", "this is no Rust");
    let mut terminal = course.watch("producer_consumer");
    terminal.wait_for([" DoesNotCompile", "producer_consumer: DoesNotCompile"]);
    terminal.press("l");
    let all = terminal.wait_for(["filter: all", "dining_ordered"]);
    assert!(all.contains("> producer_consumer"), "{all}");
    terminal.press("f");
    terminal.wait_for(["filter: open", "dining_ordered"]);
    terminal.press("f");
    let begun = terminal.wait_for(["filter: begun", " 1 of "]);
    assert!(!begun.contains("dining_ordered"), "{begun}");
    terminal.press("f");
    terminal.wait_for(["filter: passed", "none"]);
    terminal.press("f");
    terminal.wait_for(["filter: all"]);
    // The list follows the order of the manifest.
    let manifest = read(&format!("{CHAPTER}/exercises.toml"));
    let ids: Vec<&str> = manifest
        .lines()
        .filter_map(|line| line.strip_prefix("id = \"")?.strip_suffix('"'))
        .filter(|id| *id != "ch04")
        .collect();
    let from = ids
        .iter()
        .position(|id| *id == "producer_consumer")
        .unwrap();
    terminal.press("\x1b[B\r");
    terminal.wait_for([&format!("src/{}.rs", ids[from + 1])]);
}

#[test]
fn a_save_of_another_exercise_is_noticed_and_a_key_goes_there() {
    let course = Course::copy();
    course.save("producer_consumer", "this is no Rust");
    let mut terminal = course.watch("producer_consumer");
    terminal.wait_for(["producer_consumer: DoesNotCompile"]);
    course.save("token_bucket", "neither is this");
    terminal.wait_for(["you saved token_bucket; g goes there"]);
    terminal.press("g");
    terminal.wait_for(["src/token_bucket.rs", "token_bucket: DoesNotCompile"]);
}

#[test]
fn other_commands_may_run_while_nothing_is_checked() {
    let course = Course::copy();
    course.save("producer_consumer", "this is no Rust");
    let terminal = course.watch("producer_consumer");
    terminal.wait_for(["producer_consumer: DoesNotCompile"]);
    course.save("token_bucket", "neither is this");
    let other = course.command(&["check", "token_bucket"]).output().unwrap();
    assert_eq!(other.status.code(), Some(1), "{other:?}");
}

#[test]
fn a_bench_streams_into_the_view_and_a_key_ends_it() {
    let course = Course::copy();
    course.save("producer_consumer", "this is no Rust");
    let mut terminal = course.watch("producer_consumer");
    terminal.wait_for(["producer_consumer: DoesNotCompile"]);
    terminal.press("b");
    // Measuring, or already at its end: what does not compile cannot be measured.
    terminal.wait_for([" measur", "esc back"]);
    terminal.press("\x1b");
    terminal.wait_for(["producer_consumer: DoesNotCompile"]);
}

#[test]
fn a_reset_asks_first_and_keeps_what_stood_there() {
    let course = Course::copy();
    let stub = fs::read_to_string(course.path("producer_consumer")).unwrap();
    let git = |args: &[&str]| {
        let mut command = Command::new("git");
        command
            .args(["-c", "user.name=A", "-c", "user.email=a@example.org"])
            .args(["-c", "commit.gpgsign=false"])
            .args(args)
            .current_dir(course.root.path());
        assert!(command.output().unwrap().status.success(), "git {args:?}");
    };
    git(&["init"]);
    git(&["add", "chapters"]);
    git(&["commit", "-m", "The course"]);
    course.save("producer_consumer", "this is no Rust");
    let mut terminal = course.watch("producer_consumer");
    terminal.wait_for(["producer_consumer: DoesNotCompile"]);
    terminal.press("x");
    terminal.wait_for(["Put the stub of producer_consumer back?"]);
    terminal.press("n");
    terminal.wait_until("no question", |screen| !screen.contents().contains("(y/n)"));
    assert_eq!(
        fs::read_to_string(course.path("producer_consumer")).unwrap(),
        "this is no Rust"
    );
    terminal.press("xy");
    terminal.wait_for(["not yet implemented"]);
    assert_eq!(
        fs::read_to_string(course.path("producer_consumer")).unwrap(),
        stub
    );
    let kept = course.path("producer_consumer").with_extension("rs.old");
    assert_eq!(fs::read_to_string(kept).unwrap(), "this is no Rust");
}

#[test]
fn a_solution_is_shown_before_a_pass_only_to_those_who_insist() {
    let course = Course::copy();
    course.save("producer_consumer", "this is no Rust");
    let mut terminal = course.watch("producer_consumer");
    terminal.wait_for(["producer_consumer: DoesNotCompile"]);
    terminal.press("v");
    terminal.wait_for(["does not pass yet. Show the solution? (y/n)"]);
    terminal.press("y");
    let screen = terminal.wait_for(["The reference solution"]);
    assert!(!screen.contains("Next:"), "{screen}");
}

#[test]
fn a_file_that_is_gone_is_noticed_and_so_is_its_return() {
    let course = Course::copy();
    course.save("producer_consumer", "this is no Rust");
    let terminal = course.watch("producer_consumer");
    terminal.wait_for(["producer_consumer: DoesNotCompile"]);
    fs::remove_file(course.path("producer_consumer")).unwrap();
    terminal.wait_for(["producer_consumer.rs is gone"]);
    course.save("producer_consumer", &deadlocks());
    terminal.wait_for([" Deadlock"]);
}

#[test]
fn without_a_terminal_there_are_plain_lines() {
    let course = Course::copy();
    course.save("producer_consumer", "this is no Rust");
    let mut child = course
        .command(&["watch", "producer_consumer"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut typed = child.stdin.take().unwrap();
    let out = child.stdout.take().unwrap();
    let mut lines = io::BufRead::lines(io::BufReader::new(out)).map(io::Result::unwrap);
    let mut until = |end: &str| {
        let mut seen = Vec::new();
        for line in lines.by_ref() {
            seen.push(line);
            if seen.last().unwrap().starts_with(end) {
                return seen.join("\n");
            }
        }
        panic!("ended before {end:?}: {seen:#?}");
    };
    let first = until("producer_consumer: DoesNotCompile");
    assert!(first.contains("checking producer_consumer"), "{first}");
    course.save("producer_consumer", &solution());
    let passed = until("producer_consumer: Pass");
    assert!(!passed.contains('\x1b'), "{passed}");
    until("Next: ");
    writeln!(typed, "producer_consumer").unwrap();
    until("checking producer_consumer");
    // A pass turns the page, so the hints come after it.
    until("Next: ");
    writeln!(typed, "h").unwrap();
    until("Hint 1 of 3");
    writeln!(typed, "h").unwrap();
    until("Hint 2 of 3");
    writeln!(typed, "q").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_terminal_that_cannot_move_its_cursor_gets_plain_lines() {
    let course = Course::copy();
    course.save("producer_consumer", "this is no Rust");
    let mut dumb = Command::new("env");
    let watch = course.command(&["watch", "producer_consumer"]);
    dumb.arg("TERM=dumb")
        .arg(watch.get_program())
        .args(watch.get_args());
    for (name, value) in watch.get_envs() {
        if let Some(value) = value {
            dumb.env(name, value);
        }
    }
    dumb.current_dir(course.root.path());
    let mut terminal = Terminal::run(dumb, 80, 24);
    terminal.wait_for(["producer_consumer: DoesNotCompile"]);
    assert_eq!(terminal.is_taken(), (false, false));
    terminal.press("q\n");
    assert_eq!(terminal.end().code(), Some(0));
}

#[test]
fn many_saves_in_a_row_end_with_the_verdict_of_the_last() {
    let course = Course::copy();
    course.save("producer_consumer", "this is no Rust");
    let terminal = course.watch("producer_consumer");
    terminal.wait_for(["producer_consumer: DoesNotCompile"]);
    for round in 0..20 {
        course.save("producer_consumer", &format!("fn f{round}("));
        thread::yield_now();
    }
    course.save("producer_consumer", &solution());
    terminal.wait_for(["producer_consumer: Pass"]);
}

#[test]
#[ignore = "prints the screen that docs/src/runner.md shows"]
fn a_screen_for_the_book() {
    let course = Course::copy();
    let known_bad = "solutions/04-classic-problems/known_bad/dining_ordered/left_then_right.rs";
    course.save("dining_ordered", &read(known_bad));
    let mut terminal = course.watch("dining_ordered");
    terminal.wait_for(["dining_ordered", " Deadlock"]);
    // The status says it only when everything has run.
    terminal.wait_until("an end", |screen| {
        screen
            .rows(0, 80)
            .nth(2)
            .is_some_and(|row| row == " Deadlock")
    });
    println!("{}", terminal.contents());
    terminal.press("h");
    println!("{}", terminal.wait_for(["Hint 1 of 3"]));
}
