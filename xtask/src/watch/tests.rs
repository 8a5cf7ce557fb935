//! States from event to event, and the screens that they draw, at several sizes.

use std::time::Duration;

use findings::Verdict;

use super::{
    page, plain,
    state::{self, Effect, End, Event, Filter, Item, JobNews, Key, Kind, Page, State, update},
    view,
};
use crate::{
    commands::check::News,
    report::lines::{Line, Tone},
    workbench::{Reset, Status},
};

fn item(id: &str, status: Status) -> Item {
    Item {
        id: id.to_owned(),
        marked_id: id.to_owned(),
        title: format!("The title of {id}"),
        chapter: "ch04  Well-known problems".to_owned(),
        path: format!("chapters/04-classic-problems/src/{id}.rs"),
        points: 10,
        difficulty: 2,
        minutes: 30,
        hints: ["Look.", "Think.", "Write\nthis:\n    let x = 1;"]
            .map(str::to_owned)
            .to_vec(),
        hints_taken: 0,
        status,
    }
}

const fn judged(verdict: Verdict) -> Status {
    Status::Judged { verdict }
}

/// `watch` in the middle: `passed` is done, `now` is worked on, `later` is not begun.
struct Watch {
    state: State,
}

impl Watch {
    fn new() -> Watch {
        let items = vec![
            item("passed", judged(Verdict::Pass)),
            item("now", Status::Changed),
            item("later", judged(Verdict::NotStarted)),
        ];
        let (state, effects) = state::begin(State::new(items, 1, (80, 24)));
        assert_eq!(effects, [start(1, Kind::Check, 1)]);
        Watch { state }
    }

    fn does(&mut self, event: Event) -> Vec<Effect> {
        let (state, effects) = update(self.state.clone(), event);
        self.state = state;
        effects
    }

    fn key(&mut self, key: char) -> Vec<Effect> {
        self.does(Event::Key(Key::Char(key)))
    }

    fn news(&mut self, news: News) {
        let number = self.state.jobs;
        let news = JobNews::News(news);
        assert_eq!(self.does(Event::Job { number, news }), []);
    }

    fn ends(&mut self, end: End) -> Vec<Effect> {
        let number = self.state.jobs;
        let news = JobNews::Ended(end);
        self.does(Event::Job { number, news })
    }

    fn says(&mut self, count: usize) {
        let lines = (1..=count).map(|n| Line::plain(format!("line {n}")));
        self.news(News::Lines(lines.collect()));
    }

    fn solution(&mut self, item: usize) {
        let text = Ok(Some("pub fn now() {}\n".to_owned()));
        assert_eq!(self.does(Event::Solution { item, text }), []);
    }

    fn at(&mut self, columns: u16, rows: u16) -> String {
        assert_eq!(self.does(Event::Resize(columns, rows)), []);
        self.screen()
    }

    /// What is drawn; `<` marks a reversed row.
    fn screen(&self) -> String {
        let rows = view::draw(&self.state);
        assert_eq!(rows.len(), usize::from(self.state.size.1));
        rows.iter()
            .map(|row| {
                let text = row.line.text();
                assert!(row.line.width() <= usize::from(self.state.size.0), "{text}");
                let mark = if row.reversed { " <" } else { "" };
                format!("{}{mark}\n", text.trim_end())
            })
            .collect()
    }
}

fn start(number: u64, kind: Kind, item: usize) -> Effect {
    Effect::Start { number, kind, item }
}

fn failure() -> News {
    News::Lines(vec![
        Line::plain("  ")
            .and(Tone::Verdict(Verdict::Deadlock), "Deadlock")
            .and(Tone::Plain, "         test two_can_eat"),
        Line::empty(),
        Line::plain("P0 holds Fork 0, waits for Fork 1, held by P1"),
        Line::empty(),
        Line::new(Tone::Headline(Verdict::Deadlock), "now: Deadlock")
            .and(Tone::Plain, ", 2 of 3 pass"),
    ])
}

