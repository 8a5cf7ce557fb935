//! verdict: Deadlock
//! misconception: semaphore-as-integer
//!
//! To try without waiting is to look whether one is free, and to take it if there is. Between the look and the
//! take it is somebody else's, and the caller who was not to wait waits.

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

    // ANCHOR: try
    /// Takes a token if one is free.
    pub fn try_acquire(&self) -> Option<Token> {
        if self.free.is_empty() {
            None
        } else {
            Some(self.acquire())
        }
    }
    // ANCHOR_END: try

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

impl Drop for Token {
    fn drop(&mut self) {
        let _ = self.back.try_send(());
    }
}
