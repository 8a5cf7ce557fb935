//! What publishing promises. What one thread does comes first, then many threads; what nobody may see in
//! between is for the models.

#![allow(clippy::drop_non_drop)] // a stub has nothing to drop yet

use ch03::publish::Publish;
use harness::Rendezvous;
use kit::hint;
use kit::sync::Arc;
use kit::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Counts how often it is dropped.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[harness::test]
fn before_it_is_published_there_is_nothing() {
    let place = Publish::<String>::new();
    assert_eq!(place.get(), None);
    assert_eq!(place.into_inner(), None, "and nothing to take out");
}

#[harness::test]
fn what_is_published_can_be_read_again_and_again() {
    let place = Publish::new();
    assert_eq!(place.publish("port 8080".to_owned()), Ok(()));
    let first = place.get().expect("it was published");
    let again = place.get().expect("it is still there");
    assert_eq!(first, "port 8080");
    assert!(std::ptr::eq(first, again), "the same value, not a copy");
    assert_eq!(place.into_inner().as_deref(), Some("port 8080"));
}

#[harness::test]
fn the_second_to_publish_gets_its_value_back() {
    let place = Publish::new();
    assert_eq!(place.publish("the first".to_owned()), Ok(()));
    let read = place.get();
    for _ in 0..2 {
        let refused = place.publish("the second".to_owned());
        assert_eq!(refused, Err("the second".to_owned()));
    }
    assert_eq!(read.map(String::as_str), Some("the first"));
    assert_eq!(place.get().map(String::as_str), Some("the first"));
}

#[harness::test]
fn a_published_value_is_dropped_once() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let place = Publish::new();
    assert!(place.publish(Counted(dropped.clone())).is_ok());
    assert!(place.get().is_some());
    assert_eq!(dropped.load(Relaxed), 0, "drops while it can be read");
    drop(place);
    assert_eq!(dropped.load(Relaxed), 1, "drops with the place");
}

#[harness::test]
fn a_value_taken_out_is_the_callers_to_drop() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let place = Publish::new();
    assert!(place.publish(Counted(dropped.clone())).is_ok());
    let taken = place.into_inner().expect("it was published");
    assert_eq!(dropped.load(Relaxed), 0, "drops while the caller has it");
    drop(taken);
    assert_eq!(dropped.load(Relaxed), 1, "drops in all");
}

/// A type without data, so that what is dropped by mistake can be counted and cannot crash.
#[harness::test]
fn where_nothing_was_published_nothing_is_dropped() {
    static DROPPED: AtomicUsize = AtomicUsize::new(0);
    struct Empty;
    impl Drop for Empty {
        fn drop(&mut self) {
            DROPPED.fetch_add(1, Relaxed);
        }
    }
    drop(Publish::<Empty>::new());
    assert!(Publish::<Empty>::new().into_inner().is_none());
    assert_eq!(DROPPED.load(Relaxed), 0, "drops of values that never were");
}

#[harness::test(stress)]
fn all_readers_get_the_one_value() {
    let place = Arc::new(Publish::<Box<[u64; 8]>>::new());
    let start = Rendezvous::new("the writer and its readers", 4);
    let readers: Vec<_> = (1..=3)
        .map(|reader| {
            let (place, start) = (place.clone(), start.clone());
            harness::spawn(format!("reader {reader}"), move || {
                start.wait();
                let value = loop {
                    match place.get() {
                        Some(value) => break value,
                        None => hint::spin_loop(),
                    }
                };
                (std::ptr::from_ref(value).addr(), **value)
            })
        })
        .collect();
    start.wait();
    assert!(place.publish(Box::new([7; 8])).is_ok());
    let here = std::ptr::from_ref(place.get().unwrap()).addr();
    for reader in readers {
        assert_eq!(reader.join(), (here, [7; 8]), "where it is, and what it is");
    }
}

#[harness::test(stress)]
fn of_many_writers_one_wins_and_the_others_keep_their_values() {
    for _ in 0..100 {
        let place = Arc::new(Publish::<Box<usize>>::new());
        let start = Rendezvous::new("all writers", 4);
        let writers: Vec<_> = (0..4)
            .map(|writer| {
                let (place, start) = (place.clone(), start.clone());
                harness::spawn(format!("writer {writer}"), move || {
                    start.wait();
                    place.publish(Box::new(writer))
                })
            })
            .collect();
        let mut winners = Vec::new();
        for (number, writer) in writers.into_iter().enumerate() {
            match writer.join() {
                Ok(()) => winners.push(number),
                Err(refused) => assert_eq!(*refused, number, "the refused value"),
            }
        }
        assert_eq!(winners.len(), 1, "winners: {winners:?}");
        assert_eq!(**place.get().expect("a writer won"), winners[0]);
    }
}
