//! The side of a test that runs in the child process: everything that happens there is recorded in
//! state of the harness, and told to the supervisor over a private pipe.

use std::cell::Cell;
use std::fs::File;
use std::io::{self, Read, Write};
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Condvar, Mutex, MutexGuard, OnceLock, PoisonError};

use findings::{Site, Verdict};
use supervise::protocol::{self, Control, Nonce, Record, Report};

use crate::panics::{self, Failure};
use crate::{Meta, dump, os};

/// The way to the supervisor, in a child.
static CHANNEL: OnceLock<Channel> = OnceLock::new();
/// Of the one test that this process runs.
static TEST: OnceLock<Test> = OnceLock::new();
static PANICS: Mutex<Vec<Panicked>> = Mutex::new(Vec::new());
static ANSWERS: Mutex<Answers> = Mutex::new(Answers {
    clear: false,
    blocked: Vec::new(),
});
static ANSWERED: Condvar = Condvar::new();

struct Channel {
    nonce: Nonce,
    record: Mutex<File>,
}

struct Test {
    meta: Meta,
    thread: u64,
}

/// What the supervisor has answered.
struct Answers {
    clear: bool,
    /// Threads that are blocked, once for each time that somebody asked.
    blocked: Vec<u64>,
}

/// A panic that fails the test.
struct Panicked {
    verdict: Verdict,
    message: String,
    thread: String,
    site: Option<Site>,
}

/// What the body of a test, or the exploration of a model, came to when it did not panic.
pub(crate) struct Conclusion {
    pub report: Report,
    pub notes: String,
}

impl Conclusion {
    pub fn pass(notes: String) -> Self {
        let report = Report {
            verdict: Verdict::Pass,
            summary: String::new(),
            detail: String::new(),
        };
        Conclusion { report, notes }
    }
}

/// Runs the body if this process is a supervised child, and tells the supervisor. Otherwise gives it
/// back.
///
/// Returns only if the test passed, or was left undecided.
///
/// # Errors
///
/// The body, where nobody supervises.
pub(crate) fn run<F>(meta: &Meta, extra_cpu_ms: u64, body: F) -> Result<(), F>
where
    F: FnOnce() -> Conclusion,
{
    let Some(descriptors) = std::env::var_os(protocol::CHANNEL) else {
        return Err(body);
    };
    // SAFETY: the only other thread is libtest's, which waits for this one.
    unsafe { std::env::remove_var(protocol::CHANNEL) };
    let control = os::open_channel(&descriptors.to_string_lossy(), |mut control, record| {
        let mut nonce = Nonce::default();
        control.read_exact(&mut nonce)?;
        let channel = Channel {
            nonce,
            record: Mutex::new(record),
        };
        CHANNEL
            .set(channel)
            .map_err(|_| io::Error::other("a second test in one process"))?;
        Ok(control)
    });
    let control = match control {
        Ok(control) => control,
        Err(error) => panic!("no connection to the supervisor: {error}"),
    };
    let test = Test {
        meta: *meta,
        thread: os::thread_id(),
    };
    assert!(TEST.set(test).is_ok(), "is set with the channel only");

    let hook = install_hook();
    let watchdog = start_watchdog(control);
    tell(&Record::Hello {
        pid: u64::from(std::process::id()),
        watchdog,
        test: os::thread_id(),
        extra_cpu_ms,
    });

    let ended = catch_unwind(AssertUnwindSafe(body));
    let conclusion = match ended {
        Ok(conclusion) => {
            tell(&Record::BodyDone);
            // Those who answer set the flag before they notify, under the same lock.
            let answers = lock(&ANSWERS);
            drop(
                ANSWERED
                    .wait_while(answers, |answers| !answers.clear)
                    .unwrap_or_else(PoisonError::into_inner),
            );
            conclude(conclusion, hook)
        }
        Err(payload) => {
            let report = panic_report().unwrap_or_else(|| Report {
                verdict: Verdict::WrongAnswer,
                summary: format!(
                    "a panic that was raised on purpose came out of the test: {}",
                    panics::message(&*payload)
                ),
                detail: seed_line().unwrap_or_default(),
            });
            Conclusion {
                report,
                notes: String::new(),
            }
        }
    };
    let passed = matches!(conclusion.report.verdict, Verdict::Pass);
    // What the test printed without ending the line belongs before the end.
    let _ = (io::stdout().flush(), io::stderr().flush());
    tell(&Record::Done {
        report: conclusion.report,
        notes: conclusion.notes,
    });
    if !passed {
        // The supervisor kills this process. Nothing that happens until then is of interest, least
        // of all destructors that wait for threads.
        loop {
            std::thread::park();
        }
    }
    Ok(())
}

