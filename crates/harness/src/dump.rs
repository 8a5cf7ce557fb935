//! What every thread of a process that does not get on is doing.
//!
//! On Linux each thread takes its own backtrace, in the handler of a signal that the watchdog sends it.
//! Capturing allocates, which is safe in a thread that is blocked: it is not inside the allocator.
//! A thread that runs may be, or inside the unwinder; so it is asked last, when all else has been
//! told, and answers only while it executes code of the program itself rather than of a shared
//! library. (Interrupting unwinding threads crashed six of six processes; blocked ones, none of
//! 120 195.) Elsewhere, and where the debug information cannot be read, what [`kit::trace`] knows must
//! do.

// What watches threads one by one is for Linux alone.
#![cfg_attr(not(target_os = "linux"), allow(dead_code, unused_imports))]

use std::backtrace::Backtrace;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use findings::{Frame, Site, ThreadState, Verdict, Wait};
use kit::trace::ThreadTrace;
use supervise::protocol::{Blocked, Reason, Record, Report, Seen};

use crate::{child, rendezvous, thread};

/// Reports are laid out for a terminal of this width.
pub(crate) const WIDTH: usize = 80;
/// Blocked threads answer within microseconds, unless the machine is busy.
const PATIENCE: Duration = Duration::from_millis(200);
/// Beyond this many, threads are only counted, and the time goes to those that are shown.
const ASKED: usize = 64;

/// Installs the signal handler.
pub(crate) fn prepare() {
    #[cfg(target_os = "linux")]
    signal::install();
}

/// Tells the supervisor what the threads are doing: first what is known without disturbing them, then
/// with their stacks.
pub(crate) fn dump(reason: Reason, seen: &[Seen]) {
    let traces = kit::trace::snapshot();
    let mut stacks = HashMap::new();
    let say = |stacks: &HashMap<u64, Stack>, last| {
        let threads = states(seen, &traces, stacks);
        // Threads that move are not all read at one moment. A ring among them counts if it is still
        // there after a while.
        let ring = match reason {
            Reason::Quiescent => findings::cycle_sentence(&threads),
            _ if last => {
                let later = states(seen, &kit::trace::snapshot(), stacks);
                findings::cycle_sentence(&threads)
                    .filter(|ring| findings::cycle_sentence(&later).as_ref() == Some(ring))
            }
            _ => None,
        };
        child::tell(&Record::Dump {
            last,
            report: report(reason, &threads, ring),
        });
    };
    say(&stacks, false);
    let (runs, blocked): (Vec<&Seen>, Vec<&Seen>) = seen
        .iter()
        .take(ASKED)
        .partition(|thread| thread.blocked == Blocked::No);
    let captured: Vec<(u64, Captured)> = blocked
        .iter()
        .filter_map(|thread| Some((thread.id, capture(thread)?)))
        .collect();
    for (id, captured) in captured {
        stacks.insert(id, captured.resolve());
    }
    if !runs.is_empty() {
        say(&stacks, false);
        for thread in runs {
            if let Some(captured) = capture(thread) {
                stacks.insert(thread.id, captured.resolve());
            }
        }
    }
    if std::env::var_os("HARNESS_STACKS").is_some() {
        for (name, frames) in states(seen, &traces, &stacks)
            .into_iter()
            .map(|state| (state.name, state.stack))
        {
            eprintln!("{name}");
            for Frame { function, site } in frames {
                let site = site.map_or_else(String::new, |site| format!(" at {site}"));
                eprintln!("  {function}{site}");
            }
        }
    }
    say(&stacks, true);
}

/// A backtrace as its thread took it.
struct Captured {
    /// The kernel's number of the thread.
    id: u64,
    thread: std::thread::ThreadId,
    name: Option<String>,
    backtrace: Backtrace,
}

/// The same with names and lines.
struct Stack {
    thread: std::thread::ThreadId,
    name: Option<String>,
    frames: Vec<Frame>,
}

impl Captured {
    fn resolve(self) -> Stack {
        Stack {
            thread: self.thread,
            name: self.name,
            frames: frames(&self.backtrace),
        }
    }
}

