//! verdict: Crashed
//! misconception: assumed-order
//!
//! Whoever has a token has it from a pool, so the pool is there, and sending to it cannot fail. A token that is
//! kept longer than its pool panics when it is dropped; the panic drops the next one, and that is the end of
//! the process.

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

impl Drop for Token {
    fn drop(&mut self) {
        self.back.send(()).expect("the pool waits for it");
    }
}
