//! A guest panics with a fork in hand, and a neighbour reaches for it. What does the neighbour find?

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use kit::channel::bounded;
use kit::sync::{Mutex, TryLockError};

/// What the neighbour finds, for a fork in a mutex, in a channel, and in a channel that the guest takes
/// along.
pub fn answer() -> String {
    format!(
        "A: {}\nB: {}\nC: {}\n",
        behind_a_mutex(),
        in_a_channel(),
        with_the_last_sender()
    )
}

/// A meal that nobody survives. (Like `panic!`, without the message on the screen.)
fn meal() {
    resume_unwind(Box::new("a bone in the soup"));
}

fn behind_a_mutex() -> &'static str {
    // ANCHOR: mutex
    let place = Mutex::new("fork");
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let _fork = place.lock().unwrap();
        meal();
    }));
    match place.try_lock() {
        Ok(_fork) => "the fork",
        Err(TryLockError::Poisoned(_)) => "the fork, with a warning that someone panicked",
        Err(TryLockError::WouldBlock) => "nothing: wait until someone puts it down",
    }
    // ANCHOR_END: mutex
}

fn in_a_channel() -> String {
    // ANCHOR: channel
    let (put_down, pick_up) = bounded(1);
    put_down.send("fork").unwrap();
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let fork = pick_up.recv().unwrap();
        meal();
        put_down.send(fork).unwrap();
    }));
    match pick_up.try_recv() {
        Ok(fork) => format!("the {fork}"),
        Err(error) if error.is_empty() => "nothing: wait until someone puts it down".to_owned(),
        Err(_disconnected) => "an error: nobody can put it down any more".to_owned(),
    }
    // ANCHOR_END: channel
}

fn with_the_last_sender() -> String {
    // ANCHOR: sender
    let (put_down, pick_up) = bounded(1);
    put_down.send("fork").unwrap();
    let _ = catch_unwind(AssertUnwindSafe(|| {
        let put_down = put_down; // the guest has the only sender
        let fork = pick_up.recv().unwrap();
        meal();
        put_down.send(fork).unwrap();
    }));
    // ANCHOR_END: sender
    match pick_up.try_recv() {
        Ok(fork) => format!("the {fork}"),
        Err(error) if error.is_empty() => "nothing: wait until someone puts it down".to_owned(),
        Err(_disconnected) => "an error: nobody can put it down any more".to_owned(),
    }
}
