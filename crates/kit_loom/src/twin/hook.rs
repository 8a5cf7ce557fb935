//! The panic hook of an exploration: notes what was said and where, and prints nothing.

use std::{
    any::Any,
    cell::RefCell,
    panic::{self, PanicHookInfo},
    sync::{Mutex, PoisonError},
};

use findings::Site;

use super::execution;

type Hook = Box<dyn Fn(&PanicHookInfo<'_>) + Send + Sync>;

/// The hook that was there before, and how many explorations run at this moment.
static BEFORE: Mutex<(usize, Option<Hook>)> = Mutex::new((0, None));

thread_local! {
    static LAST: RefCell<Option<(String, Site)>> = const { RefCell::new(None) };
}

/// Installs the hook; dropping it puts the one from before back.
pub(crate) struct Quiet(());

impl Quiet {
    pub(crate) fn new() -> Self {
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
    if !execution::is_exploring() {
        let before = BEFORE.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(hook) = &before.1 {
            hook(info);
        }
        return;
    }
    let (Some(message), Some(location)) = (text(info.payload()), info.location()) else {
        return;
    };
    let site = Site::from(location);
    // A panic that the model raises itself counts even if the exercise swallows it.
    if !execution::is_over() && execution::in_model_file(location.file()) {
        execution::note_panic(message.clone(), Some(site.clone()));
    }
    LAST.set(Some((message, site)));
}

/// Where the last panic was raised, if it said `message`.
pub(crate) fn site_of(message: &str) -> Option<Site> {
    LAST.with_borrow(|last| {
        let (said, site) = last.as_ref()?;
        (said == message).then(|| site.clone())
    })
}

/// What a panic says. `None` for a payload that is no text: tests raise those on purpose.
pub(crate) fn text(payload: &(dyn Any + Send)) -> Option<String> {
    payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| payload.downcast_ref::<String>().cloned())
}
