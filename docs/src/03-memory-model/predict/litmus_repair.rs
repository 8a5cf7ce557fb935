//! How few of all choices repair a program, and the executions that the lesson shows as pictures.

use std::iter;

use litmus::{
    Budget, Explanation,
    draw::{self, Drawing},
    explain,
    repair::{
        Choice, Judgement,
        Order::{self, Acquire, NoFence, Relaxed, Release},
        Task, find, judge,
    },
};

pub fn answer() -> String {
    let mut text = format!(
        "{:<14}{:>8}{:>12}{:>9}\n",
        "", "choices", "impossible", "minimal"
    );
    for name in ["message", "relay", "both_wait", "two_witnesses"] {
        let task = find(name).expect("it is a task");
        let (choices, impossible, minimal) = count(task);
        text += &format!("{name:<14}{choices:>8}{impossible:>12}{minimal:>9}\n");
    }
    text
}

// ANCHOR: question
/// How many ways there are to fill in the orders, how many of them make the outcome impossible, and how
/// many of those are minimal.
fn count(task: &Task) -> (usize, usize, usize) {
    let (mut choices, mut impossible, mut minimal) = (0, 0, 0);
    for choice in every_choice(task) {
        let judgement = judge(task, choice).expect("each order can stand there");
        choices += 1;
        impossible += usize::from(judgement.is_repaired());
        minimal += usize::from(matches!(judgement, Judgement::Minimal));
    }
    (choices, impossible, minimal)
}
// ANCHOR_END: question

fn every_choice(task: &Task) -> Vec<Choice> {
    let mut choices: Vec<Vec<(&'static str, Order)>> = vec![Vec::new()];
    for &(name, hole) in task.holes {
        choices = choices
            .iter()
            .flat_map(|choice| {
                hole.orders()
                    .iter()
                    .map(move |&order| choice.iter().copied().chain(iter::once((name, order))))
            })
            .map(Iterator::collect)
            .collect();
    }
    choices.into_iter().map(|choice| &*choice.leak()).collect()
}

/// Both wait, with Release stores and Acquire loads: an execution in which neither sees the other.
pub fn both_wait_by_message() -> String {
    let choice: Choice = &[
        ("A", Release),
        ("B", NoFence),
        ("C", Acquire),
        ("D", Release),
        ("E", NoFence),
        ("F", Acquire),
    ];
    let task = find("both_wait").expect("it is a task");
    match judge(task, choice).expect("each order can stand there") {
        Judgement::Possible(shown) => draw::svg(&shown.execution, &shown.drawing),
        other => unreachable!("{other}"),
    }
}

/// The last one out, with Release but no Acquire: the race. And with an Acquire, there is none.
pub fn last_one_out() -> String {
    let task = find("last_one_out").expect("it is a task");
    let choice: Choice = &[("A", Release), ("B", NoFence)];
    match judge(task, choice).expect("each order can stand there") {
        Judgement::Racy(shown) => draw::svg(&shown.execution, &shown.drawing),
        other => unreachable!("{other}"),
    }
}

/// The relay, repaired: the circle that the outcome would need.
pub fn relay() -> String {
    let choice: Choice = &[
        ("A", Relaxed),
        ("B", Relaxed),
        ("C", Release),
        ("D", Acquire),
        ("E", Relaxed),
    ];
    let task = find("relay").expect("it is a task");
    let program = task.fill(choice).expect("each order can stand there");
    match explain(&program, task.model, &task.outcome(), &Budget::default()) {
        Ok(Explanation::Forbidden(why)) => draw::svg(
            &why.nearest,
            &Drawing::violation(&why.nearest, task.model, &why.violation),
        ),
        other => unreachable!("{other:?}"),
    }
}
