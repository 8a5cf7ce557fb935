//! Programs with holes where memory orders go, and the judge of what is put there: does it make the
//! outcome impossible, and is it the least that does? Nothing is stored: the program is filled in and
//! the engine is asked, about it and about each way to weaken one of the choices.
//!
//! ```
//! use litmus::repair::{Choice, Judgement, Order::{Acquire, Relaxed, Release}, find, judge};
//!
//! pub const MESSAGE: Choice =
//!     &[("A", Relaxed), ("B", Release), ("C", Acquire), ("D", Relaxed)];
//!
//! let task = find("message").expect("it is one of the tasks");
//! assert!(matches!(judge(task, MESSAGE), Ok(Judgement::Minimal)));
//! ```
//!
//! One choice is weakened at a time, a step at a time, and that is enough: in these models a weaker order
//! never forbids more, so what survives the smallest step survives each larger one.

mod tasks;

use std::{collections::BTreeMap, fmt};

use crate::{
    answer::{Answer, Budget, Race, Unknown},
    draw::{Drawing, lanes},
    execution::Execution,
    model::Model,
    parse::parse,
    program::{Formula, Program},
    search::explore,
};

pub use tasks::{TASKS, find};

/// A memory order, or for a fence its absence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Order {
    /// Not chosen yet.
    Open,
    /// No fence here.
    NoFence,
    Relaxed,
    Acquire,
    Release,
    AcqRel,
    SeqCst,
}

/// An order for each hole, by its name.
pub type Choice = &'static [(&'static str, Order)];

/// A program with holes, and the outcome that must not be.
#[derive(Clone, Copy, Debug)]
pub struct Task {
    pub name: &'static str,
    pub model: Model,
    /// C litmus text, with `{A}` in place of a memory order, and as the whole of `fence({F});` where a fence
    /// may stand. Its condition is the outcome to be made impossible.
    pub text: &'static str,
    pub holes: &'static [(&'static str, Hole)],
}

/// What stands in a hole, and so which orders it can have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hole {
    Load,
    Store,
    /// A read-modify-write, or a compare-exchange that succeeds.
    Update,
    /// A compare-exchange that fails.
    Failure,
    Fence,
}

impl Hole {
    /// The orders that it can have, weak ones first.
    pub fn orders(self) -> &'static [Order] {
        use Order::{AcqRel, Acquire, NoFence, Relaxed, Release, SeqCst};
        match self {
            Hole::Load | Hole::Failure => &[Relaxed, Acquire, SeqCst],
            Hole::Store => &[Relaxed, Release, SeqCst],
            Hole::Update => &[Relaxed, Acquire, Release, AcqRel, SeqCst],
            Hole::Fence => &[NoFence, Acquire, Release, AcqRel, SeqCst],
        }
    }

    /// The orders one step weaker than `order`.
    fn weaker(self, order: Order) -> &'static [Order] {
        use Order::{AcqRel, Acquire, NoFence, Open, Relaxed, Release, SeqCst};
        match (self, order) {
            (_, Open | NoFence | Relaxed) => &[],
            (Hole::Load | Hole::Failure, SeqCst) => &[Acquire],
            (Hole::Store, SeqCst) => &[Release],
            (_, SeqCst) => &[AcqRel],
            (_, AcqRel) => &[Acquire, Release],
            (Hole::Fence, Acquire | Release) => &[NoFence],
            (_, Acquire | Release) => &[Relaxed],
        }
    }

    fn noun(self) -> &'static str {
        match self {
            Hole::Load => "a load",
            Hole::Store => "a store",
            Hole::Update => "a read-modify-write",
            Hole::Failure => "a compare-exchange that fails",
            Hole::Fence => "a fence",
        }
    }
}

impl fmt::Display for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Order::Open => "Open",
            Order::NoFence => "NoFence",
            Order::Relaxed => "Relaxed",
            Order::Acquire => "Acquire",
            Order::Release => "Release",
            Order::AcqRel => "AcqRel",
            Order::SeqCst => "SeqCst",
        })
    }
}

