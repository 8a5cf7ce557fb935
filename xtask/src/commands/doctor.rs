//! `doctor`: what this machine has for the course, what it lacks, and how to get it. Everything it says
//! it has tried or read just now; what a machine does not tell is `unknown`.
//!
//! Left out: anything that would change the machine.

use std::{
    env, fs,
    io::{self, IsTerminal as _},
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
};

use anstyle::{AnsiColor, Style};
use findings::Verdict;

use crate::{
    course::Course,
    edition::{self, Edition},
    error::{Result, exit},
    git,
    report::{
        lines::Line,
        terminal::{BOLD, WIDTH, style},
    },
};

pub fn run(course: &Course) -> Result<u8> {
    let edition = edition::of(course)?;
    let needed = vec![toolchain(course), linker(course), disk(course)];
    let missing = needed.iter().filter(|finding| finding.is_missing()).count();
    let sections = [
        ("Needed", needed),
        ("Good to have", comfort(course, edition)),
        ("For measuring speed", quiet()),
        ("For untrusted code, as a class hands it in", sandbox::all()),
    ];
    for (title, findings) in &sections {
        anstream::println!("{BOLD}{title}{BOLD:#}");
        for finding in findings {
            anstream::print!("{}", finding.shown());
        }
        anstream::println!();
    }
    anstream::println!(
        "{}",
        match missing {
            0 => "The course works here.",
            1 => "The course does not work here yet: one thing that is needed is missing.",
            _ => "The course does not work here yet: more than one thing is missing.",
        }
    );
    Ok(if missing == 0 {
        exit::OK
    } else {
        exit::MACHINE
    })
}

/// One thing that was looked at.
#[derive(Debug)]
struct Finding {
    what: &'static str,
    state: State,
    /// What was found.
    found: String,
}

#[derive(Debug, PartialEq)]
enum State {
    Ok,
    /// With a sentence that says how to get it.
    Missing(String),
    /// The machine does not tell.
    Unknown,
}

impl Finding {
    fn ok(what: &'static str, found: impl Into<String>) -> Finding {
        Finding {
            what,
            state: State::Ok,
            found: found.into(),
        }
    }

    fn missing(what: &'static str, found: impl Into<String>, remedy: impl Into<String>) -> Finding {
        let state = State::Missing(remedy.into());
        Finding {
            what,
            state,
            found: found.into(),
        }
    }

    fn unknown(what: &'static str, found: impl Into<String>) -> Finding {
        Finding {
            what,
            state: State::Unknown,
            found: found.into(),
        }
    }

    fn is_missing(&self) -> bool {
        matches!(self.state, State::Missing(_))
    }

    fn shown(&self) -> String {
        let (name, style) = match self.state {
            State::Ok => ("ok", style(Verdict::Pass)),
            State::Missing(_) => ("missing", style(Verdict::WrongAnswer)),
            State::Unknown => (
                "unknown",
                Style::new().fg_color(Some(AnsiColor::Yellow.into())),
            ),
        };
        let mut out = String::new();
        let mut head = format!("  {style}{name:<9}{style:#}");
        let found = format!("{}: {}", self.what, self.found);
        let remedy = match &self.state {
            State::Missing(remedy) => remedy,
            _ => "",
        };
        for text in [found.as_str(), remedy]
            .iter()
            .filter(|text| !text.is_empty())
        {
            for line in Line::plain(text).fold(WIDTH - MARGIN) {
                out += &format!("{head}{line}\n");
                head = " ".repeat(MARGIN);
            }
        }
        out
    }
}

/// Columns before what was found.
const MARGIN: usize = 11;

// ---- needed

