//! What the operating system says of a child process, and the pipes to it.

use std::fs::File;
use std::io::{self, ErrorKind, Read};
use std::os::fd::{FromRawFd, OwnedFd, RawFd};
use std::time::Duration;

#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Status {
    Code(i32),
    Signal(i32),
}

impl Status {
    /// The signal it died of; a wrapper reports that of its child as an exit code.
    pub fn signal(self, wrapped: bool) -> Option<i32> {
        match self {
            Status::Signal(signal) => Some(signal),
            Status::Code(code @ 129..=192) if wrapped => Some(code - 128),
            Status::Code(_) => None,
        }
    }
}

impl std::fmt::Display for Status {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Status::Code(code) => write!(f, "exit code {code}"),
            Status::Signal(signal) => write!(f, "killed by {}", signal_name(*signal)),
        }
    }
}

pub(crate) fn signal_name(signal: i32) -> String {
    let name = match signal {
        libc::SIGABRT => "SIGABRT (abort)",
        libc::SIGSEGV => "SIGSEGV (invalid memory access)",
        libc::SIGBUS => "SIGBUS (invalid memory access)",
        libc::SIGILL => "SIGILL (invalid instruction)",
        libc::SIGFPE => "SIGFPE",
        libc::SIGTRAP => "SIGTRAP",
        libc::SIGKILL => "SIGKILL",
        libc::SIGTERM => "SIGTERM",
        libc::SIGINT => "SIGINT",
        libc::SIGPIPE => "SIGPIPE",
        other => return format!("signal {other}"),
    };
    name.to_owned()
}

pub(crate) struct Usage {
    pub cpu: Duration,
    pub peak_rss: u64,
}

/// Waits for the end of a child that has been killed or has ended.
pub(crate) fn reap(pid: libc::pid_t) -> (Status, Usage) {
    let mut status = 0;
    // SAFETY: all fields are integers, for which zero is a value.
    let mut usage: libc::rusage = unsafe { std::mem::zeroed() };
    loop {
        // SAFETY: both pointers are to locals of the right type; the child is ours and not yet
        // reaped, since nothing else waits for it.
        let reaped = unsafe { libc::wait4(pid, &mut status, 0, &mut usage) };
        if reaped == pid || io::Error::last_os_error().kind() != ErrorKind::Interrupted {
            break;
        }
    }
    let time = |time: libc::timeval| {
        Duration::from_secs(time.tv_sec.unsigned_abs())
            + Duration::from_micros(u64::from(time.tv_usec.unsigned_abs() as u32))
    };
    // Kibibytes on Linux, bytes on macOS.
    let unit = if cfg!(target_os = "linux") { 1024 } else { 1 };
    let usage = Usage {
        cpu: time(usage.ru_utime) + time(usage.ru_stime),
        peak_rss: usage.ru_maxrss.unsigned_abs() * unit,
    };
    let status = if libc::WIFSIGNALED(status) {
        Status::Signal(libc::WTERMSIG(status))
    } else {
        Status::Code(libc::WEXITSTATUS(status))
    };
    (status, usage)
}

/// Whether the child is a zombie; it stays one.
pub(crate) fn has_ended(pid: libc::pid_t) -> bool {
    // SAFETY: all fields are integers, for which zero is a value.
    let mut info: libc::siginfo_t = unsafe { std::mem::zeroed() };
    let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: the pointer is to a local of the right type.
    let result = unsafe { libc::waitid(libc::P_PID, pid as libc::id_t, &mut info, options) };
    // SAFETY: filled in by a successful `waitid`, or zero where nothing has ended.
    result == 0 && unsafe { info.si_pid() } == pid
}

#[cfg(target_os = "linux")]
pub(crate) fn pidfd(pid: libc::pid_t) -> Option<OwnedFd> {
    // SAFETY: takes two integers; a negative result is an error.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) };
    // SAFETY: just opened, and nobody else owns it. Close-on-exec by definition.
    (fd >= 0).then(|| unsafe { OwnedFd::from_raw_fd(fd as RawFd) })
}

#[cfg(not(target_os = "linux"))]
pub(crate) fn pidfd(_pid: libc::pid_t) -> Option<OwnedFd> {
    None
}

/// The reading and the writing end of a pipe, both close-on-exec.
pub(crate) fn pipe() -> io::Result<(OwnedFd, OwnedFd)> {
    let (read, write) = io::pipe()?;
    Ok((read.into(), write.into()))
}

pub(crate) fn set_nonblocking(fd: RawFd) -> io::Result<()> {
    // SAFETY: both take a descriptor that the caller owns, and integers.
    let result = unsafe {
        let flags = libc::fcntl(fd, libc::F_GETFL);
        libc::fcntl(fd, libc::F_SETFL, flags | libc::O_NONBLOCK)
    };
    if result == -1 {
        Err(io::Error::last_os_error())
    } else {
        Ok(())
    }
}

/// Reads what is there, at most so much that an endless writer cannot keep it busy. A pipe at its
/// end is closed.
pub(crate) fn drain(pipe: &mut Option<File>, mut take: impl FnMut(&[u8])) {
    let mut buffer = [0; 16 * 1024];
    for _ in 0..64 {
        let Some(file) = pipe else { return };
        match file.read(&mut buffer) {
            Ok(0) => *pipe = None,
            Ok(length) => take(&buffer[..length]),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) if error.kind() == ErrorKind::WouldBlock => return,
            Err(_) => *pipe = None,
        }
    }
}

pub(crate) fn seconds(time: Duration) -> String {
    format!("{:.1} s", time.as_secs_f64())
}

pub(crate) fn bytes(number: u64) -> String {
    match number {
        0..1024 => format!("{number} bytes"),
        1024..0x10_0000 => format!("{} KiB", number >> 10),
        _ => format!("{} MiB", number >> 20),
    }
}