/// What a choice is worth.
#[derive(Clone, Debug)]
pub enum Judgement {
    /// The outcome is impossible, and weakening any one of the choices would make it possible.
    Minimal,
    /// The outcome is impossible, and would be with a weaker order in one of the holes.
    TooStrong(Vec<Weakening>),
    /// The outcome is still possible: so.
    Possible(Box<Shown>),
    /// The program has a data race, and with it no meaning.
    Racy(Box<Shown>),
}

/// A choice that can be weaker.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Weakening {
    pub hole: &'static str,
    pub from: Order,
    pub to: Order,
}

/// An execution against a choice, and how it is drawn.
#[derive(Clone, Debug)]
pub struct Shown {
    pub execution: Execution,
    pub drawing: Drawing,
}

/// A choice that is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    Missing(&'static str),
    Unknown(String),
    Twice(String),
    /// What stands there cannot have this order.
    Impossible(&'static str, Hole, Order),
    /// The engine's budget was spent before this was decided.
    Undecided(Unknown),
}

impl Judgement {
    /// Whether the outcome is impossible, and the program has a meaning.
    pub fn is_repaired(&self) -> bool {
        matches!(self, Judgement::Minimal | Judgement::TooStrong(_))
    }
}

/// What `choice` is worth in `task`.
///
/// # Errors
///
/// If a hole has no order, or one that it cannot have.
///
/// # Panics
///
/// If the task's own text is not well formed.
pub fn judge(task: &Task, choice: Choice) -> Result<Judgement, Refused> {
    let orders = task.orders(choice)?;
    if let Some(wrong) = task.counter_example(&orders)? {
        return Ok(wrong);
    }
    let mut weakenings = Vec::new();
    for (&name, &from) in &orders {
        let hole = task.hole(name).expect("the orders are those of the holes");
        for &to in hole.weaker(from) {
            let mut weaker = orders.clone();
            weaker.insert(name, to);
            if task.counter_example(&weaker)?.is_none() {
                weakenings.push(Weakening {
                    hole: name,
                    from,
                    to,
                });
            }
        }
    }
    Ok(match weakenings.is_empty() {
        true => Judgement::Minimal,
        false => Judgement::TooStrong(weakenings),
    })
}

impl Task {
    /// The program with these orders in its holes.
    ///
    /// # Errors
    ///
    /// If a hole has no order, or one that it cannot have.
    ///
    /// # Panics
    ///
    /// If the task's own text is not well formed.
    pub fn fill(&self, choice: Choice) -> Result<Program, Refused> {
        Ok(self.program(&self.orders(choice)?))
    }

    /// The outcome that must not be.
    ///
    /// # Panics
    ///
    /// If the task's own text is not well formed.
    pub fn outcome(&self) -> Formula {
        let weakest = self
            .holes
            .iter()
            .map(|&(name, hole)| (name, hole.orders()[0]));
        let program = self.program(&weakest.collect());
        program.condition.expect("a task has a condition").formula
    }

    fn hole(&self, name: &str) -> Option<Hole> {
        let found = self.holes.iter().find(|&&(hole, _)| hole == name);
        found.map(|&(_, hole)| hole)
    }