fn toolchain(course: &Course) -> Finding {
    let what = "toolchain";
    let get = "Install Rust with https://rustup.rs, or run `rustup update stable`.";
    let manifest = fs::read_to_string(course.root.join("Cargo.toml")).unwrap_or_default();
    let asked = toml::from_str::<toml::Table>(&manifest)
        .ok()
        .and_then(|all| {
            let package = all.get("workspace")?.get("package")?;
            Some(package.get("rust-version")?.as_str()?.to_owned())
        });
    let Ok(said) = said(Command::new(&course.rustc).arg("--version")) else {
        let found = format!("{} cannot be run", course.rustc.display());
        return Finding::missing(what, found, get);
    };
    let version = said.split(' ').nth(1).unwrap_or_default();
    match asked {
        Some(asked) if numbers(version) < numbers(&asked) => {
            Finding::missing(what, format!("{said}, and the course needs {asked}"), get)
        }
        Some(asked) => Finding::ok(what, format!("{said}; the course needs {asked}")),
        None => Finding::ok(what, said),
    }
}

/// `1.95.0-nightly` as numbers that can be compared.
fn numbers(version: &str) -> Vec<u32> {
    version
        .split('-')
        .next()
        .unwrap_or_default()
        .split('.')
        .map(|number| number.parse().unwrap_or(0))
        .collect()
}

/// Compiles, links and runs a program where the course does all that.
fn linker(course: &Course) -> Finding {
    let what = "linker";
    let folder = match tempfile::tempdir_in(&course.target) {
        Ok(folder) => folder,
        Err(cause) => {
            let found = format!(
                "nothing can be written to {}: {cause}",
                course.target.display()
            );
            let remedy = "Set CARGO_TARGET_DIR to a folder that you can write to.";
            return Finding::missing(what, found, remedy);
        }
    };
    let source = folder.path().join("hello.rs");
    let program = folder
        .path()
        .join(format!("hello{}", env::consts::EXE_SUFFIX));
    if let Err(cause) = fs::write(&source, "fn main() { println!(\"hello\") }\n") {
        let found = format!("cannot write {}: {cause}", source.display());
        return Finding::missing(what, found, "Free some space on that disk.");
    }
    let mut rustc = Command::new(&course.rustc);
    rustc
        .arg("-o")
        .arg(&program)
        .arg(&source)
        .env_remove("RUSTFLAGS");
    if let Err(why) = said(&mut rustc) {
        let remedy = if cfg!(target_os = "macos") {
            "Install it with `xcode-select --install`."
        } else if cfg!(windows) {
            "Install the C++ build tools of Visual Studio, as https://rustup.rs says."
        } else {
            "Install a C compiler: `sudo apt install gcc`, `sudo dnf install gcc`, or what your system \
             has."
        };
        return Finding::missing(
            what,
            format!("a program could not be linked: {why}"),
            remedy,
        );
    }
    match said(&mut Command::new(&program)) {
        Ok(hello) if hello == "hello" => {
            Finding::ok(what, "a program was compiled, linked and run")
        }
        Ok(_) => Finding::unknown(
            what,
            "a program was linked, and does not say what it should",
        ),
        Err(why) => Finding::missing(
            what,
            format!(
                "a program was linked, and cannot be run in {}: {why}",
                course.target.display()
            ),
            "Set CARGO_TARGET_DIR to a folder on a disk from which programs may be run.",
        ),
    }
}

/// The runner, the libraries and the tests of chapter 4 took 954 MiB when they were built on Linux; what
/// is compiled again lies beside it for a while.
const SPACE: u64 = 2 << 30;
/// What a course needs in which all of that is built already.
const WORK: u64 = 256 << 20;

fn disk(course: &Course) -> Finding {
    let what = "disk space";
    let place = course.products.display();
    let Some(free) = free_space(&course.products) else {
        return Finding::unknown(what, format!("this system does not say it of {place}"));
    };
    let needed = SPACE.saturating_sub(size(&course.products)).max(WORK);
    let gib = |bytes: u64| bytes as f64 / f64::from(1 << 30);
    let found = format!("{:.1} GiB free for {place}", gib(free));
    if free >= needed {
        Finding::ok(what, found)
    } else {
        let remedy = format!(
            "Have {:.1} GiB free there, or set CARGO_TARGET_DIR to a folder on another disk.",
            gib(needed)
        );
        Finding::missing(what, found, remedy)
    }
}

