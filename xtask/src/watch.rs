//! `watch`: a live view of one exercise at a time. A save checks it, a pass moves on.
//!
//! One channel brings everything that happens: keys, saves, what the judge says, the clock. [`state`]
//! turns each event into the next state and a list of effects, [`view`] turns a state into rows; both are
//! plain functions. Only this module, [`jobs`], [`files`] and [`screen`] touch the world, and none of them
//! makes the view wait: what takes long runs on another thread and is stopped, not waited for.

mod files;
mod jobs;
mod page;
mod plain;
mod screen;
mod state;
#[cfg(test)]
mod tests;
mod view;

use std::{
    collections::VecDeque,
    io::{self, IsTerminal as _},
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{self, Receiver, RecvTimeoutError, SyncSender},
    },
    thread,
    time::{Duration, Instant},
};

use self::{
    files::Change,
    jobs::{Jobs, Number},
    screen::{Input, Screen},
    state::{Effect, Event, Item, JobNews, Key, State},
};
use crate::{
    catalog::{Catalog, Exercise},
    course::Course,
    edition,
    error::{Error, Result, exit},
    flow::Judge,
    stop::Stop,
    workbench::{self, Hints},
};

/// How often the seconds of a run are counted, and how soon a signal is noticed.
const TICK: Duration = Duration::from_millis(100);
/// The same while nothing runs.
const IDLE: Duration = Duration::from_millis(400);
/// Events that wait for the view; who has more to say waits.
const WAITING: usize = 256;

/// Watches until it is told to quit. Begins with the exercise called `name`, or where the learner left
/// off.
pub fn run(course: Course, catalog: Catalog, stop: Stop, name: Option<&str>) -> Result<u8> {
    let (events, happened) = mpsc::sync_channel(WAITING);
    let number = Number::default();
    let judge = Judge::new(course, stop.clone(), {
        let (events, number) = (events.clone(), Arc::clone(&number));
        move |what| {
            let _ = events.send(Event::Job {
                number: number.load(Ordering::Relaxed),
                news: JobNews::Waits(what.to_owned()),
            });
        }
    })?;
    let first = name.map(|name| catalog.exercise(name)).transpose()?;
    let statuses = workbench::statuses(&judge, &catalog)?;
    if statuses.is_empty() {
        return Err(Error::course("this course has no exercises"));
    }
    let focus = first
        .and_then(|first| catalog.exercises().position(|one| one.id() == first.id()))
        .unwrap_or_else(|| workbench::resume(&catalog, &statuses));
    let hints = Hints::open(&judge.course);
    let items = catalog
        .exercises()
        .zip(statuses)
        .map(|(exercise, status)| Item {
            id: exercise.id().to_owned(),
            marked_id: exercise.entry.marked_id(),
            title: exercise.entry.title.clone(),
            chapter: heading(&catalog, exercise),
            path: shown_path(&judge.course, exercise),
            points: exercise.entry.points,
            difficulty: exercise.entry.difficulty,
            minutes: exercise.entry.minutes,
            hints: exercise.entry.hints.clone(),
            hints_taken: hints.taken(exercise),
            status,
        })
        .collect();

    let sources = catalog.exercises().map(|one| one.paths.source.clone());
    let saves = events.clone();
    files::watch(sources.collect(), move |change| {
        let event = match change {
            Change::Saved { file, changed } => Event::Saved {
                item: file,
                changed,
            },
            Change::Vanished { file } => Event::Vanished(file),
        };
        saves.send(event).is_ok()
    });
    let catalog = Arc::new(catalog);
    let asked = judge.until(Stop::default());
    let world = World {
        jobs: Jobs::new(judge, Arc::clone(&catalog), number, events.clone()),
        judge: asked,
        catalog,
        hints,
    };
    if can_draw() {
        let state = State::new(items, focus, screen::size());
        drawn(world, state, &stop, events, happened)
    } else {
        let state = State::new(items, focus, (80, 24));
        printed(world, state, &stop, events, happened)
    }
}

fn heading(catalog: &Catalog, exercise: &Exercise) -> String {
    match catalog.chapter(&exercise.chapter) {
        Some(chapter) => format!("{}  {}", chapter.id, chapter.title),
        None => exercise.chapter.clone(),
    }
}

fn shown_path(course: &Course, exercise: &Exercise) -> String {
    let path = &exercise.paths.source;
    let path = path.strip_prefix(&course.root).unwrap_or(path);
    path.display().to_string()
}

/// Whether there is a terminal on both ends that knows how to move a cursor.
fn can_draw() -> bool {
    let terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    let term = std::env::var("TERM").unwrap_or_default();
    terminal && (cfg!(windows) || !matches!(term.as_str(), "" | "dumb"))
}

fn drawn(
    mut world: World,
    state: State,
    stop: &Stop,
    events: SyncSender<Event>,
    happened: Receiver<Event>,
) -> Result<u8> {
    let terminal = |cause| Error::machine(format!("cannot use this terminal: {cause}"));
    let mut screen = Screen::open().map_err(terminal)?;
    screen::listen(move |input| {
        let event = match input {
            Input::Key(key) => Event::Key(key),
            Input::Resize(columns, rows) => Event::Resize(columns, rows),
        };
        events.send(event).is_ok()
    });
    let mut failed = None;
    let code = turn(
        &mut world,
        state,
        stop,
        happened,
        Show::Settled,
        |_, state| {
            if screen::is_broken() {
                return false;
            }
            match screen.paint(view::draw(state), state.size) {
                Ok(()) => true,
                Err(cause) => {
                    failed = Some(cause);
                    false
                }
            }
        },
    );
    // The terminal is given back before the last job has cleaned up: nobody waits for that.
    drop(screen);
    drop(world);
    match (code, failed) {
        (Some(code), _) => Ok(code),
        (None, Some(cause)) => Err(terminal(cause)),
        (None, None) => Err(Error::course(
            "`watch` has a defect and cannot go on; see above",
        )),
    }
}

