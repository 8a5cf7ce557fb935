//! verdict: BadInterleaving
//! misconception: guard-lifetime
//!
//! Writes down which thread has a token, as a mutex does, and strikes that thread out when the token is dropped. A
//! token is no lock guard: it can be dropped by another thread, which is not on the list.

use std::collections::HashMap;

use kit::channel::{Receiver, Sender, bounded};
use kit::sync::{Arc, Mutex, PoisonError};
use kit::thread::{self, ThreadId};

/// A pool of tokens, for any number of threads.
pub struct Tokens {
    count: usize,
    free: Receiver<()>,
    back: Sender<()>,
    holders: Arc<Mutex<HashMap<ThreadId, usize>>>,
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
            count,
            free,
            back,
            holders: Arc::default(),
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
        self.count - self.free.len()
    }

    fn taken(&self) -> Token {
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        *holders.entry(thread::current().id()).or_default() += 1;
        Token {
            back: self.back.clone(),
            holders: Arc::clone(&self.holders),
        }
    }
}

/// The right to use the resource.
#[must_use = "a token that is dropped has been given back"]
pub struct Token {
    back: Sender<()>,
    holders: Arc<Mutex<HashMap<ThreadId, usize>>>,
}

impl Token {
    /// Gives the token back now.
    pub fn release(self) {}
}

impl Drop for Token {
    fn drop(&mut self) {
        let mut holders = self.holders.lock().unwrap_or_else(PoisonError::into_inner);
        let mine = holders.entry(thread::current().id()).or_default();
        if *mine > 0 {
            *mine -= 1;
            let _ = self.back.try_send(());
        }
    }
}
