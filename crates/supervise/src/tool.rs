//! Runs a tool, such as a compiler, on input that nobody vouches for: with limits, and killed at once
//! when the caller says so. What it prints is the caller's to read; nothing of it is judged here.

use std::io;
use std::process::Command;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

/// How much a tool may use, with all the processes that it starts.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolLimits {
    /// Processor time. A loaded machine does not use it up sooner.
    pub cpu: Duration,
    /// Resident memory in bytes.
    pub memory: u64,
    /// Bytes on standard output and standard error together.
    pub output: u64,
}

impl ToolLimits {
    /// What a compiler may use for one exercise, on this machine: an honest one takes less than a
    /// tenth of the time and a fifth of the memory.
    pub fn for_a_compiler() -> ToolLimits {
        ToolLimits {
            cpu: Duration::from_secs(30).mul_f64(crate::calibrate::slowness()),
            memory: 3 << 30,
            output: 4 << 20,
        }
    }
}

/// How a tool ended.
#[derive(Clone, Debug, PartialEq)]
pub enum ToolEnd {
    /// By itself, with this exit code.
    Exited(i32),
    /// Killed by a signal that we did not send, by name.
    Killed(String),
    /// By us, at the limit that is named: `60.0 s of processor time`.
    Exceeded(String),
    /// By us, because the caller said so.
    Cancelled,
}

/// What became of a tool.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolOutcome {
    pub end: ToolEnd,
    /// Whole, but for a tool that exceeded its limit on output.
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub cpu: Duration,
    /// The most resident memory that was seen, in bytes.
    pub peak_rss: u64,
}

/// Runs `command` to its end. Standard input is empty; the process leads a group of its own, all of
/// which is killed at the end, and does not outlive the calling thread. Setting `cancel`, from any
/// thread, ends it within some 20 ms.
///
/// Limits on memory are watched on Linux only, those on processor time wherever there are process
/// groups.
///
/// # Errors
///
/// When `command` cannot be started.
#[cfg(unix)]
pub fn run_tool(
    command: Command,
    limits: &ToolLimits,
    cancel: &AtomicBool,
) -> io::Result<ToolOutcome> {
    watched::run(command, limits, cancel)
}

/// Without limits on this system.
#[cfg(not(unix))]
pub fn run_tool(
    mut command: Command,
    _limits: &ToolLimits,
    _cancel: &AtomicBool,
) -> io::Result<ToolOutcome> {
    let output = command.stdin(std::process::Stdio::null()).output()?;
    Ok(ToolOutcome {
        end: ToolEnd::Exited(output.status.code().unwrap_or(-1)),
        stdout: output.stdout,
        stderr: output.stderr,
        cpu: Duration::ZERO,
        peak_rss: 0,
    })
}

#[cfg(unix)]
mod watched {
    use std::fs::File;
    use std::io;
    use std::os::fd::{AsRawFd, OwnedFd};
    use std::os::unix::process::CommandExt;
    use std::process::{Command, Stdio};
    use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
    use std::time::{Duration, Instant};

    use super::{ToolEnd, ToolLimits, ToolOutcome};
    use crate::process::{
        self, Status, drain, has_ended, pidfd, reap, set_nonblocking, signal_name,
    };

    /// `cancel` and the limits are looked at this often.
    const PAUSE: Duration = Duration::from_millis(20);