fn printed(
    mut world: World,
    state: State,
    stop: &Stop,
    events: SyncSender<Event>,
    happened: Receiver<Event>,
) -> Result<u8> {
    if io::stdin().is_terminal() {
        anstream::println!("{}", plain::KEYS);
    }
    thread::spawn(move || {
        for line in io::stdin().lines().map_while(io::Result::ok) {
            if events.send(typed(line.trim())).is_err() {
                return;
            }
        }
    });
    let code = turn(
        &mut world,
        state,
        stop,
        happened,
        Show::Each,
        |before, after| {
            for line in plain::said(before, after) {
                anstream::println!("{line}");
            }
            true
        },
    );
    Ok(code.unwrap_or(exit::OK))
}

/// A line as a key, or as the name of an exercise.
fn typed(line: &str) -> Event {
    let mut chars = line.chars();
    match (chars.next(), chars.next()) {
        (None, _) => Event::Key(Key::Enter),
        (Some(key), None) => Event::Key(Key::Char(key)),
        _ => Event::Go(line.to_owned()),
    }
}

/// When a state is shown.
#[derive(Clone, Copy, PartialEq)]
enum Show {
    /// After every event.
    Each,
    /// When no event is left: a flood of them does not hold up a key.
    Settled,
}

/// Lets the state go from event to event and `show`s it, with the one before, until something ends it:
/// the exit code, or `None` if `show` did. Nobody is listened to after that.
fn turn(
    world: &mut World,
    state: State,
    stop: &Stop,
    happened: Receiver<Event>,
    when: Show,
    mut show: impl FnMut(&State, &State) -> bool,
) -> Option<u8> {
    let begun = Instant::now();
    let (mut state, effects) = {
        let (next, effects) = state::begin(state.clone());
        if !show(&state, &next) {
            return None;
        }
        (next, effects)
    };
    let mut events = VecDeque::new();
    for effect in effects {
        match world.perform(effect) {
            Ok(follows) => events.extend(follows),
            Err(code) => return Some(code),
        }
    }
    loop {
        let pause = if state.job.is_some() { TICK } else { IDLE };
        match happened.recv_timeout(pause) {
            Ok(event) => {
                events.push_back(event);
                events.extend(happened.try_iter().take(WAITING));
            }
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return None,
        }
        if stop.is_stopped() {
            events.push_back(Event::Interrupted);
        }
        events.push_front(Event::Clock(begun.elapsed()));
        while let Some(event) = events.pop_front() {
            let before = (when == Show::Each).then(|| state.clone());
            let (next, effects) = state::update(state, event);
            state = next;
            for effect in effects {
                match world.perform(effect) {
                    // What follows from an event comes before whatever else happened.
                    Ok(follows) => follows
                        .into_iter()
                        .for_each(|event| events.push_front(event)),
                    Err(code) => return Some(code),
                }
            }
            if before.is_some_and(|before| !show(&before, &state)) {
                return None;
            }
        }
        if when == Show::Settled && !show(&state, &state) {
            return None;
        }
    }
}

/// What effects act on.
struct World {
    jobs: Jobs,
    /// For questions that run nothing.
    judge: Judge,
    catalog: Arc<Catalog>,
    hints: Hints,
}

impl World {
    /// Does what is quick at once, and says what came of it. An exit code is the end.
    fn perform(&mut self, effect: Effect) -> Result<Option<Event>, u8> {
        let course = &self.judge.course;
        let trouble = |error: Error| Event::Trouble(error.to_string());
        Ok(match effect {
            Effect::Start { number, kind, item } => {
                self.jobs.start(number, kind, item);
                None
            }
            Effect::Stop => {
                self.jobs.stop();
                None
            }
            Effect::FindStatuses => Some(
                workbench::statuses(&self.judge, &self.catalog)
                    .map_or_else(trouble, Event::Statuses),
            ),
            Effect::FindSolution(item) => self.exercise(item).map(|exercise| Event::Solution {
                item,
                text: edition::solution(course, exercise).map_err(|error| error.to_string()),
            }),
            Effect::TakeHints { item, count } => {
                let exercise = self.catalog.exercises().nth(item);
                exercise.and_then(|exercise| {
                    let taken = self.hints.take(exercise, count);
                    taken.err().map(trouble)
                })
            }
            Effect::Reset(item) => self.exercise(item).map(|exercise| Event::Reset {
                item,
                done: workbench::reset(course, &self.catalog, exercise)
                    .map_err(|error| error.to_string()),
            }),
            Effect::Quit { interrupted: true } => return Err(exit::INTERRUPTED),
            Effect::Quit { interrupted: false } => return Err(exit::OK),
        })
    }

    fn exercise(&self, item: usize) -> Option<&Exercise> {
        self.catalog.exercises().nth(item)
    }
}
