//! verdict: BadInterleaving
//! misconception: one-variable
//!
//! Counts in an atomic how many are out, besides the channel that knows. Each of the two is right, one after the
//! other: a token is back and taken again before the first holder has counted itself out.

use kit::channel::{Receiver, Sender, bounded};
use kit::sync::Arc;
use kit::sync::atomic::{AtomicUsize, Ordering};

/// A pool of tokens, for any number of threads.
pub struct Tokens {
    out: Arc<AtomicUsize>,
    free: Receiver<()>,
    back: Sender<()>,
}

impl Tokens {
    /// `count` tokens, all of them free.
    pub fn new(count: usize) -> Self {
        assert!(count > 0, "a resource needs at least one token");
        let (back, free) = bounded(count);
        for _ in 0..count {
            back.send(()).unwrap();
        }
        Tokens {
            out: Arc::new(AtomicUsize::new(0)),
            free,
            back,
        }
    }

    /// Takes a token; waits until there is one.
    pub fn acquire(&self) -> Token {
        self.free.recv().unwrap();
        self.taken()
    }

    /// Takes a token if one is free.
    pub fn try_acquire(&self) -> Option<Token> {
        self.free.try_recv().ok()?;
        Some(self.taken())
    }

    /// Runs `work` with a token.
    pub fn with<R>(&self, work: impl FnOnce() -> R) -> R {
        let _token = self.acquire();
        work()
    }

    /// How many tokens are out at this moment.
    pub fn in_use(&self) -> usize {
        self.out.load(Ordering::Acquire)
    }

    fn taken(&self) -> Token {
        self.out.fetch_add(1, Ordering::AcqRel);
        Token {
            out: Arc::clone(&self.out),
            back: self.back.clone(),
        }
    }
}

/// The right to use the resource.
#[must_use = "a token that is dropped has been given back"]
pub struct Token {
    out: Arc<AtomicUsize>,
    back: Sender<()>,
}

impl Token {
    /// Gives the token back now.
    pub fn release(self) {}
}

// ANCHOR: drop
impl Drop for Token {
    fn drop(&mut self) {
        let _ = self.back.try_send(());
        self.out.fetch_sub(1, Ordering::AcqRel);
    }
}
// ANCHOR_END: drop
