//! One child from its start to its verdict. Everything happens on the calling thread: it sleeps in
//! `poll` until the child says something, ends, or the next look at it is due.

// What watches threads one by one is for Linux alone.
#![cfg_attr(not(target_os = "linux"), allow(dead_code, unused_imports))]

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::process::CommandExt;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use findings::Verdict;

use crate::process::{
    Status, bytes, drain, has_ended, pidfd, pipe, reap, seconds, set_nonblocking, signal_name,
};
use crate::protocol::{
    self, Blocked, CHANNEL, Control, Nonce, NotOurs, Reason, Record, Report, Seen,
};
use crate::tail::Tail;
use crate::{Limits, Outcome};

/// Two looks this far apart that find every thread blocked, untimed and unmoved are two of the
/// [`QUIET_LOOKS`] that make a process quiescent.
const QUIET_SPACING: Duration = Duration::from_millis(20);
const QUIET_LOOKS: u32 = 3;
/// Of a longer time between two looks no more counts as idle: on a machine too busy to let us look, the
/// test may have been idle at both and kept from running in between.
const LONGEST_COUNTED: Duration = Duration::from_millis(250);
/// How long the child has to say what its threads are doing, and how long if it says nothing at all.
const DUMP: Duration = Duration::from_secs(3);
const DUMP_ON_A_BUSY_MACHINE: Duration = Duration::from_secs(10);
/// `cancel` is looked at this often.
const LONGEST_SLEEP: Duration = Duration::from_millis(50);

pub(crate) fn run(command: Command, limits: &Limits, cancel: &AtomicBool) -> Outcome {
    let program = command.get_program().to_string_lossy().into_owned();
    match Child::start(command, limits) {
        Ok(mut child) => {
            let end = child.watch(cancel);
            child.finish(end)
        }
        Err(error) => Outcome::ungraded(format!("cannot start `{program}`: {error}")),
    }
}

struct Child<'a> {
    limits: &'a Limits,
    pid: libc::pid_t,
    /// The process that said hello: `pid`, or a descendant where `command` is a wrapper.
    target: u32,
    /// It is a descendant, as far as can be told.
    wrapped: bool,
    /// Readable when the child has ended; not on every system.
    ended: Option<OwnedFd>,
    nonce: Nonce,
    started: Instant,

    control: File,
    record: Option<File>,
    stdout: Option<File>,
    stderr: Option<File>,
    arrived: Vec<u8>,
    out: Tail,
    err: Tail,

    told: Told,
    seen: Watch,
}

/// What the child has said.
#[derive(Default)]
struct Told {
    hello: Option<Hello>,
    body_done: bool,
    /// It was told that no thread is left.
    cleared: bool,
    asks: Vec<Ask>,
    panics: Vec<(Verdict, String)>,
    panicked_at_the_end: bool,
    dump: Option<Report>,
    dump_complete: bool,
    done: Option<(Report, String)>,
    /// Why what it said cannot be believed.
    forged: Option<&'static str>,
}

struct Hello {
    pid: u64,
    watchdog: u64,
    test: u64,
    extra_cpu: Duration,
}

/// Somebody waits until this thread is blocked.
struct Ask {
    thread: u64,
    /// Its context switches (of all threads, a hash) when last seen blocked, and when that was.
    blocked: Option<(u64, Instant)>,
}

/// What the looks from outside add up to.
struct Watch {
    next: Instant,
    pause: Duration,
    last: Option<Look>,
    quiet: u32,
    quiet_at: Instant,
    quiet_threads: Vec<(u64, u64)>,
    idle: Duration,
    /// When somebody began to wait for an answer of ours.
    idle_before_asking: Duration,
    cpu: Duration,
    /// Both when the body was done.
    idle_before: Duration,
    cpu_before: Duration,
    peak_rss: u64,
    dumping: Option<(Reason, Instant)>,
}

struct Look {
    at: Instant,
    idle: bool,
    cpu: Duration,
}

