//! How a run is told to stop, and how many things run at once.

use std::sync::{
    Arc, Condvar, Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

/// Asks a run, with the compilers and tests that it has started, to end at once. Clones are one and the
/// same. Relaxed is enough throughout: the flag publishes nothing but itself.
#[derive(Clone, Debug, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// From here on the first Ctrl-C stops the run in an orderly way and the second one at once.
    pub fn on_ctrl_c() -> Stop {
        let stop = Stop::default();
        let asked = stop.clone();
        // Without a handler Ctrl-C kills the run; nothing is lost by that either.
        let _ = ctrlc::set_handler(move || {
            if asked.0.swap(true, Ordering::Relaxed) {
                std::process::exit(crate::error::exit::INTERRUPTED.into());
            }
        });
        stop
    }

    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }

    /// As those want it who watch it while they wait for something else.
    pub fn flag(&self) -> &AtomicBool {
        &self.0
    }
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
