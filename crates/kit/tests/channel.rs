//! `kit::channel` is enough on its own: its macros reach everything they need by themselves.

// Shadows what this test could see of the crates behind it, as a crate that depends only on kit would
// not see them.
#[allow(dead_code)]
mod crossbeam {}
#[allow(dead_code)]
mod crossbeam_channel {}

use kit::channel::{self, RecvError, Select, TryRecvError, select, select_biased};
use kit::clock::{Clock, ManualClock, SystemClock};
use kit::thread;
use std::time::Duration;

#[test]
fn select_takes_what_is_ready() {
    let (numbers, from_numbers) = channel::bounded(1);
    let (_words, from_words) = channel::unbounded::<&str>();
    numbers.send(5).unwrap();
    let seen = select! {
        recv(from_numbers) -> number => format!("number {}", number.unwrap()),
        recv(from_words) -> word => format!("word {}", word.unwrap()),
    };
    assert_eq!(seen, "number 5");
    let seen = kit::channel::select! {
        recv(from_numbers) -> _ => "number",
        recv(from_words) -> _ => "word",
        default => "nothing",
    };
    assert_eq!(seen, "nothing");
    drop(numbers);
    select! {
        recv(from_numbers) -> number => assert_eq!(number, Err(RecvError)),
        recv(channel::never::<u8>()) -> _ => unreachable!("never is never"),
    }
}

#[test]
fn select_biased_takes_the_first_of_the_ready() {
    let (first, from_first) = channel::unbounded();
    let (second, from_second) = channel::unbounded();
    for turn in 0..100 {
        second.send(turn).unwrap();
        first.send(turn).unwrap();
    }
    for turn in 0..100 {
        select_biased! {
            recv(from_first) -> seen => assert_eq!(seen, Ok(turn)),
            recv(from_second) -> _ => panic!("the first was ready"),
        }
    }
    assert_eq!(from_second.len(), 100);
}

#[test]
fn the_dynamic_select_does_as_well() {
    let (sender, receiver) = channel::bounded(0);
    thread::scope(|s| {
        s.spawn(move || sender.send(3).unwrap());
        let mut select = Select::new();
        let index = select.recv(&receiver);
        let operation = select.select();
        assert_eq!(operation.index(), index);
        assert_eq!(operation.recv(&receiver), Ok(3));
    });
}

/// Used up, a timer is silent and stays connected: a loop that selects on it is not busy.
#[test]
fn a_timer_is_silent_once_it_has_fired_on_every_clock() {
    let manual = ManualClock::new();
    let clocks: [&dyn Clock; 2] = [&SystemClock, &manual];
    for clock in clocks {
        let timer = clock.after(Duration::ZERO);
        assert!(timer.recv().is_ok());
        assert_eq!(timer.try_recv(), Err(TryRecvError::Empty));
        select! {
            recv(timer) -> _ => panic!("fired twice"),
            default => {}
        }
    }
}

#[test]
fn a_timer_ends_a_select() {
    let clock = ManualClock::new();
    let (_work, incoming) = channel::unbounded::<u8>();
    thread::scope(|s| {
        let idle = s.spawn(|| {
            select! {
                recv(incoming) -> _ => panic!("no work was sent"),
                recv(clock.after(Duration::from_secs(30))) -> at => at.unwrap(),
            }
        });
        clock.wait_for_timers(1);
        clock.advance(Duration::from_secs(40));
        assert_eq!(
            idle.join().unwrap(),
            clock.start() + Duration::from_secs(30)
        );
    });
}
