//! What `watch` knows, and how it changes: one event in, the next state and what is to be done out.
//! Nothing here reads a file, a clock or a terminal.

use std::time::Duration;

use findings::Verdict;

use super::page;
use crate::{
    commands::check::News,
    report::lines::{Line, Tone},
    workbench::{self, Reset, Status},
};

/// More lines than this of one run of `bench` are not kept.
const MOST_LINES: usize = 2000;

#[derive(Clone, Debug)]
pub struct State {
    /// Every exercise, in course order; never empty.
    pub items: Vec<Item>,
    /// Columns and rows of the terminal.
    pub size: (u16, u16),
    /// Time since the start.
    pub now: Duration,
    /// The exercise that keys are about, by its place in `items`.
    pub focus: usize,
    pub page: Page,
    /// The first line of the page that is shown.
    pub scroll: usize,
    /// The last check of the exercise in focus.
    pub check: Report,
    pub bench: Report,
    pub job: Option<Job>,
    /// How many jobs there were: the number of the last one.
    pub jobs: u64,
    pub notice: Option<Notice>,
    pub question: Option<Question>,
}

#[derive(Clone, Debug)]
pub struct Item {
    pub id: String,
    /// The name with its mark, as lists show it.
    pub marked_id: String,
    pub title: String,
    pub chapter: String,
    /// Of the learner's file, from the root of the course.
    pub path: String,
    pub points: u32,
    pub difficulty: u8,
    pub minutes: u32,
    pub hints: Vec<String>,
    pub hints_taken: usize,
    pub status: Status,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Page {
    /// What the last check said.
    Report,
    Hints,
    Solution {
        text: Text,
        /// It passed just now, and the next open exercise is this one.
        solved: Option<Option<usize>>,
    },
    Bench,
    List {
        cursor: usize,
        filter: Filter,
    },
}

/// The text of a solution.
#[derive(Clone, Debug, PartialEq)]
pub enum Text {
    /// Asked for.
    Awaited,
    /// This edition has none.
    Absent,
    Known(String),
}

/// Which exercises the list shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Filter {
    All,
    Open,
    Begun,
    Passed,
}

impl Filter {
    pub fn name(self) -> &'static str {
        match self {
            Filter::All => "all",
            Filter::Open => "open",
            Filter::Begun => "begun",
            Filter::Passed => "passed",
        }
    }

    pub fn shows(self, status: Status) -> bool {
        match self {
            Filter::All => true,
            Filter::Open => !status.is_pass(),
            Filter::Begun => status.is_started() && !status.is_pass(),
            Filter::Passed => status.is_pass(),
        }
    }

    fn next(self) -> Filter {
        match self {
            Filter::All => Filter::Open,
            Filter::Open => Filter::Begun,
            Filter::Begun => Filter::Passed,
            Filter::Passed => Filter::All,
        }
    }
}

/// What one job has said so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Report {
    /// The last ones of those that it said.
    pub lines: Vec<Line>,
    /// How many it said.
    pub said: usize,
    pub end: End,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub enum End {
    /// Not begun, or not ended.
    #[default]
    None,
    Checked(Verdict),
    Benched {
        succeeded: bool,
    },
    /// By a key.
    Stopped,
    /// The runner could not do it.
    Failed(String),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Check,
    Bench,
}

/// What runs.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    pub number: u64,
    pub kind: Kind,
    pub since: Duration,
    pub compiled: bool,
    pub passed: u32,
    pub failed: u32,
    /// A long wait that the runner announced.
    pub waits_for: Option<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Notice {
    pub text: String,
    /// An exercise that `g` goes to.
    pub offers: Option<usize>,
}

/// What only a `y` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Question {
    Reset,
    Reveal,
}

#[derive(Clone, Debug)]
pub enum Event {
    /// Comes before every other one, and now and then by itself.
    Clock(Duration),
    Key(Key),
    Resize(u16, u16),
    /// The file of an exercise was written; `changed` unless with what stood there.
    Saved {
        item: usize,
        changed: bool,
    },
    /// The file of an exercise is gone, and not for a moment.
    Vanished(usize),
    Job {
        number: u64,
        news: JobNews,
    },
    Statuses(Vec<Status>),
    Solution {
        item: usize,
        text: Result<Option<String>, String>,
    },
    Reset {
        item: usize,
        done: Result<Reset, String>,
    },
    /// Something that was to be done could not be done.
    Trouble(String),
    /// The exercise of that name is asked for.
    Go(String),
    /// A signal says that it is time to go.
    Interrupted,
}

#[derive(Clone, Debug)]
pub enum JobNews {
    Waits(String),
    News(News),
    Ended(End),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Char(char),
    CtrlC,
    Enter,
    Esc,
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
}

