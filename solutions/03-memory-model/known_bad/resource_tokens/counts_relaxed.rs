//! verdict: BadInterleaving
//! misconception: sequentially-consistent
//!
//! A counter of free tokens in place of the channel, and a condition variable for those who sleep. It never gives
//! out too many. But a relaxed counter orders nothing: whoever takes a token need not see what its last holder
//! wrote.

use kit::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use kit::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// A pool of tokens, for any number of threads.
pub struct Tokens {
    count: usize,
    shared: Arc<Shared>,
}

struct Shared {
    free: AtomicUsize,
    sleep: Mutex<()>,
    back: Condvar,
}

impl Tokens {
    /// `count` tokens, all of them free.
    pub fn new(count: usize) -> Self {
        assert!(count > 0, "a resource needs at least one token");
        let shared = Arc::new(Shared {
            free: AtomicUsize::new(count),
            sleep: Mutex::new(()),
            back: Condvar::new(),
        });
        Tokens { count, shared }
    }

    /// Takes a token; waits until there is one.
    pub fn acquire(&self) -> Token {
        let mut sleep = self.shared.sleep();
        loop {
            if let Some(token) = self.try_acquire() {
                return token;
            }
            let woken = self.shared.back.wait(sleep);
            sleep = woken.unwrap_or_else(PoisonError::into_inner);
        }
    }

    // ANCHOR: try
    /// Takes a token if one is free.
    pub fn try_acquire(&self) -> Option<Token> {
        let take = |free: usize| free.checked_sub(1);
        self.shared.free.fetch_update(Relaxed, Relaxed, take).ok()?;
        Some(Token {
            shared: Arc::clone(&self.shared),
        })
    }
    // ANCHOR_END: try

    /// Runs `work` with a token.
    pub fn with<R>(&self, work: impl FnOnce() -> R) -> R {
        let _token = self.acquire();
        work()
    }

    /// How many tokens are out at this moment.
    pub fn in_use(&self) -> usize {
        self.count - self.shared.free.load(Relaxed)
    }
}

impl Shared {
    fn sleep(&self) -> MutexGuard<'_, ()> {
        self.sleep.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The right to use the resource.
#[must_use = "a token that is dropped has been given back"]
pub struct Token {
    shared: Arc<Shared>,
}

impl Token {
    /// Gives the token back now.
    pub fn release(self) {}
}

// ANCHOR: drop
impl Drop for Token {
    fn drop(&mut self) {
        self.shared.free.fetch_add(1, Relaxed);
        drop(self.shared.sleep());
        self.shared.back.notify_one();
    }
}
// ANCHOR_END: drop
