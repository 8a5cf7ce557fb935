//! Tokens for a resource: a counting semaphore made of one channel.
//!
//! The channel holds the tokens that are free, so to acquire is to receive, and to give back is to send. No
//! counter is compared with anything: there are C messages, they are in the channel or in somebody's hand,
//! and who finds the channel empty sleeps. Whoever receives a message sees all that happened before it was
//! sent, which is what every channel promises, and so all that its last holder did.
//!
//! The other way round, with a mark in the channel for each token that is out, is as good. It needs no
//! filling; and what orders a holder after the last one is then that a send waits for room: receive *n*
//! happens before send *n + C* completes.
//!
//! ```
//! use ch03_solutions::resource_tokens::Tokens;
//!
//! let connections = Tokens::new(8);
//! let rows = connections.with(|| 42); // waits until there is a token, and gives it back
//! assert_eq!((rows, connections.in_use()), (42, 0));
//!
//! let token = connections.acquire(); // or keep it, pass it on, store it
//! assert_eq!(connections.in_use(), 1);
//! drop(token);
//! ```

use kit::channel::{Receiver, Sender, TrySendError, bounded};

/// A pool of tokens, for any number of threads.
pub struct Tokens {
    count: usize,
    /// The tokens that are free. The only receiver: where it is gone, nobody can ask any more.
    free: Receiver<()>,
    /// The way back, of which each token that is out has a clone. The pool keeps one, so an empty
    /// channel means "wait" and never "no more will come".
    back: Sender<()>,
}

impl Tokens {
    /// `count` tokens, all of them free.
    ///
    /// # Panics
    ///
    /// If `count` is 0, with a message that begins `a resource needs at least one token`: whoever asked
    /// for one would wait for ever.
    pub fn new(count: usize) -> Self {
        assert!(count > 0, "a resource needs at least one token");
        let (back, free) = bounded(count);
        for _ in 0..count {
            back.send(()).expect("the receiver is right here");
        }
        Tokens { count, free, back }
    }

    /// Takes a token; waits until there is one.
    pub fn acquire(&self) -> Token {
        self.free.recv().expect("the pool has a sender itself");
        self.taken()
    }

    /// Takes a token if one is free. Never waits.
    pub fn try_acquire(&self) -> Option<Token> {
        // Asked and taken in one step. An error means that it is empty, as the pool has a sender.
        self.free.try_recv().ok()?;
        Some(self.taken())
    }

    /// Takes a token, waiting if need be, runs `work`, gives the token back and returns what `work`
    /// returned.
    ///
    /// # Panics
    ///
    /// If `work` panics, with the same panic: the token has been given back.
    pub fn with<R>(&self, work: impl FnOnce() -> R) -> R {
        let _token = self.acquire();
        work()
    }

    /// How many tokens are out at this moment: 0 to C. The next moment it can be another number.
    pub fn in_use(&self) -> usize {
        self.count - self.free.len()
    }

    /// The token that has been received just now.
    fn taken(&self) -> Token {
        Token {
            back: self.back.clone(),
        }
    }
}

/// The right to use the resource. It goes back when this is dropped.
///
/// It cannot be copied, and has the way back in it: so it can go to another thread, and live longer than the
/// pool.
#[must_use = "a token that is dropped has been given back"]
pub struct Token {
    back: Sender<()>,
}

impl Token {
    /// Gives the token back now.
    pub fn release(self) {
        // `drop`, at the end of this function, and nowhere else.
    }
}

impl Drop for Token {
    /// The one place where a token is given back, and so it is given back once.
    fn drop(&mut self) {
        // There is room: the channel is as large as there are tokens, and this one is not in it. That the
        // pool is gone is no fault.
        let given_back = self.back.try_send(());
        debug_assert!(
            !matches!(given_back, Err(TrySendError::Full(()))),
            "more tokens than there were"
        );
    }
}
