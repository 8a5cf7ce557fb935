//! The little that differs between systems.

use std::fs::File;
use std::io;

/// The kernel's number of the calling thread, as its own process sees it.
#[cfg(target_os = "linux")]
pub(crate) fn thread_id() -> u64 {
    // SAFETY: takes nothing and cannot fail.
    u64::from(unsafe { libc::gettid() }.unsigned_abs())
}

/// A number of the calling thread.
#[cfg(not(target_os = "linux"))]
pub(crate) fn thread_id() -> u64 {
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
    static NEXT: AtomicU64 = AtomicU64::new(1);
    thread_local!(static ID: u64 = NEXT.fetch_add(1, Relaxed)); // only uniqueness matters
    ID.with(|id| *id)
}

/// Takes over the two descriptors named `CONTROL,RECORD`, so that no program started from here
/// inherits them, and hands them to `connect`.
#[cfg(unix)]
pub(crate) fn open_channel<T>(
    descriptors: &str,
    connect: impl FnOnce(File, File) -> io::Result<T>,
) -> io::Result<T> {
    use std::os::fd::{FromRawFd, OwnedFd};

    let take = |text: &str| {
        let descriptor = text
            .parse()
            .map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))?;
        // SAFETY: takes integers; a descriptor that is not open is an error.
        if unsafe { libc::fcntl(descriptor, libc::F_SETFD, libc::FD_CLOEXEC) } == -1 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: open, inherited for this purpose, and named to nobody else.
        Ok(File::from(unsafe { OwnedFd::from_raw_fd(descriptor) }))
    };
    let (control, record) = descriptors
        .split_once(',')
        .ok_or(io::Error::from(io::ErrorKind::InvalidInput))?;
    connect(take(control)?, take(record)?)
}

/// There are no children on this system.
#[cfg(not(unix))]
pub(crate) fn open_channel<T>(
    _descriptors: &str,
    _connect: impl FnOnce(File, File) -> io::Result<T>,
) -> io::Result<T> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

/// Ends the process without running anything more of it.
pub(crate) fn exit_at_once() -> ! {
    #[cfg(unix)]
    // SAFETY: does not return.
    unsafe {
        libc::_exit(101)
    }
    #[cfg(not(unix))]
    std::process::abort()
}