enum End {
    Exited,
    Judged(Report),
}

fn report(verdict: Verdict, summary: impl Into<String>) -> Report {
    Report {
        verdict,
        summary: summary.into(),
        detail: String::new(),
    }
}

impl<'a> Child<'a> {
    fn start(mut command: Command, limits: &'a Limits) -> io::Result<Self> {
        let mut nonce = Nonce::default();
        File::open("/dev/urandom")?.read_exact(&mut nonce)?;
        let (control_read, control) = pipe()?;
        let (record, record_write) = pipe()?;
        let handed_over = [control_read.as_raw_fd(), record_write.as_raw_fd()];
        // Into the pipe before the child exists: it is there before any code under test can run.
        let mut control = File::from(control);
        control.write_all(&nonce)?;

        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .env(CHANNEL, format!("{},{}", handed_over[0], handed_over[1]));
        // SAFETY: between fork and exec only async-signal-safe calls are made, and nothing allocates.
        unsafe {
            command.pre_exec(move || {
                for descriptor in handed_over {
                    if libc::fcntl(descriptor, libc::F_SETFD, 0) == -1 {
                        return Err(io::Error::last_os_error());
                    }
                }
                let no_core = libc::rlimit {
                    rlim_cur: 0,
                    rlim_max: 0,
                };
                libc::setrlimit(libc::RLIMIT_CORE, &no_core);
                #[cfg(target_os = "linux")]
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                Ok(())
            });
        }
        let started = Instant::now();
        let mut child = command.spawn()?;
        drop((control_read, record_write));

        let pid = child.id() as libc::pid_t;
        let stdout = child
            .stdout
            .take()
            .map(|pipe| File::from(OwnedFd::from(pipe)));
        let stderr = child
            .stderr
            .take()
            .map(|pipe| File::from(OwnedFd::from(pipe)));
        let record = File::from(record);
        for file in [
            Some(&control),
            Some(&record),
            stdout.as_ref(),
            stderr.as_ref(),
        ] {
            file.map_or(Ok(()), |file| set_nonblocking(file.as_raw_fd()))?;
        }
        Ok(Child {
            limits,
            pid,
            target: child.id(),
            wrapped: false,
            ended: pidfd(pid),
            nonce,
            started,
            control,
            record: Some(record),
            stdout,
            stderr,
            arrived: Vec::new(),
            out: Tail::default(),
            err: Tail::default(),
            told: Told::default(),
            seen: Watch::new(started),
        })
    }

    fn watch(&mut self, cancel: &AtomicBool) -> End {
        loop {
            self.sleep();
            // Before reading: what was written before the end is read after it.
            let exited = has_ended(self.pid);
            self.read();
            if let Some(end) = self.judge_what_was_told() {
                return end;
            }
            if exited {
                // A process that dies while its threads are looked at dies of that.
                return self.dump_verdict().map_or(End::Exited, End::Judged);
            }
            // Relaxed: the flag is all there is to see.
            if cancel.load(Relaxed) {
                return End::Judged(report(Verdict::Ungraded, "cancelled"));
            }
            let printed = self.out.total + self.err.total;
            if printed > self.limits.output {
                let limit = bytes(self.limits.output);
                return End::Judged(report(
                    Verdict::OutputLimit,
                    format!("printed more than {limit}"),
                ));
            }
            let now = Instant::now();
            if let Some(end) = self.judge_dump(now) {
                return end;
            }
            if now >= self.seen.next {
                if let Some(end) = self.look(now) {
                    return end;
                }
                let cost = now.elapsed();
                // Looking takes at most a tenth of one processor.
                self.seen.next = Instant::now() + self.seen.pause.max(cost * 10);
            }
        }
    }

