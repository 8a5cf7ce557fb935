//! `cargo run -p book`: builds the book, checks it, says where it is. `cargo xtask docs` runs it.

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use clap::Parser;

/// Exit codes, those of `cargo xtask`.
mod exit {
    /// The book is built, and a link in it is broken.
    pub const FAILED: u8 = 1;
    /// The book cannot be built from what there is.
    pub const COURSE: u8 = 3;
    /// The machine has nothing to show it with.
    pub const MACHINE: u8 = 4;
}

#[derive(Debug, Parser)]
#[command(about = "Builds the book and checks every link in it")]
struct Args {
    /// Show it in the browser
    #[arg(long)]
    open: bool,
    /// Where to put it [default: target/book in the course]
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

fn main() -> ExitCode {
    let args = Args::parse();
    let red = anstyle::AnsiColor::Red.on_default().bold();
    let root = root();
    // Links from the book to files of the course hold there, so from file:// too.
    let out = args.out.unwrap_or_else(|| root.join("target/book"));
    let out = std::path::absolute(&out).unwrap_or(out);

    let begin = Instant::now();
    let report = match book::build(&root, &out) {
        Ok(report) => report,
        Err(error) => {
            anstream::eprintln!("{red}error{red:#}: {error:#}");
            return ExitCode::from(exit::COURSE);
        }
    };
    anstream::println!(
        "{} pages in {:.1} s; {} links ({} of them to a place in a page), {} includes,\n\
         {} names of files checked; {} links to the web left alone; {} broken",
        report.pages,
        begin.elapsed().as_secs_f64(),
        report.links,
        report.anchors,
        report.includes,
        report.paths,
        report.web,
        report.faults.len(),
    );
    for fault in &report.faults {
        anstream::println!("{red}{fault}{red:#}");
    }
    let index = out.join("index.html");
    anstream::println!("{}", index.display());
    if !report.faults.is_empty() {
        return ExitCode::from(exit::FAILED);
    }
    if args.open
        && let Err(error) = opener::open(&index)
    {
        anstream::eprintln!("{red}error{red:#}: no browser opens ({error}); open the file above");
        return ExitCode::from(exit::MACHINE);
    }
    ExitCode::SUCCESS
}

/// This package lies in `docs/build` of the course.
fn root() -> PathBuf {
    let package = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    package
        .ancestors()
        .nth(2)
        .map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}
