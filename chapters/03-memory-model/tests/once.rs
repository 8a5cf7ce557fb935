//! What a place promises that is filled when it is first needed. No test sleeps: an initialiser waits for a word
//! from the test, and the test waits until all others are blocked.

#![allow(clippy::drop_non_drop)] // a stub has nothing to drop yet

use ch03::once::InitOnce;
use harness::Rendezvous;
use kit::sync::Arc;
use kit::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc;

/// Counts how often it is dropped.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

/// A thread whose initialiser runs, and waits until it is told what to make: `None` is a panic.
fn slow_initialiser(
    place: &Arc<InitOnce<String>>,
) -> (harness::Thread<String>, mpsc::Sender<Option<&'static str>>) {
    let (word, told) = mpsc::channel::<Option<&str>>();
    let (running, runs) = mpsc::channel();
    let place = place.clone();
    let thread = harness::spawn("the first", move || {
        let value = place.get_or_init(|| {
            running.send(()).expect("the test waits for this");
            match told.recv().expect("the test says what to make") {
                Some(text) => text.to_owned(),
                None => harness::intended_panic("no value today"),
            }
        });
        value.clone()
    });
    runs.recv().expect("the first to come runs its initialiser");
    (thread, word)
}

/// A thread that asks for the value too, and says whether its own initialiser ran.
fn asks_too(place: &Arc<InitOnce<String>>, name: &str) -> harness::Thread<(String, bool)> {
    let (place, own) = (place.clone(), name.to_owned());
    harness::spawn(name, move || {
        let mut ran = false;
        let value = place.get_or_init(|| {
            ran = true;
            own
        });
        (value.clone(), ran)
    })
}

#[harness::test]
fn the_first_initialiser_runs_and_no_other() {
    let place = InitOnce::new();
    assert_eq!(place.get(), None::<&String>);
    let first = place.get_or_init(|| "made".to_owned());
    assert_eq!(first, "made");
    let again = place.get_or_init(|| panic!("a second initialiser was called"));
    assert!(std::ptr::eq(first, again), "the same value, not a copy");
    assert!(std::ptr::eq(first, place.get().expect("it is there")));
    assert_eq!(place.into_inner().as_deref(), Some("made"));
}

#[harness::test]
fn those_who_come_meanwhile_sleep_and_get_the_same_value() {
    let place = Arc::new(InitOnce::new());
    let (first, word) = slow_initialiser(&place);
    let others = ["the second", "the third", "the fourth"].map(|name| asks_too(&place, name));
    harness::wait_until_quiet();
    assert!(
        others.iter().all(|other| !other.is_finished()),
        "returned before there was a value"
    );
    word.send(Some("made")).expect("the initialiser waits");
    assert_eq!(first.join(), "made");
    for other in others {
        assert_eq!(other.join(), ("made".to_owned(), false), "and ran its own");
    }
}

#[harness::test]
fn looking_does_not_wait_for_an_initialiser() {
    let place = Arc::new(InitOnce::new());
    let (first, word) = slow_initialiser(&place);
    assert_eq!(place.get(), None, "while the initialiser runs");
    word.send(Some("made")).expect("the initialiser waits");
    first.join();
    assert_eq!(place.get().map(String::as_str), Some("made"));

    let place = InitOnce::new();
    let made = place.get_or_init(|| {
        assert_eq!(place.get(), None, "seen by the initialiser itself");
        7
    });
    assert_eq!(*made, 7);
}

#[harness::test]
fn a_panic_is_for_its_caller_and_the_next_one_tries() {
    let place = Arc::new(InitOnce::new());
    for _ in 0..2 {
        let (first, word) = slow_initialiser(&place);
        word.send(None).expect("the initialiser waits");
        assert!(first.try_join().is_err(), "the panic comes to its caller");
        assert_eq!(place.get(), None, "after the panic");
    }
    assert_eq!(place.get_or_init(|| "at last".to_owned()), "at last");
}

#[harness::test]
fn one_of_those_who_wait_takes_over_after_a_panic() {
    let place = Arc::new(InitOnce::new());
    let (first, word) = slow_initialiser(&place);
    let others = ["the second", "the third"].map(|name| asks_too(&place, name));
    harness::wait_until_quiet();
    word.send(None).expect("the initialiser waits");
    assert!(first.try_join().is_err(), "the panic comes to its caller");
    let got = others.map(|other| other.join());
    let ran: Vec<_> = got.iter().filter(|(_, ran)| *ran).collect();
    assert_eq!(ran.len(), 1, "initialisers that ran: {got:?}");
    assert_eq!(got[0].0, got[1].0, "the values");
    assert_eq!(got[0].0, ran[0].0, "made by the one that ran");
}

#[harness::test]
fn an_initialiser_that_asks_for_its_own_value_panics() {
    let place = InitOnce::new();
    harness::expect_panic(|| {
        place.get_or_init(|| 1 + place.get_or_init(|| 1));
    });
    assert_eq!(place.get(), None, "after the panic");
    assert_eq!(*place.get_or_init(|| 2), 2, "a later initialiser");
}

#[harness::test]
fn a_value_is_dropped_once() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let place = InitOnce::new();
    place.get_or_init(|| Counted(dropped.clone()));
    place.get_or_init(|| Counted(dropped.clone()));
    assert_eq!(dropped.load(Relaxed), 0, "drops while it can be read");
    drop(place);
    assert_eq!(dropped.load(Relaxed), 1, "drops with the place");

    let place = InitOnce::new();
    place.get_or_init(|| Counted(dropped.clone()));
    let taken = place.into_inner();
    assert_eq!(dropped.load(Relaxed), 1, "drops while the caller has it");
    drop(taken);
    assert_eq!(dropped.load(Relaxed), 2, "drops in all");
}

/// A type without data, so that what is dropped by mistake can be counted and cannot crash.
#[harness::test]
fn where_nothing_was_made_nothing_is_dropped() {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    struct Empty;
    impl Drop for Empty {
        fn drop(&mut self) {
            DROPPED.fetch_add(1, Relaxed);
        }
    }
    drop(InitOnce::<Empty>::new());
    assert!(InitOnce::<Empty>::new().into_inner().is_none());
    let place = InitOnce::<Empty>::new();
    harness::expect_panic(|| {
        place.get_or_init(|| harness::intended_panic("no value today"));
    });
    drop(place);
    assert_eq!(DROPPED.load(Relaxed), 0, "drops of values that never were");
}

#[harness::test(stress)]
fn of_many_that_come_at_once_one_runs_its_initialiser() {
    for _ in 0..100 {
        let place = Arc::new(InitOnce::<Box<usize>>::new());
        let runs = Arc::new(AtomicUsize::new(0));
        let start = Rendezvous::new("all who ask", 4);
        let threads: Vec<_> = (0..4)
            .map(|number| {
                let (place, runs, start) = (place.clone(), runs.clone(), start.clone());
                harness::spawn(format!("thread {number}"), move || {
                    start.wait();
                    let value = place.get_or_init(|| {
                        runs.fetch_add(1, Relaxed);
                        Box::new(number)
                    });
                    **value
                })
            })
            .collect();
        let got: Vec<usize> = threads.into_iter().map(|thread| thread.join()).collect();
        assert_eq!(runs.load(Relaxed), 1, "initialisers that ran");
        assert!(got.iter().all(|value| *value == got[0]), "{got:?}");
    }
}
