//! Tokens for a resource.
//!
//! A database takes C connections from us, and refuses the next one. So there are C **tokens**. Who wants a
//! connection first gets a token, and waits if they are all out; whoever has finished gives it back.
//! With any other number of tokens in place of C this is what limits downloads, open files, or pictures that
//! are decoded at the same time: a counting semaphore. Here it is made of one **channel with room for C**.
//!
//! There are two ways to do it, and both are right. The channel may hold the tokens that are *free*: it is
//! full at the start, to acquire is to receive. Or it may hold a mark for each token that is *out*: it is
//! empty at the start, to acquire is to send, and with C marks in it a sender waits. Choose one. What must
//! hold:
//!
//! - **Never more than C** tokens are out at the same time.
//! - **All C can be out**: nobody waits while a token is free.
//! - **Each comes back once**: when it is released or when it is dropped, also in a panic, and in whichever
//!   thread that happens.
//! - **To try is not to wait**: `try_acquire` and `in_use` return at once, whoever waits meanwhile.
//! - **To give back is to hand over.** What a thread did before it gave a token back has happened, for
//!   whoever gets the place that it left. So with C = 1 this is a mutex.
//! - **A token may outlive the pool.** It is no use any more, and dropping it does nothing.
//!
//! Who waits, sleeps. In which order those who wait get their tokens is not promised.
//!
//! ```no_run
//! use ch03::resource_tokens::Tokens;
//!
//! let connections = Tokens::new(8);
//! let rows = connections.with(|| 42); // waits until there is a token, and gives it back
//! assert_eq!((rows, connections.in_use()), (42, 0));
//!
//! let token = connections.acquire(); // or keep it, pass it on, store it
//! assert_eq!(connections.in_use(), 1);
//! drop(token);
//! ```
//!
//! `kit::channel::bounded` makes the channel. Both ends of it can be cloned and sent to other threads.

/// A pool of tokens, for any number of threads.
pub struct Tokens {
    // Your fields.
}

impl Tokens {
    /// `count` tokens, all of them free.
    ///
    /// # Panics
    ///
    /// If `count` is 0, with a message that begins `a resource needs at least one token`: whoever asked
    /// for one would wait for ever.
    pub fn new(count: usize) -> Self {
        let _ = count;
        todo!(
            "panic with `a resource needs at least one token` if there is to be none; otherwise make a \
             channel with room for `count`, and fill it if that is your way"
        )
    }

    /// Takes a token; waits until there is one.
    pub fn acquire(&self) -> Token {
        todo!("receive a token, or send a mark")
    }

    /// Takes a token if one is free. Never waits.
    pub fn try_acquire(&self) -> Option<Token> {
        todo!("the same with `try_recv` or `try_send`")
    }

    /// Takes a token, waiting if need be, runs `work`, gives the token back and returns what `work`
    /// returned.
    ///
    /// # Panics
    ///
    /// If `work` panics, with the same panic: the token has been given back.
    pub fn with<R>(&self, work: impl FnOnce() -> R) -> R {
        let _ = work;
        todo!("acquire a token, and have it as long as `work` runs")
    }

    /// How many tokens are out at this moment: 0 to C. The next moment it can be another number.
    pub fn in_use(&self) -> usize {
        todo!("ask the channel how many messages are in it")
    }
}

/// The right to use the resource. It goes back when this is dropped.
#[must_use = "a token that is dropped has been given back"]
pub struct Token {
    // What giving back takes.
}

impl Token {
    /// Gives the token back now.
    pub fn release(self) {
        todo!("give it back; how often will it have been given back when this returns?")
    }
}

impl Drop for Token {
    fn drop(&mut self) {
        // Give it back. As long as nothing stands here, a token that is dropped stays out for ever.
    }
}