#[test]
fn a_run_counts_its_tests_and_its_seconds() {
    let mut watch = Watch::new();
    assert_eq!(page::status(&watch.state).text(), " compiling, 0.0 s");
    watch.does(Event::Clock(Duration::from_millis(1500)));
    watch.news(News::Compiled);
    watch.news(News::Ran(Verdict::Pass));
    watch.news(News::Ran(Verdict::Deadlock));
    watch.news(News::Ran(Verdict::Pass));
    insta::assert_snapshot!(watch.screen(), @r"
     now  The title of now                                              1 of 3 pass <
     chapters/04-classic-problems/src/now.rs
     running, 2 passed, 1 failed, 1.5 s
    ────────────────────────────────────────────────────────────────────────────────


















    ────────────────────────────────────────────────────────────────────────────────
     h hint  n next  l list  esc stop  r again  v reveal  b bench  x reset  q quit
    ");
    watch.does(Event::Clock(Duration::from_secs(7)));
    assert_eq!(
        page::status(&watch.state).text(),
        " running, 2 passed, 1 failed, 7.0 s  (esc stops it, and so does a save)"
    );
}

#[test]
fn a_failure_fits_small_screens_too() {
    let mut watch = Watch::new();
    watch.news(failure());
    assert_eq!(watch.ends(End::Checked(Verdict::Deadlock)), []);
    insta::assert_snapshot!(watch.screen(), @r"
     now  The title of now                                              1 of 3 pass <
     chapters/04-classic-problems/src/now.rs
     Deadlock
    ────────────────────────────────────────────────────────────────────────────────
      Deadlock         test two_can_eat

    P0 holds Fork 0, waits for Fork 1, held by P1

    now: Deadlock, 2 of 3 pass













    ────────────────────────────────────────────────────────────────────────────────
     h hint  n next  l list  r again  v reveal  b bench  x reset  q quit
    ");
    insta::assert_snapshot!(watch.at(34, 9), @r"
     now  The title of n  1 of 3 pass <
     Deadlock
    ──────────────────────────────────
      Deadlock         test
      two_can_eat

    P0 holds Fork 0, waits for Fork 1,
    ── lines 1-4 of 7, PgUp PgDn ─────
     h hint  n next  l list  q quit
    ");
    insta::assert_snapshot!(watch.at(20, 4), @r"
    now    1 of 3 pass <
    Deadlock
     Deadlock
    h hint  q quit
    ");
    assert_eq!(watch.at(10, 1), " Deadlock\n");
    // Nothing to stand on, and nothing that breaks.
    for columns in 0..40 {
        for rows in 0..12 {
            for key in ['h', 'l', 'x', 'r'] {
                let mut watch = Watch::new();
                watch.says(3);
                watch.key(key);
                watch.at(columns, rows);
            }
        }
    }
}

#[test]
fn a_pass_shows_the_solution_and_what_comes_next() {
    let mut watch = Watch::new();
    watch.news(News::Lines(vec![
        Line::new(Tone::Headline(Verdict::Pass), "now: Pass").and(Tone::Plain, ", 3 of 3 pass"),
    ]));
    assert_eq!(
        watch.ends(End::Checked(Verdict::Pass)),
        [Effect::FindSolution(1)]
    );
    watch.solution(1);
    insta::assert_snapshot!(watch.screen(), @r"
     now  The title of now                                              2 of 3 pass <
     chapters/04-classic-problems/src/now.rs
     Pass
    ────────────────────────────────────────────────────────────────────────────────
    now: Pass, 3 of 3 pass
    Next: later  chapters/04-classic-problems/src/later.rs  (n, or save it)

    The reference solution

    pub fn now() {}












    ────────────────────────────────────────────────────────────────────────────────
     h hint  n next  l list  esc back  r again  v reveal  b bench  x reset  q quit
    ");
    // A save of the next exercise goes there, and so do two keys.
    let saved = Event::Saved {
        item: 2,
        changed: true,
    };
    for event in [saved, Event::Key(Key::Enter), Event::Key(Key::Char('n'))] {
        let mut watch = Watch {
            state: watch.state.clone(),
        };
        assert_eq!(watch.does(event), [start(2, Kind::Check, 2)]);
        assert_eq!((watch.state.focus, &watch.state.page), (2, &Page::Report));
    }
    // Another save of the exercise that passed checks that again.
    let again = Event::Saved {
        item: 1,
        changed: true,
    };
    assert_eq!(watch.does(again), [start(2, Kind::Check, 1)]);
}

#[test]
fn the_last_pass_says_that_all_is_done() {
    let mut watch = Watch::new();
    watch.state.items[2].status = judged(Verdict::Pass);
    watch.ends(End::Checked(Verdict::Pass));
    watch.solution(1);
    assert!(watch.screen().contains("Every exercise passes."));
    assert_eq!(watch.key('n'), []);
    assert!(watch.screen().contains("every exercise passes"));
}

#[test]
fn a_save_ends_whatever_runs_and_the_same_text_again_does_not() {
    let mut watch = Watch::new();
    let saved = |changed| Event::Saved { item: 1, changed };
    assert_eq!(watch.does(saved(false)), [], "it is being checked");
    assert_eq!(watch.does(saved(true)), [start(2, Kind::Check, 1)]);
    watch.ends(End::Checked(Verdict::Panic));
    assert_eq!(watch.does(saved(false)), [start(3, Kind::Check, 1)]);
    assert_eq!(watch.key('b'), [start(4, Kind::Bench, 1)]);
    assert_eq!(watch.state.check.end, End::Stopped);
    assert_eq!(watch.does(saved(false)), [start(5, Kind::Check, 1)]);
    assert_eq!(watch.state.bench.end, End::Stopped);
    assert_eq!(watch.state.page, Page::Report);
}

#[test]
fn what_an_ended_run_still_says_is_not_heard() {
    let mut watch = Watch::new();
    watch.key('r');
    let stale = Event::Job {
        number: 1,
        news: JobNews::Ended(End::Checked(Verdict::Pass)),
    };
    assert_eq!(watch.does(stale), []);
    assert!(watch.state.job.is_some());
    assert_eq!(watch.does(Event::Key(Key::Esc)), [Effect::Stop]);
    assert_eq!(watch.ends(End::Checked(Verdict::Pass)), []);
    assert_eq!(watch.state.check.end, End::Stopped);
    assert_eq!(watch.state.items[1].status, Status::Changed);
}

#[test]
fn each_press_of_h_takes_one_hint_more_and_looking_again_takes_none() {
    let mut watch = Watch::new();
    watch.ends(End::Checked(Verdict::Deadlock));
    let take = |count| [Effect::TakeHints { item: 1, count }];
    assert_eq!(watch.key('h'), take(1));
    assert_eq!(watch.key('h'), take(2));
    watch.does(Event::Key(Key::Esc));
    assert_eq!(watch.key('h'), []);
    assert_eq!(watch.state.items[1].hints_taken, 2);
    assert_eq!(watch.key('h'), take(3));
    insta::assert_snapshot!(watch.screen(), @r"
     now  The title of now                                              1 of 3 pass <
     chapters/04-classic-problems/src/now.rs
     3 of 3 hints
    ────────────────────────────────────────────────────────────────────────────────
    Hint 1 of 3
    Look.

    Hint 2 of 3
    Think.

    Hint 3 of 3
    Write this:
        let x = 1;









    ────────────────────────────────────────────────────────────────────────────────
     h hint  n next  l list  esc back  r again  v reveal  b bench  x reset  q quit
    ");
    assert_eq!(watch.key('h'), []);
    assert!(watch.screen().contains("that was the last hint"));
    // Where the page is longer than the screen, the hint just taken is on it.
    watch.state.items[1].hints_taken = 2;
    watch.at(80, 9);
    watch.key('h');
    assert!(watch.screen().contains("Hint 3 of 3"), "{}", watch.screen());
}

#[test]
fn an_exercise_that_may_be_unsafe_is_marked_above_its_verdict_and_in_the_list() {
    let mut watch = Watch::new();
    watch.state.items[1].marked_id = "now (unsafe)".to_owned();
    watch.ends(End::Checked(Verdict::Deadlock));
    let page = watch.screen();
    assert!(
        page.starts_with(" now (unsafe)  The title of now "),
        "{page}"
    );
    watch.key('l');
    let list = watch.screen();
    assert!(
        list.contains("\n> now (unsafe)             Deadlock "),
        "{list}"
    );
    assert!(
        list.contains("\n  later                    NotStarted "),
        "{list}"
    );
}

#[test]
fn the_list_is_filtered_and_its_cursor_stays_on_it() {
    let mut watch = Watch::new();
    watch.ends(End::Checked(Verdict::Deadlock));
    assert_eq!(watch.key('l'), [Effect::FindStatuses]);
    let statuses = watch.state.items.iter().map(|item| item.status).collect();
    assert_eq!(watch.does(Event::Statuses(statuses)), []);
    insta::assert_snapshot!(watch.screen(), @r"
     now  The title of now                                              1 of 3 pass <
     chapters/04-classic-problems/src/now.rs
     3 of 3 exercises, filter: all
    ────────────────────────────────────────────────────────────────────────────────
    ch04  Well-known problems
      passed                   Pass             10 points  **      30 min
    > now                      Deadlock         10 points  **      30 min <
      later                    NotStarted       10 points  **      30 min














    ────────────────────────────────────────────────────────────────────────────────
     enter go there  ↑ ↓ move  f filter  esc back  q quit
    ");
    watch.does(Event::Key(Key::Down));
    watch.does(Event::Key(Key::Down));
    watch.key('f');
    let open = Page::List {
        cursor: 1,
        filter: Filter::Open,
    };
    assert_eq!(watch.state.page, open);
    watch.key('f');
    watch.key('f');
    insta::assert_snapshot!(watch.at(60, 7), @r"
     now  The title of now                          1 of 3 pass <
     1 of 3 exercises, filter: passed
    ch04  Well-known problems
      passed                   Pass             10 points  ** <


     enter go there  ↑ ↓ move  f filter  esc back  q quit
    ");
    assert_eq!(
        watch.does(Event::Key(Key::Enter)),
        [start(2, Kind::Check, 0)]
    );
}

#[test]
fn an_empty_filter_is_said_and_nothing_can_be_chosen_in_it() {
    let mut watch = Watch::new();
    watch.state.items.truncate(2);
    watch.state.items[0].status = judged(Verdict::NotStarted);
    watch.state.items[1].status = judged(Verdict::NotStarted);
    watch.key('l');
    for _ in 0..2 {
        watch.key('f');
    }
    assert!(watch.screen().contains("none"), "{}", watch.screen());
    for key in [Key::Down, Key::Up, Key::PageDown, Key::End, Key::Enter] {
        assert_eq!(watch.does(Event::Key(key)), []);
    }
}

#[test]
fn a_long_page_scrolls_between_its_ends() {
    let mut watch = Watch::new();
    watch.says(50);
    let shown = |watch: &Watch| {
        let screen = watch.screen();
        let lines = screen.lines().filter_map(|line| line.strip_prefix("line "));
        let numbers: Vec<u32> = lines.map(|number| number.parse().unwrap()).collect();
        (numbers[0], *numbers.last().unwrap())
    };
    assert_eq!(shown(&watch), (1, 18));
    watch.does(Event::Key(Key::PageDown));
    assert_eq!(
        shown(&watch),
        (18, 35),
        "a page, and one line to find one's place"
    );
    watch.does(Event::Key(Key::End));
    assert_eq!(shown(&watch), (33, 50));
    watch.does(Event::Key(Key::Down));
    assert_eq!(shown(&watch), (33, 50));
    watch.does(Event::Key(Key::Up));
    assert_eq!(shown(&watch), (32, 49));
    assert!(watch.screen().contains("lines 32-49 of 50"));
    // A larger screen shows no emptiness below the end.
    watch.at(80, 40);
    assert_eq!(shown(&watch), (17, 50));
    watch.does(Event::Key(Key::Home));
    assert_eq!(shown(&watch), (1, 34));
}

#[test]
fn a_bench_is_followed_to_its_end_unless_somebody_reads_above() {
    let mut watch = Watch::new();
    watch.key('b');
    watch.says(30);
    assert!(watch.screen().contains("line 30"));
    watch.does(Event::Key(Key::Home));
    watch.says(30);
    assert!(watch.screen().contains("lines 1-18 of 60"));
    watch.ends(End::Benched { succeeded: true });
    assert!(watch.screen().contains(" measured"));
    // However much it says, memory has an end.
    watch.key('b');
    watch.says(5000);
    assert_eq!(watch.state.bench.lines.len(), 2000);
    assert_eq!(watch.state.bench.said, 5000);
}

#[test]
fn a_bench_goes_on_behind_another_page() {
    let mut watch = Watch::new();
    watch.key('b');
    watch.says(1);
    watch.key('h');
    assert!(watch.screen().contains(" measuring"));
    assert_eq!(watch.key('b'), [], "shown again, not begun again");
    assert!(watch.screen().contains("line 1"));
    assert_eq!(watch.key('b'), [start(3, Kind::Bench, 1)]);
    assert!(!watch.screen().contains("line 1"));
    assert_eq!(watch.does(Event::Key(Key::Esc)), [Effect::Stop]);
    assert_eq!(watch.state.page, Page::Report);
}

#[test]
fn only_y_puts_the_stub_back() {
    for key in ['n', 'x', 'q', 'Y', 'y'] {
        let mut watch = Watch::new();
        watch.key('x');
        assert!(watch.screen().contains("Put the stub of now back?"));
        let effects = watch.key(key);
        if key.eq_ignore_ascii_case(&'y') {
            assert_eq!(effects, [Effect::Reset(1)]);
        } else {
            assert_eq!(effects, [], "{key}");
        }
        assert_eq!(watch.state.question, None);
    }
    let mut watch = Watch::new();
    let done = Ok(Reset::Kept("src/now.rs.old".into()));
    watch.does(Event::Reset { item: 1, done });
    assert!(
        watch
            .screen()
            .contains("your file is now.rs.old, beside it")
    );
}

#[test]
fn a_solution_is_shown_after_a_pass_or_to_those_who_insist() {
    let mut watch = Watch::new();
    assert_eq!(watch.key('v'), []);
    assert_eq!(
        watch.key('n'),
        [],
        "the question is answered, no exercise skipped"
    );
    watch.key('v');
    assert_eq!(watch.key('y'), [Effect::FindSolution(1)]);
    watch.solution(1);
    assert!(watch.screen().contains("pub fn now() {}"));
    assert!(!watch.screen().contains("Next"));
    watch.state.items[1].status = judged(Verdict::Pass);
    assert_eq!(watch.key('v'), [Effect::FindSolution(1)]);
    // An edition without solutions says so.
    watch.does(Event::Solution {
        item: 1,
        text: Ok(None),
    });
    assert!(watch.screen().contains("has no reference solutions"));
}

#[test]
fn another_exercise_that_is_saved_is_offered_and_only_then() {
    let mut watch = Watch::new();
    assert_eq!(watch.key('g'), []);
    let saved = |changed| Event::Saved { item: 2, changed };
    assert_eq!(watch.does(saved(false)), []);
    assert_eq!(watch.state.notice, None);
    assert_eq!(watch.does(saved(true)), []);
    assert!(watch.state.job.is_some(), "what runs goes on");
    assert!(watch.screen().contains("you saved later; g goes there"));
    assert_eq!(watch.key('g'), [start(2, Kind::Check, 2)]);
    assert_eq!(watch.state.notice, None);
}

#[test]
fn an_error_of_ours_is_read_whole() {
    let mut watch = Watch::new();
    let message = "the libraries do not build; mend what Cargo says:\nerror: no space left";
    watch.ends(End::Failed(message.to_owned()));
    let screen = watch.screen();
    assert!(screen.contains("error: no space left"), "{screen}");
    assert!(screen.contains("(r tries again)"), "{screen}");
    assert_eq!(watch.key('r'), [start(2, Kind::Check, 1)]);
}

#[test]
fn ctrl_c_quits_from_everywhere() {
    for keys in ["", "h", "l", "x", "v", "b"] {
        let mut watch = Watch::new();
        for key in keys.chars() {
            watch.key(key);
        }
        let effects = watch.does(Event::Key(Key::CtrlC));
        assert_eq!(effects, [Effect::Stop, Effect::Quit { interrupted: true }]);
    }
}

#[test]
fn without_a_terminal_each_thing_is_said_once() {
    let mut watch = Watch::new();
    let mut said = Vec::new();
    let mut step = |watch: &mut Watch, event: Event| {
        let before = watch.state.clone();
        watch.does(event);
        let lines = plain::said(&before, &watch.state);
        said.extend(lines.iter().map(|line| line.text().trim_end().to_owned()));
    };
    let job = |number, news| Event::Job { number, news };
    step(&mut watch, Event::Key(Key::Char('r')));
    step(&mut watch, job(2, JobNews::Waits("building".to_owned())));
    step(&mut watch, job(2, JobNews::News(News::Compiled)));
    step(&mut watch, job(2, JobNews::News(failure())));
    step(
        &mut watch,
        job(2, JobNews::Ended(End::Checked(Verdict::Deadlock))),
    );
    for key in "hhxn".chars() {
        step(&mut watch, Event::Key(Key::Char(key)));
    }
    let saved = Event::Saved {
        item: 2,
        changed: true,
    };
    step(&mut watch, saved);
    step(&mut watch, Event::Go("nothing".to_owned()));
    step(&mut watch, Event::Go("later".to_owned()));
    insta::assert_snapshot!(said.join("\n"), @r"

    checking now  chapters/04-classic-problems/src/now.rs
    building …
      Deadlock         test two_can_eat

    P0 holds Fork 0, waits for Fork 1, held by P1

    now: Deadlock, 2 of 3 pass

    Hint 1 of 3
    Look.

    2 more hints: h

    Hint 2 of 3
    Think.

    One more hint: h
    Put the stub of now back? Your file is kept beside it. (y/n)
    you saved later; g goes there
    there is no exercise `nothing`

    checking later  chapters/04-classic-problems/src/later.rs
    ");
}
