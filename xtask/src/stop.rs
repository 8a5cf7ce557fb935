//! Ctrl-C, and how many things run at once.

use std::sync::{
    Condvar, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

/// Set once, by Ctrl-C. Relaxed is enough: it publishes nothing but itself.
pub static STOPPED: AtomicBool = AtomicBool::new(false);

pub fn stopped() -> bool {
    STOPPED.load(Ordering::Relaxed)
}

/// From here on the first Ctrl-C ends the run in an orderly way and the second one at once.
pub fn listen() {
    // Without a handler Ctrl-C kills the run; nothing is lost by that either.
    let _ = ctrlc::set_handler(|| {
        if STOPPED.swap(true, Ordering::Relaxed) {
            std::process::exit(crate::error::exit::INTERRUPTED.into());
        }
    });
}

/// At most as many compilers and tests at once as the machine has processors.
pub struct Slots {
    free: Mutex<usize>,
    returned: Condvar,
}

/// One of the [`Slots`], given back when dropped.
pub struct Slot<'a>(&'a Slots);

impl Slots {
    pub fn new(count: usize) -> Self {
        Slots {
            free: Mutex::new(count.max(1)),
            returned: Condvar::new(),
        }
    }

    pub fn take(&self) -> Slot<'_> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let mut free = self
            .returned
            .wait_while(free, |free| *free == 0)
            .unwrap_or_else(PoisonError::into_inner);
        *free -= 1;
        Slot(self)
    }
}

impl Drop for Slot<'_> {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        // One slot is free, so one waiter can go on.
        self.0.returned.notify_one();
    }
}
