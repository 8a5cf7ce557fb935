//! The editions and their exchange from outside: `export`, `submit`, `update`, mostly on a course of two
//! exercises that is made for the purpose, and once on this one.

use std::{
    collections::{BTreeMap, BTreeSet},
    ffi::OsStr,
    fs,
    io::Read as _,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use flate2::read::{GzDecoder, ZlibDecoder};
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

/// The course that this package belongs to.
fn course() -> PathBuf {
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
    fn of(output: Output) -> Said {
        Said {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Ended well, and says this.
    #[track_caller]
    fn fine(self) -> String {
        assert_eq!(self.code, Some(0), "{}{}", self.out, self.err);
        self.out
    }

    /// Turned away with one sentence and this exit code.
    #[track_caller]
    fn refused(self, code: i32, why: &str) {
        assert_eq!(self.code, Some(code), "{}{}", self.out, self.err);
        assert!(self.err.contains(why), "{}", self.err);
        assert_eq!(self.err.lines().count(), 1, "{}", self.err);
    }
}

/// Runs the runner in the tree at `root`.
fn xtask<S: AsRef<OsStr>>(root: &Path, args: &[S]) -> Said {
    let own = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_xtask"))
        .args(args)
        .env("CARGO_MANIFEST_DIR", root.join("xtask"))
        .env("XTASK_DIR", own.path())
        .env_remove("CLICOLOR_FORCE")
        .current_dir(root)
        .output()
        .unwrap();
    Said::of(output)
}

fn export(root: &Path, edition: &str, into: &Path) -> Said {
    xtask(root, &["export", edition, into.to_str().unwrap()])
}

fn update(root: &Path, from: &Path) -> Said {
    xtask(root, &["update", from.to_str().unwrap()])
}

/// Every file below `root` with its bytes, git's own left out.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.ends_with(".git") || path.ends_with("target") {
                continue;
            }
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_str().unwrap();
                files.insert(name.to_owned(), fs::read(&path).unwrap());
            }
        }
    }
    files
}

fn put(root: &Path, file: &str, text: impl AsRef<[u8]>) {
    let path = root.join(file);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
}

fn text(root: &Path, file: &str) -> String {
    fs::read_to_string(root.join(file)).unwrap_or_else(|cause| panic!("{file}: {cause}"))
}

fn git(root: &Path, args: &[&str]) {
    let output = Command::new("git")
        .args([
            "-c",
            "user.name=author",
            "-c",
            "user.email=author@example.org",
        ])
        .args(args)
        .current_dir(root)
        .output()
        .unwrap();
    assert!(output.status.success(), "git {args:?}: {output:?}");
}

fn commit(root: &Path) {
    git(root, &["add", "--all"]);
    git(
        root,
        &["commit", "--quiet", "--allow-empty", "--message", "x"],
    );
}

const CHAPTER: &str = "chapters/01-first";
const ONE: &str = "chapters/01-first/src/one.rs";
const TWO: &str = "chapters/01-first/src/two.rs";
const STUB: &str = "//! Write it.\n\npub fn answer() -> u32 {\n    todo!(\"the answer\")\n}\n";
const MINE: &str = "pub fn answer() -> u32 {\n    40 + 1 // nearly\n}\n";

/// A full course of two exercises, in git.
struct Mini {
    folder: TempDir,
}

impl Mini {
    fn new() -> Mini {
        let mini = Mini {
            folder: tempfile::tempdir().unwrap(),
        };
        let root = mini.root();
        let package = |name: &str| {
            format!("[package]\nname = \"{name}\"\nversion.workspace = true\nedition = \"2024\"\n")
        };
        put(&root, "Cargo.toml", workspace("0.1.0"));
        put(&root, "Cargo.lock", "version = 4\n");
        put(&root, "README.md", "The full course: see solutions/.\n");
        put(&root, ".gitignore", "/target\n");
        put(&root, "crates/kit/Cargo.toml", package("kit"));
        put(&root, "crates/kit/src/lib.rs", "");
        put(&root, "xtask/Cargo.toml", package("xtask"));
        put(&root, "xtask/src/main.rs", "fn main() {}\n");
        put(&root, "xtask/tests/secret.rs", "// knows one_solved_it\n");
        put(
            &root,
            "crates/kit/tests/secret.rs",
            "// knows one_solved_it\n",
        );
        put(&root, &format!("{CHAPTER}/Cargo.toml"), package("ch01"));
        put(
            &root,
            &format!("{CHAPTER}/src/lib.rs"),
            "pub mod one;\npub mod two;\n",
        );
        put(
            &root,
            "solutions/01-first/Cargo.toml",
            package("ch01-solutions"),
        );
        put(
            &root,
            "solutions/01-first/src/lib.rs",
            "pub mod one;\npub mod two;\n",
        );
        put(
            &root,
            "docs/src/SUMMARY.md",
            "- [One](01-first/one.md)\n- [Guide](instructors.md)\n",
        );
        put(
            &root,
            "docs/src/instructors.md",
            "For instructors: solutions/.\n",
        );
        put(
            &root,
            "docs/src/01-first/one.md",
            "# One\n\n{{#include ../../../solutions/01-first/known_bad/one/off_by_one.rs:idea}}\n\n\
             {{#include predict/one.rs:question}}\n\n\
             ## What it costs\n\nThe reference takes 1.07 of it.\n\n## Sources\n",
        );
        put(
            &root,
            "docs/src/01-first/predict/one.rs",
            "// runs solutions/01-first/src/one.rs\n// ANCHOR: question\nfn question() {}\n// ANCHOR_END: question\n",
        );
        put(&root, "docs/src/01-first/predict/two.rs", "// on its own\n");
        for id in ["one", "two"] {
            put(&root, &format!("{CHAPTER}/src/{id}.rs"), STUB);
            put(
                &root,
                &format!("{CHAPTER}/tests/{id}.rs"),
                format!("// public {id}\n"),
            );
            put(
                &root,
                &format!("solutions/01-first/src/{id}.rs"),
                format!("fn {id}_solved_it() {{}}\n"),
            );
            put(
                &root,
                &format!("solutions/01-first/tests/hidden/{id}.rs"),
                format!("fn {id}_looked_at_in_secret() {{}}\n"),
            );
        }
        put(
            &root,
            "solutions/01-first/known_bad/one/off_by_one.rs",
            "//! verdict: WrongAnswer\nfn hidden_part() {}\n// ANCHOR: idea\nfn shown_part() {}\n// ANCHOR_END: idea\n",
        );
        mini.manifest(&["one", "two"]);
        git(&root, &["init", "--quiet"]);
        mini.accept();
        mini
    }