#[cfg(target_os = "linux")]
fn capture(thread: &Seen) -> Option<Captured> {
    let start = Instant::now();
    while start.elapsed() < PATIENCE {
        match signal::ask(thread, PATIENCE.saturating_sub(start.elapsed())) {
            signal::Answer::Captured(captured) => return Some(*captured),
            signal::Answer::NotNow => std::thread::sleep(Duration::from_micros(100)),
            signal::Answer::None => return None,
        }
    }
    None
}

#[cfg(not(target_os = "linux"))]
fn capture(_thread: &Seen) -> Option<Captured> {
    None
}

fn report(reason: Reason, threads: &[ThreadState], ring: Option<String>) -> Report {
    let meeting = threads.iter().find_map(|thread| match &thread.wait {
        Some(Wait::Rendezvous {
            name,
            arrived,
            needed,
        }) => Some(format!("{arrived} of {needed} came to “{name}”")),
        _ => None,
    });
    let detail = findings::render(threads, WIDTH);
    let seed = child::seed_line();
    let with_seed = |text: String| match &seed {
        Some(seed) => format!("{}\n{seed}", text.trim_end()),
        None => text.trim_end().to_owned(),
    };
    // What came first explains the rest: those who wait may wait for the one that panicked.
    if let Some(mut panicked) = child::panic_report() {
        let then = match reason {
            Reason::Quiescent => "then every thread waited, and nothing was left to wake one:",
            Reason::Cpu | Reason::Idle => "then the others did not come to an end:",
            Reason::Left => "and these threads were left:",
        };
        panicked.detail = format!("{}\n{then}\n\n{}", panicked.detail, detail.trim_end());
        return panicked;
    }
    let (verdict, summary, skip) = match (reason, ring, meeting) {
        // The rendered text begins with the ring, which is the summary here.
        (_, Some(ring), _) => (Verdict::Deadlock, ring, true),
        (Reason::Left, None, _) => (Verdict::Leak, leak_summary(threads), false),
        (Reason::Quiescent, None, Some(meeting)) => (Verdict::NotConcurrent, meeting, false),
        (Reason::Quiescent, None, None) => (Verdict::Deadlock, String::new(), false),
        // The supervisor knows how long it took.
        (Reason::Cpu | Reason::Idle, None, _) => (Verdict::Hang, String::new(), false),
    };
    let detail = match detail.split_once("\n\n") {
        Some((_, rest)) if skip => rest.to_owned(),
        _ => detail,
    };
    Report {
        verdict,
        summary,
        detail: with_seed(detail),
    }
}

fn leak_summary(threads: &[ThreadState]) -> String {
    let names: Vec<&str> = threads
        .iter()
        .take(3)
        .map(|thread| thread.name.as_str())
        .collect();
    let more = match threads.len().saturating_sub(3) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let verb = if threads.len() == 1 { "is" } else { "are" };
    format!(
        "{}{more} {verb} left when the test is over",
        names.join(", ")
    )
}