/// Bytes of all files in `folder`; what cannot be read counts nothing.
fn size(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(found) if found.is_dir() => size(&entry.path()),
            Ok(found) => found.len(),
            Err(_) => 0,
        })
        .sum()
}

#[cfg(unix)]
fn free_space(path: &Path) -> Option<u64> {
    use std::{ffi::CString, mem::MaybeUninit, os::unix::ffi::OsStrExt as _};

    let path = CString::new(path.as_os_str().as_bytes()).ok()?;
    let mut found = MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: the path ends with a zero, and there is room for the answer.
    let failed = unsafe { libc::statvfs(path.as_ptr(), found.as_mut_ptr()) };
    if failed != 0 {
        return None;
    }
    // SAFETY: the call succeeded, so it has filled it in.
    let found = unsafe { found.assume_init() };
    // The fields have other widths on other systems.
    #[allow(clippy::unnecessary_cast)]
    Some(found.f_bavail as u64 * found.f_frsize as u64)
}

#[cfg(not(unix))]
fn free_space(_: &Path) -> Option<u64> {
    None
}

// ---- good to have

fn comfort(course: &Course, edition: Edition) -> Vec<Finding> {
    vec![
        packages(course),
        git(course, edition),
        waits(course),
        terminal(),
        browser(),
    ]
}

fn packages(course: &Course) -> Finding {
    let what = "packages";
    let mut cargo = Command::new(&course.cargo);
    cargo
        .args(["fetch", "--quiet", "--locked", "--offline"])
        .current_dir(&course.root);
    let host = said(Command::new(&course.rustc).arg("-vV"))
        .ok()
        .and_then(|said| {
            Some(
                said.lines()
                    .find_map(|line| line.strip_prefix("host: "))?
                    .to_owned(),
            )
        });
    if let Some(host) = host {
        cargo.args(["--target", &host]);
    }
    match said(&mut cargo) {
        Ok(_) => Finding::ok(what, "all are here; no network is needed"),
        Err(_) => Finding::missing(
            what,
            "some are not here yet",
            "Run `cargo fetch` while there is a network.",
        ),
    }
}

fn git(course: &Course, edition: Edition) -> Finding {
    let what = "git";
    let Ok(version) = said(Command::new("git").arg("--version")) else {
        let used = match edition {
            Edition::Full => {
                "`reset` and `export` look there for the stubs as they were handed out"
            }
            Edition::Class | Edition::SelfStudy => "the course works without it",
        };
        return Finding::missing(
            what,
            format!("cannot be run; {used}"),
            "Install it from https://git-scm.com, or with your system's packages.",
        );
    };
    match (edition, git::head(&course.root)) {
        (Edition::Full, None) => Finding::missing(
            what,
            format!("{version}, and this tree has no commit; `reset` looks there for the stubs"),
            "Clone the course instead of copying it.",
        ),
        _ => Finding::ok(what, version),
    }
}

/// Whether a supervisor may read in which system call its child is.
fn waits(course: &Course) -> Finding {
    let what = "waiting threads";
    if !cfg!(target_os = "linux") {
        return Finding::unknown(
            what,
            "only Linux tells which threads wait; elsewhere a deadlock is found when the time is up",
        );
    }
    let scope = fs::read_to_string("/proc/sys/kernel/yama/ptrace_scope");
    let scope = scope.map_or_else(
        |_| "this kernel has no ptrace_scope".to_owned(),
        |scope| format!("ptrace_scope is {}", scope.trim()),
    );
    match system_call_of_a_child(&course.rustc) {
        Ok(()) => Finding::ok(
            what,
            format!("/proc tells what each one waits for; {scope}"),
        ),
        Err(cause) => Finding::missing(
            what,
            format!(
                "/proc does not tell what a child waits for ({cause}); {scope}. A deadlock is found all \
                 the same, when its time is up"
            ),
            "Run `sudo sysctl kernel.yama.ptrace_scope=1`; in a container, allow ptrace.",
        ),
    }
}