/// What is to be done, in this order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Ends the job that runs, if one does, and begins this one.
    Start {
        number: u64,
        kind: Kind,
        item: usize,
    },
    Stop,
    FindStatuses,
    FindSolution(usize),
    TakeHints {
        item: usize,
        count: usize,
    },
    Reset(usize),
    Quit {
        interrupted: bool,
    },
}

impl State {
    pub fn new(items: Vec<Item>, focus: usize, size: (u16, u16)) -> State {
        State {
            items,
            size,
            now: Duration::ZERO,
            focus,
            page: Page::Report,
            scroll: 0,
            check: Report::default(),
            bench: Report::default(),
            job: None,
            jobs: 0,
            notice: None,
            question: None,
        }
    }

    pub fn item(&self) -> &Item {
        &self.items[self.focus]
    }

    pub fn passed(&self) -> usize {
        self.items
            .iter()
            .filter(|item| item.status.is_pass())
            .count()
    }

    /// The exercises that the list shows.
    pub fn listed(&self, filter: Filter) -> Vec<usize> {
        (0..self.items.len())
            .filter(|&index| filter.shows(self.items[index].status))
            .collect()
    }
}

/// The first thing that `watch` does.
pub fn begin(state: State) -> (State, Vec<Effect>) {
    let mut next = Next::of(state);
    next.start(Kind::Check);
    next.done()
}

pub fn update(state: State, event: Event) -> (State, Vec<Effect>) {
    let mut next = Next::of(state);
    match event {
        Event::Clock(now) => next.state.now = now,
        Event::Key(key) => next.key(key),
        Event::Resize(columns, rows) => {
            next.state.size = (columns, rows);
            next.scroll_to(next.state.scroll);
        }
        Event::Saved { item, changed } => next.saved(item, changed),
        Event::Vanished(item) => next.vanished(item),
        Event::Job { number, news } => {
            // What an older job still has to say is of no interest.
            if next
                .state
                .job
                .as_ref()
                .is_some_and(|job| job.number == number)
            {
                next.news(news);
            }
        }
        Event::Statuses(statuses) => {
            for (item, status) in next.state.items.iter_mut().zip(statuses) {
                item.status = status;
            }
        }
        Event::Solution { item, text } => next.solution(item, text),
        Event::Reset { item, done } => next.was_reset(item, done),
        Event::Trouble(text) => next.say(text),
        Event::Go(id) => match next.state.items.iter().position(|item| item.id == id) {
            Some(item) => next.go(item),
            None => next.say(format!("there is no exercise `{id}`")),
        },
        Event::Interrupted => next.quit(true),
    }
    next.done()
}

/// A state on its way, and what is to be done.
struct Next {
    state: State,
    effects: Vec<Effect>,
}

impl Next {
    fn of(state: State) -> Next {
        Next {
            state,
            effects: Vec::new(),
        }
    }

    fn done(self) -> (State, Vec<Effect>) {
        (self.state, self.effects)
    }

    fn key(&mut self, key: Key) {
        if key == Key::CtrlC {
            return self.quit(true);
        }
        if let Some(question) = self.state.question.take() {
            return self.answer(question, key);
        }
        match key {
            Key::Up | Key::Char('k') => self.step(-1),
            Key::Down | Key::Char('j') => self.step(1),
            Key::PageUp => self.step(-self.screenful()),
            Key::PageDown | Key::Char(' ') => self.step(self.screenful()),
            Key::Home => self.step(isize::MIN),
            Key::End => self.step(isize::MAX),
            Key::Esc => self.back(),
            Key::Enter => self.enter(),
            Key::Char('h') => self.hint(),
            Key::Char('n') => self.next_exercise(),
            Key::Char('l') => self.list(),
            Key::Char('f') => self.filter(),
            Key::Char('b') => self.bench(),
            Key::Char('v') => self.reveal(),
            Key::Char('x') => self.state.question = Some(Question::Reset),
            Key::Char('r') => self.start(Kind::Check),
            Key::Char('g') => {
                if let Some(item) = self.state.notice.as_ref().and_then(|notice| notice.offers) {
                    self.go(item);
                }
            }
            Key::Char('q') => self.quit(false),
            Key::Char(_) | Key::CtrlC => {}
        }
    }

    fn answer(&mut self, question: Question, key: Key) {
        if !matches!(key, Key::Char('y' | 'Y')) {
            return;
        }
        let item = self.state.focus;
        self.effects.push(match question {
            Question::Reset => Effect::Reset(item),
            Question::Reveal => Effect::FindSolution(item),
        });
    }

    fn quit(&mut self, interrupted: bool) {
        self.effects
            .extend([Effect::Stop, Effect::Quit { interrupted }]);
    }

    fn say(&mut self, text: impl Into<String>) {
        self.state.notice = Some(Notice {
            text: text.into(),
            offers: None,
        });
    }