    fn root(&self) -> PathBuf {
        self.folder.path().to_owned()
    }

    fn manifest(&self, ids: &[&str]) {
        let mut manifest = "[chapter]\nid = \"ch01\"\ntitle = \"First\"\n".to_owned();
        for id in ids {
            manifest += &format!(
                "\n[[exercise]]\nid = \"{id}\"\ntitle = \"{id}\"\npoints = 1\n\
                 split = {{ tests = 1, models = 0 }}\ndifficulty = 1\nminutes = 1\nunsafe = false\n\
                 crates = []\nmodelled = false\nhints = []\n"
            );
        }
        put(&self.root(), &format!("{CHAPTER}/exercises.toml"), manifest);
    }

    /// Records the stubs as they are, and commits everything.
    fn accept(&self) {
        let root = self.root();
        let mut lock = "# The stubs.\n".to_owned();
        for entry in fs::read_dir(root.join(CHAPTER).join("src")).unwrap() {
            let path = entry.unwrap().path();
            let id = path.file_stem().unwrap().to_str().unwrap();
            if id != "lib" {
                lock += &format!(
                    "{id} {}\n",
                    stub_digest(&fs::read_to_string(&path).unwrap())
                );
            }
        }
        put(&root, &format!("{CHAPTER}/stubs.lock"), lock);
        commit(&root);
    }

    /// An edition of it, in a folder that is empty except for that.
    fn exported(&self, edition: &str) -> Copy {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().join("tree");
        export(&self.root(), edition, &root).fine();
        Copy {
            _folder: folder,
            root,
        }
    }

    /// The next version: a public test changed, a file came, a file went, the stub of `two` is another.
    fn move_on(&self) {
        let root = self.root();
        put(&root, "Cargo.toml", workspace("0.2.0"));
        put(
            &root,
            &format!("{CHAPTER}/tests/one.rs"),
            "// public one, sharper\n",
        );
        put(&root, TWO, STUB.replace("Write it", "Write it well"));
        put(&root, "docs/src/new.md", "# New\n");
        git(&root, &["rm", "--quiet", "docs/src/01-first/one.md"]);
        self.accept();
    }
}

struct Copy {
    _folder: TempDir,
    root: PathBuf,
}

fn workspace(version: &str) -> String {
    format!(
        "[workspace]\nresolver = \"3\"\nmembers = [\"crates/*\", \"xtask\", \"chapters/*\", \"solutions/*\"]\n\
         default-members = [\"crates/*\", \"solutions/*\"]\n\n[workspace.package]\nversion = \"{version}\"\n"
    )
}

