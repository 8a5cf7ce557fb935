//! verdict: WrongAnswer
//! misconception: send-never-blocks
//!
//! A mark in the channel for each token that is out; to acquire is to send. The one who waits has to put its mark
//! somewhere, so there is room for one more. But it waits only if there is not.

use kit::channel::{Receiver, Sender, bounded};

/// A pool of tokens, for any number of threads.
pub struct Tokens {
    taken: Sender<()>,
    back: Receiver<()>,
}

impl Tokens {
    // ANCHOR: new
    /// `count` tokens, all of them free.
    pub fn new(count: usize) -> Self {
        assert!(count > 0, "a resource needs at least one token");
        let (taken, back) = bounded(count + 1);
        Tokens { taken, back }
    }

    /// Takes a token; waits until there is one.
    pub fn acquire(&self) -> Token {
        self.taken.send(()).unwrap();
        self.taken()
    }
    // ANCHOR_END: new

    /// Takes a token if one is free.
    pub fn try_acquire(&self) -> Option<Token> {
        self.taken.try_send(()).ok()?;
        Some(self.taken())
    }

    /// Runs `work` with a token.
    pub fn with<R>(&self, work: impl FnOnce() -> R) -> R {
        let _token = self.acquire();
        work()
    }

    /// How many tokens are out at this moment.
    pub fn in_use(&self) -> usize {
        self.taken.len()
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
    back: Receiver<()>,
}

impl Token {
    /// Gives the token back now.
    pub fn release(self) {}
}

impl Drop for Token {
    fn drop(&mut self) {
        let _ = self.back.try_recv();
    }
}