fn states(seen: &[Seen], traces: &[ThreadTrace], stacks: &HashMap<u64, Stack>) -> Vec<ThreadState> {
    let meetings = rendezvous::incomplete();
    let trace_of = |id: u64| {
        // The kit reads the kernel's number in /proc, which may speak of another PID namespace.
        let same = |trace: &&ThreadTrace| match stacks.get(&id) {
            Some(stack) => trace.id == stack.thread,
            None => trace.os_id.is_some_and(|os_id| u64::from(os_id) == id),
        };
        traces.iter().find(same)
    };
    let mut names: Vec<String> = Vec::new();
    for Seen { id, .. } in seen {
        let stack = stacks.get(id);
        let own_name = || {
            thread::name_of(*id)
                .or_else(|| trace_of(*id)?.name.clone())
                .or_else(|| stack?.name.clone())
        };
        let name = if child::test_thread() == Some(*id) {
            "the test".to_owned()
        } else if let Some(name) = own_name() {
            name
        } else {
            match stack.and_then(|stack| entry(&stack.frames)) {
                Some(function) => format!("a thread of {function}"),
                None => "a thread".to_owned(),
            }
        };
        // Joins go by name: each must be one thread's.
        let twins = names.iter().filter(|other| **other == name).count();
        names.push(if twins == 0 {
            name
        } else {
            format!("{name} ({})", twins + 1)
        });
    }
    let name_of = |id: u64| {
        seen.iter()
            .position(|thread| thread.id == id)
            .map(|at| &names[at])
    };

    let state = |(index, thread): (usize, &Seen)| {
        let trace = trace_of(thread.id);
        let stack = stacks
            .get(&thread.id)
            .map(|stack| stack.frames.clone())
            .unwrap_or_default();
        let meeting = meetings
            .iter()
            .find(|meeting| meeting.waiting.contains(&thread.id));
        let joins = thread.joins.and_then(|id| name_of(u64::from(id)));
        let wait = if let Some(wait) = trace.and_then(|trace| trace.wait.clone()) {
            Some(wait)
        } else if let Some(meeting) = meeting {
            Some(Wait::Rendezvous {
                name: meeting.name.clone(),
                arrived: meeting.waiting.len(),
                needed: meeting.needed,
            })
        } else if let Some(name) = joins {
            Some(Wait::Join {
                thread: name.clone(),
                site: None,
            })
        } else if thread.blocked == Blocked::No {
            None
        } else {
            Some(guess(&stack, thread.blocked))
        };
        ThreadState {
            name: names[index].clone(),
            holds: trace.map(|trace| trace.holds.clone()).unwrap_or_default(),
            wait,
            stack,
        }
    };
    let mut states: Vec<ThreadState> = seen.iter().enumerate().map(state).collect();
    // By name, and the test last: it is seldom the reason.
    states.sort_by_key(|state| (state.name == "the test", natural(&state.name)));
    states
}

/// Orders `P2` before `P10`.
fn natural(name: &str) -> (String, u64, String) {
    let digits = name
        .find(|c: char| c.is_ascii_digit())
        .unwrap_or(name.len());
    let (text, rest) = name.split_at(digits);
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    (
        text.to_owned(),
        rest[..end].parse().unwrap_or(0),
        rest[end..].to_owned(),
    )
}

/// What a thread waits for, by the first function known to wait on the way in from the learner's source:
/// the first is the most telling, since a barrier waits with a condition variable, and that on a futex.
fn guess(stack: &[Frame], blocked: Blocked) -> Wait {
    /// Names of functions, part of the path of their type or file, and what they wait for.
    const KNOWN: [(&[&str], &str, &str); 17] = [
        (&["scope"], "scoped", "for the threads of its scope to end"),
        (
            &["sleep", "sleep_until"],
            "thread",
            "for a time to pass, asleep",
        ),
        (&["join"], "thread", "for the end of a thread"),
        (
            &["recv", "next", "recv_timeout"],
            "mpsc",
            "to receive from a channel",
        ),
        (&["send"], "mpsc", "to send to a channel that is full"),
        (
            &["recv", "next", "recv_timeout"],
            "channel",
            "to receive from a channel",
        ),
        (
            &["send", "send_timeout"],
            "channel",
            "to send to a channel that is full",
        ),
        (
            &["select", "run_select", "select_timeout"],
            "select",
            "for one of several channels",
        ),
        (&["wait"], "barrier", "at a Barrier for others to come"),
        (&["wait"], "wait_group", "for a WaitGroup to empty"),
        (
            &["wait", "wait_while"],
            "condvar",
            "on a Condvar for somebody to notify it",
        ),
        (
            &["wait_timeout", "wait_timeout_while"],
            "condvar",
            "on a Condvar, with a time limit",
        ),
        (&["lock"], "mutex", "for a Mutex"),
        (&["read"], "rwlock", "to read an RwLock"),
        (&["write"], "rwlock", "to write an RwLock"),
        (
            &["wait", "get_or_init", "call_once", "force"],
            "once",
            "for something to be initialised",
        ),
        (&["park"], "thread", "to be unparked"),
    ];
    let own = stack
        .iter()
        .position(|frame| {
            frame
                .site
                .as_ref()
                .is_some_and(|site| !findings::is_foreign(&site.file))
        })
        .unwrap_or(stack.len());
    let what = stack[..own].iter().rev().find_map(|frame| {
        let (path, name) = path_and_name(&frame.function);
        let file = frame.site.as_ref().map_or("", |site| site.file.as_str());
        let place = format!("{path} {file}").to_lowercase();
        KNOWN
            .iter()
            .find(|(names, part, _)| names.contains(&name) && place.contains(part))
            .map(|(_, _, what)| *what)
    });
    let unknown = match blocked {
        Blocked::Timed => "with a timer, or for something outside",
        Blocked::No | Blocked::Untimed => "to be woken by another thread",
    };
    Wait::Other {
        what: what.unwrap_or(unknown).to_owned(),
        site: None,
    }
}

