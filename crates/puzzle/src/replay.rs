//! The replay of a learner's schedule: runs the turns one by one, and says what came of it, or where it
//! went off.

use std::fmt::Write as _;

use findings::{Schedule, Site};

use crate::{
    Extent, Turn,
    explore::{Duties, Goal, livelock_sentence},
    machine::{Blocked, State, Step},
    program::{Program, ThreadId},
    puzzle::Puzzle,
};

/// More steps than this are no schedule that a person wrote.
const MOST_STEPS: usize = 10_000;
/// Columns of the picture.
const WIDTH: usize = 78;

/// What a schedule came to.
#[derive(Clone, Debug)]
pub struct Replay<'a> {
    puzzle: &'a Puzzle,
    trace: Trace,
    /// Which turn went off, and why, in a sentence.
    off: Option<(usize, String)>,
    /// What is to be seen at the end, if the bug shows.
    shown: Option<String>,
    turns: Vec<Turn>,
}

/// The steps done so far.
#[derive(Clone, Debug)]
pub(crate) struct Trace {
    start: State,
    steps: Vec<(ThreadId, Step)>,
}

impl Trace {
    pub fn new(program: &Program) -> Trace {
        Trace {
            start: program.start(),
            steps: Vec::new(),
        }
    }

    pub fn now(&self) -> &State {
        self.steps
            .last()
            .map_or(&self.start, |(_, step)| &step.after)
    }

    fn states(&self) -> impl DoubleEndedIterator<Item = &State> {
        let after = self.steps.iter().map(|(_, step)| &step.after);
        std::iter::once(&self.start).chain(after)
    }

    /// How many laps in a row end in the present state, see [`crate::explore`].
    fn rounds(&self, program: &Program) -> usize {
        let states: Vec<&State> = self.states().collect();
        let last = states.len() - 1;
        let progress = self.steps.iter().rposition(|(_, step)| step.progress);
        let from = progress.map_or(0, |at| at + 1);
        let visits: Vec<usize> = (from..=last)
            .filter(|&at| states[at] == states[last])
            .collect();
        // The most laps that end at each visit.
        let mut laps = vec![0; visits.len()];
        for end in 1..visits.len() {
            for begin in 0..end {
                let duties = self.duties(program, &states, visits[begin], visits[end]);
                if duties.owing == 0 {
                    laps[end] = laps[end].max(laps[begin] + 1);
                }
            }
        }
        laps.last().copied().unwrap_or(0)
    }

    /// Who could have gone on and got no turn since the present state was there before, if nobody got
    /// on since; empty if it was not there before.
    fn left_out(&self, program: &Program) -> Vec<usize> {
        let states: Vec<&State> = self.states().collect();
        let last = states.len() - 1;
        let progress = self.steps.iter().rposition(|(_, step)| step.progress);
        let from = progress.map_or(0, |at| at + 1);
        let Some(before) = (from..last).find(|&at| states[at] == states[last]) else {
            return Vec::new();
        };
        let owing = self.duties(program, &states, before, last).owing;
        (0..program.threads.len())
            .filter(|thread| owing & 1 << thread != 0)
            .collect()
    }

    /// What fairness still asks for after the steps from one state of the trace to another.
    fn duties(&self, program: &Program, states: &[&State], from: usize, to: usize) -> Duties {
        let enabled = |state: &State| {
            (0..program.threads.len())
                .filter(|&thread| {
                    program
                        .step(state, ThreadId(thread))
                        .is_ok_and(|step| !step.spurious)
                })
                .fold(0, |bits, thread| bits | 1 << thread)
        };
        let begin = Duties::default().after(enabled(states[from]), None);
        (from..to).fold(begin, |duties, at| {
            duties.after(enabled(states[at + 1]), Some(self.steps[at].0.0))
        })
    }

    /// The bug, if it shows now.
    fn shows(&self, program: &Program, goal: Goal) -> Option<String> {
        match goal {
            Goal::Livelock { rounds } => {
                (self.rounds(program) >= rounds).then(|| livelock_sentence(rounds))
            }
            goal => program.shows(goal, self.now()),
        }
    }
}

