//! Three philosophers, three forks. The given programs of exercise `break_dining`.

use crate::{Body, Goal, Lock, Program, Puzzle, page::Page};

/// How a philosopher goes about two forks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manners {
    /// Takes one, then waits for the other with the first in hand.
    Stubborn,
    /// Takes one, tries the other; if it is taken, puts the first back and begins again.
    Polite,
}

/// Everybody takes the left fork and waits for the right one.
pub fn deadlock() -> Puzzle {
    let manners = [Manners::Stubborn; 3];
    Puzzle::new(
        table("stubborn", &manners, Order::LeftFirst),
        Goal::Deadlock,
        table("stubborn, in order", &manners, Order::LowerFirst),
    )
}

/// Everybody takes the left fork, tries the right one, and puts the left one back.
pub fn livelock() -> Puzzle {
    let manners = [Manners::Polite; 3];
    Puzzle::new(
        table("polite", &manners, Order::LeftFirst),
        Goal::Livelock { rounds: 3 },
        table("polite, in order", &manners, Order::LowerFirst),
    )
}

/// Both, as the book shows them.
pub fn pages() -> Vec<Page> {
    vec![
        Page {
            id: "break_dining.deadlock",
            task: "Deadlock the three philosophers.",
            puzzle: deadlock(),
        },
        Page {
            id: "break_dining.livelock",
            task: "Keep the polite philosophers hungry for three rounds.",
            puzzle: livelock(),
        },
    ]
}

/// Which fork is taken first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    LeftFirst,
    /// The one with the lower number: the repair.
    LowerFirst,
}

/// A round table, with a philosopher of these manners at each seat, who eats once. Fork `i` lies to the
/// left of seat `i`.
///
/// # Panics
///
/// If the table has fewer than two seats.
pub fn table(name: &str, manners: &[Manners], order: Order) -> Program {
    let seats = manners.len();
    assert!(seats >= 2, "a table needs at least two seats");
    let mut program = Program::new(name);
    let forks: Vec<Lock> = (0..seats)
        .map(|i| program.lock(format!("fork {i}")))
        .collect();
    for (seat, manners) in manners.iter().enumerate() {
        let (left, right) = (("left", seat), ("right", (seat + 1) % seats));
        let (first, second) = if order == Order::LeftFirst || left.1 < right.1 {
            (left, right)
        } else {
            (right, left)
        };
        let [first, second] = [first, second].map(|(hand, fork)| (hand, forks[fork]));
        program.thread(format!("P{seat}"), |t| match manners {
            Manners::Stubborn => stubborn(t, first, second),
            Manners::Polite => polite(t, first, second),
        });
    }
    program
}

fn stubborn(t: &mut Body, first: (&str, Lock), second: (&str, Lock)) {
    t.call("think");
    t.lock_all(&[first, second]);
    t.progress("eat");
    t.drop_guards(&[first.1, second.1]);
}

fn polite(t: &mut Body, first: (&str, Lock), second: (&str, Lock)) {
    t.repeat(|t| {
        t.lock(first.0, first.1);
        t.if_try_lock(second.0, second.1, |t| {
            t.progress("eat");
            t.drop_guards(&[second.1, first.1]);
            t.leave();
        });
        t.drop_guards(&[first.1]);
    });
}