    /// Until something is to be read, the child has ended, or the next look is due.
    fn sleep(&self) {
        let pause = self.seen.next.saturating_duration_since(Instant::now());
        let mut pause = pause.min(LONGEST_SLEEP);
        let mut polled: Vec<libc::pollfd> = [&self.record, &self.stdout, &self.stderr]
            .into_iter()
            .flatten()
            .map(|file| file.as_raw_fd())
            .chain(self.ended.as_ref().map(|ended| ended.as_raw_fd()))
            .map(|fd| libc::pollfd {
                fd,
                events: libc::POLLIN,
                revents: 0,
            })
            .collect();
        if self.ended.is_none() {
            pause = pause.min(Duration::from_millis(5));
        }
        // Rounded up, or the last millisecond would be spent in a loop.
        let milliseconds = pause.as_micros().div_ceil(1000) as libc::c_int;
        // SAFETY: the pointer and the length are those of a vector that lives through the call.
        unsafe {
            libc::poll(
                polled.as_mut_ptr(),
                polled.len() as libc::nfds_t,
                milliseconds,
            )
        };
    }

    /// Takes what has arrived, without waiting for more or for the end: a process that the child
    /// has left behind may hold its output open for ever.
    fn read(&mut self) {
        let Child {
            out, err, arrived, ..
        } = self;
        drain(&mut self.stdout, |bytes| out.push(bytes));
        drain(&mut self.stderr, |bytes| err.push(bytes));
        drain(&mut self.record, |bytes| arrived.extend(bytes));
        while self.told.forged.is_none() {
            match protocol::take_record(&self.nonce, &mut self.arrived) {
                Ok(Some(record)) => self.hear(record),
                Ok(None) => break,
                Err(NotOurs) => {
                    self.told.forged = Some(protocol::MEDDLED);
                }
            }
        }
    }

    fn hear(&mut self, record: Record) {
        let told = &mut self.told;
        if told.done.is_some() {
            match record {
                Record::Panicked { .. } => told.panicked_at_the_end = true,
                Record::Done { .. } => told.forged = Some("the test ended twice"),
                // Asked for, since the process does not end.
                Record::Dump { .. } if self.seen.dumping.is_some() => {}
                _ => told.forged = Some("the test went on after its end"),
            }
        }
        match record {
            Record::Hello {
                pid,
                watchdog,
                test,
                extra_cpu_ms,
            } => {
                if told.hello.is_some() {
                    told.forged = Some("the test began twice");
                    return;
                }
                let scale = self.limits.cpu.as_secs_f64() / Limits::TYPICAL.cpu.as_secs_f64();
                let extra_cpu = Duration::from_millis(extra_cpu_ms).mul_f64(scale);
                told.hello = Some(Hello {
                    pid,
                    watchdog,
                    test,
                    extra_cpu,
                });
                #[cfg(target_os = "linux")]
                if let Some(target) = crate::proc::find(self.pid as u32, pid) {
                    self.target = target;
                }
                // One that has ended since is not found.
                self.wrapped = self.target != self.pid as u32 || pid != u64::from(self.target);
            }
            Record::BodyDone => {
                told.body_done = true;
                let seen = &mut self.seen;
                (seen.idle_before, seen.cpu_before) = (seen.idle, seen.cpu);
                (seen.next, seen.pause, seen.quiet) = (Instant::now(), Duration::ZERO, 0);
            }
            Record::AwaitBlocked { thread } => {
                if told.asks.is_empty() {
                    self.seen.idle_before_asking = self.seen.idle;
                }
                told.asks.push(Ask {
                    thread,
                    blocked: None,
                });
                (self.seen.next, self.seen.pause) = (Instant::now(), Duration::from_millis(1));
            }
            Record::Panicked { verdict, summary } => {
                if told.panics.len() < 8 {
                    told.panics.push((verdict, summary));
                }
            }
            Record::Dump { last, report } => {
                told.dump = Some(report);
                told.dump_complete = last;
            }
            Record::Done { report, notes } => {
                if report.verdict.is_pass() && !told.cleared {
                    told.forged = Some("the test ended before its body did");
                }
                told.done.get_or_insert((report, notes));
            }
        }
    }

