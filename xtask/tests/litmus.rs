//! `cargo xtask litmus` from outside: what it prints, what it exits with, what it leaves.

use std::{
    fs,
    io::Write as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use serde_json::Value;
use tempfile::TempDir;

struct Said {
    code: Option<i32>,
    out: String,
    err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Said {
        Said {
            code: output.status.code(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Said {
    /// What was printed, where all went well: in 80 columns, without colours.
    #[track_caller]
    fn fine(self) -> String {
        assert_eq!((self.code, &*self.err), (Some(0), ""), "{}", self.out);
        self.narrow()
    }

    #[track_caller]
    fn narrow(self) -> String {
        for line in self.out.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        assert!(!self.out.contains('\x1b'), "{}", self.out);
        self.out
    }

    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {}", self.out))
    }
}

fn command(args: &[&str]) -> Command {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_xtask"));
    command
        .arg("litmus")
        .args(args)
        .env_remove("CLICOLOR_FORCE")
        .stdin(Stdio::null())
        .current_dir(root);
    command
}

fn litmus(args: &[&str]) -> Said {
    command(args).output().unwrap().into()
}

fn with_input(args: &[&str], input: &[u8]) -> Said {
    let mut child = command(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap().into()
}

/// A folder with these files in it.
fn folder(files: &[(&str, &[u8])]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

fn text(name: &str) -> Vec<u8> {
    let path = PathBuf::from(format!(
        "{}/../crates/litmus/classics/{name}.litmus",
        env!("CARGO_MANIFEST_DIR")
    ));
    fs::read(path).unwrap()
}

fn shown(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// More executions than can be looked at in a lifetime.
fn endless() -> String {
    let mut test = "C endless\n{ x=0; }\n".to_owned();
    for thread in 0..8 {
        test += &format!("P{thread} (atomic_int* x) {{\n");
        for step in 0..4 {
            test += &format!(
                "  int r{step} = atomic_exchange_explicit(x, {}, memory_order_relaxed);\n",
                10 * thread + step + 1
            );
        }
        test += "}\n";
    }
    test + "exists (x=99)\n"
}

#[test]
fn an_allowed_outcome_is_shown_as_it_comes_about() {
    insta::assert_snapshot!(litmus(&["SB"]).fine(), @r"
    SB  crates/litmus/classics/SB.litmus
    rc11, the default: Rust's rules, except that it forbids load buffering

      executions
               1  * 0:r0=0; 1:r0=0;
               1    0:r0=0; 1:r0=1;
               1    0:r0=1; 1:r0=0;
               1    0:r0=1; 1:r0=1;

    * exists (0:r0=0 /\ 1:r0=0)
    Allowed: 1 of 4 final states is like that. An execution that ends so:

      thread 0                           thread 1
      a: x.store(1, Relaxed)             c: y.store(1, Relaxed)
      b: y.load(Relaxed) = 0 ← init      d: x.load(Relaxed) = 0 ← init
    ");
}

#[test]
fn a_forbidden_outcome_is_shown_with_the_cycle_that_forbids_it() {
    insta::assert_snapshot!(litmus(&["MP+rel-acq"]).fine(), @r"
    MP+rel-acq  crates/litmus/classics/MP+rel-acq.litmus
    rc11, the default: Rust's rules, except that it forbids load buffering

      executions
               1    1:r0=0; 1:r1=0;
               1    1:r0=0; 1:r1=1;
               1    1:r0=1; 1:r1=1;

    * exists (1:r0=1 /\ 1:r1=0)
    Forbidden: the one way in which it could end so breaks coherence.

      thread 0                    thread 1
      a: x.store(1, Relaxed)
      b: y.store(1, Release)
                                  c: y.load(Acquire) = 1 ← b
                                  d: x.load(Relaxed) = 0 ← init

      sw     b → c
      cycle  a → b (po) → c (sw) → d (po) → a (rb)
      breaks coherence: what happens before says one thing, and the order in which
             accesses to one location see each other says the opposite
    ");
    insta::assert_snapshot!(litmus(&["IRIW+sc", "--model", "sc"]).fine(), @r"
    IRIW+sc  crates/litmus/classics/IRIW+sc.litmus
    sc: sequential consistency: one step at a time

      executions
               1    2:r0=0; 2:r1=0; 3:r0=0; 3:r1=0;
               1    2:r0=0; 2:r1=0; 3:r0=0; 3:r1=1;
               1    2:r0=0; 2:r1=0; 3:r0=1; 3:r1=0;
               1    2:r0=0; 2:r1=0; 3:r0=1; 3:r1=1;
               1    2:r0=0; 2:r1=1; 3:r0=0; 3:r1=0;
               1    2:r0=0; 2:r1=1; 3:r0=0; 3:r1=1;
               1    2:r0=0; 2:r1=1; 3:r0=1; 3:r1=0;
               1    2:r0=0; 2:r1=1; 3:r0=1; 3:r1=1;
               1    2:r0=1; 2:r1=0; 3:r0=0; 3:r1=0;
               1    2:r0=1; 2:r1=0; 3:r0=0; 3:r1=1;
               1    2:r0=1; 2:r1=0; 3:r0=1; 3:r1=1;
               1    2:r0=1; 2:r1=1; 3:r0=0; 3:r1=0;
               1    2:r0=1; 2:r1=1; 3:r0=0; 3:r1=1;
               1    2:r0=1; 2:r1=1; 3:r0=1; 3:r1=0;
               1    2:r0=1; 2:r1=1; 3:r0=1; 3:r1=1;

    * exists (2:r0=1 /\ 2:r1=0 /\ 3:r0=1 /\ 3:r1=0)
    Forbidden: the one way in which it could end so breaks interleaving.

      thread 0            thread 1            thread 2            thread 3
      a: x.store(1,       b: y.store(1,
         SeqCst)             SeqCst)
                                              c: x.load(SeqCst)   e: y.load(SeqCst)
                                                 = 1 ← a             = 1 ← b
                                              d: y.load(SeqCst)   f: x.load(SeqCst)
                                                 = 0 ← init          = 0 ← init

      cycle  a → c (rf) → d (po) → b (rb) → e (rf) → f (po) → a (rb)
      breaks interleaving: no order of single steps explains this run; each step of
             the cycle would have to come before itself
    ");
}

#[test]
fn where_rust_and_rc11_part_ways_it_says_so() {
    insta::assert_snapshot!(litmus(&["LB", "--model", "rc11,rc11-no-thin-air"]).fine(), @r"
    LB  crates/litmus/classics/LB.litmus
    rc11: Rust's rules, except that it forbids load buffering

      executions
               1    0:r0=0; 1:r0=0;
               1    0:r0=0; 1:r0=1;
               1    0:r0=1; 1:r0=0;

    * exists (0:r0=1 /\ 1:r0=1)
    Forbidden: the one way in which it could end so breaks no-thin-air.

      thread 0                        thread 1
      a: x.load(Relaxed) = 1 ← d      c: y.load(Relaxed) = 1 ← b
      b: y.store(1, Relaxed)          d: x.store(1, Relaxed)

      cycle  a → b (po) → c (rf) → d (po) → a (rf)
      breaks no-thin-air: a value would come out of nothing but itself

    RC11 forbids, Rust allows: Rust's rules have no axiom no-thin-air.

    LB  crates/litmus/classics/LB.litmus
    rc11-no-thin-air: the axioms of C++20 and Rust, as they are written

      executions
               1    0:r0=0; 1:r0=0;
               1    0:r0=0; 1:r0=1;
               1    0:r0=1; 1:r0=0;
               1  * 0:r0=1; 1:r0=1;

    * exists (0:r0=1 /\ 1:r0=1)
    Allowed: 1 of 4 final states is like that. An execution that ends so:

      thread 0                        thread 1
      a: x.load(Relaxed) = 1 ← d      c: y.load(Relaxed) = 1 ← b
      b: y.store(1, Relaxed)          d: x.store(1, Relaxed)

    RC11 forbids, Rust allows: Rust's rules have no axiom no-thin-air.
    ");
}

#[test]
fn what_another_release_sequence_forbids_is_no_matter_of_thin_air() {
    let out = litmus(&["MP+relseq-store", "--model", "rc11-2017"]).fine();
    assert!(out.contains("\nForbidden: 2 ways"), "{out}");
    assert!(!out.contains("Rust allows"), "{out}");
    let out = litmus(&["LB", "--model", "rc11-2017"]).fine();
    assert!(out.contains("\nRC11 forbids, Rust allows"), "{out}");
}

#[test]
fn a_data_race_is_a_verdict_of_its_own_with_the_two_accesses() {
    insta::assert_snapshot!(litmus(&["MP+plain-rlx"]).fine(), @r"
    MP+plain-rlx  crates/litmus/classics/MP+plain-rlx.litmus
    rc11, the default: Rust's rules, except that it forbids load buffering

      executions
               1    1:r0=0; 1:r1=0;
               1  * 1:r0=1; 1:r1=0;
               1    1:r0=1; 1:r1=1;

    * exists (1:r0=1 /\ 1:r1=0)
    Undefined behaviour: a data race. Thread 0 writes x (plain) and thread 1 reads
    it (plain), and nothing orders the two.

      thread 0                    thread 1
      a: *x = 1
      b: y.store(1, Relaxed)
                                  c: y.load(Relaxed) = 1 ← b
                                  d: read *x = 0 ← init

      race   a and d access x, and nothing orders them
    ");
}

#[test]
fn a_value_out_of_thin_air_is_explained() {
    insta::assert_snapshot!(litmus(&["LB+datas", "--model", "rc11-no-thin-air"]).fine(), @r"
    LB+datas  crates/litmus/classics/LB+datas.litmus
    rc11-no-thin-air: the axioms of C++20 and Rust, as they are written

      executions
               3    0:r0=0; 1:r0=0;
               1    0:r0=?; 1:r0=?;

    * exists (0:r0=1 /\ 1:r0=1)
    Forbidden: whatever the reads see, these values do not come about.

    `?` is a value out of thin air: nothing in the program determines it. The axioms
    as written do not rule it out; no compiler and no processor does it.
    ");
}

#[test]
fn what_a_test_claims_holds_or_fails() {
    let test = |condition: &str| {
        let text = format!(
            "C one\n{{ x=0; }}\nP0 (atomic_int* x) {{\n  atomic_store_explicit(x, 1, \
             memory_order_relaxed);\n}}\nP1 (atomic_int* x) {{\n  int r0 = \
             atomic_load_explicit(x, memory_order_relaxed);\n}}\n{condition}\n"
        );
        let said = with_input(&["-"], text.as_bytes()).fine();
        let (_, verdict) = said
            .split_once("\n* ")
            .unwrap_or_else(|| said.rsplit_once("\n\n").unwrap());
        verdict.to_owned()
    };
    insta::assert_snapshot!(test("forall (1:r0=0 \\/ 1:r0=1)"), @r"
    forall (1:r0=0 \/ 1:r0=1)
    Holds: whatever the reads see, it ends like that.
    ");
    insta::assert_snapshot!(test("forall (1:r0=0)"), @"
    forall (1:r0=0)
    Fails: 1 of 2 final states is not like that. An execution that ends so:

      thread 0                    thread 1
      a: x.store(1, Relaxed)
                                  b: x.load(Relaxed) = 1 ← a
    ");
    insta::assert_snapshot!(test("~exists (1:r0=2)"), @"
    ~exists (1:r0=2)
    Holds: whatever the reads see, these values do not come about.
    ");
    insta::assert_snapshot!(test("locations [1:r0;]"), @"No condition: 2 final states, 2 executions.");
}

#[test]
fn the_list_has_a_line_for_each_test() {
    let said = litmus(&[]).fine();
    for classic in litmus::classics::ALL {
        let start = format!("  {:<18} ", classic.name);
        assert!(said.lines().any(|line| line.starts_with(&start)), "{start}");
    }
    assert!(
        said.starts_with("Store buffering\n  SB                 each writes"),
        "{said}"
    );
    let json = litmus(&["--format", "json"]).json();
    assert_eq!(
        json["named"].as_array().unwrap().len(),
        litmus::classics::ALL.len()
    );
}

#[test]
fn what_is_not_there_is_answered_with_the_nearest_name() {
    let said = litmus(&["MP+rel-ack"]);
    assert_eq!(said.code, Some(2));
    assert_eq!(
        said.err,
        "error: there is no file and no test `MP+rel-ack`; did you mean `MP+rel-acq`? (`cargo xtask \
         litmus` lists them)\n"
    );
    let said = litmus(&["no/such.litmus"]);
    assert_eq!(
        (said.code, &*said.err),
        (Some(2), "error: there is no file no/such.litmus\n")
    );
    let empty = folder(&[("readme.txt", b"")]);
    let said = litmus(&[shown(empty.path())]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.err.contains("there is no `*.litmus` file in "),
        "{}",
        said.err
    );
    let said = litmus(&["SB", "--model", "arm"]);
    assert_eq!(said.code, Some(2));
    assert!(
        said.err.contains("[possible values: sc, tso, rc11, "),
        "{}",
        said.err
    );
    let said = litmus(&["-", "-"]);
    assert_eq!(said.code, Some(2));
    let said = litmus(&["--hardware", "10"]);
    assert_eq!(said.code, Some(2));
}

#[test]
fn a_name_is_found_in_lower_case_and_a_test_on_standard_input() {
    let named = litmus(&["2+2w+SC"]).fine();
    let given = with_input(&["-"], &text("2+2W+sc")).fine();
    assert_eq!(
        named.split_once('\n').unwrap().1,
        given.split_once('\n').unwrap().1
    );
    assert!(given.starts_with("2+2W+sc  standard input\n"), "{given}");
}

#[test]
fn json_has_an_entry_for_each_test_and_model() {
    let said = litmus(&["SB", "--model", "sc", "--model", "tso", "--format", "json"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    let mut json = said.json();
    for entry in json["tests"].as_array_mut().unwrap() {
        // How long it took and by what way is the engine's own affair.
        for figure in ["microseconds", "graphs"] {
            assert!(entry[figure].is_u64());
            entry[figure] = 0.into();
        }
    }
    insta::assert_snapshot!(serde_json::to_string_pretty(&json).unwrap(), @r#"
    {
      "complete": true,
      "tests": [
        {
          "condition": "exists (0:r0=0 /\\ 1:r0=0)",
          "error": null,
          "executions": 3,
          "file": null,
          "graphs": 0,
          "hardware": null,
          "loom": null,
          "microseconds": 0,
          "model": "sc",
          "name": "SB",
          "states": [
            "0:r0=0; 1:r0=1;",
            "0:r0=1; 1:r0=0;",
            "0:r0=1; 1:r0=1;"
          ],
          "undefined": false,
          "unknown": null,
          "verdict": "fails"
        },
        {
          "condition": "exists (0:r0=0 /\\ 1:r0=0)",
          "error": null,
          "executions": 4,
          "file": null,
          "graphs": 0,
          "hardware": null,
          "loom": null,
          "microseconds": 0,
          "model": "tso",
          "name": "SB",
          "states": [
            "0:r0=0; 1:r0=0;",
            "0:r0=0; 1:r0=1;",
            "0:r0=1; 1:r0=0;",
            "0:r0=1; 1:r0=1;"
          ],
          "undefined": false,
          "unknown": null,
          "verdict": "holds"
        }
      ],
      "version": 1
    }
    "#);
}

#[test]
fn json_tells_race_bound_and_verdict_apart() {
    let said = litmus(&["Race", "MP+rel-acq", "LB", "--format", "json"]);
    let verdicts = |json: &Value| -> Vec<String> {
        let tests = json["tests"].as_array().unwrap();
        tests
            .iter()
            .map(|test| test["verdict"].to_string())
            .collect()
    };
    assert_eq!(
        verdicts(&said.json()),
        ["\"undefined\"", "\"fails\"", "\"fails\""]
    );
    assert_eq!(said.json()["tests"][0]["undefined"], true);
    let said = litmus(&["IRIW", "--budget", "5", "--format", "json"]);
    assert_eq!(said.code, Some(5));
    assert_eq!(verdicts(&said.json()), ["\"unknown\""]);
    assert_eq!(said.json()["tests"][0]["unknown"], "graphs 5");
    let said = with_input(&["-", "--format", "json"], b"C none\n{}\nP0 () {}\n");
    assert_eq!(verdicts(&said.json()), ["null"]);
}

#[test]
fn a_spent_budget_is_no_guess() {
    let said = litmus(&["IRIW", "--budget", "5"]);
    assert_eq!(said.code, Some(5));
    assert!(
        said.out
            .contains("Unknown: 5 graphs were visited and more are left. `--budget 50`"),
        "{}",
        said.out
    );
    said.narrow();
}

#[test]
fn a_batch_has_a_line_for_each_test_and_goes_on_behind_a_broken_file() {
    let folder = folder(&[
        ("MP+rel-acq.litmus", &text("MP+rel-acq")),
        ("MP.litmus", &text("MP")),
        (
            "broken.litmus",
            b"C broken\n{ x=0; }\nP0 (atomic_int* x) {\n  int r0 = ;\n}\n",
        ),
        ("junk.litmus", &[0x7f, 0x45, 0x4c, 0x46, 0xff, 0x1b, 0x5b]),
        ("notes.txt", b"no test"),
        ("sub/SB.litmus", &text("SB")),
        ("sub/more/Race.litmus", &text("Race")),
    ]);
    #[cfg(unix)]
    std::os::unix::fs::symlink("..", folder.path().join("sub/loop")).unwrap();
    let said = litmus(&[shown(folder.path()), "--model", "rc11,tso"]);
    assert_eq!(said.code, Some(1));
    let path = shown(folder.path()).to_owned();
    let said = said.out.replace(&path, "DIR");
    let lines: Vec<&str> = said
        .lines()
        .filter(|line| !line.contains("of search"))
        .collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    test       rc11       tso
    MP         allowed    forbidden
    MP+rel-acq forbidden  forbidden
    error: DIR/broken.litmus:4:12: expected a value, not `;`
    error: DIR/junk.litmus is no text: invalid UTF-8 in line 1
    SB         allowed    allowed
    Race       undefined  allowed

    4 tests under rc11: 2 allowed, 1 forbidden, 1 undefined
    4 tests under tso: 2 allowed, 2 forbidden
    error: 2 files were not judged
    ");

    let said = litmus(&[&path, "--format", "json"]);
    assert_eq!(said.code, Some(1));
    let json = said.json();
    let told: Vec<String> = json["tests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|test| {
            let file = test["file"].as_str().unwrap().replace(&path, "DIR");
            format!("{file}: {} {}", test["verdict"], test["error"])
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"), @r#"
    DIR/MP.litmus: "holds" null
    DIR/MP+rel-acq.litmus: "fails" null
    DIR/broken.litmus: null "4:12: expected a value, not `;`"
    DIR/junk.litmus: null "is no text: invalid UTF-8 in line 1"
    DIR/sub/SB.litmus: "holds" null
    DIR/sub/more/Race.litmus: "undefined" null
    "#);
    assert_eq!(json["complete"], true);
}

#[test]
fn one_file_that_is_no_test_is_told_in_a_sentence() {
    let big = vec![b' '; (1 << 20) + 1];
    let folder = folder(&[
        ("big.litmus", &big),
        ("bytes.litmus", b"C x\n{}\n\xff"),
        ("empty.litmus", b""),
        ("escape.litmus", b"C \x1b[2J\n"),
    ]);
    let mut told = String::new();
    for name in ["big", "bytes", "empty", "escape"] {
        let path = folder.path().join(name).with_extension("litmus");
        let said = litmus(&[shown(&path)]);
        assert_eq!((said.code, &*said.err), (Some(1), ""), "{}", said.out);
        assert!(!said.out.contains('\x1b'));
        // The folder's name is of any length.
        told += &said.out.replace('\n', " ").replace(shown(&path), name);
        told += "\n";
    }
    insta::assert_snapshot!(told, @"
    error: big is longer than 1 MiB, and so no litmus test 
    error: bytes is no text: invalid UTF-8 in line 3 
    error: empty:1:1: expected `C` and the test's name, not the end 
    error: escape:2:1: expected `{`, not the end
    ");
}

#[cfg(unix)]
#[test]
fn what_is_no_file_spoils_no_batch() {
    let folder = folder(&[("SB.litmus", &text("SB"))]);
    let link = |to: &str, name: &str| {
        std::os::unix::fs::symlink(to, folder.path().join(name)).unwrap();
    };
    link("/dev/zero", "endless.litmus");
    link("nowhere", "hanging.litmus");
    link("round.litmus", "round.litmus");
    let said = litmus(&[shown(folder.path())]);
    assert_eq!(said.code, Some(4));
    for told in [
        "endless.litmus is a device",
        "hanging.litmus cannot be",
        "round.litmus cannot be",
    ] {
        assert!(said.out.replace('\n', " ").contains(told), "{}", said.out);
    }
    assert!(
        said.out
            .contains("1 test under rc11, the default: 1 allowed"),
        "{}",
        said.out
    );
}

#[test]
fn a_graph_is_drawn_and_no_other_file_is_touched() {
    let folder = folder(&[("mine.svg", b"<svg/>")]);
    let file = |name: &str| shown(&folder.path().join(name)).to_owned();
    let svg = file("graph.svg");
    for name in ["SB", "MP+rel-acq"] {
        let said = litmus(&[name, "--graph", &svg]);
        assert_eq!((said.code, said.err), (Some(0), format!("drawn: {svg}\n")));
        let drawn = fs::read_to_string(&svg).unwrap();
        assert!(drawn.contains("<svg"), "{drawn}");
        assert!(drawn.contains(&format!("{name} under rc11")), "{drawn}");
    }
    let dot = file("graph.dot");
    let said = litmus(&["LB", "--graph", &dot, "--format", "json"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    assert!(fs::read_to_string(&dot).unwrap().contains("digraph"));

    for (args, told) in [
        (
            &["SB", "--graph", &*file("mine.svg")][..],
            "is there already",
        ),
        (&["SB", "--graph", &*file("graph.png")], "ends in .svg"),
        (&["SB", "MP", "--graph", &svg], "one test under one model"),
        (
            &["SB", "--model", "sc,tso", "--graph", &svg],
            "one test under one model",
        ),
        (
            &["SB", "--graph", &*file("no/such/folder.svg")],
            "cannot write",
        ),
    ] {
        let said = litmus(args);
        assert!(said.err.contains(told), "{args:?}: {}", said.err);
        assert_ne!(said.code, Some(0));
    }
    assert_eq!(fs::read(file("mine.svg")).unwrap(), b"<svg/>");
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let classics = format!("{}/../crates/litmus/classics", env!("CARGO_MANIFEST_DIR"));
    for format in ["json", "terminal"] {
        let mut child = command(&[&classics, "--format", format])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), &*err), (Some(0), ""));
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_batch_prints_what_is_finished() {
    // A pipe that nobody writes to holds up the one worker that reads it, and says when it does.
    let folder = folder(&[("a.litmus", &text("SB"))]);
    let pipe = folder.path().join("pipe");
    let made = Command::new("mkfifo").arg(&pipe).status().unwrap();
    assert!(made.success());
    let child = command(&[
        shown(&folder.path().join("a.litmus")),
        shown(&pipe),
        "--format",
        "json",
    ])
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .unwrap();
    // Opening it waits until it is being read.
    let mut writer = fs::File::create(&pipe).unwrap();
    writer.write_all(endless().as_bytes()).unwrap();
    drop(writer);
    let sent = Command::new("kill")
        .args(["-INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(sent.success());
    let said = Said::from(child.wait_with_output().unwrap());
    assert_eq!(said.code, Some(130));
    assert!(said.err.starts_with("error: interrupted; "), "{}", said.err);
    let json = said.json();
    assert_eq!(json["complete"], false);
    assert!(json["tests"].as_array().unwrap().len() < 2);
}

#[test]
fn this_machine_does_nothing_that_its_own_model_forbids() {
    let said = litmus(&["MP+rel-acq", "--hardware", "2000"]);
    let out = said.fine();
    assert!(out.contains("\nhere: 2 000 runs on "), "{out}");
    assert!(out.contains("\n  nothing that rc11"), "{out}");
    let said = litmus(&["CoRR", "SB", "--hardware", "500", "--format", "json"]);
    assert_eq!(said.code, Some(0), "{}", said.err);
    for test in said.json()["tests"].as_array().unwrap() {
        let hardware = &test["hardware"];
        assert_eq!(hardware["runs"], 500);
        let counts = hardware["states"].as_object().unwrap().values();
        assert_eq!(
            counts.map(|count| count.as_u64().unwrap()).sum::<u64>(),
            500
        );
        assert_eq!(hardware["forbidden"].as_array().unwrap().len(), 0);
    }
}

#[test]
fn loom_is_held_against_the_model() {
    // loom knows no SeqCst accesses: what it shows here is none of them.
    let out = litmus(&["SB+sc", "--loom"]);
    assert_eq!(out.code, Some(0), "{}", out.err);
    let out = out.narrow();
    assert!(
        out.contains("        none   yes  * 0:r0=0; 1:r0=0;\n"),
        "{out}"
    );
    assert!(out.contains("; it invents 1\n"), "{out}");
    let said = litmus(&[
        "MP+relseq-other",
        "MP+plain-rlx",
        "LB",
        "--loom",
        "--format",
        "json",
    ]);
    let tests = said.json()["tests"].clone();
    assert!(!tests[0]["loom"]["missed"].as_array().unwrap().is_empty());
    assert!(tests[1]["loom"]["race"].is_string());
    assert_eq!(tests[2]["loom"]["missed"], serde_json::json!([]));
    assert_eq!(tests[2]["loom"]["invented"], serde_json::json!([]));
}

/// A block of the page is a command and what it prints; `…` stands for lines that are left out.
#[test]
fn the_page_shows_what_the_command_prints() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/src/litmus.md");
    let page = fs::read_to_string(page).unwrap();
    let blocks = page.split("```console\n$ cargo xtask litmus ").skip(1);
    let mut count = 0;
    for block in blocks {
        let block = block.split_once("\n```").unwrap().0;
        let (args, expected) = block.split_once('\n').unwrap();
        let args: Vec<&str> = args.split(' ').collect();
        let said = litmus(&args);
        assert_eq!(said.code, Some(0), "{args:?}: {}", said.err);
        let mut rest = said.out.as_str();
        for part in expected
            .split_inclusive("…\n")
            .map(|part| part.trim_end_matches("…\n"))
        {
            let part = part.trim_end_matches('…');
            let at = rest.find(part);
            let at = at.unwrap_or_else(|| panic!("{args:?} prints no\n{part}\nin\n{}", said.out));
            rest = &rest[at + part.len()..];
        }
        let all = expected.ends_with('…') || rest == "\n";
        assert!(all, "{args:?} prints also\n{rest}");
        count += 1;
    }
    assert!(count > 4, "{count} blocks");
}