fn stub_digest(text: &str) -> String {
    let mut hasher = Sha256::new();
    for line in text.trim_end().lines() {
        hasher.update(line.trim_end());
        hasher.update("\n");
    }
    let bytes = hasher.finalize();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unpacked(path: &Path) -> String {
    let mut text = String::new();
    ZlibDecoder::new(fs::File::open(path).unwrap())
        .read_to_string(&mut text)
        .unwrap();
    text
}

// ---- export

#[test]
fn an_edition_holds_what_its_readers_get_and_nothing_else() {
    let mini = Mini::new();
    let class = mini.exported("class");
    let names: Vec<String> = files(&class.root).into_keys().collect();
    assert_eq!(
        names,
        [
            ".gitattributes",
            ".github/workflows/exercises.yml",
            ".gitignore",
            "Cargo.lock",
            "Cargo.toml",
            "README.md",
            "chapters/01-first/Cargo.toml",
            "chapters/01-first/exercises.toml",
            "chapters/01-first/src/lib.rs",
            "chapters/01-first/src/one.rs",
            "chapters/01-first/src/two.rs",
            "chapters/01-first/stubs.lock",
            "chapters/01-first/tests/one.rs",
            "chapters/01-first/tests/two.rs",
            "crates/kit/Cargo.toml",
            "crates/kit/src/lib.rs",
            "docs/src/01-first/one.md",
            "docs/src/01-first/predict/two.rs",
            "docs/src/SUMMARY.md",
            "edition.toml",
            "packed/01-first/one.stub.z",
            "packed/01-first/two.stub.z",
            "xtask/Cargo.toml",
            "xtask/src/main.rs",
        ]
    );
    assert_eq!(
        text(&class.root, "docs/src/01-first/one.md"),
        "# One\n\nfn shown_part() {}\n\nfn question() {}\n\n## Sources\n"
    );
    assert_eq!(
        text(&class.root, "docs/src/SUMMARY.md"),
        "- [One](01-first/one.md)\n"
    );
    assert!(text(&class.root, "README.md").contains("chapters/01-first/src/one.rs"));
    for (name, bytes) in files(&class.root) {
        let text = String::from_utf8_lossy(&bytes);
        for secret in [
            "solved_it",
            "in_secret",
            "hidden_part",
            "off_by_one",
            "solutions/",
            "ch01-solutions",
            "1.07",
        ] {
            assert!(!text.contains(secret), "{name} holds {secret}");
        }
    }

    let alone = mini.exported("self-study");
    let more: Vec<String> = files(&alone.root)
        .into_keys()
        .filter(|name| !names.contains(name))
        .collect();
    assert_eq!(
        more,
        [
            "packed/01-first/one.hidden.z",
            "packed/01-first/one.solution.z",
            "packed/01-first/two.hidden.z",
            "packed/01-first/two.solution.z",
        ]
    );
    for (name, bytes) in files(&alone.root) {
        let text = String::from_utf8_lossy(&bytes);
        assert!(
            !text.contains("solved_it") && !text.contains("in_secret"),
            "{name}"
        );
    }
    let packed = |name: &str| unpacked(&alone.root.join("packed/01-first").join(name));
    assert_eq!(packed("one.solution.z"), "fn one_solved_it() {}\n");
    assert_eq!(packed("two.hidden.z"), "fn two_looked_at_in_secret() {}\n");
    assert_eq!(packed("two.stub.z"), STUB);
}

#[test]
fn an_edition_is_a_workspace_of_its_own_that_cargo_takes_as_locked() {
    let class = Mini::new().exported("class");
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--locked", "--offline", "--format-version", "1"])
        .current_dir(&class.root)
        .output()
        .unwrap();
    let metadata: serde_json::Value = serde_json::from_str(&Said::of(output).fine()).unwrap();
    let count = |key: &str| metadata[key].as_array().unwrap().len();
    assert_eq!(count("workspace_members"), 3);
    assert_eq!(count("workspace_default_members"), 1);
    assert!(
        metadata["workspace_default_members"][0]
            .as_str()
            .unwrap()
            .contains("01-first")
    );
    assert!(!text(&class.root, "Cargo.lock").contains("solutions"));
}

#[test]
fn only_what_git_tracks_is_exported() {
    let mini = Mini::new();
    put(&mini.root(), "crates/kit/src/notes.rs", "private\n");
    put(&mini.root(), "crates/kit/src/lib.rs", "// changed\n");
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("class");
    let said = export(&mini.root(), "class", &into).fine();
    assert!(!into.join("crates/kit/src/notes.rs").exists());
    assert!(
        said.contains("Not in it, because git does not track them: 1 file."),
        "{said}"
    );
    assert!(
        said.contains("Changes to 1 file in it are not committed."),
        "{said}"
    );
    assert_eq!(text(&into, "crates/kit/src/lib.rs"), "// changed\n");

    fs::remove_dir_all(mini.root().join(".git")).unwrap();
    put(&mini.root(), "crates/kit/src/lib.rs~", "an editor's\n");
    put(&mini.root(), "target/debug/x", "a product\n");
    let into = folder.path().join("without-git");
    let said = export(&mini.root(), "class", &into).fine();
    assert!(said.contains("This tree is not in git"), "{said}");
    assert!(into.join("crates/kit/src/notes.rs").exists());
    assert!(!into.join("crates/kit/src/lib.rs~").exists());
    assert!(!into.join("target").exists());
}

#[test]
fn nobodys_work_goes_out_as_a_stub() {
    let mini = Mini::new();
    put(&mini.root(), ONE, MINE);
    let folder = tempfile::tempdir().unwrap();
    export(&mini.root(), "class", &folder.path().join("class")).refused(
        2,
        "chapters/01-first/src/one.rs is not the stub that is handed out",
    );
    assert_eq!(
        fs::read_dir(folder.path()).unwrap().count(),
        0,
        "something half-made is left"
    );
}

#[cfg(unix)]
#[test]
fn links_and_incomplete_exercises_are_not_exported() {
    let mini = Mini::new();
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("x");
    let hidden = "solutions/01-first/tests/hidden/two.rs";
    fs::remove_file(mini.root().join(hidden)).unwrap();
    export(&mini.root(), "self-study", &into).fine();
    assert!(!into.join("packed/01-first/two.hidden.z").exists());
    fs::remove_dir_all(&into).unwrap();

    fs::remove_file(mini.root().join("solutions/01-first/src/two.rs")).unwrap();
    export(&mini.root(), "self-study", &into)
        .refused(3, "`two` lacks solutions/01-first/src/two.rs");
    fs::remove_file(mini.root().join("crates/kit/src/lib.rs")).unwrap();
    export(&mini.root(), "class", &into).refused(3, "git tracks crates/kit/src/lib.rs");
    std::os::unix::fs::symlink("/etc/hostname", mini.root().join("crates/kit/src/lib.rs")).unwrap();
    export(&mini.root(), "class", &into).refused(3, "crates/kit/src/lib.rs is not a plain file");
    assert!(!into.exists());
}

#[test]
fn a_page_that_shows_too_much_stops_the_export_with_its_line() {
    let mini = Mini::new();
    let folder = tempfile::tempdir().unwrap();
    let into = folder.path().join("class");
    for (include, code, why) in [
        (
            "known_bad/one/off_by_one.rs",
            3,
            "docs/src/01-first/one.md:1: shows all of solutions/",
        ),
        (
            "src/one.rs:1",
            3,
            "docs/src/01-first/one.md:1: shows solutions/01-first/src/one.rs",
        ),
    ] {
        let page = format!("{{{{#include ../../../solutions/01-first/{include}}}}}\n");
        put(&mini.root(), "docs/src/01-first/one.md", page);
        export(&mini.root(), "class", &into).refused(code, why);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn an_export_overwrites_nothing_and_says_what_to_do() {
    let mini = Mini::new();
    let root = mini.root();
    let folder = tempfile::tempdir().unwrap();
    let full = folder.path().join("full");
    put(&full, "thesis.txt", "mine");
    export(&root, "class", &full).refused(2, "is not empty, and nothing is overwritten");
    export(&root, "class", &full.join("thesis.txt")).refused(2, "is a file");
    export(&root, "class", &folder.path().join("a/b")).refused(2, "make it first");
    export(&root, "class", &root.join("class")).refused(2, "lies inside the course");
    export(&root, "class", &root.join("docs/../class")).refused(2, "inside the course");
    export(&root, "class", Path::new("/")).refused(2, "not empty");
    assert_eq!(xtask(&root, &["export", "school", "x"]).code, Some(2));
    assert_eq!(files(&full).len(), 1);

    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    export(&root, "class", &empty).fine();
    assert!(empty.join("edition.toml").exists());
    let beside: Vec<_> = fs::read_dir(folder.path())
        .unwrap()
        .flatten()
        .map(|e| e.file_name())
        .collect();
    assert_eq!(beside.len(), 2, "{beside:?}");
    // An edition makes no editions, and has nothing to prove.
    xtask(&empty, &["verify"]).refused(2, "needs the full course; this is the class edition");
    xtask(&empty, &["soak", "one"]).refused(2, "there is none of `one` here");
    export(&empty, "class", &folder.path().join("again")).refused(2, "needs the full course");
}

#[cfg(target_os = "linux")]
#[test]
fn a_folder_that_cannot_be_written_is_named_and_nothing_is_left() {
    let mini = Mini::new();
    // No one may make folders there, whoever runs this.
    export(&mini.root(), "class", Path::new("/proc/class")).refused(4, "/proc");
}

// ---- this course

/// The lines of this course that only `solutions/` has, by file, and that no lesson shows.
fn secrets() -> BTreeMap<String, Vec<String>> {
    let root = course();
    let tracked = Command::new("git")
        .arg("ls-files")
        .current_dir(&root)
        .output()
        .unwrap();
    let tracked = Said::of(tracked).fine();
    let (hidden, open): (Vec<&str>, Vec<&str>) = tracked
        .lines()
        .partition(|file| file.starts_with("solutions/"));
    let mut known: BTreeSet<String> = BTreeSet::new();
    for file in open {
        let Ok(text) = fs::read_to_string(root.join(file)) else {
            continue;
        };
        // What a learner is given to begin with: code. What the book says is looked at.
        let given = file.starts_with("chapters/") || file.contains("/src/");
        if given && !file.starts_with("docs/src/") {
            known.extend(text.lines().map(|line| line.trim().to_owned()));
        }
        // What a lesson shows by an anchor is meant to be seen.
        let includes = text.split("{{#include ").skip(1);
        for include in includes.filter(|_| file.starts_with("docs/src/")) {
            let include = include.split("}}").next().unwrap();
            if let Some((target, anchor)) = include.rsplit_once(':')
                && let Some((_, target)) = target.split_once("solutions/")
            {
                known.extend(anchored(&root.join("solutions").join(target), anchor));
            }
        }
    }
    hidden
        .into_iter()
        .filter(|file| file.ends_with(".rs"))
        .map(|file| {
            let lines = text(&root, file)
                .lines()
                .map(|line| line.trim().to_owned())
                .filter(|line| line.len() >= 24 && !known.contains(line))
                // An import gives nothing away.
                .filter(|line| !line.starts_with("use "))
                .collect();
            (file.to_owned(), lines)
        })
        .collect()
}

/// Two programs written apart may agree in a few lines: one of the book's about an exercise, say, and a wrong
/// answer to it.
const COINCIDENCE: usize = 3;

fn anchored(path: &Path, anchor: &str) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .skip_while(|line| !line.ends_with(&format!("ANCHOR: {anchor}")))
        .take_while(|line| !line.ends_with(&format!("ANCHOR_END: {anchor}")))
        .map(|line| line.trim().to_owned())
        .collect()
}

#[test]
fn nothing_of_this_courses_solutions_can_be_read_in_either_edition() {
    let secrets = secrets();
    let kind = |file: &str| match file.split('/').collect::<Vec<_>>()[2..] {
        ["src", name] if name != "lib.rs" => Some("solution"),
        ["tests", "hidden", _] => Some("hidden tests"),
        ["known_bad", ..] => Some("known-bad"),
        _ => None,
    };
    for wanted in ["solution", "hidden tests", "known-bad"] {
        assert!(secrets.keys().any(|file| kind(file) == Some(wanted)));
    }
    for (file, lines) in &secrets {
        assert!(
            kind(file).is_none() || !lines.is_empty(),
            "{file} has no line to look for"
        );
    }
    let names: Vec<&str> = secrets
        .keys()
        .filter_map(|file| file.split_once("/known_bad/")?.1.strip_suffix(".rs"))
        .collect();
    let folder = tempfile::tempdir().unwrap();
    let mut leaks = Vec::new();
    for edition in ["class", "self-study"] {
        let root = folder.path().join(edition);
        export(&course(), edition, &root).fine();
        for (name, bytes) in files(&root) {
            let packed = edition == "self-study" && name.starts_with("packed/");
            let parts = ["solution", "hidden", "known_bad/"];
            // The runner has a module about them.
            if !packed && parts.iter().any(|part| name.contains(part)) {
                leaks.push(format!("{edition}: {name}"));
            }
            let held = String::from_utf8_lossy(&bytes);
            for path in names.iter().filter(|path| held.contains(**path)) {
                leaks.push(format!("{edition}: {name} names known_bad/{path}"));
            }
            let held: BTreeSet<&str> = held.lines().map(str::trim).collect();
            for (file, lines) in &secrets {
                let shown: BTreeSet<&str> = lines
                    .iter()
                    .map(String::as_str)
                    .filter(|line| held.contains(line))
                    .collect();
                if shown.len() > COINCIDENCE {
                    leaks.push(format!("{edition}: {name} shows {file}: {shown:?}"));
                }
            }
        }
    }
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    assert_eq!(
        unpacked(&folder.path().join("self-study").join(PACKED)),
        text(&course(), SOLUTION)
    );
}

const SOURCE: &str = "chapters/04-classic-problems/src/producer_consumer.rs";
const SOLUTION: &str = "solutions/04-classic-problems/src/producer_consumer.rs";
const RIGHT_IN_PUBLIC: &str =
    "solutions/04-classic-problems/known_bad/producer_consumer/capacity_at_least_one.rs";
const PACKED: &str = "packed/04-classic-problems/producer_consumer.solution.z";

/// Cargo in the tree at `root`, without a network and with the lock file as it was exported. Products of
/// all editions go to one folder, so that dependencies are built once.
fn cargo(root: &Path, args: &[&str]) -> Said {
    let (command, rest) = args.split_first().unwrap();
    let products = Path::new(env!("CARGO_TARGET_TMPDIR")).join("editions");
    let output = Command::new(env!("CARGO"))
        .arg(command)
        .args(["--offline", "--locked"])
        .args(rest)
        .env("CARGO_TARGET_DIR", products)
        .env_remove("XTASK_DIR")
        .env_remove("CARGO_MANIFEST_DIR")
        .current_dir(root)
        .output()
        .unwrap();
    Said::of(output)
}

#[test]
fn both_editions_build_and_grade_on_their_own_without_a_network() {
    let solved = text(&course(), SOLUTION);
    let folder = tempfile::tempdir().unwrap();
    let xtask = |root: &Path, args: &[&str]| {
        let run = ["run", "--quiet", "--package", "xtask", "--"];
        cargo(root, &[&run, args].concat())
    };
    // One after the other: they share what is built.
    for edition in ["class", "self-study"] {
        let root = folder.path().join(edition);
        export(&course(), edition, &root).fine();
        let list = xtask(&root, &["list"]).fine();
        assert!(
            list.contains("producer_consumer        NotStarted"),
            "{list}"
        );

        put(&root, SOURCE, &solved);
        let checked = xtask(&root, &["check", "producer_consumer"]).fine();
        assert!(checked.contains("producer_consumer: Pass"), "{checked}");
        let graded = xtask(&root, &["grade", "producer_consumer", "--format", "json"]);
        let json = graded.fine();
        let report: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(
            report["total"]["earned"], report["total"]["points"],
            "{json}"
        );

        // Right as far as the public tests look: only the hidden ones, unpacked, can tell.
        put(&root, SOURCE, text(&course(), RIGHT_IN_PUBLIC));
        let graded = xtask(&root, &["grade", "producer_consumer"]).fine();
        assert_eq!(
            graded.contains("hidden test"),
            edition == "self-study",
            "{graded}"
        );

        // `submit` says how things stand, and packs all the same.
        put(
            &root,
            SOURCE,
            solved.replace("pub fn start", "pub fn begin"),
        );
        let submitted = xtask(&root, &["submit"]).fine();
        assert!(submitted.contains("DoesNotCompile"), "{submitted}");
        assert!(submitted.contains("NotStarted"), "{submitted}");
        assert!(root.join("submission.tar.gz").exists());
    }
    // The plain tests of the learner's chapter, as the README and the CI workflow run them.
    let root = folder.path().join("class");
    put(&root, SOURCE, &solved);
    let tests = ["test", "--package", "ch04", "--test", "producer_consumer"];
    let said = cargo(&root, &tests).fine();
    assert!(said.contains("test result: ok"), "{said}");
}

// ---- submit

#[test]
fn a_submission_holds_the_sources_and_the_same_sources_make_the_same_bytes() {
    let class = Mini::new().exported("class");
    put(&class.root, ONE, MINE);
    put(
        &class.root,
        "chapters/01-first/src/notes.rs",
        "not an exercise",
    );
    let out = class.root.join("../one.tar.gz");
    let args = ["submit", out.to_str().unwrap(), "--no-check"];
    let said = xtask(&class.root, &args).fine();
    let first = fs::read(&out).unwrap();
    assert!(
        said.contains(&format!("2 files, {} bytes", first.len())),
        "{said}"
    );

    let mut archive = tar::Archive::new(GzDecoder::new(&first[..]));
    let held: Vec<(String, String, u64)> = archive
        .entries()
        .unwrap()
        .map(|entry| {
            let mut entry = entry.unwrap();
            let mut text = String::new();
            entry.read_to_string(&mut text).unwrap();
            (
                entry.path().unwrap().display().to_string(),
                text,
                entry.header().mtime().unwrap(),
            )
        })
        .collect();
    assert_eq!(
        held,
        [
            (ONE.to_owned(), MINE.to_owned(), 0),
            (TWO.to_owned(), STUB.to_owned(), 0)
        ]
    );

    // Written again later, over the older one, and from another copy of the course.
    xtask(&class.root, &args).fine();
    assert_eq!(fs::read(&out).unwrap(), first);
    let other = Mini::new().exported("self-study");
    put(&other.root, ONE, MINE);
    xtask(&other.root, &["submit", "--no-check"]).fine();
    assert_eq!(
        fs::read(other.root.join("submission.tar.gz")).unwrap(),
        first
    );
}

#[test]
fn what_a_grader_does_not_read_is_not_packed() {
    let class = Mini::new().exported("class");
    let out = class.root.join("submission.tar.gz");
    let refused = |why: &str| {
        let said = xtask(&class.root, &["submit"]);
        assert_eq!(said.code, Some(1), "{}", said.err);
        let words = said.err.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(
            words.contains(why) && words.contains("Nothing was packed"),
            "{words}"
        );
        assert!(!out.exists());
    };
    put(&class.root, ONE, b"// caf\xe9\n");
    refused("one.rs is not UTF-8 (line 1)");
    put(&class.root, ONE, vec![b' '; (1 << 20) + 1]);
    refused("one.rs is 1048577 bytes long; 1 MiB is the limit");
    #[cfg(unix)]
    {
        fs::remove_file(class.root.join(ONE)).unwrap();
        std::os::unix::fs::symlink("two.rs", class.root.join(ONE)).unwrap();
        refused("one.rs is reached by a link");
    }
}

#[test]
fn a_submission_replaces_nothing_but_a_submission() {
    let class = Mini::new().exported("class");
    let submit = |out: &str| xtask(&class.root, &["submit", out, "--no-check"]);
    put(&class.root, "thesis.tar.gz", "mine");
    submit("thesis.tar.gz").refused(2, "is there and is no submission");
    assert_eq!(text(&class.root, "thesis.tar.gz"), "mine");
    submit("docs").refused(2, "is a folder");
    submit("out.zip").refused(2, "must end in .tar.gz");
    submit("absent/out.tar.gz").refused(2, "make it first");
    fs::remove_file(class.root.join(ONE)).unwrap();
    fs::remove_file(class.root.join(TWO)).unwrap();
    submit("out.tar.gz").refused(2, "no exercise file to pack");
}

// ---- update

#[test]
fn an_update_brings_the_course_and_leaves_the_work() {
    let mini = Mini::new();
    for edition in ["class", "self-study"] {
        let mini = if edition == "class" {
            &mini
        } else {
            &Mini::new()
        };
        let mine = mini.exported(edition);
        put(&mine.root, ONE, MINE);
        put(&mine.root, "notes.md", "my notes");
        // As a checkout on Windows has it: not a change of the learner's.
        let kit = text(&mine.root, "crates/kit/Cargo.toml");
        put(
            &mine.root,
            "crates/kit/Cargo.toml",
            kit.replace('\n', "\r\n"),
        );
        put(
            &mine.root,
            "chapters/01-first/tests/mine.rs",
            "// my own test",
        );
        mini.move_on();
        let newer = mini.exported(edition);
        let before = files(&mine.root);

        let dry = xtask(
            &mine.root,
            &["update", newer.root.to_str().unwrap(), "--dry-run"],
        )
        .fine();
        assert_eq!(files(&mine.root), before, "a dry run changes nothing");
        assert!(dry.contains("Nothing has been changed"), "{dry}");

        let said = update(&mine.root, &newer.root).fine();
        assert!(dry.starts_with(&said), "{dry}\n{said}");
        let mut expected = files(&newer.root);
        expected.insert(ONE.to_owned(), MINE.into());
        expected.insert("notes.md".to_owned(), "my notes".into());
        expected.insert(
            "chapters/01-first/tests/mine.rs".to_owned(),
            "// my own test".into(),
        );
        assert_eq!(files(&mine.root), expected);
        assert!(said.contains("0.1.0") && said.contains("0.2.0"), "{said}");
        assert!(said.contains("1 added, 1 removed"), "{said}");
        assert!(
            said.contains(&format!("kept as it is:\n  {ONE}\n")),
            "{said}"
        );

        let again = update(&mine.root, &newer.root).fine();
        assert!(again.starts_with("Up to date"), "{again}");
        assert_eq!(files(&mine.root), expected);
    }
}

#[test]
fn a_new_stub_is_put_beside_one_that_was_begun() {
    let mini = Mini::new();
    let mine = mini.exported("class");
    put(&mine.root, TWO, MINE);
    mini.move_on();
    let newer = mini.exported("class");
    let said = update(&mine.root, &newer.root).fine();
    let beside = format!("{TWO}.new");
    assert_eq!(text(&mine.root, TWO), MINE);
    assert_eq!(text(&mine.root, &beside), text(&newer.root, TWO));
    assert!(said.contains(&format!("  {beside}\n")), "{said}");

    // Put aside by the learner, it does not come again with an update that has no other stub.
    fs::remove_file(mine.root.join(&beside)).unwrap();
    put(&mini.root(), "Cargo.toml", workspace("0.3.0"));
    mini.accept();
    update(&mine.root, &mini.exported("class").root).fine();
    assert!(!mine.root.join(&beside).exists());

    // One that lies there with the learner's notes in it is not overwritten.
    put(&mine.root, &beside, "my notes on it");
    put(&mini.root(), TWO, STUB.replace("Write it", "Write it best"));
    mini.accept();
    update(&mine.root, &mini.exported("class").root).fine();
    assert_eq!(text(&mine.root, &beside), "my notes on it");
    assert!(text(&mine.root, &format!("{TWO}.new2")).contains("Write it best"));
}

#[test]
fn what_the_learner_changed_in_the_course_is_kept_beside() {
    let mini = Mini::new();
    let mine = mini.exported("class");
    let test = format!("{CHAPTER}/tests/one.rs");
    put(&mine.root, &test, "// public one, with my prints\n");
    put(
        &mine.root,
        "docs/src/01-first/one.md",
        "# One, with my notes\n",
    );
    put(
        &mine.root,
        "Cargo.lock",
        "# as Cargo of the learner wrote it\n",
    );
    mini.move_on();
    let newer = mini.exported("class");
    let said = update(&mine.root, &newer.root).fine();
    assert_eq!(text(&mine.root, &test), "// public one, sharper\n");
    assert_eq!(
        text(&mine.root, &format!("{test}.yours")),
        "// public one, with my prints\n"
    );
    assert!(!mine.root.join("docs/src/01-first/one.md").exists());
    assert_eq!(
        text(&mine.root, "docs/src/01-first/one.md.yours"),
        "# One, with my notes\n"
    );
    assert!(said.contains(&format!("  {test}.yours\n")), "{said}");
    assert_eq!(
        text(&mine.root, "Cargo.lock"),
        text(&newer.root, "Cargo.lock")
    );
    assert!(!mine.root.join("Cargo.lock.yours").exists());
}

#[test]
fn work_follows_an_exercise_that_moves_and_stays_when_one_is_dropped() {
    let mini = Mini::new();
    let mine = mini.exported("class");
    put(&mine.root, ONE, MINE);
    put(&mine.root, TWO, MINE);
    let root = mini.root();
    for part in ["chapters", "solutions", "docs/src"] {
        git(
            &root,
            &[
                "mv",
                &format!("{part}/01-first"),
                &format!("{part}/02-second"),
            ],
        );
    }
    git(
        &root,
        &["rm", "--quiet", "--force", "chapters/02-second/src/two.rs"],
    );
    put(&root, "Cargo.toml", workspace("0.2.0"));
    let manifest = text(&root, "chapters/02-second/exercises.toml");
    let one = manifest
        .split("\n[[exercise]]")
        .take(2)
        .collect::<Vec<_>>()
        .join("\n[[exercise]]");
    put(&root, "chapters/02-second/exercises.toml", one);
    put(&root, "docs/src/02-second/one.md", "# One\n");
    put(
        &root,
        "chapters/02-second/stubs.lock",
        format!("one {}\n", stub_digest(STUB)),
    );
    commit(&root);
    let newer = mini.exported("class");
    let said = update(&mine.root, &newer.root).fine();
    assert_eq!(text(&mine.root, "chapters/02-second/src/one.rs"), MINE);
    assert_eq!(text(&mine.root, TWO), MINE);
    let left: Vec<_> = files(&mine.root.join("chapters/01-first"))
        .into_keys()
        .collect();
    assert_eq!(left, ["src/two.rs"], "{said}");
    assert!(
        said.contains("is now chapters/02-second/src/one.rs"),
        "{said}"
    );
    assert!(
        said.contains(&format!(
            "no longer has these exercises; your files stay:\n  {TWO}\n"
        )),
        "{said}"
    );
    assert!(
        update(&mine.root, &newer.root)
            .fine()
            .starts_with("Up to date")
    );
}

#[test]
fn an_update_refuses_what_is_older_foreign_or_worked_on() {
    let mini = Mini::new();
    let old = mini.exported("class");
    mini.move_on();
    let new = mini.exported("class");
    let alone = mini.exported("self-study");
    let before = files(&new.root);
    update(&new.root, &old.root).refused(2, "is older than this tree (0.1.0");
    update(&new.root, &alone.root).refused(2, "this is the class edition, and");
    update(&new.root, &mini.root())
        .refused(2, "is the full course; make a newer class edition there");
    update(&new.root, &new.root).refused(2, "is this very tree");
    update(&new.root, &new.root.join("docs")).refused(2, "one inside the other");
    update(&new.root, Path::new("absent")).refused(2, "there is no folder absent");
    let empty = tempfile::tempdir().unwrap();
    update(&new.root, empty.path()).refused(2, "is no course");
    assert_eq!(files(&new.root), before);

    put(&new.root, "crates/kit/src/lib.rs", "// changed\n");
    update(&old.root, &new.root).refused(2, "crates/kit/src/lib.rs is not as it was exported");
}

#[test]
fn of_one_version_the_earlier_state_is_older() {
    let mini = Mini::new();
    let mine = mini.exported("class");
    let earlier = mini.exported("class");
    let list = text(&earlier.root, "edition.toml");
    let at = list
        .lines()
        .find(|line| line.starts_with("changed = "))
        .unwrap();
    put(
        &earlier.root,
        "edition.toml",
        list.replace(at, "changed = 1000000000"),
    );
    update(&mine.root, &earlier.root).refused(2, "is older");
    update(&earlier.root, &mine.root).fine();
}

#[test]
fn an_interrupted_update_is_taken_back_before_the_next() {
    let mini = Mini::new();
    let mine = mini.exported("class");
    mini.move_on();
    let newer = mini.exported("class");
    // As a crash leaves it: one file replaced, the next one only taken away.
    let kit = "crates/kit/src/lib.rs";
    put(
        &mine.root,
        ".xtask-update/old/README.md",
        text(&mine.root, "README.md"),
    );
    put(&mine.root, "README.md", "half");
    put(
        &mine.root,
        &format!(".xtask-update/old/{kit}"),
        text(&mine.root, kit),
    );
    put(&mine.root, &format!(".xtask-update/new/{kit}"), "half");
    fs::remove_file(mine.root.join(kit)).unwrap();
    put(
        &mine.root,
        ".xtask-update/journal",
        format!("replace README.md\nreplace {kit}\n"),
    );
    let said = update(&mine.root, &newer.root).fine();
    assert!(
        said.starts_with("An update that was interrupted has been taken back first."),
        "{said}"
    );
    assert_eq!(files(&mine.root), files(&newer.root));
}

#[cfg(unix)]
#[test]
fn an_update_does_not_write_through_links() {
    let mini = Mini::new();
    let mine = mini.exported("class");
    mini.move_on();
    let newer = mini.exported("class");
    let elsewhere = tempfile::tempdir().unwrap();
    let docs = mine.root.join("docs");
    fs::rename(&docs, elsewhere.path().join("docs")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path().join("docs"), &docs).unwrap();
    let before = files(elsewhere.path());
    update(&mine.root, &newer.root).refused(2, "docs is a link");
    assert_eq!(files(elsewhere.path()), before);
}

#[test]
fn the_full_course_is_updated_from_a_clone_and_by_its_history() {
    let mini = Mini::new();
    let folder = tempfile::tempdir().unwrap();
    let mine = folder.path().join("mine");
    git(
        folder.path(),
        &["clone", "--quiet", mini.root().to_str().unwrap(), "mine"],
    );
    put(&mine, ONE, MINE);
    put(&mine, TWO, MINE);
    put(&mine, "notes.md", "my notes");
    put(&mine, "crates/kit/src/lib.rs", "// my print\n");
    commit(&mine);
    mini.move_on();
    let older = folder.path().join("older");
    git(
        folder.path(),
        &["clone", "--quiet", mini.root().to_str().unwrap(), "older"],
    );
    put(&mini.root(), "crates/kit/src/lib.rs", "// newer\n");
    commit(&mini.root());

    let said = update(&mine, &mini.root()).fine();
    assert_eq!(text(&mine, ONE), MINE);
    assert_eq!(text(&mine, TWO), MINE);
    assert!(text(&mine, &format!("{TWO}.new")).contains("Write it well"));
    assert_eq!(text(&mine, "notes.md"), "my notes");
    assert_eq!(text(&mine, "crates/kit/src/lib.rs"), "// newer\n");
    assert_eq!(text(&mine, "crates/kit/src/lib.rs.yours"), "// my print\n");
    assert!(!mine.join("docs/src/01-first/one.md").exists(), "{said}");
    assert!(update(&mine, &mini.root()).fine().starts_with("Up to date"));

    let later = folder.path().join("later");
    git(
        folder.path(),
        &["clone", "--quiet", mini.root().to_str().unwrap(), "later"],
    );
    update(&later, &older).refused(2, "is older than this tree");
    fs::remove_dir_all(older.join(".git")).unwrap();
    update(&later, &older).refused(2, "is not a git clone");
}