    fn judge_what_was_told(&self) -> Option<End> {
        if let Some(why) = self.told.forged {
            return Some(End::Judged(report(Verdict::EarlyExit, why)));
        }
        match &self.told.done {
            Some((report, _)) if !report.verdict.is_pass() => Some(End::Judged(report.clone())),
            _ => None,
        }
    }

    /// Ends the wait for a dump when it is complete or late.
    fn judge_dump(&self, now: Instant) -> Option<End> {
        let (_, since) = self.seen.dumping?;
        let patience = if self.told.dump.is_some() {
            DUMP
        } else {
            DUMP_ON_A_BUSY_MACHINE
        };
        let over = self.told.dump_complete || now - since >= patience;
        self.dump_verdict().filter(|_| over).map(End::Judged)
    }

    /// Why the test is being ended, with as much as the child has said about it so far.
    fn dump_verdict(&self) -> Option<Report> {
        let (reason, _) = self.seen.dumping?;
        let mut own = match reason {
            Reason::Quiescent => report(
                Verdict::Deadlock,
                "every thread waits, and nothing is left that could wake one",
            ),
            Reason::Cpu => report(
                Verdict::Hang,
                format!(
                    "not done after {} of processor time",
                    seconds(self.seen.cpu)
                ),
            ),
            Reason::Idle => report(
                Verdict::Hang,
                format!("not done after sleeping for {}", seconds(self.seen.idle)),
            ),
            Reason::Left => report(Verdict::Leak, "threads are left after the test"),
        };
        if self.told.done.is_some() {
            own = report(
                Verdict::Hang,
                "the test passed, but then its process did not end",
            );
        }
        let dump = self.told.dump.clone();
        Some(match dump.filter(|dump| !dump.verdict.is_pass()) {
            Some(dump) if self.told.done.is_some() => Report {
                detail: dump.detail,
                ..own
            },
            Some(dump) if dump.summary.is_empty() => Report {
                verdict: dump.verdict,
                detail: dump.detail,
                ..own
            },
            Some(dump) => dump,
            None => own,
        })
    }

    fn send(&mut self, control: &Control) {
        // A child that is gone, or whose watchdog does not read, is dealt with by other means.
        let _ = self
            .control
            .write_all(&protocol::encode_control(&self.nonce, control));
    }

    fn ask_for_dump(&mut self, reason: Reason, threads: Vec<Seen>, now: Instant) {
        self.seen.dumping = Some((reason, now));
        // What is sent is looked at as soon as it comes; only memory and output still matter.
        self.seen.pause = LONGEST_SLEEP;
        self.send(&Control::Dump { reason, threads });
    }

    fn wall_limit(&self) -> Duration {
        let extra = self
            .told
            .hello
            .as_ref()
            .map_or(Duration::ZERO, |hello| hello.extra_cpu);
        self.limits.wall + extra * 4
    }

    fn judge_wall(&self, now: Instant) -> Option<End> {
        let wall = now - self.started;
        // Once the reason is known, only what the threads are doing is waited for.
        let over = wall > self.wall_limit() && self.seen.dumping.is_none();
        over.then(|| {
            let cpu = seconds(self.seen.cpu);
            let wall = seconds(wall);
            End::Judged(report(
                Verdict::Ungraded,
                format!("the machine was too busy: {cpu} of processor time in {wall}"),
            ))
        })
    }