/// Looks at the compiler while it waits for a source that never comes.
fn system_call_of_a_child(rustc: &Path) -> io::Result<()> {
    let mut child = Command::new(rustc)
        .arg("-")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let found = fs::read_to_string(format!("/proc/{}/syscall", child.id()));
    child.kill()?;
    child.wait()?;
    found.map(drop)
}

fn terminal() -> Finding {
    let what = "terminal";
    let term = env::var("TERM").unwrap_or_default();
    let plain = "`watch` prints plain lines here";
    if !(io::stdin().is_terminal() && io::stdout().is_terminal()) {
        Finding::missing(
            what,
            format!("none; {plain}"),
            "Run the course in a terminal, not in a pipe.",
        )
    } else if term == "dumb" {
        Finding::missing(
            what,
            format!("TERM is `dumb`; {plain}"),
            "Run the course in another terminal.",
        )
    } else {
        Finding::ok(
            what,
            if term.is_empty() {
                "yes".to_owned()
            } else {
                term
            },
        )
    }
}

fn browser() -> Finding {
    let what = "browser";
    if cfg!(any(target_os = "macos", windows)) {
        return Finding::ok(what, "the system opens the book");
    }
    let set = env::var_os("BROWSER").filter(|name| !name.is_empty());
    let display = ["DISPLAY", "WAYLAND_DISPLAY"]
        .iter()
        .any(|name| env::var_os(name).is_some());
    let opener = ["xdg-open", "wslview"]
        .into_iter()
        .find(|name| in_path(name).is_some());
    match (set, opener) {
        (Some(set), _) => Finding::ok(what, format!("BROWSER is {}", set.display())),
        (None, Some(opener)) if display => Finding::ok(what, format!("`{opener}` opens the book")),
        (None, Some(_)) => Finding::missing(
            what,
            "there is no display to show the book on",
            "Run `cargo xtask docs`, and open the page that it names on a machine with a display.",
        ),
        (None, None) => Finding::missing(
            what,
            "nothing is installed that opens a page",
            "Run `cargo xtask docs`, and open the page that it names in a browser.",
        ),
    }
}

fn in_path(name: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|folder| folder.join(name))
        .find(|path| path.is_file())
}

// ---- for measuring

fn quiet() -> Vec<Finding> {
    vec![processors(), load(), governor(), turbo()]
}

fn processors() -> Finding {
    let what = "processors";
    match thread::available_parallelism() {
        Ok(count) if count.get() == 1 => Finding::missing(
            what,
            "1; threads take turns on it, and who works at the same time cannot be faster",
            "Measure on a machine with at least two; everything else works on one.",
        ),
        Ok(count) => Finding::ok(what, count.to_string()),
        Err(cause) => Finding::unknown(what, cause.to_string()),
    }
}

fn load() -> Finding {
    let what = "load";
    let load = fs::read_to_string("/proc/loadavg").ok();
    let Some(load) = load.and_then(|text| text.split(' ').next()?.parse::<f64>().ok()) else {
        return Finding::unknown(what, "this system does not say in /proc/loadavg");
    };
    let processors = thread::available_parallelism().map_or(1, usize::from);
    let found = format!("{load} in the last minute, on {processors} processors");
    if load <= processors as f64 / 2.0 {
        Finding::ok(what, found)
    } else {
        let remedy = "End what else runs here while you measure.";
        Finding::missing(what, found, remedy)
    }
}

const PROCESSORS: &str = "/sys/devices/system/cpu";

