//! What a place promises under every schedule, under every value that weak memory may show, and whichever
//! waiting thread wakes up, with a reason or without.

use ch03::once::InitOnce;
use kit::cell::UnsafeCell;
use kit::sync::Arc;
use kit::thread;
// Counted where the explorer does not look: a count is no step, and orders nothing.
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// A value that its initialiser writes into, where the explorer can see it.
struct Letter(UnsafeCell<u32>);

// SAFETY: written by the initialiser, and only read afterwards. Whether that holds is for the explorer to find
// out: it watches the cell.
unsafe impl Sync for Letter {}

impl Letter {
    fn new(text: u32) -> Letter {
        let letter = Letter(UnsafeCell::new(0));
        // SAFETY: nobody else knows of it yet.
        letter.0.with_mut(|place| unsafe { *place = text });
        letter
    }

    fn read(&self) -> u32 {
        // SAFETY: nobody writes to a letter that was given away.
        self.0.with(|place| unsafe { *place })
    }
}

/// A place, and how many initialisers have run to their end.
#[derive(Default)]
struct Post {
    place: InitOnce<Letter>,
    written: AtomicUsize,
}

impl Post {
    fn new() -> Arc<Post> {
        Arc::new(Post::default())
    }

    /// Asks, with an initialiser that writes `text`, for what is written.
    fn ask(&self, text: u32) -> u32 {
        let letter = self.place.get_or_init(|| {
            self.written.fetch_add(1, Relaxed);
            Letter::new(text)
        });
        letter.read()
    }

    /// Asks, with an initialiser that panics.
    fn ask_in_vain(&self) -> u32 {
        let letter = self
            .place
            .get_or_init(|| harness::intended_panic("no letter today"));
        letter.read()
    }

    fn look(&self) -> Option<u32> {
        self.place.get().map(Letter::read)
    }

    fn written(&self) -> usize {
        self.written.load(Relaxed)
    }
}

fn spawn<T: Send + 'static>(
    post: &Arc<Post>,
    body: impl FnOnce(&Post) -> T + Send + 'static,
) -> thread::JoinHandle<T> {
    let post = Arc::clone(post);
    thread::spawn(move || body(&post))
}

#[harness::model]
fn of_two_that_ask_one_writes_and_both_read_it() {
    let post = Post::new();
    let other = spawn(&post, |post| post.ask(1));
    let here = post.ask(2);
    let there = other.join().unwrap();
    assert_eq!(post.written(), 1, "initialisers that ran");
    assert_eq!(here, there, "what the two read");
    assert!([1, 2].contains(&here), "somebody's letter: {here}");
}

#[harness::model(preemptions = 1)]
fn of_three_that_ask_one_writes_and_all_read_it() {
    let post = Post::new();
    let others = [1, 2].map(|text| spawn(&post, move |post| post.ask(text)));
    let here = post.ask(3);
    for other in others {
        assert_eq!(other.join().unwrap(), here, "what another reads");
    }
    assert_eq!(post.written(), 1, "initialisers that ran");
}

#[harness::model]
fn who_only_looks_sees_the_letter_whole_or_not_at_all() {
    let post = Post::new();
    let other = spawn(&post, |post| [post.look(), post.look()]);
    assert_eq!(post.ask(7), 7);
    let seen = other.join().unwrap();
    assert!(
        [[None, None], [None, Some(7)], [Some(7), Some(7)]].contains(&seen),
        "one after the other it sees {seen:?}"
    );
}

#[harness::model]
fn after_a_panic_the_next_one_writes() {
    let post = Post::new();
    let other = spawn(&post, Post::ask_in_vain);
    assert_eq!(post.ask(7), 7, "what is read here");
    assert_eq!(post.written(), 1, "initialisers that ran to their end");
    if let Ok(there) = other.join() {
        assert_eq!(there, 7, "what is read there");
    }
}

#[harness::model(preemptions = 1)]
fn of_two_that_wait_for_one_that_panics_one_writes() {
    let post = Post::new();
    let vain = spawn(&post, Post::ask_in_vain);
    let other = spawn(&post, |post| post.ask(1));
    let here = post.ask(2);
    assert_eq!(other.join().unwrap(), here, "what the other reads");
    assert_eq!(post.written(), 1, "initialisers that ran to their end");
    if let Ok(there) = vain.join() {
        assert_eq!(there, here, "what the third reads");
    }
}
