//! verdict: Deadlock
//! misconception: fair-system
//!
//! Nobody is to be passed over, so all go through a door, one behind the other. Who waits for a token stands in
//! that door, and whoever only asks whether one is free stands behind.

use kit::channel::{Receiver, Sender, bounded};
use kit::sync::{Mutex, PoisonError};

/// A pool of tokens, for any number of threads.
pub struct Tokens {
    count: usize,
    free: Receiver<()>,
    back: Sender<()>,
    door: Mutex<()>,
}

impl Tokens {
    /// `count` tokens, all of them free.
    pub fn new(count: usize) -> Self {
        assert!(count > 0, "a resource needs at least one token");
        let (back, free) = bounded(count);
        for _ in 0..count {
            back.send(()).unwrap();
        }
        let door = Mutex::new(());
        Tokens {
            count,
            free,
            back,
            door,
        }
    }

    /// Takes a token; waits until there is one.
    pub fn acquire(&self) -> Token {
        let _door = self.door.lock().unwrap_or_else(PoisonError::into_inner);
        self.free.recv().unwrap();
        self.taken()
    }

    /// Takes a token if one is free.
    pub fn try_acquire(&self) -> Option<Token> {
        let _door = self.door.lock().unwrap_or_else(PoisonError::into_inner);
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
        let _ = self.back.try_send(());
    }
}