/// `<std::sync::Barrier>::wait::<u8>` → (`<std::sync::Barrier>`, `wait`)
fn path_and_name(function: &str) -> (&str, &str) {
    let mut end = function.len();
    if function.ends_with('>') {
        let mut depth = 0;
        for (index, char) in function.char_indices().rev() {
            depth += match char {
                '>' => 1,
                '<' => -1,
                _ => 0,
            };
            if depth == 0 {
                end = index;
                break;
            }
        }
    }
    let function = function[..end].trim_end_matches("::");
    function.rsplit_once("::").unwrap_or(("", function))
}

/// The learner's function that a thread began in, short.
fn entry(stack: &[Frame]) -> Option<String> {
    let own = |frame: &&Frame| {
        frame
            .site
            .as_ref()
            .is_some_and(|site| !findings::is_foreign(&site.file))
    };
    let function = &stack.iter().rev().find(own)?.function;
    let function = function
        .replace("::{{closure}}", "")
        .replace("::{closure#0}", "");
    let mut short: Vec<&str> = function.rsplit("::").take(2).collect();
    short.dedup();
    short.reverse();
    Some(short.join("::"))
}

/// Names and lines of a captured backtrace, innermost first, by its debugging text, which is all
/// that the standard library gives away. Paths are absolute.
pub(crate) fn frames(backtrace: &Backtrace) -> Vec<Frame> {
    let mut frames = parse_frames(&format!("{backtrace:?}"));
    // The text shortens what lies below the current folder.
    if let Ok(folder) = std::env::current_dir() {
        for site in frames.iter_mut().filter_map(|frame| frame.site.as_mut()) {
            if let Some(rest) = site.file.strip_prefix("./") {
                site.file = folder.join(rest).to_string_lossy().into_owned();
            }
        }
    }
    frames
}

/// `Backtrace [{ fn: "main", file: "src/main.rs", line: 3 }, …]`; files and lines may be missing.
fn parse_frames(text: &str) -> Vec<Frame> {
    let frame = |text: &str| {
        let function = text
            .split_once('"')
            .map_or(text, |(name, _)| name)
            .to_owned();
        let site = text.split_once("file: \"").and_then(|(_, rest)| {
            let (file, rest) = rest.split_once('"')?;
            let line = rest.split_once("line: ")?.1;
            let end = line
                .find(|c: char| !c.is_ascii_digit())
                .unwrap_or(line.len());
            Some(Site {
                file: from_the_workspace(&file.replace("\\\\", "\\")),
                line: line[..end].parse().ok()?,
            })
        });
        Frame { function, site }
    };
    text.split("{ fn: \"").skip(1).map(frame).collect()
}

#[cfg(target_os = "linux")]
mod signal {
    //! One thread at a time is asked, and answers in its handler.

    use std::sync::atomic::{
        AtomicBool, AtomicI32, AtomicPtr, AtomicUsize,
        Ordering::{Acquire, Relaxed, Release},
    };

    use super::*;

    /// The thread that is to answer; 0: none.
    static ASKED: AtomicI32 = AtomicI32::new(0);
    /// The answer, owned by whoever takes it out.
    static ANSWER: AtomicPtr<Captured> = AtomicPtr::new(std::ptr::null_mut());
    /// A count of those who were at a bad moment.
    static REFUSED: AtomicUsize = AtomicUsize::new(0);
    /// Where the program's own code lies.
    static CODE: [AtomicUsize; 2] = [AtomicUsize::new(0), AtomicUsize::new(0)];
    /// Whether the thread asked is blocked in the kernel, where any moment is good.
    static BLOCKED: AtomicBool = AtomicBool::new(false);