/// All threads of the test have ended.
fn conclude(conclusion: Conclusion, hook: usize) -> Conclusion {
    let replaced = {
        let current = std::panic::take_hook();
        let replaced = address(&*current) != hook;
        std::panic::set_hook(current);
        replaced
    };
    if let Some(report) = panic_report() {
        return Conclusion {
            report,
            notes: String::new(),
        };
    }
    if replaced {
        let report = Report {
            verdict: Verdict::Forbidden,
            summary: "the panic hook was replaced, so that panics could have gone unseen".into(),
            detail: String::new(),
        };
        return Conclusion {
            report,
            notes: String::new(),
        };
    }
    conclusion
}

/// Blocks until the thread is blocked without a timer, or has ended.
pub(crate) fn wait_until_blocked(thread: u64) {
    if CHANNEL.get().is_none() {
        // Nobody looks from outside.
        let start = std::time::Instant::now();
        while start.elapsed() < std::time::Duration::from_millis(20) {
            std::thread::yield_now();
        }
        return;
    }
    tell(&Record::AwaitBlocked { thread });
    let mut answers = lock(&ANSWERS);
    loop {
        if let Some(index) = answers
            .blocked
            .iter()
            .position(|blocked| *blocked == thread)
        {
            answers.blocked.swap_remove(index);
            return;
        }
        answers = ANSWERED
            .wait(answers)
            .unwrap_or_else(PoisonError::into_inner);
    }
}

/// Writes a record. Does nothing outside a child, or when the supervisor is gone.
pub(crate) fn tell(record: &Record) {
    let Some(channel) = CHANNEL.get() else { return };
    let bytes = protocol::encode_record(&channel.nonce, record);
    let _ = lock(&channel.record).write_all(&bytes);
}

/// The kernel's number of the thread that runs the test body.
pub(crate) fn test_thread() -> Option<u64> {
    TEST.get().map(|test| test.thread)
}

/// Starts the thread that listens to the supervisor, and returns its number.
fn start_watchdog(mut control: File) -> u64 {
    let (tell_number, number) = std::sync::mpsc::sync_channel(1);
    let started = std::thread::Builder::new()
        .name("harness".into())
        .spawn(move || {
            dump::prepare();
            let _ = tell_number.send(os::thread_id());
            let nonce = CHANNEL.get().expect("is set before").nonce;
            loop {
                match protocol::read_control(&nonce, &mut control) {
                    Ok(Some(Control::Clear)) => lock(&ANSWERS).clear = true,
                    Ok(Some(Control::Blocked { thread })) => lock(&ANSWERS).blocked.push(thread),
                    Ok(Some(Control::Dump { reason, threads })) => dump::dump(reason, &threads),
                    // Nobody but the code under test could have written that.
                    Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                        let report = Report {
                            verdict: Verdict::EarlyExit,
                            summary: protocol::MEDDLED.into(),
                            detail: String::new(),
                        };
                        tell(&Record::Done {
                            report,
                            notes: String::new(),
                        });
                        os::exit_at_once();
                    }
                    // The supervisor is gone: nobody would stop this process if it hung.
                    Ok(None) | Err(_) => os::exit_at_once(),
                }
                ANSWERED.notify_all();
            }
        });
    started.expect("the system can start a thread");
    number.recv().expect("the watchdog says its number first")
}

/// Makes every panic of this process known to [`on_panic`] and returns what tells our hook from any
/// other.
fn install_hook() -> usize {
    // A closure that carries something has an address of its own.
    static COUNT: AtomicUsize = AtomicUsize::new(0);
    let count = &COUNT;
    let hook: Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync> = Box::new(move |info| {
        count.fetch_add(1, Relaxed); // only to carry something
        on_panic(info);
    });
    let address = address(&*hook);
    std::panic::set_hook(hook);
    address
}

