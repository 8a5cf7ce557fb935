//! Models of `resource_tokens`: one token or two, and one thread more than there are tokens, in every order
//! that they can run in.
//!
//! Who is inside is counted with relaxed operations, and what holders write they write relaxed: if the next
//! holder sees it, then because of the tokens.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use ch03::resource_tokens::Tokens;
use kit::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
};

/// A pool, and what it protects.
struct Pool {
    tokens: Tokens,
    count: usize,
    inside: AtomicUsize,
    /// Of all uses. Loaded and stored, as a plain variable would be.
    uses: AtomicUsize,
}

impl Pool {
    fn new(count: usize) -> Arc<Pool> {
        Arc::new(Pool {
            tokens: Tokens::new(count),
            count,
            inside: AtomicUsize::new(0),
            uses: AtomicUsize::new(0),
        })
    }

    fn enter(&self) {
        let others = self.inside.fetch_add(1, Relaxed);
        assert!(
            others < self.count,
            "{} are inside, with {} tokens in all",
            others + 1,
            self.count
        );
        self.inside.fetch_sub(1, Relaxed);
    }

    /// For a pool with one token.
    fn use_alone(&self) {
        self.enter();
        self.uses.store(self.uses.load(Relaxed) + 1, Relaxed);
    }

    fn check_that_all_are_back(&self) {
        assert_eq!(self.tokens.in_use(), 0, "tokens out when all have gone");
    }
}

/// The last thread of each model is the main one, which keeps the number of schedules small.
fn spawn<T: Send + 'static>(
    pool: &Arc<Pool>,
    name: &str,
    body: impl FnOnce(&Pool) -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    let pool = Arc::clone(pool);
    thread::Builder::new()
        .name(name.to_owned())
        .spawn(move || body(&pool))
        .unwrap()
}

/// With one token this is a mutex: each holder sees what the one before wrote.
#[harness::model]
fn one_token_makes_a_mutex() {
    let pool = Pool::new(1);
    let other = spawn(&pool, "A", |pool| {
        pool.tokens.with(|| pool.use_alone());
    });
    pool.tokens.with(|| pool.use_alone());
    other.join().unwrap();
    let uses = pool.uses.load(Relaxed);
    assert_eq!(uses, 2, "uses counted: what a holder wrote was not seen");
    pool.check_that_all_are_back();
}

#[harness::model]
fn who_has_the_only_token_finds_one_in_use() {
    let pool = Pool::new(1);
    let other = spawn(&pool, "A", |pool| drop(pool.tokens.acquire()));
    let token = pool.tokens.acquire();
    assert_eq!(pool.tokens.in_use(), 1, "of one token, which is in my hand");
    drop(token);
    other.join().unwrap();
    pool.check_that_all_are_back();
}

/// One has a token already, and two come. For shuttle, which passes over schedules that differ in nothing; and
/// bounded, for those who keep a counter beside a lock, which makes a hundred times as many of them.
#[harness::model(explorers = "shuttle", preemptions = 2)]
fn two_tokens_are_enough_for_two_of_three() {
    let pool = Pool::new(2);
    let token = pool.tokens.acquire();
    pool.inside.fetch_add(1, Relaxed);
    let others = ["A", "B"].map(|name| {
        spawn(&pool, name, |pool| {
            pool.tokens.with(|| pool.enter());
        })
    });
    pool.inside.fetch_sub(1, Relaxed);
    drop(token);
    for other in others {
        other.join().unwrap();
    }
    pool.check_that_all_are_back();
}

/// Both keep what they get. Whoever comes second has an answer, and it is no.
#[harness::model]
fn of_two_who_try_for_one_token_one_has_it() {
    let pool = Pool::new(1);
    let other = spawn(&pool, "A", |pool| pool.tokens.try_acquire());
    let mine = pool.tokens.try_acquire();
    let theirs = other.join().unwrap();
    assert_eq!(
        usize::from(mine.is_some()) + usize::from(theirs.is_some()),
        1,
        "tokens given out, of one"
    );
    drop((mine, theirs));
    pool.check_that_all_are_back();
}

#[harness::model]
fn a_panic_gives_the_token_to_the_next() {
    let pool = Pool::new(1);
    let other = spawn(&pool, "A", |pool| {
        let work = || {
            pool.tokens.with(|| {
                pool.enter();
                harness::intended_panic("connection reset")
            })
        };
        // Panics that the model has not raised are none of those that it expects.
        match catch_unwind(AssertUnwindSafe(work)) {
            Err(panic) if panic.is::<&str>() || panic.is::<String>() => resume_unwind(panic),
            _ => {}
        }
    });
    pool.tokens.with(|| pool.enter());
    other.join().unwrap();
    pool.check_that_all_are_back();
}

/// The one who waits is let in by a thread that never asked for a token.
#[harness::model]
fn a_token_comes_back_from_another_thread() {
    let pool = Pool::new(1);
    let token = pool.tokens.acquire();
    let other = spawn(&pool, "A", |_| token.release());
    pool.tokens.with(|| pool.enter());
    other.join().unwrap();
    pool.check_that_all_are_back();
}