    pub(super) fn run(
        mut command: Command,
        limits: &ToolLimits,
        cancel: &AtomicBool,
    ) -> io::Result<ToolOutcome> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        // The kernel's own limit, in whole seconds, stands behind ours, should we be kept from looking.
        let seconds = limits.cpu.as_secs().saturating_add(3);
        // SAFETY: between fork and exec only async-signal-safe calls are made, and nothing allocates.
        unsafe {
            command.pre_exec(move || {
                limit(libc::RLIMIT_CORE, 0, 0);
                limit(libc::RLIMIT_CPU, seconds, seconds.saturating_add(3));
                #[cfg(target_os = "linux")]
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                Ok(())
            });
        }
        let mut child = command.spawn()?;
        let pid = child.id() as libc::pid_t;
        let stdout = child
            .stdout
            .take()
            .map(|pipe| File::from(OwnedFd::from(pipe)));
        let stderr = child
            .stderr
            .take()
            .map(|pipe| File::from(OwnedFd::from(pipe)));
        let mut tool = Tool {
            pid,
            ended: pidfd(pid),
            pipes: [stdout, stderr],
            printed: [Vec::new(), Vec::new()],
            cpu: Duration::ZERO,
            peak_rss: 0,
        };
        for pipe in tool.pipes.iter().flatten() {
            // A pipe that blocks would only make us deaf for a while.
            let _ = set_nonblocking(pipe.as_raw_fd());
        }
        let end = tool.watch(limits, cancel);
        Ok(tool.finish(end, limits))
    }

    struct Tool {
        pid: libc::pid_t,
        ended: Option<OwnedFd>,
        pipes: [Option<File>; 2],
        printed: [Vec<u8>; 2],
        cpu: Duration,
        peak_rss: u64,
    }

    impl Tool {
        /// Until it has ended by itself (`None`), or has to be ended.
        fn watch(&mut self, limits: &ToolLimits, cancel: &AtomicBool) -> Option<ToolEnd> {
            let mut next = Instant::now() + PAUSE;
            loop {
                self.sleep(next);
                // Before reading: what was written before the end is read after it.
                let exited = has_ended(self.pid);
                self.read();
                if exited {
                    return None;
                }
                // Relaxed: the flag is all there is to see.
                if cancel.load(Relaxed) {
                    return Some(ToolEnd::Cancelled);
                }
                let printed: usize = self.printed.iter().map(Vec::len).sum();
                if printed as u64 > limits.output {
                    return Some(ToolEnd::Exceeded(format!(
                        "{} of messages",
                        process::bytes(limits.output)
                    )));
                }
                if Instant::now() >= next {
                    if let Some(limit) = self.look(limits) {
                        return Some(ToolEnd::Exceeded(limit));
                    }
                    next = Instant::now() + PAUSE;
                }
            }
        }

        #[cfg(target_os = "linux")]
        fn look(&mut self, limits: &ToolLimits) -> Option<String> {
            let sample = crate::proc::sample(self.pid as u32)?;
            self.cpu = self.cpu.max(sample.cpu);
            self.peak_rss = self.peak_rss.max(sample.rss);
            if sample.rss > limits.memory {
                return Some(format!("{} of memory", process::bytes(limits.memory)));
            }
            (sample.cpu > limits.cpu).then(|| processor_time(limits))
        }

        #[cfg(not(target_os = "linux"))]
        fn look(&mut self, _limits: &ToolLimits) -> Option<String> {
            None
        }

        fn sleep(&self, until: Instant) {
            let mut pause = until.saturating_duration_since(Instant::now());
            if self.ended.is_none() {
                pause = pause.min(Duration::from_millis(2));
            }
            let mut polled: Vec<libc::pollfd> = self
                .pipes
                .iter()
                .flatten()
                .map(|file| file.as_raw_fd())
                .chain(self.ended.as_ref().map(|ended| ended.as_raw_fd()))
                .map(|fd| libc::pollfd {
                    fd,
                    events: libc::POLLIN,
                    revents: 0,
                })
                .collect();
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

        fn read(&mut self) {
            for (pipe, printed) in self.pipes.iter_mut().zip(&mut self.printed) {
                drain(pipe, |bytes| printed.extend_from_slice(bytes));
            }
        }

        fn finish(mut self, end: Option<ToolEnd>, limits: &ToolLimits) -> ToolOutcome {
            // The leader is not reaped yet, so the number of its group is still its own.
            // SAFETY: sends a signal to a group that consists of our own descendants.
            unsafe { libc::kill(-self.pid, libc::SIGKILL) };
            let (status, usage) = reap(self.pid);
            self.read();
            let [stdout, stderr] = self.printed;
            ToolOutcome {
                end: end.unwrap_or_else(|| match status {
                    Status::Code(code) => ToolEnd::Exited(code),
                    Status::Signal(libc::SIGXCPU | libc::SIGKILL) if usage.cpu >= limits.cpu => {
                        ToolEnd::Exceeded(processor_time(limits))
                    }
                    Status::Signal(signal) => ToolEnd::Killed(signal_name(signal)),
                }),
                stdout,
                stderr,
                cpu: self.cpu.max(usage.cpu),
                peak_rss: self.peak_rss.max(usage.peak_rss),
            }
        }
    }

    fn processor_time(limits: &ToolLimits) -> String {
        format!("{} of processor time", process::seconds(limits.cpu))
    }

    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    type Resource = libc::__rlimit_resource_t;
    #[cfg(not(all(target_os = "linux", target_env = "gnu")))]
    type Resource = libc::c_int;

    /// One that cannot be set, since it is lower already, stays.
    fn limit(resource: Resource, soft: u64, hard: u64) {
        let limit = libc::rlimit {
            rlim_cur: soft,
            rlim_max: hard,
        };
        // SAFETY: the pointer is to a local of the right type.
        unsafe { libc::setrlimit(resource, &limit) };
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::sync::atomic::Ordering::Relaxed;
    use std::time::Instant;

    const LIMITS: ToolLimits = ToolLimits {
        cpu: Duration::from_millis(300),
        memory: 1 << 30,
        output: 100_000,
    };

    fn shell(script: &str, limits: &ToolLimits, cancel: &AtomicBool) -> ToolOutcome {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        run_tool(command, limits, cancel).expect("there is a shell")
    }

    #[test]
    fn what_a_tool_prints_and_how_it_ends_is_handed_on() {
        let never = AtomicBool::new(false);
        let outcome = shell("echo one; echo two >&2; exit 3", &LIMITS, &never);
        assert_eq!(outcome.end, ToolEnd::Exited(3));
        assert_eq!(outcome.stdout, b"one\n");
        assert_eq!(outcome.stderr, b"two\n");
        let outcome = shell("kill -SEGV $$", &LIMITS, &never);
        assert_eq!(
            outcome.end,
            ToolEnd::Killed("SIGSEGV (invalid memory access)".to_owned())
        );
    }

    #[test]
    fn a_tool_that_cannot_be_started_is_an_error() {
        let never = AtomicBool::new(false);
        assert!(run_tool(Command::new("/no/such/tool"), &LIMITS, &never).is_err());
    }

    #[test]
    fn output_without_end_ends_the_tool_and_all_it_started() {
        let never = AtomicBool::new(false);
        let outcome = shell("yes | cat & yes >&2", &LIMITS, &never);
        assert_eq!(
            outcome.end,
            ToolEnd::Exceeded("97 KiB of messages".to_owned())
        );
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_loop_without_end_is_ended_by_its_processor_time_also_in_a_child() {
        let never = AtomicBool::new(false);
        let outcome = shell("(while :; do :; done) & wait", &LIMITS, &never);
        assert_eq!(
            outcome.end,
            ToolEnd::Exceeded("0.3 s of processor time".to_owned())
        );
        assert!(outcome.cpu >= LIMITS.cpu);
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn memory_is_limited() {
        let never = AtomicBool::new(false);
        let limits = ToolLimits {
            cpu: Duration::from_secs(600),
            memory: 64 << 20,
            ..LIMITS
        };
        let outcome = shell(
            "x=aaaaaaaaaaaaaaaa; while :; do x=$x$x; done",
            &limits,
            &never,
        );
        assert_eq!(
            outcome.end,
            ToolEnd::Exceeded("64 MiB of memory".to_owned())
        );
    }

    #[test]
    fn a_cancelled_tool_ends_at_once() {
        let cancel = AtomicBool::new(false);
        let limits = ToolLimits {
            cpu: Duration::from_secs(600),
            ..LIMITS
        };
        let begun = Instant::now();
        let outcome = std::thread::scope(|scope| {
            let tool = scope.spawn(|| shell("cat /dev/zero | wc -c", &limits, &cancel));
            cancel.store(true, Relaxed);
            tool.join().expect("no panic")
        });
        assert_eq!(outcome.end, ToolEnd::Cancelled);
        // Far below the processor time that it was allowed: it was not waited for.
        assert!(begun.elapsed() < Duration::from_secs(60));
    }
}