    #[cfg(not(target_os = "linux"))]
    fn look(&mut self, now: Instant) -> Option<End> {
        self.seen.pause = Duration::from_millis(5);
        if self.told.body_done && !self.told.cleared {
            self.told.cleared = true;
            self.send(&Control::Clear);
        }
        let asks = std::mem::take(&mut self.told.asks);
        for mut ask in asks {
            let (_, since) = *ask.blocked.get_or_insert((0, now));
            if now - since >= Duration::from_millis(20) {
                self.send(&Control::Blocked { thread: ask.thread });
            } else {
                self.told.asks.push(ask);
            }
        }
        if self.seen.dumping.is_none() {
            let extra = self.told.hello.as_ref()?.extra_cpu;
            self.seen.idle = now - self.started;
            if self.seen.idle > self.limits.cpu + extra + self.limits.idle {
                self.ask_for_dump(Reason::Idle, Vec::new(), now);
            }
        }
        None
    }

    #[cfg(target_os = "linux")]
    fn look(&mut self, now: Instant) -> Option<End> {
        use std::hash::{DefaultHasher, Hash, Hasher};

        if let Some(end) = self.judge_wall(now) {
            return Some(end);
        }
        // The child has just ended, which the next round sees.
        let sample = crate::proc::sample(self.target)?;
        self.seen.peak_rss = self.seen.peak_rss.max(sample.rss);
        if sample.rss > self.limits.memory {
            let limit = bytes(self.limits.memory);
            let summary = format!("used more than {limit} of memory");
            return Some(End::Judged(report(Verdict::OutOfMemory, summary)));
        }
        if sample.threads.len() + sample.descendants > self.limits.tasks {
            let limit = self.limits.tasks;
            let summary = format!("more than {limit} threads and processes at once");
            return Some(End::Judged(report(Verdict::OutOfMemory, summary)));
        }
        let hello = self.told.hello.as_ref()?;
        if self.seen.dumping.is_some() {
            return None;
        }

        // libtest's own thread waits for the test's; the watchdog for us.
        let libtest = (hello.pid != hello.test).then_some(hello.pid);
        let after_body = self.told.body_done;
        let left: Vec<&crate::proc::Thread> = sample
            .threads
            .iter()
            .filter(|thread| thread.id != hello.watchdog && Some(thread.id) != libtest)
            .filter(|thread| thread.id != hello.test || !after_body || self.told.cleared)
            .collect();
        let extra_cpu = hello.extra_cpu;
        if after_body && !self.told.cleared && left.is_empty() {
            self.told.cleared = true;
            self.seen.pause = Duration::from_millis(5);
            self.send(&Control::Clear);
            return None;
        }
        let threads: Vec<Seen> = left
            .iter()
            .map(|thread| Seen {
                id: thread.id,
                name: thread.name.clone(),
                blocked: thread.blocked,
                joins: thread.joins,
            })
            .collect();

        let (mut untimed, mut none_runs) = (sample.descendants == 0, !sample.descendants_run);
        // A process that is being killed loses its threads one by one, and libtest's may be the last.
        untimed &= after_body || sample.threads.iter().any(|thread| thread.id == hello.test);
        let mut unmoved: Vec<(u64, u64)> = Vec::new();
        for thread in &sample.threads {
            // It waits with a timer; once cleared, it is the one that ends the process.
            if Some(thread.id) == libtest && thread.blocked != Blocked::No && !self.told.cleared {
                continue;
            }
            untimed &= thread.blocked == Blocked::Untimed;
            none_runs &= thread.blocked != Blocked::No;
            unmoved.push((thread.id, thread.switches));
        }
        let all_blocked = untimed.then(|| {
            let mut hasher = DefaultHasher::new();
            unmoved.hash(&mut hasher);
            hasher.finish()
        });
        let asked = !self.told.asks.is_empty();
        let asking = self.answer(&sample.threads, all_blocked, now);
        let quiescent = self.seen.count_quiet(now, untimed && !asking, unmoved);
        self.seen.add_up(now, none_runs, sample.cpu);
        if asked && self.told.asks.is_empty() {
            // It waited for us, who may have been kept from looking for long.
            self.seen.idle = self.seen.idle_before_asking;
        }
        self.seen
            .set_pause(asking, after_body && !self.told.cleared, untimed);

        let seen = &self.seen;
        let reason = if after_body {
            let spent = seen.idle.saturating_sub(seen.idle_before) > self.limits.after
                || seen.cpu.saturating_sub(seen.cpu_before) > self.limits.after;
            (quiescent || spent).then_some(Reason::Left)
        } else if quiescent {
            Some(Reason::Quiescent)
        } else if seen.cpu > self.limits.cpu + extra_cpu {
            Some(Reason::Cpu)
        } else if seen.idle > self.limits.idle {
            Some(Reason::Idle)
        } else {
            None
        };
        if let Some(reason) = reason {
            self.ask_for_dump(reason, threads, now);
        }
        None
    }

