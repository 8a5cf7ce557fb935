//! What the machine lends: its cores, and a clock that can be read in a few nanoseconds.

/// The cores of this process.
pub struct Cores {
    /// How many threads can run at once.
    pub usable: usize,
    /// The numbers of those that a thread can be pinned to; none where that cannot be done.
    pub pinnable: Vec<usize>,
}

pub fn cores() -> Cores {
    let pinnable = pinning::allowed();
    // This one knows of a container's share too.
    let usable = match std::thread::available_parallelism() {
        Ok(cores) => cores.get(),
        Err(_) => pinnable.len().max(1),
    };
    Cores { usable, pinnable }
}

pub use pinning::pin;

#[cfg(target_os = "linux")]
mod pinning {
    use std::mem::{size_of, zeroed};

    /// The cores that this thread may run on.
    pub fn allowed() -> Vec<usize> {
        // SAFETY: a `cpu_set_t` is an array of integers, for which zeroes are a value. The call writes at
        // most the size it is given, and `CPU_ISSET` looks inside the array, as `CPU_SETSIZE` says.
        unsafe {
            let mut set: libc::cpu_set_t = zeroed();
            if libc::sched_getaffinity(0, size_of::<libc::cpu_set_t>(), &mut set) != 0 {
                return Vec::new();
            }
            let cores = 0..libc::CPU_SETSIZE as usize;
            cores.filter(|&core| libc::CPU_ISSET(core, &set)).collect()
        }
    }

    /// Has the calling thread run on that core only, from now on. Says whether it does.
    pub fn pin(core: usize) -> bool {
        if core >= libc::CPU_SETSIZE as usize {
            return false;
        }
        // SAFETY: zeroes are a value of `cpu_set_t`; `core` is inside it; the call only reads it.
        unsafe {
            let mut set: libc::cpu_set_t = zeroed();
            libc::CPU_SET(core, &mut set);
            libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &set) == 0
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod pinning {
    pub fn allowed() -> Vec<usize> {
        Vec::new()
    }

    pub fn pin(_core: usize) -> bool {
        false
    }
}

/// Whether [`clock`] is one.
pub const HAS_CLOCK: bool = cfg!(target_arch = "x86_64");

/// The time-stamp counter, in its ticks.
#[cfg(target_arch = "x86_64")]
pub fn clock() -> u64 {
    // SAFETY: every x86-64 processor has the instruction. It touches no memory.
    unsafe { std::arch::x86_64::_rdtsc() }
}

#[cfg(not(target_arch = "x86_64"))]
pub fn clock() -> u64 {
    0
}