    pub enum Answer {
        Captured(Box<Captured>),
        NotNow,
        None,
    }

    pub fn install() {
        // SAFETY: the callback only reads what it is given, and stores two numbers.
        unsafe { libc::dl_iterate_phdr(Some(find_code), std::ptr::null_mut()) };
        // SAFETY: all zeroes is a valid value; the fields that matter are set, and the handler has the
        // signature that SA_SIGINFO asks for.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = on_signal as *const () as usize;
            action.sa_flags = libc::SA_RESTART | libc::SA_SIGINFO;
            libc::sigaction(libc::SIGURG, &action, std::ptr::null_mut());
        }
    }

    /// Asks a thread for its backtrace and waits for the answer.
    pub fn ask(thread: &Seen, patience: Duration) -> Answer {
        let id = thread.id;
        let refused = REFUSED.load(Relaxed);
        BLOCKED.store(thread.blocked != Blocked::No, Relaxed); // published by the next line
        ASKED.store(id as i32, Release); // the handler sees what was reset before
        // SAFETY: takes integers; a thread that has ended is an error.
        let sent = unsafe {
            libc::syscall(
                libc::SYS_tgkill,
                libc::getpid(),
                id as libc::pid_t,
                libc::SIGURG,
            )
        };
        let start = Instant::now();
        while sent == 0 && start.elapsed() < patience {
            // Acquire: the box was filled before its address was stored.
            let answer = ANSWER.swap(std::ptr::null_mut(), Acquire);
            if !answer.is_null() {
                // SAFETY: made by `Box::into_raw` in the handler, and taken out once.
                let captured = unsafe { Box::from_raw(answer) };
                // Else it is the late answer of a thread asked before.
                if captured.id == id {
                    return Answer::Captured(captured);
                }
            }
            if REFUSED.load(Relaxed) != refused {
                return Answer::NotNow;
            }
            std::thread::yield_now();
        }
        ASKED.store(0, Relaxed); // too late for an answer
        Answer::None
    }

    extern "C" fn on_signal(
        _signal: libc::c_int,
        _info: *mut libc::siginfo_t,
        context: *mut libc::c_void,
    ) {
        // SAFETY: takes nothing and cannot fail.
        let id = unsafe { libc::gettid() };
        // Acquire: sees what was reset before the question. Whoever is not asked does nothing.
        if ASKED.compare_exchange(id, 0, Acquire, Relaxed).is_err() {
            return;
        }
        // SAFETY: the address of this thread's own errno, which the interrupted code may be about to
        // read.
        let errno = unsafe { libc::__errno_location() };
        // SAFETY: as above.
        let saved = unsafe { *errno };
        if is_good_moment(context) {
            let current = std::thread::current();
            let captured = Box::new(Captured {
                id: u64::from(id.unsigned_abs()),
                thread: current.id(),
                name: current.name().map(str::to_owned),
                backtrace: Backtrace::force_capture(),
            });
            // Release: the box is filled.
            ANSWER.store(Box::into_raw(captured), Release);
        } else {
            REFUSED.fetch_add(1, Relaxed); // a hint; carries nothing
        }
        // SAFETY: as above.
        unsafe { *errno = saved };
    }

    /// In the program's own code, or blocked in the kernel: neither in the allocator nor unwinding.
    fn is_good_moment(context: *mut libc::c_void) -> bool {
        if BLOCKED.load(Relaxed) {
            return true;
        }
        let Some(at) = instruction(context) else {
            return false;
        };
        (CODE[0].load(Relaxed)..CODE[1].load(Relaxed)).contains(&at)
    }

    /// Where the thread was interrupted.
    fn instruction(context: *mut libc::c_void) -> Option<usize> {
        let context = context.cast::<libc::ucontext_t>();
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the kernel hands a handler with SA_SIGINFO a valid context.
        return Some(unsafe { (*context).uc_mcontext.gregs[libc::REG_RIP as usize] } as usize);
        #[cfg(target_arch = "aarch64")]
        // SAFETY: as above.
        return Some(unsafe { (*context).uc_mcontext.pc } as usize);
        #[cfg(not(any(target_arch = "x86_64", target_arch = "aarch64")))]
        {
            let _ = context;
            None
        }
    }

    /// Notes the executable segment of the first object, which is the program.
    unsafe extern "C" fn find_code(
        object: *mut libc::dl_phdr_info,
        _size: libc::size_t,
        _data: *mut libc::c_void,
    ) -> libc::c_int {
        // SAFETY: valid for the duration of the callback, as are the headers it points to.
        let (base, headers) = unsafe {
            let object = &*object;
            let headers =
                std::slice::from_raw_parts(object.dlpi_phdr, usize::from(object.dlpi_phnum));
            (object.dlpi_addr as usize, headers)
        };
        for header in headers {
            if header.p_type == libc::PT_LOAD && header.p_flags & libc::PF_X != 0 {
                let start = base + header.p_vaddr as usize;
                CODE[0].store(start, Relaxed); // before the handler is installed
                CODE[1].store(start + header.p_memsz as usize, Relaxed);
            }
        }
        1 // no further objects
    }
}