    /// Answers those who wait for a thread, or for all, to block. Returns whether some still wait.
    /// `all_blocked`: every thread is blocked with no timer; a hash of their context switches.
    #[cfg(target_os = "linux")]
    fn answer(
        &mut self,
        threads: &[crate::proc::Thread],
        all_blocked: Option<u64>,
        now: Instant,
    ) -> bool {
        let mut answers = Vec::new();
        self.told.asks.retain_mut(|ask| {
            let thread = threads.iter().find(|thread| thread.id == ask.thread);
            let blocked = match thread {
                _ if ask.thread == protocol::EVERY_THREAD => all_blocked,
                Some(thread) => (thread.blocked == Blocked::Untimed).then_some(thread.switches),
                None => None,
            };
            let gone = thread.is_none() && ask.thread != protocol::EVERY_THREAD;
            let answer = match (blocked, ask.blocked) {
                _ if gone => true,
                // Twice the same, or it could have been caught on its way through. For all threads:
                // whoever is blocked in both looks and has not moved was blocked in between, so
                // there was a moment at which all of them were.
                (Some(switches), Some((before, at))) if switches == before => {
                    now - at >= Duration::from_millis(1)
                }
                (Some(switches), _) => {
                    ask.blocked = Some((switches, now));
                    false
                }
                (None, _) => {
                    ask.blocked = None;
                    false
                }
            };
            if answer {
                answers.push(ask.thread);
            }
            !answer
        });
        let answered = !answers.is_empty();
        for thread in answers {
            self.send(&Control::Blocked { thread });
        }
        // Who was just answered has not moved yet.
        answered || !self.told.asks.is_empty()
    }

    fn finish(mut self, end: End) -> Outcome {
        // The leader is not reaped yet, so the number of its group is still its own.
        // SAFETY: sends a signal to a group that consists of our own descendants.
        unsafe { libc::kill(-self.pid, libc::SIGKILL) };
        if self.target != self.pid as u32 {
            // SAFETY: a descendant of the leader, seen while it lived.
            unsafe { libc::kill(self.target as libc::pid_t, libc::SIGKILL) };
        }
        let (status, usage) = reap(self.pid);
        self.read();
        let wall = self.started.elapsed();
        let cpu = usage.cpu.max(self.seen.cpu);
        let peak_rss = usage.peak_rss.max(self.seen.peak_rss);

        let stderr = std::mem::take(&mut self.err);
        let stdout = std::mem::take(&mut self.out);
        let output_bytes = stdout.total + stderr.total;
        let (stdout, stderr) = (without_libtest(&stdout.text()), stderr.text());
        let (report, exit) = match end {
            End::Judged(report) => (report, "killed by the supervisor".to_owned()),
            End::Exited => (self.judge_exit(status, &stderr), status.to_string()),
        };
        let notes = match (report.verdict, self.told.done) {
            (Verdict::Pass | Verdict::Undecided, Some((_, notes))) => notes,
            _ => String::new(),
        };
        Outcome {
            verdict: report.verdict,
            summary: report.summary,
            detail: report.detail,
            notes,
            stdout,
            stderr,
            output_bytes,
            cpu,
            wall,
            exit,
            peak_rss,
        }
    }

