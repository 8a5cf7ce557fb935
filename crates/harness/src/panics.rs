//! Panics: expected ones, intended ones, and those that fail a test wherever they happen.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind, panic_any};
use std::sync::OnceLock;

use findings::Verdict;

thread_local! {
    /// How many [`expect_panic`] this thread is in.
    static EXPECTING: Cell<usize> = const { Cell::new(0) };
}

/// The payload of [`intended_panic`].
struct Intended(String);

/// The payload of [`fail`].
pub(crate) struct Failure {
    pub verdict: Verdict,
    pub message: String,
}

/// Runs the closure, which is to panic, and returns the message of the panic.
///
/// Only panics of the calling thread are expected, and `todo!()` never is. A panic of a thread that the closure starts
/// fails the test, unless it is an [`intended_panic`].
///
/// # Panics
///
/// If the closure returns.
#[track_caller]
pub fn expect_panic<R>(closure: impl FnOnce() -> R) -> String {
    struct Expecting;
    impl Drop for Expecting {
        fn drop(&mut self) {
            EXPECTING.set(EXPECTING.get() - 1);
        }
    }
    EXPECTING.set(EXPECTING.get() + 1);
    let expecting = Expecting;
    // Whatever the closure left half done is the very thing that such a test looks at next.
    let result = catch_unwind(AssertUnwindSafe(closure));
    drop(expecting);
    match result {
        Err(payload) if !may_be_expected(&*payload) => std::panic::resume_unwind(payload),
        Err(payload) => message(&*payload),
        Ok(_) => panic!("a panic was expected, and none came"),
    }
}

/// Panics on purpose: to see what the code under test does about it. Not counted as a failure, on
/// any thread, but must not leave the test body.
pub fn intended_panic(message: impl Into<String>) -> ! {
    panic_any(Intended(message.into()))
}

/// Ends the test with a verdict of one's own.
///
/// # Panics
///
/// Always. Called with `Verdict::Pass` it fails the test as `Ungraded`: a pass is not for a test to
/// claim.
pub fn fail(verdict: Verdict, message: impl Into<String>) -> ! {
    let message = message.into();
    let verdict = if verdict.is_pass() {
        Verdict::Ungraded
    } else {
        verdict
    };
    panic_any(Failure { verdict, message })
}

/// A random number for this run of the test: the same however often it is asked for. A failing test
/// prints it, and `HARNESS_SEED=…` in the environment repeats it.
///
/// # Panics
///
/// If `HARNESS_SEED` is not a number; the test is `Ungraded` then.
pub fn seed() -> u64 {
    use std::hash::BuildHasher;
    *SEED.get_or_init(|| match std::env::var("HARNESS_SEED") {
        Ok(text) => text.trim().parse().unwrap_or_else(|_| {
            fail(
                Verdict::Ungraded,
                format!("HARNESS_SEED is `{text}`, which is not a number below 2^64"),
            )
        }),
        Err(_) => std::hash::RandomState::new().hash_one(0),
    })
}

static SEED: OnceLock<u64> = OnceLock::new();

/// The seed, if the test asked for it.
pub(crate) fn seed_used() -> Option<u64> {
    SEED.get().copied()
}

/// Whether a panic with this payload, on this thread, now, is part of the test.
pub(crate) fn is_expected(payload: &dyn Any) -> bool {
    payload.is::<Intended>() || (EXPECTING.get() > 0 && may_be_expected(payload))
}

/// A verdict is for the supervisor, and what is not written yet is for the learner to read about.
fn may_be_expected(payload: &dyn Any) -> bool {
    !payload.is::<Failure>() && !message(payload).starts_with("not yet implemented")
}

/// The text that a panic carries.
pub(crate) fn message(payload: &dyn Any) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else if let Some(Intended(text)) = payload.downcast_ref() {
        text.clone()
    } else if let Some(Failure { message, .. }) = payload.downcast_ref() {
        message.clone()
    } else {
        "(a panic without a text)".to_owned()
    }
}