    fn orders(&self, choice: Choice) -> Result<BTreeMap<&'static str, Order>, Refused> {
        let mut orders = BTreeMap::new();
        for &(name, order) in choice {
            let known = self.holes.iter().find(|&&(hole, _)| hole == name);
            let &(name, hole) = known.ok_or_else(|| Refused::Unknown(name.to_owned()))?;
            if order == Order::Open {
                return Err(Refused::Missing(name));
            }
            if !hole.orders().contains(&order) {
                return Err(Refused::Impossible(name, hole, order));
            }
            if orders.insert(name, order).is_some() {
                return Err(Refused::Twice(name.to_owned()));
            }
        }
        match self
            .holes
            .iter()
            .find(|(name, _)| !orders.contains_key(name))
        {
            Some((name, _)) => Err(Refused::Missing(name)),
            None => Ok(orders),
        }
    }

    fn program(&self, orders: &BTreeMap<&'static str, Order>) -> Program {
        let mut text = self.text.to_owned();
        for (name, order) in orders {
            let fence = format!("fence({{{name}}});");
            let call = match order {
                Order::NoFence => String::new(),
                order => format!("atomic_thread_fence({});", in_c(*order)),
            };
            text = text
                .replace(&fence, &call)
                .replace(&format!("{{{name}}}"), in_c(*order));
        }
        parse(&text).unwrap_or_else(|error| panic!("the task `{}`: {error}\n{text}", self.name))
    }

    /// What shows that the outcome is possible with these orders, or that they leave a data race.
    fn counter_example(
        &self,
        orders: &BTreeMap<&'static str, Order>,
    ) -> Result<Option<Judgement>, Refused> {
        let program = self.program(orders);
        let answer: Answer = explore(&program, self.model, &Budget::default())
            .unwrap_or_else(|malformed| panic!("the task `{}`: {malformed}", self.name));
        if let Some(race) = &answer.race {
            return Ok(Some(Judgement::Racy(Box::new(self.racing(race)))));
        }
        let outcome = &program
            .condition
            .as_ref()
            .expect("a task has a condition")
            .formula;
        let mut outcomes = answer.outcomes.iter();
        let shown = outcomes.find(|found| answer.observed.holds(outcome, &found.state));
        match (shown, answer.unknown) {
            (Some(found), _) => {
                let execution = found.witness.clone();
                let drawing = Drawing::of(&execution, self.model);
                Ok(Some(Judgement::Possible(Box::new(Shown {
                    execution,
                    drawing,
                }))))
            }
            (None, Some(unknown)) => Err(Refused::Undecided(unknown)),
            (None, None) => Ok(None),
        }
    }

    fn racing(&self, race: &Race) -> Shown {
        Shown {
            execution: race.execution.clone(),
            drawing: Drawing::race(race, self.model),
        }
    }
}

/// C's name for an order; a fence that is not there has none.
fn in_c(order: Order) -> &'static str {
    match order {
        Order::Open | Order::NoFence | Order::Relaxed => "memory_order_relaxed",
        Order::Acquire => "memory_order_acquire",
        Order::Release => "memory_order_release",
        Order::AcqRel => "memory_order_acq_rel",
        Order::SeqCst => "memory_order_seq_cst",
    }
}

/// The columns that a judgement is shown in.
const WIDTH: usize = 80;

impl fmt::Display for Judgement {
    /// In words, with the execution that speaks against the choice.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Judgement::Minimal => {
                f.write_str("The outcome is impossible, and no order can be weaker.")
            }
            Judgement::TooStrong(weakenings) => {
                f.write_str("The outcome is impossible, but it takes less:\n\n")?;
                for Weakening { hole, from, to } in weakenings {
                    writeln!(
                        f,
                        "  {hole} is {from}, and with {to} it would still be impossible"
                    )?;
                }
                f.write_str("\nWeaken one, and look again: each of these was tried alone.")
            }
            Judgement::Possible(shown) => {
                f.write_str("It can still end so, like this:\n\n")?;
                shown.fmt(f)
            }
            Judgement::Racy(shown) => {
                f.write_str("There is a data race, so the program has no meaning at all:\n\n")?;
                shown.fmt(f)
            }
        }
    }
}

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(lanes(&self.execution, &self.drawing, WIDTH).trim_end())
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refused::Missing(name) => write!(f, "{name} has no order yet"),
            Refused::Unknown(name) => write!(f, "there is nothing called {name} here"),
            Refused::Twice(name) => write!(f, "{name} has an order twice"),
            Refused::Impossible(name, hole, order) => {
                write!(
                    f,
                    "{name} is {}, which cannot be {order}: it can be ",
                    hole.noun()
                )?;
                for (index, order) in hole.orders().iter().enumerate() {
                    let comma = if index > 0 { ", " } else { "" };
                    write!(f, "{comma}{order}")?;
                }
                Ok(())
            }
            Refused::Undecided(unknown) => write!(f, "the engine gave up: {unknown:?}"),
        }
    }
}

impl std::error::Error for Refused {}