    /// The child ended by itself.
    fn judge_exit(&self, status: Status, stderr: &str) -> Report {
        let told = &self.told;
        if let Some(End::Judged(report)) = self.judge_what_was_told() {
            return report;
        }
        let passed = told.done.is_some();
        if passed && status == Status::Code(0) {
            return match told.panics.last() {
                Some((verdict, panic)) if told.panicked_at_the_end => {
                    report(*verdict, format!("after the test had passed: {panic}"))
                }
                _ => report(Verdict::Pass, ""),
            };
        }
        if told.hello.is_none() {
            let mut early = report(
                Verdict::Ungraded,
                format!("the test did not start: {status}"),
            );
            early.detail = last_lines(stderr, 10);
            return early;
        }
        let mut report = match status.signal(self.wrapped) {
            Some(signal) => crash(signal, stderr, self.seen.peak_rss > self.limits.memory / 2),
            None if passed => report(
                Verdict::EarlyExit,
                format!("the process ended with {status}"),
            ),
            None => report(
                Verdict::EarlyExit,
                format!("the process ended ({status}) before the test did"),
            ),
        };
        if passed {
            report.summary = format!("after the test had passed: {}", report.summary);
        }
        let panics: Vec<&str> = told
            .panics
            .iter()
            .map(|(_, summary)| summary.as_str())
            .collect();
        if report.verdict == Verdict::Crashed && panics.len() >= 2 {
            report.summary += " (a panic while another one unwinds ends the process)";
        }
        report.detail = panics.join("\n");
        report
    }
}

#[cfg(target_os = "linux")]
impl Watch {
    fn new(started: Instant) -> Self {
        Watch {
            next: started + Duration::from_millis(5),
            pause: Duration::from_millis(5),
            last: None,
            quiet: 0,
            quiet_at: started,
            quiet_threads: Vec::new(),
            idle: Duration::ZERO,
            idle_before_asking: Duration::ZERO,
            cpu: Duration::ZERO,
            idle_before: Duration::ZERO,
            cpu_before: Duration::ZERO,
            peak_rss: 0,
            dumping: None,
        }
    }

    fn count_quiet(&mut self, now: Instant, quiet: bool, mut unmoved: Vec<(u64, u64)>) -> bool {
        unmoved.sort_unstable();
        if !quiet {
            self.quiet = 0;
        } else if self.quiet == 0 || self.quiet_threads != unmoved {
            (self.quiet, self.quiet_at, self.quiet_threads) = (1, now, unmoved);
        } else if now - self.quiet_at >= QUIET_SPACING {
            (self.quiet, self.quiet_at) = (self.quiet + 1, now);
        }
        self.quiet >= QUIET_LOOKS
    }

    fn add_up(&mut self, now: Instant, idle: bool, cpu: Duration) {
        if let Some(last) = &self.last
            && last.idle
            && idle
        {
            let between = (now - last.at).min(LONGEST_COUNTED);
            self.idle += between.saturating_sub(cpu.saturating_sub(last.cpu));
        }
        self.cpu = self.cpu.max(cpu);
        self.last = Some(Look { at: now, idle, cpu });
    }

    fn set_pause(&mut self, asking: bool, leaving: bool, untimed: bool) {
        self.pause = if asking {
            Duration::from_millis(1)
        } else if leaving && !untimed {
            (self.pause * 2).clamp(Duration::from_micros(200), QUIET_SPACING)
        } else if untimed {
            QUIET_SPACING
        } else {
            (self.pause * 3 / 2).clamp(Duration::from_millis(5), LONGEST_SLEEP)
        };
    }
}

