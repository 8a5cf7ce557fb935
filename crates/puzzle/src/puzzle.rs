//! A puzzle: a wrong program, the bug to be brought about, and the repaired program that has no such
//! bug.

use crate::{
    Turn,
    explore::{Goal, Witness},
    program::{Program, ThreadId},
    replay::Replay,
    run,
};

/// More states than any puzzle for people has.
const MOST_STATES: usize = 200_000;

/// A puzzle.
#[derive(Clone, Debug)]
pub struct Puzzle {
    program: Program,
    goal: Goal,
    repaired: Program,
    shortest: Witness,
}

impl Puzzle {
    /// Explores the wrong program for the shortest schedule to the goal. The repaired one is not looked
    /// at here: that it holds is for a test to show, once.
    ///
    /// # Panics
    ///
    /// If no schedule reaches the goal, or the program has too many states to tell.
    pub fn new(program: Program, goal: Goal, repaired: Program) -> Puzzle {
        let graph = program.graph(MOST_STATES);
        assert!(
            graph.is_complete(),
            "{} has too many states",
            program.name()
        );
        let shortest = graph.shortest(goal);
        let shortest = shortest.unwrap_or_else(|| panic!("{} has no such bug", program.name()));
        Puzzle {
            program,
            goal,
            repaired,
            shortest,
        }
    }

    /// The wrong program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The bug.
    pub fn goal(&self) -> Goal {
        self.goal
    }

    /// The program that has no such bug.
    pub fn repaired(&self) -> &Program {
        &self.repaired
    }

    /// The fewest steps to the bug, which is as many as a solution may take.
    pub fn best(&self) -> usize {
        self.shortest.threads.len()
    }

    /// A schedule of so many steps, and what is to be seen at its end.
    pub fn shortest(&self) -> &Witness {
        &self.shortest
    }

    /// Runs the schedule up to the bug, to its end, or to the turn that cannot be taken.
    pub fn replay(&self, turns: &[Turn]) -> Replay<'_> {
        Replay::new(self, turns)
    }

    /// The repaired program has none of the bugs that this crate knows: no deadlock, no livelock, no
    /// broken promise.
    ///
    /// # Errors
    ///
    /// The bug that it has, or that it has too many states to tell.
    pub fn repaired_holds(&self) -> Result<(), String> {
        let graph = self.repaired.graph(MOST_STATES);
        if !graph.is_complete() {
            return Err(format!("{} has too many states", self.repaired.name()));
        }
        let goals = [
            Goal::Deadlock,
            Goal::Livelock { rounds: 1 },
            Goal::BrokenInvariant,
            Goal::WrongResult,
        ];
        match goals.into_iter().find_map(|goal| graph.shortest(goal)) {
            Some(witness) => Err(format!("{}: {}", self.repaired.name(), witness.sentence)),
            None => Ok(()),
        }
    }

    /// An example of a turn: the first step of the first thread, which is a turn in any program.
    pub(crate) fn first_turn(&self) -> Turn {
        let labels = self.program.labels(ThreadId(0));
        let name = self.program.threads().next().unwrap_or_default();
        match labels.into_iter().next() {
            Some(label) => run(name).through(label),
            None => run(name),
        }
    }
}

impl Program {
    /// Single steps as turns: a thread that runs for several steps gets one turn of them, named by the
    /// last, as far as that name says where it ends.
    ///
    /// # Panics
    ///
    /// If a thread cannot take its step.
    pub fn turns(&self, threads: &[ThreadId]) -> Vec<Turn> {
        let mut state = self.start();
        let mut turns: Vec<(ThreadId, Vec<String>)> = Vec::new();
        for &thread in threads {
            let step = self
                .step(&state, thread)
                .expect("a schedule that can be run");
            state = step.after;
            match turns.last_mut() {
                Some((last, labels)) if *last == thread && !labels.contains(&step.label) => {
                    labels.push(step.label);
                }
                _ => turns.push((thread, vec![step.label])),
            }
        }
        turns
            .into_iter()
            .map(|(thread, mut labels)| {
                let last = labels.pop().expect("a turn has a step");
                run(self.threads[thread.0].name.clone()).through(last)
            })
            .collect()
    }
}