/// A file as panics name it. A backtrace names it from the working directory (a package's, under Cargo)
/// or from the root of the file system.
fn from_the_workspace(file: &str) -> String {
    let path = match (file.strip_prefix("./"), std::env::current_dir()) {
        (Some(below), Ok(here)) => here.join(below),
        _ => PathBuf::from(file),
    };
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    match workspace.map(|root| path.strip_prefix(root)) {
        Some(Ok(below)) => below.display().to_string(),
        _ => file.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_read_from_the_text_of_a_backtrace() {
        let text = r#"Backtrace [{ fn: "a::b<T>::{{closure}}", file: "./src/a.rs", line: 31 }, { fn: "__libc_start" }, { fn: "<a::B as a::C>::d", file: "C:\\x\\b.rs", line: 7 }]"#;
        let frame = |function: &str, site: Option<(&str, u32)>| Frame {
            function: function.into(),
            site: site.map(|(file, line)| Site {
                file: file.into(),
                line,
            }),
        };
        assert_eq!(
            parse_frames(text),
            [
                frame(
                    "a::b<T>::{{closure}}",
                    Some(("crates/harness/src/a.rs", 31))
                ),
                frame("__libc_start", None),
                frame("<a::B as a::C>::d", Some(("C:\\x\\b.rs", 7))),
            ]
        );
    }

    #[test]
    fn a_real_backtrace_names_this_very_line() {
        let line = line!() + 1;
        let backtrace = Backtrace::force_capture();
        let own = frames(&backtrace).into_iter().find_map(|frame| {
            frame
                .function
                .contains("names_this_very_line")
                .then_some(frame.site)
        });
        let site = own.expect("this function is on the stack");
        if let Some(site) = site {
            assert!(site.file.ends_with("harness/src/dump.rs"), "{site:?}");
            assert_eq!(site.line, line);
        }
    }

    #[test]
    fn the_name_of_a_function_is_what_stands_before_its_generics() {
        let cases = [
            (
                "<std::sync::Barrier>::wait",
                ("<std::sync::Barrier>", "wait"),
            ),
            (
                "<a::Condvar>::wait::<a::B, <a::C>::d>",
                ("<a::Condvar>", "wait"),
            ),
            (
                "std::sync::mpsc::Receiver<T>::recv",
                ("std::sync::mpsc::Receiver<T>", "recv"),
            ),
            ("lock<()>", ("", "lock")),
            ("clone3", ("", "clone3")),
        ];
        for (function, expected) in cases {
            assert_eq!(path_and_name(function), expected, "{function}");
        }
    }

    #[test]
    fn threads_are_ordered_as_a_person_would() {
        let mut names = ["P10", "P2", "a", "P2 (2)"];
        names.sort_by_key(|name| natural(name));
        assert_eq!(names, ["P2", "P2 (2)", "P10", "a"]);
    }
}
