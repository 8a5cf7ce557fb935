//! verdict: BadInterleaving
//! misconception: panic-is-local
//!
//! A destructor that runs while a panic unwinds had better do nothing, so this one does nothing. Then the token
//! stays out; after C panics there is none left, and nobody is told.

use kit::channel::{Receiver, Sender, bounded};

/// A pool of tokens, for any number of threads.
pub struct Tokens {
    count: usize,
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
        Tokens { count, free, back }
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
        self.count - self.free.len()
    }

    fn taken(&self) -> Token {
        Token {
            back: self.back.clone(),
        }
    }
}

/// The right to use the resource.
#[must_use = "a token that is dropped has been given back"]
pub struct Token {
    back: Sender<()>,
}

impl Token {
    /// Gives the token back now.
    pub fn release(self) {}
}

// ANCHOR: drop
impl Drop for Token {
    fn drop(&mut self) {
        if !kit::thread::panicking() {
            let _ = self.back.try_send(());
        }
    }
}
// ANCHOR_END: drop
