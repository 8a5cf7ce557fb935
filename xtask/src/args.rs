//! The command line as typed. Parsing reads no file and decides nothing.

use std::path::PathBuf;

use clap::{
    Parser, Subcommand, ValueEnum,
    builder::{PossibleValuesParser, TypedValueParser},
};
use litmus::Model;

#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    about = "Checks, grades and verifies the exercises of the course",
    disable_help_subcommand = true,
    max_term_width = 80,
    after_help = "Exit codes: 0 done, 1 something checked does not pass, 2 unknown exercise or flag, \
                  3 the course itself is broken, 4 the machine lacks something, 5 something could not be \
                  judged, 6 another run works in this tree, 7 this machine did what a memory model \
                  forbids, 130 interrupted."
)]
pub struct Args {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Every exercise with its points, difficulty and status
    List {
        #[arg(long, value_enum, default_value_t = ListFormat::Terminal)]
        format: ListFormat,
    },
    /// Work on an exercise in a live view: every save is checked, a pass moves on
    Watch {
        /// The exercise to begin with; without it, where you left off
        exercise: Option<String>,
    },
    /// Run the public tests and models of one exercise
    Check {
        /// The exercise, as `list` names it
        exercise: String,
    },
    /// The next of three hints: a nudge, the idea, nearly the code
    Hint {
        /// The exercise, as `list` names it
        exercise: String,
        /// All of them at once
        #[arg(long)]
        all: bool,
    },
    /// The reference solution with its explanation, once yours passes
    ///
    /// On a terminal the explanation stands in front of the code; into a file or a pipe goes the source
    /// as it is.
    Reveal {
        /// The exercise, as `list` names it
        exercise: String,
        /// Even if yours does not pass
        #[arg(long)]
        anyway: bool,
    },
    /// Put the stub of an exercise back; what you have is kept beside it
    Reset {
        /// The exercise, as `list` names it
        exercise: String,
    },
    /// What this machine has for the course, what it lacks, and how to get it
    Doctor,
    /// Grade exercises: points, and a reason for each point lost
    Grade {
        /// Exercises or chapters (`ch04`); all if none is named
        names: Vec<String>,
        /// Grade the exercise files of this tree instead of the one you stand in
        #[arg(long, value_name = "DIR")]
        tree: Option<PathBuf>,
        /// Measure speed too, where it has points: some ten seconds an exercise, one after the other
        #[arg(long)]
        bench: bool,
        #[arg(long, value_enum, default_value_t = GradeFormat::Terminal)]
        format: GradeFormat,
    },
    /// Prove the course itself: stubs fail, solutions pass, known-bad solutions get their verdicts
    Verify {
        /// Exercises or chapters (`ch04`); all if none is named
        names: Vec<String>,
        #[arg(long, value_enum, default_value_t = ListFormat::Terminal)]
        format: ListFormat,
        /// Record the stubs as they are now as the ones that are handed out
        #[arg(long)]
        accept_stubs: bool,
        /// Prove what measures speed instead: references in their budgets, known-slow solutions seen
        #[arg(long, conflicts_with_all = ["format", "accept_stubs"])]
        bench: bool,
    },
    /// Run the tests of the reference solutions over and over: not one may ever fail
    Soak {
        /// Exercises or chapters (`ch04`); all if none is named
        names: Vec<String>,
        /// How often each test is run
        #[arg(long, default_value_t = 1000)]
        runs: u32,
        /// Keep every processor busy meanwhile
        #[arg(long)]
        load: bool,
    },
    /// Build the book and check its links
    Docs {
        /// Show it in the browser
        #[arg(long)]
        open: bool,
    },
    /// Measure one exercise against the reference and its peers
    Bench {
        /// The exercise, as `list` names it
        exercise: String,
        /// Measure the reference solution in the place of your own
        #[arg(long)]
        solution: bool,
        /// Draw the table into this file too
        #[arg(long, value_name = "FILE")]
        svg: Option<PathBuf>,
        #[arg(long, value_enum, default_value_t = ListFormat::Terminal)]
        format: ListFormat,
        /// Measure so many times, without the peers, and say how far the intervals can be relied on
        #[arg(long, conflicts_with_all = ["svg", "format"])]
        runs: Option<u32>,
        /// Keep every processor busy meanwhile
        #[arg(long)]
        load: bool,
    },
    /// What a memory model allows a small test to end with, and why
    ///
    /// Without a test, the named ones are listed. A test is shown with the final states that the model
    /// allows, the verdict on its condition, and an execution that ends so or the cycle that forbids it.
    /// A folder gets a line for each test. More is in the book, on the page about litmus tests.
    Litmus(Litmus),
    /// Run one failing schedule of a model again, with your own prints
    Replay {
        /// As a failing model prints it: `model_name@loom:57`
        schedule: String,
    },
    /// Begin an exercise: every file it needs, each saying what to write there (for authors)
    New {
        /// The new exercise's name, a Rust module name such as `dining_ordered`
        exercise: String,
        /// The chapter it belongs to, such as `ch04`
        #[arg(long, value_name = "CHAPTER")]
        chapter: String,
        /// A model explores it under every schedule
        #[arg(long)]
        modelled: bool,
    },
    /// Completions of `cargo xtask` for a shell, to be read at its start
    Completions {
        #[arg(value_enum)]
        shell: CompleteFor,
    },
    /// Make an edition to hand out: for a class, or for one reader alone
    Export {
        #[arg(value_enum)]
        edition: ExportAs,
        /// A folder that is empty or does not exist, outside of the course
        #[arg(value_name = "DIR")]
        folder: PathBuf,
    },
    /// Pack your exercise files into one archive to hand in, and say how they stand
    Submit {
        /// The archive to make; `submission.tar.gz` at the root of the course if none is named
        #[arg(value_name = "FILE")]
        file: Option<PathBuf>,
        /// Pack without running anything
        #[arg(long)]
        no_check: bool,
    },
    /// Bring a newer edition of the course in here, and leave your work alone
    Update {
        /// Where the newer edition lies, unpacked or cloned
        #[arg(value_name = "DIR")]
        folder: PathBuf,
        /// Only say what would happen
        #[arg(long)]
        dry_run: bool,
    },
}