    fn open(&mut self, page: Page) {
        self.state.page = page;
        self.state.scroll = 0;
        self.state.notice = None;
    }

    /// Begins a job on the exercise in focus; whatever runs is ended.
    fn start(&mut self, kind: Kind) {
        if let Some(job) = self.state.job.take() {
            self.report(job.kind).end = End::Stopped;
        }
        *self.report(kind) = Report::default();
        let state = &mut self.state;
        state.jobs += 1;
        state.job = Some(Job {
            number: state.jobs,
            kind,
            since: state.now,
            compiled: false,
            passed: 0,
            failed: 0,
            waits_for: None,
        });
        state.question = None;
        self.effects.push(Effect::Start {
            number: state.jobs,
            kind,
            item: state.focus,
        });
        self.open(match kind {
            Kind::Check => Page::Report,
            Kind::Bench => Page::Bench,
        });
    }

    fn stop(&mut self) {
        if let Some(job) = self.state.job.take() {
            self.report(job.kind).end = End::Stopped;
            self.effects.push(Effect::Stop);
        }
    }

    fn report(&mut self, kind: Kind) -> &mut Report {
        match kind {
            Kind::Check => &mut self.state.check,
            Kind::Bench => &mut self.state.bench,
        }
    }

    fn go(&mut self, item: usize) {
        self.state.focus = item;
        self.state.bench = Report::default();
        self.start(Kind::Check);
    }

    fn back(&mut self) {
        match self.state.page {
            Page::Report => self.stop(),
            Page::Bench => {
                self.stop();
                self.open(Page::Report);
            }
            _ => self.open(Page::Report),
        }
    }

    fn enter(&mut self) {
        match &self.state.page {
            Page::List { cursor, filter } => {
                if let Some(&item) = self.state.listed(*filter).get(*cursor) {
                    self.go(item);
                }
            }
            Page::Solution {
                solved: Some(_), ..
            } => self.next_exercise(),
            Page::Report if self.state.check.end == End::Checked(Verdict::Pass) => {
                self.next_exercise();
            }
            _ => {}
        }
    }

    fn next_open(&self) -> Option<usize> {
        let statuses = self.state.items.iter().map(|item| item.status);
        workbench::next_open(statuses, self.state.focus)
    }

    fn next_exercise(&mut self) {
        match self.next_open() {
            Some(item) => self.go(item),
            None if self.state.item().status.is_pass() => self.say("every exercise passes"),
            None => self.say("every other exercise passes"),
        }
    }

    fn hint(&mut self) {
        let count = self.state.item().hints.len();
        let taken = self.state.item().hints_taken;
        let was_open = self.state.page == Page::Hints;
        if !was_open {
            self.open(Page::Hints);
        }
        if count == 0 {
            self.say("this exercise has no hints");
        } else if taken == 0 || was_open && taken < count {
            let item = self.state.focus;
            self.state.items[item].hints_taken = taken + 1;
            self.effects.push(Effect::TakeHints {
                item,
                count: taken + 1,
            });
        } else if was_open {
            self.say("that was the last hint");
        }
        self.scroll_to(page::last_hint(&self.state));
    }

    /// What is being measured is shown again; it begins anew only from its own page.
    fn bench(&mut self) {
        let measuring = matches!(
            self.state.job,
            Some(Job {
                kind: Kind::Bench,
                ..
            })
        );
        if measuring && self.state.page != Page::Bench {
            self.open(Page::Bench);
        } else {
            self.start(Kind::Bench);
        }
    }

    fn list(&mut self) {
        self.effects.push(Effect::FindStatuses);
        self.open(Page::List {
            cursor: self.state.focus,
            filter: Filter::All,
        });
    }

    fn filter(&mut self) {
        if let Page::List { cursor, filter } = self.state.page {
            let on = self.state.listed(filter).get(cursor).copied();
            // From an empty list it goes back to the exercise that is worked on.
            let on = on.unwrap_or(self.state.focus);
            let filter = filter.next();
            let listed = self.state.listed(filter);
            let cursor = listed
                .iter()
                .position(|item| *item >= on)
                .unwrap_or(listed.len().saturating_sub(1));
            self.open(Page::List { cursor, filter });
        }
    }

    fn reveal(&mut self) {
        if self.state.item().status.is_pass() {
            self.effects.push(Effect::FindSolution(self.state.focus));
        } else {
            self.state.question = Some(Question::Reveal);
        }
    }