/// What killed it, as far as can be told.
fn crash(signal: i32, stderr: &str, much_memory: bool) -> Report {
    let name = signal_name(signal);
    if let Some(at) = stderr.find(" has overflowed its stack") {
        let line = &stderr[stderr[..at].rfind('\n').map_or(0, |newline| newline + 1)..at];
        let who = line.trim().split(" (").next().unwrap_or(line);
        return report(Verdict::Crashed, format!("stack overflow in {who}"));
    }
    if signal == libc::SIGABRT
        && let Some(at) = stderr.find("memory allocation of ")
    {
        let line = stderr[at..].lines().next().unwrap_or_default();
        return report(Verdict::OutOfMemory, line);
    }
    if signal == libc::SIGKILL && much_memory {
        return report(
            Verdict::OutOfMemory,
            "killed by the system, short of memory",
        );
    }
    report(Verdict::Crashed, format!("killed by {name}"))
}

/// What the test itself printed: libtest announces it before, and sums up after.
fn without_libtest(printed: &str) -> String {
    let own = match printed.strip_prefix("\nrunning 1 test\ntest ") {
        Some(rest) => rest.split_once(" ... ").map_or(rest, |(_, own)| own),
        None => printed,
    };
    let own = match own.rsplit_once("ok\n\ntest result: ok. 1 passed; ") {
        Some((own, sum)) if sum.trim_end().lines().count() == 1 => own,
        _ => own,
    };
    own.to_owned()
}

fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_frame_of_libtest_is_taken_off() {
        let frame = |own: &str| {
            format!(
                "\nrunning 1 test\ntest a::b ... {own}ok\n\ntest result: ok. 1 passed; 0 failed; \
                 0 ignored; 0 measured; 3 filtered out; finished in 0.00s\n\n"
            )
        };
        assert_eq!(without_libtest(&frame("")), "");
        assert_eq!(
            without_libtest(&frame("hello ... you\n")),
            "hello ... you\n"
        );
        assert_eq!(without_libtest("\nrunning 1 test\ntest a ... half"), "half");
        let claimed = "test result: ok. 1 passed; 0 failed\n";
        assert_eq!(without_libtest(claimed), claimed);
    }

    #[test]
    fn idle_is_what_lies_between_two_idle_looks_that_came_in_time() {
        let start = Instant::now();
        let at = |milliseconds| start + Duration::from_millis(milliseconds);
        let mut watch = Watch::new(start);
        watch.add_up(at(0), true, Duration::ZERO);
        watch.add_up(at(50), true, Duration::from_millis(20));
        assert_eq!(watch.idle, Duration::from_millis(30));
        watch.add_up(at(100), false, Duration::from_millis(20));
        watch.add_up(at(150), true, Duration::from_millis(20));
        assert_eq!(watch.idle, Duration::from_millis(30));
        // Ten seconds without a look.
        watch.add_up(at(10_150), true, Duration::from_millis(20));
        assert_eq!(watch.idle, Duration::from_millis(280));
    }

    #[test]
    fn a_crash_is_explained_by_what_the_runtime_said_last() {
        let overflow =
            "\nthread 'P0' (12) has overflowed its stack\nfatal runtime error: stack overflow\n";
        let report = crash(libc::SIGABRT, overflow, false);
        assert_eq!(
            (report.verdict, &*report.summary),
            (Verdict::Crashed, "stack overflow in thread 'P0'")
        );
        let memory = "memory allocation of 4096 bytes failed\n";
        assert_eq!(
            crash(libc::SIGABRT, memory, false).verdict,
            Verdict::OutOfMemory
        );
        assert_eq!(
            crash(libc::SIGSEGV, memory, false).verdict,
            Verdict::Crashed
        );
        assert_eq!(crash(libc::SIGKILL, "", true).verdict, Verdict::OutOfMemory);
        assert_eq!(crash(libc::SIGKILL, "", false).summary, "killed by SIGKILL");
    }

    #[test]
    fn a_wrapper_reports_the_signal_of_its_child() {
        assert_eq!(Status::Code(134).signal(true), Some(6));
        assert_eq!(Status::Code(134).signal(false), None);
        assert_eq!(Status::Signal(11).signal(false), Some(11));
        assert_eq!(Status::Code(101).signal(true), None);
    }
}
