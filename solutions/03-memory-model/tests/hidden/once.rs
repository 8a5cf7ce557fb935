//! What the public tests leave out: bounds, values of odd sizes, many panics, places within places.

use ch03::once::InitOnce;
use kit::sync::Arc;
use kit::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::cell::Cell;
use std::rc::Rc;
use std::sync::mpsc;

/// Whether a type has a trait. An inherent constant comes before one of a trait, but exists only where its
/// bounds hold.
macro_rules! has {
    ($type:ty: $trait:ident) => {{
        struct Asked<T>(std::marker::PhantomData<T>);
        #[allow(dead_code)] // and where it holds, nobody gets here
        trait Otherwise {
            const HAS: bool = false;
        }
        impl<T> Otherwise for Asked<T> {}
        #[allow(dead_code)] // where the bound does not hold, nobody gets here
        impl<T: $trait> Asked<T> {
            const HAS: bool = true;
        }
        <Asked<$type>>::HAS
    }};
}

/// `Sync` and not `Send`, as the guard of a lock is.
type Guard = std::sync::MutexGuard<'static, u32>;

#[harness::test]
fn it_is_shared_and_sent_where_a_value_may_be() {
    assert_eq!(*InitOnce::new().get_or_init(|| 1), 1);
    let shared = [
        ("u32", has!(InitOnce<u32>: Sync), true),
        ("Cell", has!(InitOnce<Cell<u32>>: Sync), false),
        ("Rc", has!(InitOnce<Rc<u32>>: Sync), false),
        ("a guard", has!(InitOnce<Guard>: Sync), false),
    ];
    for (value, is, should) in shared {
        assert_eq!(is, should, "threads can share an InitOnce of {value}");
    }
    let sent = [
        ("u32", has!(InitOnce<u32>: Send), true),
        ("Cell", has!(InitOnce<Cell<u32>>: Send), true),
        ("Rc", has!(InitOnce<Rc<u32>>: Send), false),
        ("a guard", has!(InitOnce<Guard>: Send), false),
    ];
    for (value, is, should) in sent {
        assert_eq!(is, should, "a thread can be given an InitOnce of {value}");
    }
}

#[harness::test]
fn values_of_any_size_and_alignment_are_kept() {
    #[derive(Clone, Copy, Debug, PartialEq)]
    #[repr(align(64))]
    struct Wide([u8; 65]);

    let nothing = InitOnce::new();
    assert_eq!(nothing.get(), None);
    assert_eq!(nothing.get_or_init(|| ()), &());
    assert_eq!(nothing.get(), Some(&()));

    let value = Wide(std::array::from_fn(|i| i as u8));
    let wide = InitOnce::new();
    let read = wide.get_or_init(|| value);
    assert_eq!(std::ptr::from_ref(read).addr() % 64, 0, "aligned");
    assert_eq!(*read, value);

    // An absent value is a value like others, and is not made again.
    let absent = InitOnce::new();
    assert_eq!(absent.get_or_init(|| None::<Box<u8>>), &None);
    assert_eq!(absent.get_or_init(|| Some(Box::new(1))), &None);
    assert_eq!(absent.into_inner(), Some(None));
}

#[harness::test]
fn ten_panics_in_a_row_poison_nothing() {
    let place = InitOnce::new();
    for _ in 0..10 {
        harness::expect_panic(|| {
            place.get_or_init(|| harness::intended_panic("no value today"));
        });
        assert_eq!(place.get(), None);
    }
    assert_eq!(*place.get_or_init(|| 11), 11);
    assert_eq!(*place.get_or_init(|| 12), 11);
}

#[harness::test]
fn asking_oneself_again_and_again_poisons_nothing() {
    let place = InitOnce::new();
    for _ in 0..3 {
        harness::expect_panic(|| {
            place.get_or_init(|| *place.get_or_init(|| 1));
        });
    }
    // An initialiser that survives its own question goes on as the one that has the turn.
    let made = place.get_or_init(|| {
        harness::expect_panic(|| {
            place.get_or_init(|| 1);
        });
        2
    });
    assert_eq!(*made, 2);
}

