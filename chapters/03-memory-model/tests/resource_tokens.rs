//! Public tests of `resource_tokens`: what the module promises, one promise a test.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ch03::resource_tokens::{Token, Tokens};
use harness::{Gauge, Rendezvous, Verdict};

/// Takes all tokens that are free.
fn take_all(tokens: &Tokens) -> Vec<Token> {
    std::iter::from_fn(|| tokens.try_acquire()).collect()
}

/// All `count` tokens are in the pool again, and no other.
fn check_all_are_back(tokens: &Tokens, count: usize, after: &str) {
    let free = take_all(tokens).len();
    if free < count {
        let lost = count - free;
        let message = format!("after {after}, tokens that did not come back: {lost} of {count}");
        harness::fail(Verdict::Leak, message);
    }
    assert_eq!(free, count, "tokens that are free after {after}");
}

#[harness::test]
fn a_token_is_out_until_it_is_dropped_or_released() {
    let tokens = Tokens::new(2);
    assert_eq!(tokens.in_use(), 0, "at the start");
    let first = tokens.acquire();
    assert_eq!(tokens.in_use(), 1);
    let second = tokens.try_acquire().expect("one is free");
    assert_eq!(tokens.in_use(), 2);
    assert!(tokens.try_acquire().is_none(), "both are out");

    drop(first);
    assert_eq!(tokens.in_use(), 1, "the first was dropped");
    let third = tokens.acquire();
    second.release();
    assert_eq!(tokens.in_use(), 1, "the second was released");
    drop(third);
    assert_eq!(tokens.with(|| tokens.in_use()), 1, "while `with` runs");
    check_all_are_back(&tokens, 2, "all this");
}

#[harness::test]
fn there_is_at_least_one_token() {
    assert_eq!(take_all(&Tokens::new(1)).len(), 1);
    let message = harness::expect_panic(|| Tokens::new(0));
    assert!(
        message.starts_with("a resource needs at least one token"),
        "Tokens::new(0) should panic with `a resource needs at least one token`, but the panic says: \
         {message}"
    );
}

/// Each holder waits until all of them hold a token.
#[harness::test]
fn all_tokens_are_out_at_the_same_time() {
    const C: usize = 4;
    let tokens = Arc::new(Tokens::new(C));
    for way in ["acquire", "with"] {
        let all = Rendezvous::new(format!("{C} holders, with `{way}`"), C);
        let holders = std::array::from_fn::<_, C, _>(|n| {
            let (tokens, all) = (Arc::clone(&tokens), all.clone());
            harness::spawn(format!("holder {n}"), move || {
                if way == "with" {
                    tokens.with(|| all.wait());
                } else {
                    let _token = tokens.acquire();
                    all.wait();
                }
            })
        });
        for holder in holders {
            holder.join();
        }
    }
    check_all_are_back(&tokens, C, "they have gone");
}

#[harness::test]
fn one_more_waits_until_a_token_comes_back() {
    let tokens = Arc::new(Tokens::new(2));
    let (one, other) = (tokens.acquire(), tokens.acquire());
    let back = Arc::new(AtomicBool::new(false));
    let third = {
        let (tokens, back) = (Arc::clone(&tokens), Arc::clone(&back));
        harness::spawn("third", move || {
            tokens.with(|| {
                assert!(
                    back.load(Ordering::SeqCst),
                    "there are two tokens, and a third one was given out"
                );
            });
        })
    };
    third.wait_until_blocked();
    back.store(true, Ordering::SeqCst);
    drop(one);
    third.join();
    drop(other);
    check_all_are_back(&tokens, 2, "all have gone");
}

#[harness::test]
fn a_panic_gives_the_token_back() {
    let tokens = Tokens::new(2);
    let message = harness::expect_panic(|| {
        tokens.with(|| harness::intended_panic("connection reset"));
    });
    assert_eq!(message, "connection reset", "it goes on to the caller");
    check_all_are_back(&tokens, 2, "a panic in `with`");

    harness::expect_panic(|| {
        let _token = tokens.acquire();
        harness::intended_panic("connection reset");
    });
    check_all_are_back(&tokens, 2, "a panic of who had acquired one");
}

/// Both are out. One is given back, so one can be had.
#[harness::test]
fn a_token_that_was_released_is_not_given_back_again() {
    let tokens = Tokens::new(2);
    let (one, _other) = (tokens.acquire(), tokens.acquire());
    one.release();
    let free = take_all(&tokens).len();
    assert_eq!(free, 1, "free, when one of two tokens has been released");
}

/// Somebody waits for a token; others who only ask have their answer.
#[harness::test]
fn to_try_is_not_to_wait() {
    let tokens = Arc::new(Tokens::new(1));
    let token = tokens.acquire();
    let waiting = {
        let tokens = Arc::clone(&tokens);
        harness::spawn("waits", move || drop(tokens.acquire()))
    };
    waiting.wait_until_blocked();
    assert!(tokens.try_acquire().is_none(), "the only token is out");
    assert_eq!(tokens.in_use(), 1);
    drop(token);
    waiting.join();
    check_all_are_back(&tokens, 1, "they have gone");
}

#[harness::test]
fn a_token_goes_back_from_whichever_thread_has_it() {
    let tokens = Arc::new(Tokens::new(1));
    let token = tokens.acquire();
    let waiting = {
        let tokens = Arc::clone(&tokens);
        harness::spawn("waits", move || tokens.acquire())
    };
    waiting.wait_until_blocked();
    harness::spawn("has it now", move || drop(token)).join();
    let token = waiting.join();
    assert_eq!(tokens.in_use(), 1, "it has come here from another thread");
    drop(token);
    check_all_are_back(&tokens, 1, "it went through three threads");
}

#[harness::test]
fn a_token_may_outlive_the_pool() {
    let (dropped, released) = {
        let tokens = Tokens::new(3);
        (tokens.acquire(), tokens.acquire())
    };
    drop(dropped);
    released.release();
}

#[harness::test(stress)]
fn never_more_than_c_under_contention() {
    const C: usize = 3;
    let tokens = Arc::new(Tokens::new(C));
    let inside = Arc::new(Gauge::new());
    let threads = std::array::from_fn::<_, 6, _>(|n| {
        let (tokens, inside) = (Arc::clone(&tokens), Arc::clone(&inside));
        harness::spawn(format!("thread {n}"), move || {
            let mut uses = 0;
            for round in 0..300 {
                let token = match round % 3 {
                    0 => tokens.try_acquire(),
                    _ => Some(tokens.acquire()),
                };
                if let Some(token) = token {
                    let _one = inside.enter();
                    let out = tokens.in_use();
                    assert!((1..=C).contains(&out), "{out} of {C} tokens are in use");
                    uses += 1;
                    drop(_one);
                    drop(token);
                }
            }
            uses
        })
    });
    let uses: usize = threads.map(|thread| thread.join()).iter().sum();
    assert!(uses >= 6 * 200, "`acquire` always gets one: {uses} uses");
    assert!(
        inside.peak() <= C,
        "{} at the same time, of {C}",
        inside.peak()
    );
    check_all_are_back(&tokens, C, "all have gone");
}
