//! verdict: NotConcurrent
//! misconception: sequential-cheat
//!
//! A lock around the work, to be quite sure. There are never more than C inside, which is what was asked for,
//! and never more than one, which was not.

use kit::channel::{Receiver, Sender, bounded};
use kit::sync::{Mutex, PoisonError};

/// A pool of tokens, for any number of threads.
pub struct Tokens {
    count: usize,
    free: Receiver<()>,
    back: Sender<()>,
    work: Mutex<()>,
}

impl Tokens {
    /// `count` tokens, all of them free.
    pub fn new(count: usize) -> Self {
        assert!(count > 0, "a resource needs at least one token");
        let (back, free) = bounded(count);
        for _ in 0..count {
            back.send(()).unwrap();
        }
        let work = Mutex::new(());
        Tokens {
            count,
            free,
            back,
            work,
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
        let _work = self.work.lock().unwrap_or_else(PoisonError::into_inner);
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