/// What `litmus` is asked.
#[derive(Clone, Debug, clap::Args)]
pub struct Litmus {
    /// Named tests (`SB+rel-acq`), C litmus files, folders of them, or `-` for standard input
    #[arg(value_name = "FILE|NAME", value_hint = clap::ValueHint::AnyPath)]
    pub tests: Vec<PathBuf>,
    /// The models to ask, separated by commas; rc11 if none is named
    #[arg(long = "model", value_name = "MODEL", value_delimiter = ',', value_parser = model())]
    pub models: Vec<Model>,
    /// Graphs that the search may visit for each test and model, in place of 20 million
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub budget: Option<u64>,
    /// Run each test so many times on this machine, and hold what it does against the model
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub hardware: Option<u64>,
    /// Hold what loom finds against the model (builds loom when first asked)
    #[arg(long)]
    pub loom: bool,
    /// Draw the execution that is shown into this file, .svg or .dot; an earlier graph is replaced
    #[arg(long, value_name = "FILE", value_hint = clap::ValueHint::FilePath)]
    pub graph: Option<PathBuf>,
    #[arg(long, value_enum, default_value_t = ListFormat::Terminal)]
    pub format: ListFormat,
}

fn model() -> impl TypedValueParser<Value = Model> {
    PossibleValuesParser::new(Model::ALL.map(Model::name))
        .map(|name| Model::from_name(&name).expect("one of those"))
}

/// The shells whose completion of `cargo` can be added to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompleteFor {
    Bash,
    Fish,
    Zsh,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ExportAs {
    /// No solutions, no hidden tests
    Class,
    /// Solutions and hidden tests packed, for `reveal` and `grade`
    SelfStudy,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ListFormat {
    Terminal,
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GradeFormat {
    Terminal,
    Json,
    Junit,
}