    fn saved(&mut self, item: usize, changed: bool) {
        if changed {
            self.state.items[item].status = Status::Changed;
        }
        let checking = matches!(
            self.state.job,
            Some(Job {
                kind: Kind::Check,
                ..
            })
        );
        if item == self.state.focus {
            // Editors write twice; the same text again is no reason to begin anew.
            if changed || !checking {
                self.start(Kind::Check);
            }
            return;
        }
        let is_next = matches!(
            self.state.page,
            Page::Solution { solved: Some(next), .. } if next == Some(item)
        );
        if is_next {
            self.go(item);
        } else if changed {
            self.state.notice = Some(Notice {
                text: format!("you saved {}; g goes there", self.state.items[item].id),
                offers: Some(item),
            });
        }
    }

    fn vanished(&mut self, item: usize) {
        if item == self.state.focus {
            let path = &self.state.items[item].path;
            self.say(format!(
                "{path} is gone; save it again, or press x for the stub"
            ));
        }
    }

    fn news(&mut self, news: JobNews) {
        let Some(job) = &mut self.state.job else {
            return;
        };
        let kind = job.kind;
        match news {
            JobNews::Waits(text) => job.waits_for = Some(text),
            JobNews::News(News::Compiled) => {
                job.waits_for = None;
                job.compiled = true;
            }
            JobNews::News(News::Ran(verdict)) => {
                let count = if verdict.is_pass() {
                    &mut job.passed
                } else {
                    &mut job.failed
                };
                *count += 1;
            }
            JobNews::News(News::Lines(lines)) => {
                // Who reads the end of what streams in wants to stay there. A failure is read from its
                // beginning.
                let at_end = self.state.scroll >= self.last_scroll();
                let follow = match self.state.page {
                    Page::Bench => at_end,
                    Page::Report => at_end && self.state.scroll > 0,
                    _ => false,
                };
                let report = self.report(kind);
                report.said += lines.len();
                report.lines.extend(lines);
                if report.lines.len() > MOST_LINES {
                    report.lines.drain(..report.lines.len() - MOST_LINES);
                }
                if follow {
                    self.scroll_to(usize::MAX);
                }
            }
            JobNews::Ended(end) => {
                self.state.job = None;
                self.report(kind).end = end.clone();
                if let End::Checked(verdict) = end {
                    self.checked(verdict);
                }
            }
        }
    }

    fn checked(&mut self, verdict: Verdict) {
        let item = self.state.focus;
        self.state.items[item].status = Status::Judged { verdict };
        if !verdict.is_pass() {
            return;
        }
        if matches!(self.state.page, Page::List { .. }) {
            return self.say(format!("{} passes", self.state.items[item].id));
        }
        // What passes is worth comparing, and the next exercise is known.
        self.effects.push(Effect::FindSolution(item));
        let next = self.next_open();
        self.open(Page::Solution {
            text: Text::Awaited,
            solved: Some(next),
        });
    }

    fn solution(&mut self, item: usize, found: Result<Option<String>, String>) {
        if item != self.state.focus {
            return;
        }
        let text = match found {
            Ok(text) => text.map_or(Text::Absent, Text::Known),
            Err(message) => return self.say(message),
        };
        match &mut self.state.page {
            Page::Solution { text: shown, .. } => *shown = text,
            _ => {
                let passes = self.state.items[item].status.is_pass();
                let solved = passes.then(|| self.next_open());
                self.open(Page::Solution { text, solved });
            }
        }
    }

    fn was_reset(&mut self, item: usize, done: Result<Reset, String>) {
        let id = &self.state.items[item].id;
        self.say(match done {
            Ok(Reset::Untouched) => format!("{id} is the stub already"),
            Ok(Reset::Restored) => format!("the stub of {id} is back"),
            Ok(Reset::Kept(path)) => {
                let name = path.file_name().unwrap_or_default().display();
                format!("the stub of {id} is back; your file is {name}, beside it")
            }
            Err(message) => message,
        });
    }

    fn screenful(&self) -> isize {
        let rows = page::body_rows(&self.state).saturating_sub(1).max(1);
        isize::try_from(rows).unwrap_or(1)
    }

    /// Moves what is shown, or the cursor of the list.
    fn step(&mut self, by: isize) {
        if let Page::List { cursor, filter } = self.state.page {
            let last = self.state.listed(filter).len().saturating_sub(1);
            self.state.page = Page::List {
                cursor: cursor.saturating_add_signed(by).min(last),
                filter,
            };
        } else {
            self.scroll_to(self.state.scroll.saturating_add_signed(by));
        }
    }

    fn scroll_to(&mut self, line: usize) {
        self.state.scroll = line.min(self.last_scroll());
    }

    /// The first line on a screen that shows the last one.
    fn last_scroll(&self) -> usize {
        page::folded(&self.state)
            .len()
            .saturating_sub(page::body_rows(&self.state))
    }
}

/// A line that says what a person reads first about `verdict`.
pub fn headline(id: &str, verdict: Verdict) -> Line {
    Line::new(Tone::Headline(verdict), format!("{id}: {verdict}"))
}