fn address(hook: &(dyn Fn(&PanicHookInfo<'_>) + Send + Sync)) -> usize {
    std::ptr::from_ref(hook).cast::<()>().addr()
}

fn on_panic(info: &PanicHookInfo<'_>) {
    if panics::is_expected(info.payload()) {
        return;
    }
    let Some(test) = TEST.get() else { return };
    let message = panics::message(info.payload());
    let (verdict, site) = match info.payload().downcast_ref::<Failure>() {
        Some(failure) => (failure.verdict, None),
        None => {
            let site = info
                .location()
                .map(Site::from)
                .map(|site| own_site(&test.meta, site));
            let in_test = site
                .as_ref()
                .is_some_and(|site| is_test(&test.meta, &site.file));
            let verdict = match (in_test, test.meta.stress) {
                (true, true) => Verdict::BadInterleaving,
                (true, false) => Verdict::WrongAnswer,
                (false, _) => Verdict::Panic,
            };
            (verdict, site)
        }
    };
    let panicked = Panicked {
        verdict,
        message,
        thread: thread_name(),
        site,
    };
    // In case nothing comes after it.
    tell(&Record::Panicked {
        verdict,
        summary: panicked.one_line(),
    });
    // A panic inside this lock would be one of ours, and this thread would wait for itself.
    thread_local!(static RECORDING: Cell<bool> = const { Cell::new(false) });
    if !RECORDING.replace(true) {
        lock(&PANICS).push(panicked);
        RECORDING.set(false);
    }
}

/// The line that a panic is to be blamed on: its own, or, where that is in the standard library or
/// one of ours, that of the innermost caller that is neither.
fn own_site(meta: &Meta, site: Site) -> Site {
    if is_test(meta, &site.file) || !findings::is_foreign(&site.file) {
        return site;
    }
    let frames = dump::frames(&std::backtrace::Backtrace::force_capture());
    let own = frames.into_iter().filter_map(|frame| frame.site);
    own.into_iter()
        .find(|site| !findings::is_foreign(&site.file))
        .unwrap_or(site)
}

/// The file of the test itself, its neighbours, and the harness.
pub(crate) fn is_test(meta: &Meta, file: &str) -> bool {
    file == meta.file || file.contains("crates/harness/src/") || findings::is_test(file)
}

fn thread_name() -> String {
    let id = os::thread_id();
    if test_thread() == Some(id) {
        return "the test".to_owned();
    }
    match std::thread::current().name() {
        Some(name) => format!("thread `{name}`"),
        None => "a thread without a name".to_owned(),
    }
}

impl Panicked {
    fn one_line(&self) -> String {
        let message = self.message.lines().next().unwrap_or_default();
        match &self.site {
            Some(site) => format!("{} panicked at {site}: {message}", self.thread),
            None => format!("{}: {message}", self.thread),
        }
    }
}

/// The report on the panics so far: on the first, since what comes later often comes from it.
pub(crate) fn panic_report() -> Option<Report> {
    let panics = lock(&PANICS);
    let (first, others) = panics.split_first()?;
    let mut lines = first.message.lines();
    let summary = lines.next().unwrap_or_default().to_owned();
    let mut detail: Vec<String> = lines.map(str::to_owned).collect();
    match &first.site {
        Some(site) => detail.push(format!("at {site}, in {}", first.thread)),
        None if first.thread != "the test" => detail.push(format!("in {}", first.thread)),
        None => {}
    }
    detail.extend(
        others
            .iter()
            .take(3)
            .map(|panic| format!("then {}", panic.one_line())),
    );
    if others.len() > 3 {
        detail.push(format!("and {} more panics", others.len() - 3));
    }
    detail.extend(seed_line());
    Some(Report {
        verdict: first.verdict,
        summary,
        detail: detail.join("\n"),
    })
}

/// How to repeat a test that used random numbers.
pub(crate) fn seed_line() -> Option<String> {
    panics::seed_used().map(|seed| format!("HARNESS_SEED={seed} repeats it"))
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