impl<'a> Replay<'a> {
    pub(crate) fn new(puzzle: &'a Puzzle, turns: &[Turn]) -> Replay<'a> {
        let mut replay = Replay {
            puzzle,
            trace: Trace::new(puzzle.program()),
            off: None,
            shown: None,
            turns: turns.to_vec(),
        };
        replay.shown = replay.trace.shows(puzzle.program(), puzzle.goal());
        for (at, turn) in turns.iter().enumerate() {
            if replay.shown.is_some() {
                break;
            }
            if let Err(why) = replay.run(turn) {
                replay.off = Some((at, why));
                break;
            }
        }
        replay
    }

    /// The bug shows, in no more steps than are needed.
    pub fn is_solved(&self) -> bool {
        self.shown.is_some() && self.steps() <= self.puzzle.best()
    }

    /// Steps that were done.
    pub fn steps(&self) -> usize {
        self.trace.steps.len()
    }

    /// The bug, in a sentence, if it shows.
    pub fn shown(&self) -> Option<&str> {
        self.shown.as_deref()
    }

    /// Panics with the [`report`](Replay::report) unless the bug shows, in however many steps.
    ///
    /// # Panics
    ///
    /// Then, and at the line of the caller.
    #[track_caller]
    pub fn assert_shown(&self) {
        assert!(self.shown.is_some(), "{}", self.report());
    }

    /// Panics with the report unless the puzzle is solved.
    ///
    /// # Panics
    ///
    /// Then, and at the line of the caller.
    #[track_caller]
    pub fn assert_solved(&self) {
        assert!(self.is_solved(), "{}", self.report());
    }

    /// What came of the schedule: one sentence, then the steps in lanes, then where the threads stand.
    /// At most 80 columns and a screen of lines.
    pub fn report(&self) -> String {
        let program = self.puzzle.program();
        let mut text = self.sentence();
        if self.trace.steps.is_empty() && self.off.is_none() {
            let hint = self.puzzle.first_turn();
            let _ = write!(text, "\nA turn reads `{hint}`.");
        }
        if !self.trace.steps.is_empty() {
            let _ = write!(text, "\n{}", self.schedule().render(WIDTH));
        }
        if self.shown.is_none() {
            text += "\nWhere they stand:";
            for (thread, name) in program.threads().enumerate() {
                let stands = match program.step(self.trace.now(), ThreadId(thread)) {
                    Ok(step) => format!("can go on, next: {}", step.label),
                    Err(blocked) => program.why(&blocked),
                };
                let _ = write!(text, "\n  {name} {stands}");
            }
        }
        text
    }

    /// The steps, as a picture's data. A site is a line of the thread's text.
    pub fn schedule(&self) -> Schedule {
        let program = self.puzzle.program();
        Schedule {
            threads: program.threads().map(str::to_owned).collect(),
            steps: self
                .trace
                .steps
                .iter()
                .map(|(thread, step)| findings::Step {
                    thread: thread.0,
                    action: step.action.clone(),
                    site: Some(Site {
                        file: program.name().to_owned(),
                        line: step.line as u32 + 1,
                    }),
                })
                .collect(),
        }
    }

    fn sentence(&self) -> String {
        let program = self.puzzle.program();
        let (steps, best) = (self.steps(), self.puzzle.best());
        if let Some((at, why)) = &self.off {
            let mut turn = self.turns[*at].to_string();
            if turn.len() > 60 {
                turn = format!("the turn of {:.20}", self.turns[*at].thread());
            }
            return format!("turn {}, {turn}: {why}", at + 1);
        }
        match (&self.shown, self.puzzle.goal()) {
            (Some(shown), _) if steps > best => {
                let kind = shown.split(':').next().unwrap_or_default();
                let shows = if kind == "livelock" || kind == "deadlock" {
                    format!("the {kind} is there")
                } else {
                    "the bug shows".to_owned()
                };
                format!("{shows} after {}, but {best} are enough", counted(steps))
            }
            (Some(shown), _) => format!("after {}: {shown}", counted(steps)),
            (None, _) if self.turns.is_empty() => {
                "the schedule is empty: hand over the turns, in the order they are taken".to_owned()
            }
            (None, goal) => {
                let so_far = format!("after all {} no", counted(steps));
                let going = program
                    .threads()
                    .enumerate()
                    .find(|(thread, _)| program.step(self.trace.now(), ThreadId(*thread)).is_ok());
                match goal {
                    Goal::Deadlock => match going {
                        Some((_, name)) => format!("{so_far} deadlock: {name} can still go on"),
                        None => format!("{so_far} deadlock: all threads have finished"),
                    },
                    Goal::Livelock { rounds } => {
                        let done = self.trace.rounds(program);
                        let fed = self.trace.steps.iter().rposition(|(_, step)| step.progress);
                        let left_out: Vec<&str> = self
                            .trace
                            .left_out(program)
                            .into_iter()
                            .map(|thread| program.threads[thread].name.as_str())
                            .collect();
                        let no = format!("{so_far} livelock");
                        match fed {
                            Some(at) if done == 0 => {
                                let (thread, step) = &self.trace.steps[at];
                                let name = &program.threads[thread.0].name;
                                format!("{no}: {name} got on in step {} ({})", at + 1, step.label)
                            }
                            _ if !left_out.is_empty() => format!(
                                "{no} but starvation: {} could have gone on and got no turn",
                                left_out.join(" and ")
                            ),
                            _ => format!(
                                "{no} of {rounds} rounds: {done} of them have come back to where \
                                 they began"
                            ),
                        }
                    }
                    Goal::BrokenInvariant => format!("{so_far} harm: every promise still holds"),
                    Goal::WrongResult => match going {
                        Some((_, name)) => format!("{so_far} result: {name} has not finished"),
                        None => format!("{so_far} harm: the result is right"),
                    },
                }
            }
        }
    }

    /// Runs one turn, up to the bug.
    fn run(&mut self, turn: &Turn) -> Result<(), String> {
        let program = self.puzzle.program();
        let name = turn.thread();
        let Some(thread) = program.find(name) else {
            let names: Vec<&str> = program.threads().collect();
            return Err(format!(
                "there is no such thread, only {}",
                names.join(", ")
            ));
        };
        let wanted = match turn.extent() {
            Extent::Steps(0) => return Err("a turn of no steps does nothing".to_owned()),
            Extent::Steps(_) => None,
            Extent::Through(step) => {
                let labels = program.labels(thread);
                if !labels.contains(step) {
                    return Err(format!(
                        "{name} has no such step, it has: {}",
                        labels.join(", ")
                    ));
                }
                Some(step)
            }
        };
        let from = self.steps();
        loop {
            let step = program
                .step(self.trace.now(), thread)
                .map_err(|blocked| self.refusal(name, &blocked, self.steps() - from))?;
            let label = step.label.clone();
            self.trace.steps.push((thread, step));
            self.shown = self.trace.shows(program, self.puzzle.goal());
            let done = match (turn.extent(), wanted) {
                (Extent::Steps(steps), _) => self.steps() - from == *steps,
                (_, Some(wanted)) => label == *wanted,
                (_, None) => true,
            };
            if done || self.shown.is_some() {
                return Ok(());
            }
            if let Some(wanted) = wanted {
                let mut states = self.trace.states().skip(from);
                let now = self.trace.now();
                if states
                    .by_ref()
                    .take(self.steps() - from)
                    .any(|state| state == now)
                {
                    return Err(format!(
                        "{name} goes round in circles on its own and never comes to `{wanted}`"
                    ));
                }
            }
            if self.steps() > MOST_STEPS {
                return Err(format!("this is more than {MOST_STEPS} steps"));
            }
        }
    }

    fn refusal(&self, name: &str, blocked: &Blocked, done: usize) -> String {
        let why = self.puzzle.program().why(blocked);
        match (blocked, done) {
            (Blocked::Finished | Blocked::NotStarted, 0) => format!("{name} {why}"),
            (_, 0) => format!("{name} is blocked: it {why}"),
            (Blocked::Finished, _) => format!("after {} {name} {why}", counted(done)),
            (_, _) => format!("after {} {name} is blocked: it {why}", counted(done)),
        }
    }
}

fn counted(steps: usize) -> String {
    match steps {
        1 => "1 step".to_owned(),
        n => format!("{n} steps"),
    }
}
