//! Keeps the panics quiet by which loom reports what it finds.

use std::{
    cell::Cell,
    panic::{self, PanicHookInfo},
    sync::{Mutex, PoisonError},
};

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// How many searches run at this moment, and the panic hook from before the first of them.
static BEFORE: Mutex<(usize, Option<Hook>)> = Mutex::new((0, None));

thread_local! {
    static QUIET: Cell<bool> = const { Cell::new(false) };
}

/// While one is there, panics of threads in [`quietly`] print nothing; those of others do as ever.
pub(crate) struct Quiet(());

impl Quiet {
    pub(crate) fn new() -> Quiet {
        let mut before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
        if before.0 == 0 {
            before.1 = Some(panic::take_hook());
            panic::set_hook(Box::new(hook));
        }
        before.0 += 1;
        Quiet(())
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        let mut before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
        before.0 -= 1;
        if before.0 == 0
            && let Some(hook) = before.1.take()
        {
            panic::set_hook(hook);
        }
    }
}

fn hook(info: &PanicHookInfo<'_>) {
    if QUIET.get() {
        return;
    }
    let before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(hook) = &before.1 {
        hook(info);
    }
}

/// Runs `search` on this thread, whose panics are nobody's business from now on.
pub(crate) fn quietly<T>(search: impl FnOnce() -> T) -> T {
    QUIET.set(true);
    search()
}
