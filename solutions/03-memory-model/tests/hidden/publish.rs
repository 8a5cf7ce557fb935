//! What the public tests leave out: the bounds, values of odd sizes, panics, and where values are dropped.

use ch03::publish::Publish;
use kit::sync::Arc;
use kit::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::cell::Cell;
use std::rc::Rc;

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
fn it_is_shared_where_a_value_may_be_shared_and_sent() {
    let place = Publish::new();
    assert_eq!(place.publish(1), Ok(()));
    let shared = [
        ("u32", has!(Publish<u32>: Sync), true),
        ("String", has!(Publish<String>: Sync), true),
        ("Cell", has!(Publish<Cell<u32>>: Sync), false),
        ("Rc", has!(Publish<Rc<u32>>: Sync), false),
        ("a guard", has!(Publish<Guard>: Sync), false),
    ];
    for (value, is, should) in shared {
        assert_eq!(is, should, "threads can share a Publish of {value}");
    }
}

#[harness::test]
fn it_is_sent_where_a_value_may_be_sent() {
    let place = Publish::new();
    assert_eq!(place.publish(1), Ok(()));
    let sent = [
        ("u32", has!(Publish<u32>: Send), true),
        ("Cell", has!(Publish<Cell<u32>>: Send), true),
        ("Rc", has!(Publish<Rc<u32>>: Send), false),
        ("a guard", has!(Publish<Guard>: Send), false),
    ];
    for (value, is, should) in sent {
        assert_eq!(is, should, "a thread can be given a Publish of {value}");
    }
}

#[harness::test]
fn values_of_any_size_and_alignment_are_kept() {
    #[derive(Clone, Copy, Debug, PartialEq)]
    #[repr(align(64))]
    struct Wide([u8; 65]);

    let nothing = Publish::new();
    assert_eq!(nothing.get(), None);
    assert_eq!(nothing.publish(()), Ok(()));
    assert_eq!(nothing.publish(()), Err(()));
    assert_eq!(nothing.get(), Some(&()));

    let value = Wide(std::array::from_fn(|i| i as u8));
    let wide = Publish::new();
    assert_eq!(wide.publish(value), Ok(()));
    let read = wide.get().expect("it was published");
    assert_eq!(std::ptr::from_ref(read).addr() % 64, 0, "aligned");
    assert_eq!(*read, value);

    // An absent value is a value like others.
    let absent = Publish::new();
    assert_eq!(absent.publish(None::<Box<u8>>), Ok(()));
    assert_eq!(absent.get(), Some(&None));
    assert_eq!(absent.publish(Some(Box::new(1))), Err(Some(Box::new(1))));
    assert_eq!(absent.into_inner(), Some(None));
}

/// Says into which count it is dropped.
struct Counted(Arc<AtomicUsize>);

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_add(1, Relaxed);
    }
}

#[harness::test]
fn a_refused_value_is_the_callers_and_the_first_one_stays() {
    let [first, second] = [0; 2].map(|n| Arc::new(AtomicUsize::new(n)));
    let place = Publish::new();
    assert!(place.publish(Counted(first.clone())).is_ok());
    let refused = place.publish(Counted(second.clone()));
    assert_eq!(second.load(Relaxed), 0, "drops of what was refused");
    drop(refused);
    assert_eq!(second.load(Relaxed), 1, "drops by the caller");
    assert_eq!(first.load(Relaxed), 0, "drops of what is published");
    drop(place);
    let drops = (first.load(Relaxed), second.load(Relaxed));
    assert_eq!(drops, (1, 1), "drops in all");
}

#[harness::test]
fn a_value_made_in_one_thread_is_dropped_in_another() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let place = Arc::new(Publish::new());
    let writer = harness::spawn("the writer", {
        let (place, dropped) = (place.clone(), dropped.clone());
        move || place.publish(Counted(dropped)).is_ok()
    });
    assert!(writer.join(), "nobody else publishes");
    let place = Arc::into_inner(place).expect("the writer is gone");
    harness::spawn("the last", move || drop(place.into_inner())).join();
    assert_eq!(dropped.load(Relaxed), 1);
}

fn configuration() -> u32 {
    harness::intended_panic("no configuration")
}

#[harness::test]
fn a_writer_that_panics_first_leaves_the_place_to_others() {
    let place = Arc::new(Publish::new());
    let writer = harness::spawn("the writer", {
        let place = place.clone();
        move || place.publish(configuration()).is_ok()
    });
    assert!(writer.try_join().is_err());
    assert_eq!(place.get(), None);
    assert_eq!(place.publish(2), Ok(()));
    assert_eq!(place.get(), Some(&2));
}

#[harness::test]
fn a_writer_that_panics_afterwards_has_published() {
    let dropped = Arc::new(AtomicUsize::new(0));
    let place = Arc::new(Publish::new());
    let writer = harness::spawn("the writer", {
        let (place, dropped) = (place.clone(), dropped.clone());
        move || {
            assert!(place.publish(Counted(dropped)).is_ok());
            harness::intended_panic("too late")
        }
    });
    let result: std::thread::Result<()> = writer.try_join();
    assert!(result.is_err());
    assert!(place.get().is_some(), "what is published stays");
    assert_eq!(dropped.load(Relaxed), 0, "drops while it can be read");
    drop(place);
    assert_eq!(dropped.load(Relaxed), 1, "drops with the place");
}

#[harness::test]
fn a_default_place_is_empty() {
    let place = Publish::<u8>::default();
    assert_eq!(place.get(), None);
    assert_eq!(place.publish(3), Ok(()));
    assert_eq!(place.get(), Some(&3));
}