fn governor() -> Finding {
    let what = "governor";
    let mut all: Vec<String> = fs::read_dir(PROCESSORS)
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| fs::read_to_string(entry.path().join("cpufreq/scaling_governor")).ok())
        .map(|name| name.trim().to_owned())
        .collect();
    all.sort();
    all.dedup();
    match all.as_slice() {
        [] => Finding::unknown(what, "this machine does not say how it sets its clock"),
        [one] if one == "performance" => Finding::ok(what, one.as_str()),
        _ => Finding::missing(
            what,
            format!("{}; the clock changes while you measure", all.join(", ")),
            "Run `sudo cpupower frequency-set --governor performance` before you measure.",
        ),
    }
}

fn turbo() -> Finding {
    let what = "turbo";
    // The one says that it is off, the other that it is on.
    let files = [("intel_pstate/no_turbo", "0"), ("cpufreq/boost", "1")];
    let known = files.iter().find_map(|(file, on)| {
        let path = format!("{PROCESSORS}/{file}");
        let value = fs::read_to_string(&path).ok()?;
        Some((
            path,
            value.trim() == *on,
            if *on == "0" { "1" } else { "0" },
        ))
    });
    match known {
        None => Finding::unknown(what, "this machine does not say"),
        Some((_, false, _)) => Finding::ok(what, "off"),
        Some((path, true, off)) => Finding::missing(
            what,
            "on; the clock depends on how warm the machine is",
            format!("Run `echo {off} | sudo tee {path}` before you measure."),
        ),
    }
}

// ---- for a sandbox

#[cfg(target_os = "linux")]
mod sandbox {
    use std::{os::unix::process::CommandExt as _, path::Component};

    use super::*;

    pub fn all() -> Vec<Finding> {
        vec![namespaces(), cgroup(), landlock()]
    }

    fn namespaces() -> Finding {
        let what = "namespaces";
        let mut child = Command::new("true");
        child
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // SAFETY: between fork and exec the child makes two system calls and nothing else.
        unsafe {
            child.pre_exec(|| {
                // One after the other: some systems give the first away, and then without any rights.
                let others = libc::CLONE_NEWNS
                    | libc::CLONE_NEWPID
                    | libc::CLONE_NEWNET
                    | libc::CLONE_NEWIPC;
                for flags in [libc::CLONE_NEWUSER, others] {
                    if libc::unshare(flags) != 0 {
                        return Err(io::Error::last_os_error());
                    }
                }
                Ok(())
            });
        }
        let made = match child.spawn() {
            Ok(mut child) => child.wait().map(drop),
            // The namespaces are made before the program is looked for.
            Err(cause) if cause.kind() == io::ErrorKind::NotFound => Ok(()),
            Err(cause) => Err(cause),
        };
        match made {
            Ok(()) => Finding::ok(
                what,
                "user, mount, process, network and IPC ones can be made",
            ),
            Err(cause) => Finding::missing(
                what,
                format!("this user may not make them: {cause}"),
                "Allow them: `sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0` or \
                 `kernel.unprivileged_userns_clone=1`, whichever your system has; in a container, start \
                 it with fewer restrictions.",
            ),
        }
    }

    fn cgroup() -> Finding {
        let what = "cgroup v2";
        let Some(folder) = own_group() else {
            return Finding::missing(
                what,
                "is not mounted",
                "Start the system with it: `systemd.unified_cgroup_hierarchy=1` on the kernel's command \
                 line.",
            );
        };
        let controllers = fs::read_to_string(folder.join("cgroup.controllers")).unwrap_or_default();
        let lacking: Vec<&str> = ["memory", "pids"]
            .into_iter()
            .filter(|name| !controllers.split_whitespace().any(|known| known == *name))
            .collect();
        if !lacking.is_empty() {
            return Finding::missing(
                what,
                format!(
                    "{} does not control {}",
                    folder.display(),
                    lacking.join(" and ")
                ),
                "Run it as a service of your own: `systemd-run --user --scope -p Delegate=yes …`.",
            );
        }
        let probe = folder.join(format!("course-doctor-{}", std::process::id()));
        match fs::create_dir(&probe).and_then(|()| fs::remove_dir(&probe)) {
            Ok(()) => Finding::ok(what, format!("groups can be made in {}", folder.display())),
            Err(cause) => Finding::missing(
                what,
                format!(
                    "this user may not make groups in {}: {cause}",
                    folder.display()
                ),
                "Run it as a service of your own: `systemd-run --user --scope -p Delegate=yes …`.",
            ),
        }
    }