/// Who waits must not take the asker for itself: another thread's question is no question of one's own.
#[harness::test]
fn a_question_of_another_thread_is_not_ones_own() {
    let place = Arc::new(InitOnce::new());
    let (running, runs) = mpsc::channel();
    let (word, told) = mpsc::channel::<u32>();
    let first = harness::spawn("the first", {
        let place = place.clone();
        move || {
            *place.get_or_init(|| {
                running.send(()).unwrap();
                told.recv().unwrap()
            })
        }
    });
    runs.recv().unwrap();
    let second = harness::spawn("the second", {
        let place = place.clone();
        move || *place.get_or_init(|| 2)
    });
    second.wait_until_blocked();
    word.send(1).unwrap();
    assert_eq!((first.join(), second.join()), (1, 1));
}

#[harness::test]
fn the_initialiser_of_one_place_may_fill_another() {
    let (outer, inner) = (InitOnce::new(), InitOnce::new());
    let made = outer.get_or_init(|| 10 + inner.get_or_init(|| 1));
    assert_eq!(*made, 11);
    assert_eq!(inner.get(), Some(&1));

    // And one that panics does so for both.
    let (outer, inner) = (InitOnce::<u32>::new(), InitOnce::<u32>::new());
    harness::expect_panic(|| {
        outer.get_or_init(|| *inner.get_or_init(|| harness::intended_panic("no value today")));
    });
    assert_eq!((outer.get(), inner.get()), (None, None));
    assert_eq!(*outer.get_or_init(|| 1 + inner.get_or_init(|| 1)), 2);
}

/// Several waves of panics, each with the same threads waiting.
#[harness::test]
fn all_who_wait_get_on_however_many_panic_before_them() {
    let place = Arc::new(InitOnce::<usize>::new());
    let (running, runs) = mpsc::channel();
    let (word, told) = mpsc::channel::<()>();
    let first = harness::spawn("the first", {
        let place = place.clone();
        move || {
            place.get_or_init(|| {
                running.send(()).unwrap();
                told.recv().unwrap();
                harness::intended_panic("the first")
            });
        }
    });
    runs.recv().unwrap();
    let tries = Arc::new(AtomicUsize::new(0));
    let others: Vec<_> = (0..5)
        .map(|number| {
            let (place, tries) = (place.clone(), tries.clone());
            harness::spawn(format!("waits {number}"), move || {
                *place.get_or_init(|| match tries.fetch_add(1, Relaxed) {
                    0 | 1 => harness::intended_panic("a later one"),
                    _ => number,
                })
            })
        })
        .collect();
    harness::wait_until_quiet();
    word.send(()).unwrap();
    assert!(first.try_join().is_err());
    let ended: Vec<_> = others.into_iter().map(|other| other.try_join()).collect();
    let panicked = ended.iter().filter(|end| end.is_err()).count();
    assert_eq!(panicked, 2, "of those who waited");
    assert_eq!(tries.load(Relaxed), 3, "of those who waited, tried");
    let value = place.get().expect("the third made it");
    for got in ended.into_iter().flatten() {
        assert_eq!(got, *value);
    }
}

/// Says into which count it is dropped.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[harness::test]
fn an_initialiser_that_is_not_called_is_dropped_with_what_it_holds() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let place = InitOnce::new();
    place.get_or_init(|| 1);
    let held = Counted(dropped.clone());
    place.get_or_init(move || {
        drop(held);
        2
    });
    assert_eq!(dropped.load(Relaxed), 1, "of what the second held");
}

#[harness::test]
fn a_value_made_in_one_thread_is_dropped_in_another() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let place = Arc::new(InitOnce::new());
    let maker = harness::spawn("the maker", {
        let (place, dropped) = (place.clone(), dropped.clone());
        move || drop(place.get_or_init(|| Counted(dropped)).0.clone())
    });
    maker.join();
    let place = Arc::into_inner(place).expect("the maker is gone");
    harness::spawn("the last", move || drop(place)).join();
    assert_eq!(dropped.load(Relaxed), 1);
}

#[harness::test]
fn an_initialiser_may_borrow() {
    let word = String::from("borrowed");
    let mut called = 0;
    let place = InitOnce::<&str>::default();
    assert_eq!(
        *place.get_or_init(|| {
            called += 1;
            word.as_str()
        }),
        "borrowed"
    );
    assert_eq!((called, place.into_inner()), (1, Some("borrowed")));
}
