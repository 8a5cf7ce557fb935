//! Hidden tests of `resource_tokens`: the same promises with other numbers, with crowds that wait, with panics
//! in the middle of it, and with tokens that travel.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::mpsc::channel;

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
        let message = format!(
            "after {after}, {} of {count} tokens are missing",
            count - free
        );
        harness::fail(Verdict::Leak, message);
    }
    assert_eq!(free, count, "tokens that are free after {after}");
    assert_eq!(tokens.in_use(), 0);
}

#[harness::test]
fn pools_and_tokens_go_to_any_thread() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Tokens>();
    shared::<Token>();

    // Neither what the work borrows nor what it returns need outlive it or be sent anywhere.
    let tokens = Tokens::new(1);
    let mut rows = vec!["row"];
    let read = tokens.with(|| rows.drain(..).map(Rc::new).collect::<Vec<_>>());
    assert_eq!(*read[0], "row");
    assert!(rows.is_empty());
}

#[harness::test]
fn there_are_as_many_tokens_as_were_asked_for() {
    for count in [1, 2, 3, 7, 8, 64, 1000] {
        let tokens = Tokens::new(count);
        for round in ["first", "second"] {
            let out = take_all(&tokens);
            assert_eq!(out.len(), count, "of {count}, the {round} time");
            assert_eq!(tokens.in_use(), count);
        }
        check_all_are_back(&tokens, count, "two rounds");
    }
}

/// Tokens come back in an order of their own, some by `release` and some by `drop`.
#[harness::test]
fn each_token_comes_back_once_however_it_comes_back() {
    let tokens = Tokens::new(5);
    let mut out: Vec<Option<Token>> = take_all(&tokens).into_iter().map(Some).collect();
    assert_eq!(out.len(), 5, "tokens that are free at the start");
    for (back, n) in [3, 0, 4, 1, 2].into_iter().enumerate() {
        let token = out[n].take().unwrap();
        if n % 2 == 0 {
            token.release();
        } else {
            drop(token);
        }
        assert_eq!(tokens.in_use(), 4 - back);
        let free = take_all(&tokens);
        assert_eq!(free.len(), back + 1, "tokens that are free now");
    }
    check_all_are_back(&tokens, 5, "all have come back");
}

#[harness::test]
fn two_pools_have_nothing_to_do_with_each_other() {
    let pools = [Tokens::new(1), Tokens::new(2)];
    let one = pools[0].acquire();
    assert_eq!(pools.each_ref().map(|pool| pool.in_use()), [1, 0]);
    let two = take_all(&pools[1]);
    assert_eq!(two.len(), 2);
    drop(one);
    assert_eq!(pools.each_ref().map(|pool| pool.in_use()), [0, 2]);
}

#[harness::test]
fn somebody_may_have_several_tokens() {
    let tokens = Tokens::new(3);
    let free = tokens.with(|| tokens.with(|| take_all(&tokens).len()));
    assert_eq!(free, 1, "left, within `with` within `with`");
    check_all_are_back(&tokens, 3, "both have returned");
}

/// Two wait, and two tokens come back: both go on, at the same time.
#[harness::test]
fn as_many_go_on_as_tokens_come_back() {
    const C: usize = 3;
    let tokens = Arc::new(Tokens::new(C));
    let out = take_all(&tokens);
    let all = Rendezvous::new(format!("{C} who had to wait"), C);
    let waiting = std::array::from_fn::<_, C, _>(|n| {
        let (tokens, all) = (Arc::clone(&tokens), all.clone());
        let thread = harness::spawn(format!("waits {n}"), move || tokens.with(|| all.wait()));
        thread.wait_until_blocked();
        thread
    });
    drop(out);
    for thread in waiting {
        thread.join();
    }
    check_all_are_back(&tokens, C, "they have gone");
}

/// One token, and a crowd that waits for it: it goes from hand to hand until all have had it.
#[harness::test]
fn a_crowd_gets_through_one_by_one() {
    const CROWD: usize = 8;
    let tokens = Arc::new(Tokens::new(1));
    let inside = Arc::new(Gauge::new());
    let token = tokens.acquire();
    let crowd: Vec<_> = (0..CROWD)
        .map(|n| {
            let (tokens, inside) = (Arc::clone(&tokens), Arc::clone(&inside));
            let thread = harness::spawn(format!("waits {n}"), move || {
                tokens.with(|| {
                    let _one = inside.enter();
                    std::thread::yield_now();
                });
            });
            thread.wait_until_blocked();
            thread
        })
        .collect();
    assert!(tokens.try_acquire().is_none());
    token.release();
    for thread in crowd {
        thread.join();
    }
    assert_eq!(inside.peak(), 1, "at the same time, with one token");
    check_all_are_back(&tokens, 1, "all have had it");
}

