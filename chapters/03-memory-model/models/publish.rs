//! What publishing promises under every schedule, and under every value that weak memory may show.

use ch03::publish::Publish;
use kit::cell::UnsafeCell;
use kit::sync::Arc;
use kit::thread;

/// A value that is written into before it is published, where the explorer can see it.
struct Letter(UnsafeCell<u32>);

// SAFETY: written by the thread that makes it, and only read afterwards. Whether that holds is for the
// explorer to find out: it watches the cell.
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

type Place = Arc<Publish<Letter>>;

fn place() -> Place {
    Arc::new(Publish::new())
}

/// A thread that publishes `text`, and says whether it won.
fn writer(place: &Place, text: u32) -> thread::JoinHandle<bool> {
    let place = Arc::clone(place);
    thread::spawn(move || publish(&place, text))
}

fn publish(place: &Place, text: u32) -> bool {
    match place.publish(Letter::new(text)) {
        Ok(()) => true,
        Err(refused) => {
            assert_eq!(refused.read(), text, "the refused letter");
            false
        }
    }
}

fn read(place: &Place) -> Option<u32> {
    place.get().map(Letter::read)
}

#[harness::model]
fn a_reader_sees_the_letter_whole_or_not_at_all() {
    let place = place();
    let writer = writer(&place, 7);
    let seen = [read(&place), read(&place)];
    assert!(
        [[None, None], [None, Some(7)], [Some(7), Some(7)]].contains(&seen),
        "one after the other it reads {seen:?}"
    );
    assert!(writer.join().unwrap(), "the only writer wins");
    assert_eq!(read(&place), Some(7), "after the writer has ended");
}

#[harness::model]
fn two_readers_see_the_letter_whole_or_not_at_all() {
    let place = place();
    let writer = writer(&place, 7);
    let reader = {
        let place = Arc::clone(&place);
        thread::spawn(move || read(&place))
    };
    let seen = [read(&place), reader.join().unwrap()];
    for seen in seen.into_iter().flatten() {
        assert_eq!(seen, 7, "what a reader sees");
    }
    assert!(writer.join().unwrap(), "the only writer wins");
}

#[harness::model]
fn of_two_writers_one_wins_and_its_letter_stays() {
    let place = place();
    let first = writer(&place, 1);
    let second = publish(&place, 2);
    let first = first.join().unwrap();
    assert!(first != second, "wins: {first} and {second}");
    let won = if first { 1 } else { 2 };
    assert_eq!(read(&place), Some(won), "the letter of who won");
}

#[harness::model]
fn a_reader_among_two_writers_sees_the_letter_that_stays() {
    let place = place();
    let writers = [writer(&place, 1), writer(&place, 2)];
    let seen = read(&place);
    let wins = writers.map(|writer| writer.join().unwrap());
    assert!(wins[0] != wins[1], "wins: {wins:?}");
    let stays = read(&place);
    assert_eq!(stays, Some(if wins[0] { 1 } else { 2 }));
    assert!(seen.is_none() || seen == stays, "{seen:?}, then {stays:?}");
}

#[harness::model]
fn a_writer_that_lost_may_look_at_once() {
    let place = place();
    let other = writer(&place, 1);
    let won = publish(&place, 2);
    // The other may have begun and not be done; what it has written must be whole.
    let seen = read(&place);
    let expected: &[_] = if won { &[Some(2)] } else { &[None, Some(1)] };
    assert!(expected.contains(&seen), "won: {won}, reads {seen:?}");
    other.join().unwrap();
}
