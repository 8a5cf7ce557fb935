//! Every state of a program, breadth first, and what the shortest way to a bug is.
//!
//! A livelock is a *lap*: a way from a state back to itself on which no thread makes progress, and
//! which is fair: a thread that could have gone on somewhere on the way does go on. Such a lap can be run
//! for ever, and no fair scheduler is to blame. A livelock of `n` rounds is a way to a state and then
//! `n` laps from it.

use std::collections::{HashMap, VecDeque, hash_map::Entry};

use crate::{
    machine::State,
    program::{Program, ThreadId},
};

/// The bug that a schedule is to bring about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goal {
    /// Somebody has not finished, and nobody can go on.
    Deadlock,
    /// So many laps in a row; see the module.
    Livelock { rounds: usize },
    /// A condition that must always hold does not.
    BrokenInvariant,
    /// All have finished, and what they leave is wrong.
    WrongResult,
}

/// A schedule that reaches a goal in as few steps as can be, and what is to be seen at its end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Witness {
    /// Who runs in each step.
    pub threads: Vec<ThreadId>,
    pub sentence: String,
}

/// All states of a program, in order of their distance from the start.
#[derive(Debug)]
pub struct Graph<'a> {
    program: &'a Program,
    pub(crate) states: Vec<State>,
    pub(crate) edges: Vec<Vec<Edge>>,
    /// The step on a shortest way here from the start.
    came_from: Vec<Option<(usize, usize)>>,
    complete: bool,
}

/// A step from one state to another.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Edge {
    pub thread: usize,
    pub to: usize,
    pub progress: bool,
    pub spurious: bool,
}

impl Program {
    /// Every state, unless there are more than `most`.
    pub fn graph(&self, most: usize) -> Graph<'_> {
        let start = self.start();
        let mut index = HashMap::from([(start.clone(), 0)]);
        let mut graph = Graph {
            program: self,
            states: vec![start],
            edges: Vec::new(),
            came_from: vec![None],
            complete: true,
        };
        while let Some(state) = graph.states.get(graph.edges.len()).cloned() {
            let from = graph.edges.len();
            let mut edges = Vec::new();
            for thread in 0..self.threads.len() {
                let Ok(step) = self.step(&state, ThreadId(thread)) else {
                    continue;
                };
                let to = match index.get(&step.after) {
                    Some(known) => *known,
                    None if graph.states.len() >= most => {
                        graph.complete = false;
                        continue;
                    }
                    None => {
                        index.insert(step.after.clone(), graph.states.len());
                        graph.states.push(step.after);
                        graph.came_from.push(Some((from, thread)));
                        graph.states.len() - 1
                    }
                };
                edges.push(Edge {
                    thread,
                    to,
                    progress: step.progress,
                    spurious: step.spurious,
                });
            }
            graph.edges.push(edges);
        }
        graph
    }
}

impl Graph<'_> {
    /// How many states there are.
    pub fn states(&self) -> usize {
        self.states.len()
    }

    /// How many steps there are between them.
    pub fn steps(&self) -> usize {
        self.edges.iter().map(Vec::len).sum()
    }

    /// Whether these are all states; if not, that no schedule was found means nothing.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// A shortest schedule to the goal, if there is one.
    pub fn shortest(&self, goal: Goal) -> Option<Witness> {
        if let Goal::Livelock { rounds } = goal {
            return self.livelock(rounds);
        }
        // States are in order of their distance.
        let (state, sentence) = self
            .states
            .iter()
            .enumerate()
            .find_map(|(at, state)| Some((at, self.program.shows(goal, state)?)))?;
        Some(Witness {
            threads: self.way_to(state),
            sentence,
        })
    }

    fn way_to(&self, mut state: usize) -> Vec<ThreadId> {
        let mut threads = Vec::new();
        while let Some((from, thread)) = self.came_from[state] {
            threads.push(ThreadId(thread));
            state = from;
        }
        threads.reverse();
        threads
    }

    fn livelock(&self, rounds: usize) -> Option<Witness> {
        let mut best: Option<Vec<ThreadId>> = None;
        for state in 0..self.states.len() {
            let way = self.way_to(state);
            let room = match &best {
                // At most so long is a lap that makes it shorter.
                Some(best) => match (best.len() - 1).checked_sub(way.len()) {
                    Some(room) => room / rounds.max(1),
                    None => break,
                },
                None => usize::MAX,
            };
            if let Some(lap) = self.shortest_lap(state, room) {
                let laps = std::iter::repeat_n(lap, rounds).flatten();
                best = Some(way.into_iter().chain(laps).collect());
            }
        }
        best.map(|threads| Witness {
            threads,
            sentence: livelock_sentence(rounds),
        })
    }

    /// The shortest fair way from a state back to it without progress, of at most `most` steps. Searched
    /// over pairs of a state and of what fairness asks of the rest of the way.
    fn shortest_lap(&self, start: usize, most: usize) -> Option<Vec<ThreadId>> {
        let begin = (start, Duties::default().after(self.enabled(start), None));
        let mut came_from = HashMap::from([(begin, None)]);
        let mut queue = VecDeque::from([(begin, 0)]);
        while let Some((node, distance)) = queue.pop_front() {
            if distance == most {
                break;
            }
            let (state, duties) = node;
            for edge in self.edges[state]
                .iter()
                .filter(|edge| !edge.progress && !edge.spurious)
            {
                let next = (
                    edge.to,
                    duties.after(self.enabled(edge.to), Some(edge.thread)),
                );
                if edge.to == start && next.1.owing == 0 {
                    let mut lap = vec![ThreadId(edge.thread)];
                    let mut node = node;
                    while let Some((before, thread)) = came_from[&node] {
                        lap.push(ThreadId(thread));
                        node = before;
                    }
                    lap.reverse();
                    return Some(lap);
                }
                if let Entry::Vacant(unknown) = came_from.entry(next) {
                    unknown.insert(Some((node, edge.thread)));
                    queue.push_back((next, distance + 1));
                }
            }
        }
        None
    }

    /// The threads that can go on, as bits.
    fn enabled(&self, state: usize) -> u64 {
        let edges = self.edges[state].iter().filter(|edge| !edge.spurious);
        edges.fold(0, |bits, edge| bits | 1 << edge.thread)
    }
}

/// What fairness asks of the rest of a lap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Duties {
    moved: u64,
    /// Could go on at some time, and have not.
    pub owing: u64,
}

impl Duties {
    /// In a state where these can go on, and to which this thread's step led.
    pub fn after(self, enabled: u64, thread: Option<usize>) -> Duties {
        let moved = self.moved | thread.map_or(0, |thread| 1 << thread);
        Duties {
            moved,
            owing: (self.owing | enabled) & !moved,
        }
    }
}

impl Program {
    /// Whether the goal, which is not a livelock, is to be seen in this state, and how.
    pub(crate) fn shows(&self, goal: Goal, state: &State) -> Option<String> {
        match goal {
            Goal::Deadlock => self
                .stuck(state)
                .then(|| format!("deadlock: {}", self.waits(state))),
            Goal::BrokenInvariant => self
                .broken(state, false)
                .map(|sentence| format!("broken: {sentence}")),
            Goal::WrongResult => self
                .broken(state, true)
                .map(|sentence| format!("wrong at the end: {sentence}")),
            Goal::Livelock { .. } => None,
        }
    }
}

pub(crate) fn livelock_sentence(rounds: usize) -> String {
    let rounds = match rounds {
        1 => "one round".to_owned(),
        n => format!("{n} rounds"),
    };
    format!("livelock: {rounds} in which threads run, nobody gets on, and all is as it was before")
}