/// Those who wait for a token get it though its holder panicked.
#[harness::test]
fn who_waits_for_one_who_panics_goes_on() {
    let tokens = Arc::new(Tokens::new(2));
    let mut waiting = Vec::new();
    harness::expect_panic(|| {
        let (_one, _other) = (tokens.acquire(), tokens.acquire());
        let both = Rendezvous::new("two who had to wait", 2);
        for n in [0, 1] {
            let (tokens, both) = (Arc::clone(&tokens), both.clone());
            let thread = harness::spawn(format!("waits {n}"), move || tokens.with(|| both.wait()));
            thread.wait_until_blocked();
            waiting.push(thread);
        }
        harness::intended_panic("connection reset");
    });
    for thread in waiting {
        thread.join();
    }
    check_all_are_back(&tokens, 2, "a panic with both of them");
}

/// A token that is alive while its thread unwinds, and is dropped by another one.
#[harness::test]
fn a_token_that_left_before_the_panic_is_still_out() {
    let tokens = Tokens::new(2);
    let (send, receive) = channel();
    harness::expect_panic(|| {
        let _mine = tokens.acquire();
        send.send(tokens.acquire()).unwrap();
        harness::intended_panic("connection reset");
    });
    assert!(tokens.in_use() >= 1, "the one that is on its way is out");
    receive.recv().unwrap().release();
    check_all_are_back(&tokens, 2, "it has arrived");
}

#[harness::test]
fn tokens_outlive_the_pool_wherever_they_are() {
    let tokens = Arc::new(Tokens::new(3));
    let [one, two, three] = [(); 3].map(|()| tokens.acquire());
    let (leave, left) = channel::<()>();
    let holder = harness::spawn("holder", move || {
        left.recv().unwrap();
        drop(one);
        let caught = catch_unwind(AssertUnwindSafe(|| {
            let _token = two;
            harness::intended_panic("too late");
        }));
        assert!(caught.is_err());
    });
    drop(Arc::into_inner(tokens).expect("nobody else has the pool"));
    leave.send(()).unwrap();
    holder.join();
    three.release();
}

#[harness::test(stress)]
fn no_token_is_lost_or_made_by_any_number_of_panics() {
    const C: usize = 2;
    let tokens = Arc::new(Tokens::new(C));
    let inside = Arc::new(Gauge::new());
    let threads = [0, 1, 2, 3].map(|n| {
        let (tokens, inside) = (Arc::clone(&tokens), Arc::clone(&inside));
        harness::spawn(format!("thread {n}"), move || {
            for round in 0..90 {
                let work = || {
                    tokens.with(|| {
                        let _one = inside.enter();
                        if (round + n) % 3 == 0 {
                            harness::intended_panic("connection reset");
                        }
                    })
                };
                let caught = catch_unwind(AssertUnwindSafe(work));
                assert_eq!(caught.is_err(), (round + n) % 3 == 0);
            }
        })
    });
    for thread in threads {
        thread.join();
    }
    assert!(inside.peak() <= C, "{} at once, of {C}", inside.peak());
    check_all_are_back(&tokens, C, "120 panics");
}

/// Tokens are taken by some and given back by others.
#[harness::test(stress)]
fn tokens_travel() {
    const C: usize = 4;
    const ROUNDS: usize = 400;
    let tokens = Arc::new(Tokens::new(C));
    let out = Arc::new(Gauge::new());
    let (send, receive) = channel::<Token>();
    let takers = [0, 1].map(|n| {
        let (tokens, send) = (Arc::clone(&tokens), send.clone());
        harness::spawn(format!("takes {n}"), move || {
            for _ in 0..ROUNDS {
                send.send(tokens.acquire()).unwrap();
            }
        })
    });
    drop(send);
    let watcher = {
        let tokens = Arc::clone(&tokens);
        harness::spawn("watches", move || {
            for _ in 0..ROUNDS {
                let out = tokens.in_use();
                assert!(out <= C, "{out} of {C} tokens are in use");
            }
        })
    };
    let mut given_back = 0;
    for token in receive {
        let _one = out.enter();
        token.release();
        given_back += 1;
    }
    for taker in takers {
        taker.join();
    }
    watcher.join();
    assert_eq!(given_back, 2 * ROUNDS);
    check_all_are_back(&tokens, C, "all have come back");
}