    /// The folder of the group that this process is in.
    fn own_group() -> Option<PathBuf> {
        let mounts = fs::read_to_string("/proc/self/mounts").ok()?;
        let mount = mounts.lines().find_map(|line| {
            let mut words = line.split(' ').skip(1);
            let (place, kind) = (words.next()?, words.next()?);
            (kind == "cgroup2").then(|| PathBuf::from(place))
        })?;
        let groups = fs::read_to_string("/proc/self/cgroup").ok()?;
        let own = Path::new(groups.lines().find_map(|line| line.strip_prefix("0::"))?);
        let below = own
            .components()
            .filter(|part| matches!(part, Component::Normal(_)));
        Some(mount.join(below.collect::<PathBuf>()))
    }

    fn landlock() -> Finding {
        /// `LANDLOCK_CREATE_RULESET_VERSION`.
        const VERSION: libc::c_uint = 1;
        let what = "landlock";
        // SAFETY: with this flag the call takes no memory and only says which version there is.
        let version = unsafe {
            libc::syscall(
                libc::SYS_landlock_create_ruleset,
                std::ptr::null::<u8>(),
                0_usize,
                VERSION,
            )
        };
        if version > 0 {
            return Finding::ok(what, format!("version {version} of its interface"));
        }
        Finding::missing(
            what,
            format!("this kernel refuses it: {}", io::Error::last_os_error()),
            "Start a kernel of version 5.13 or later with `landlock` in its `lsm=` list.",
        )
    }
}

#[cfg(not(target_os = "linux"))]
mod sandbox {
    use super::Finding;

    pub fn all() -> Vec<Finding> {
        vec![Finding::unknown(
            "sandbox",
            "namespaces, cgroups and landlock are looked for on Linux only",
        )]
    }
}

/// The first line that a program prints, or why it did not end well.
fn said(command: &mut Command) -> Result<String, String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|cause| cause.to_string())?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned());
    }
    let why = String::from_utf8_lossy(&output.stderr);
    let why = why
        .lines()
        .find(|line| line.starts_with("error"))
        .or(why.lines().next());
    Err(why.map_or_else(|| output.status.to_string(), str::to_owned))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_comes_with_its_remedy_and_fits_the_width() {
        let findings = [
            Finding::ok(
                "toolchain",
                "rustc 1.95.0 (0123456789 2026-04-14); the course needs 1.95",
            ),
            Finding::missing(
                "linker",
                "a program could not be linked: error: linker `cc` not found",
                "Install a C compiler: `sudo apt install gcc`, `sudo dnf install gcc`, or what your system has.",
            ),
            Finding::unknown("turbo", "this machine does not say"),
        ];
        let shown: String = findings.iter().map(Finding::shown).collect();
        let shown = anstream::adapter::strip_str(&shown).to_string();
        insta::assert_snapshot!(shown, @r"
          ok       toolchain: rustc 1.95.0 (0123456789 2026-04-14); the course needs
                   1.95
          missing  linker: a program could not be linked: error: linker `cc` not found
                   Install a C compiler: `sudo apt install gcc`, `sudo dnf install gcc`,
                   or what your system has.
          unknown  turbo: this machine does not say
        ");
        assert!(shown.lines().all(|line| line.chars().count() <= WIDTH));
    }

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(numbers("1.95.0") >= numbers("1.95"));
        assert!(numbers("1.100.0-nightly") > numbers("1.95"));
        assert!(numbers("1.94.1") < numbers("1.95"));
        assert!(numbers("2.0.0") > numbers("1.95"));
    }
}
