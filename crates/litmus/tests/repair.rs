//! What can be done about each program with holes, by trying everything.

use litmus::repair::{Choice, Hole, Judgement, Order, Refused, TASKS, Task, find, judge};

/// How many choices there are, how many repair the program, and which of them are minimal.
fn all(task: &'static Task) -> (usize, usize, Vec<Choice>) {
    let mut choices: Vec<Vec<(&'static str, Order)>> = vec![Vec::new()];
    for &(name, hole) in task.holes {
        let longer = choices.iter().flat_map(|choice| {
            hole.orders().iter().map(move |&order| {
                let mut choice = choice.clone();
                choice.push((name, order));
                choice
            })
        });
        choices = longer.collect();
    }
    let total = choices.len();
    let (mut repaired, mut minimal) = (0, Vec::new());
    for choice in choices {
        let choice: Choice = Vec::leak(choice);
        let judgement = judge(task, choice).expect("each order can stand there");
        repaired += usize::from(judgement.is_repaired());
        if matches!(judgement, Judgement::Minimal) {
            minimal.push(choice);
        }
    }
    (total, repaired, minimal)
}

#[test]
fn each_task_can_be_done_and_not_by_chance() {
    let counted: Vec<(&str, usize, usize, usize)> = TASKS
        .iter()
        .map(|task| {
            let (total, repaired, minimal) = all(task);
            (task.name, total, repaired, minimal.len())
        })
        .collect();
    assert_eq!(
        counted,
        [
            ("message", 81, 36, 1),
            ("mailbox", 225, 169, 4),
            ("relay", 243, 108, 1),
            ("two_hops", 729, 144, 1),
            ("try_lock", 45, 18, 1),
            ("last_one_out", 25, 13, 2),
            ("both_wait", 2025, 169, 4),
            ("two_witnesses", 729, 1, 1),
            ("before_it_was_written", 81, 56, 2),
        ]
    );
}

#[test]
fn what_repairs_survives_being_stronger_and_what_does_not_survives_being_weaker() {
    // The ground for weakening one choice at a time by one step.
    for name in [
        "message",
        "mailbox",
        "last_one_out",
        "before_it_was_written",
    ] {
        let task = find(name).expect("it is a task");
        let (_, _, minimal) = all(task);
        for choice in minimal {
            for (index, &(_, hole)) in task.holes.iter().enumerate() {
                for &order in hole.orders() {
                    let mut other = choice.to_vec();
                    let before = other[index].1;
                    other[index].1 = order;
                    let judgement = judge(task, Vec::leak(other)).expect("it can stand there");
                    let stronger = order == before || strength(order) > strength(before);
                    let comparable = stronger || strength(order) < strength(before);
                    if comparable {
                        assert_eq!(
                            judgement.is_repaired(),
                            stronger,
                            "{name} {choice:?} {order}"
                        );
                    }
                }
            }
        }
    }
}

fn strength(order: Order) -> u8 {
    match order {
        Order::Open | Order::NoFence | Order::Relaxed => 0,
        Order::Acquire | Order::Release => 1,
        Order::AcqRel => 2,
        Order::SeqCst => 3,
    }
}

#[test]
fn a_choice_that_is_none_is_refused_in_words() {
    use Order::{Acquire, NoFence, Open, Relaxed, Release};
    let message = find("message").expect("it is a task");
    let said = |choice: Choice| {
        judge(message, choice)
            .expect_err("it is no choice")
            .to_string()
    };
    let a = ("A", Relaxed);
    let b = ("B", Release);
    let c = ("C", Acquire);
    for (choice, expected) in [
        (vec![a, b, c], "D has no order yet"),
        (vec![a, b, c, ("D", Open)], "D has no order yet"),
        (
            vec![a, b, c, ("E", Relaxed)],
            "there is nothing called E here",
        ),
        (vec![a, a, b, c], "A has an order twice"),
        (
            vec![a, b, ("C", Release)],
            "C is a load, which cannot be Release: it can be Relaxed, Acquire, SeqCst",
        ),
        (
            vec![a, ("B", NoFence)],
            "B is a store, which cannot be NoFence: it can be Relaxed, Release, SeqCst",
        ),
    ] {
        assert_eq!(said(Vec::leak(choice)), expected);
    }
    assert_eq!(
        judge(message, &[]).expect_err("it is empty"),
        Refused::Missing("A")
    );
    assert!(Hole::Fence.orders().contains(&NoFence));
}

#[test]
fn a_judgement_shows_what_speaks_against_the_choice() {
    use Order::{Acquire, NoFence, Relaxed, Release, SeqCst};
    let said = |name: &str, choice: Choice| {
        let task = find(name).expect("it is a task");
        judge(task, choice)
            .expect("each order can stand there")
            .to_string()
    };
    let half = said(
        "message",
        &[
            ("A", Relaxed),
            ("B", Release),
            ("C", Relaxed),
            ("D", Relaxed),
        ],
    );
    insta::assert_snapshot!(half, @"
    It can still end so, like this:

    thread 0                    thread 1
    a: x.store(1, Relaxed)
    b: y.store(1, Release)
                                c: y.load(Relaxed) = 1 ← b
                                d: x.load(Relaxed) = 0 ← init
    ");
    let more = said(
        "message",
        &[
            ("A", Relaxed),
            ("B", SeqCst),
            ("C", Acquire),
            ("D", Acquire),
        ],
    );
    insta::assert_snapshot!(more, @"
    The outcome is impossible, but it takes less:

      B is SeqCst, and with Release it would still be impossible
      D is Acquire, and with Relaxed it would still be impossible

    Weaken one, and look again: each of these was tried alone.
    ");
    let racy = said(
        "mailbox",
        &[
            ("A", NoFence),
            ("B", Release),
            ("C", Relaxed),
            ("D", NoFence),
        ],
    );
    insta::assert_snapshot!(racy, @"
    There is a data race, so the program has no meaning at all:

    thread 0                       thread 1
    a: *letter = 1
    b: flag.store(1, Release)
                                   c: flag.load(Relaxed) = 1 ← b
                                   d: read *letter = 0 ← init

    race   a and d access letter, and nothing orders them
    ");
}
