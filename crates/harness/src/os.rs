//! The little that differs between systems.

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
