//! The panic hook belongs to the whole process, so this test has a process of its own.

use std::{
    panic,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    thread,
};

use litmus::{classics, parse};
use litmus_loom::{Bounds, explore};

static HEARD: AtomicUsize = AtomicUsize::new(0);

#[test]
fn looms_panics_are_not_heard_and_those_of_others_are() {
    let before = panic::take_hook();
    panic::set_hook(Box::new(|_| _ = HEARD.fetch_add(1, Relaxed)));
    let racy = parse(classics::find("Race").unwrap().text).unwrap();
    let others = thread::spawn(|| {
        for _ in 0..20 {
            thread::spawn(|| panic!("heard")).join().unwrap_err();
        }
    });
    for _ in 0..20 {
        assert!(explore(&racy, &Bounds::default()).unwrap().race.is_some());
    }
    others.join().unwrap();
    let during = HEARD.load(Relaxed);
    thread::spawn(|| panic!("heard")).join().unwrap_err();
    let after = HEARD.load(Relaxed);
    panic::set_hook(before);
    assert_eq!((during, after), (20, 21));
}
