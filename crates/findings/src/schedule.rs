//! The schedule that broke a model, and its picture: one lane a thread.

use crate::Site;

/// One step of one thread.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Index into [`Schedule::threads`].
    pub thread: usize,
    /// `lock Fork 0`, `load tokens = 3`, `waits for Fork 1, held by P1`, `panics: …`.
    pub action: String,
    /// Where the program asked for it.
    pub site: Option<Site>,
}

/// What an explorer's threads did, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Schedule {
    /// Their names.
    pub threads: Vec<String>,
    pub steps: Vec<Step>,
}

/// Rows of steps that fit a screen together with what is said around them.
const ROWS: usize = 18;
/// Rows kept from the beginning of a longer schedule: how it was set up.
const FIRST_ROWS: usize = 2;
/// Narrower lanes than this are worse than none.
const NARROWEST_LANE: usize = 15;
const MOST_LANES: usize = 4;
/// Before the last row of each thread that the schedule ends on.
const MARK: char = '>';

impl Schedule {
    /// The schedule as text of at most `width` columns: time goes down, each thread has a lane, the
    /// rows it ends with are marked `>`. Long schedules lose their middle. No colour, no trailing
    /// blanks, no newline at the end.
    pub fn render(&self, width: usize) -> String {
        let files = Files::of(self);
        let mut lines = Vec::new();
        lines.extend(files.legend().iter().map(|line| shorten(line, width)));
        let (first, left_out) = match self.steps.len().checked_sub(ROWS) {
            None | Some(0) => (self.steps.len(), 0),
            // One row says what is left out.
            Some(more) => (FIRST_ROWS, more + 1),
        };
        let picture = self.picture(width, &files);
        lines.extend(picture.header());
        let fatal = self.fatal_from();
        for (at, step) in self.steps.iter().enumerate() {
            if at == first && left_out > 0 {
                lines.push(format!("  … {left_out} steps left out"));
            }
            if at < first || at >= first + left_out {
                lines.push(picture.row(step, at >= fatal));
            }
        }
        if self.steps.is_empty() {
            lines.push("(no steps)".to_owned());
        }
        for line in &mut lines {
            line.truncate(line.trim_end().len());
        }
        lines.join("\n")
    }

    /// The first of the rows that say how it ends: the last one, and the waits right before it.
    fn fatal_from(&self) -> usize {
        let ends = |step: &&Step| step.action.starts_with("waits ") || step.action == "is parked";
        let waits = self.steps.iter().rev().take_while(ends).count();
        self.steps.len().saturating_sub(waits.max(1))
    }

    fn picture<'a>(&'a self, width: usize, files: &'a Files) -> Picture<'a> {
        let sites = self
            .steps
            .iter()
            .filter_map(|step| step.site.as_ref())
            .map(|site| columns(&files.show(site)))
            .max()
            .unwrap_or(0)
            .min(width / 3);
        let lanes = self.threads.len().max(1);
        // Two for the mark, two before the site, three between lanes.
        let room = width.saturating_sub(2 + if sites > 0 { sites + 2 } else { 0 });
        let lane = room.saturating_sub(3 * (lanes - 1)) / lanes;
        let longest = self
            .steps
            .iter()
            .map(|step| columns(&step.action))
            .max()
            .unwrap_or(0);
        let names = self
            .threads
            .iter()
            .map(|name| columns(name))
            .max()
            .unwrap_or(0);
        let form = if lanes > MOST_LANES || lane < NARROWEST_LANE {
            let name = names.min(width / 4);
            Form::List {
                name,
                action: room.saturating_sub(name + 2).min(longest),
            }
        } else {
            Form::Lanes(lane.min(longest.max(names)).max(1))
        };
        Picture {
            threads: &self.threads,
            form,
            sites,
            files,
        }
    }
}

enum Form {
    /// Columns of a lane.
    Lanes(usize),
    /// Columns of the name and of the action.
    List { name: usize, action: usize },
}

struct Picture<'a> {
    threads: &'a [String],
    form: Form,
    /// Columns of a site.
    sites: usize,
    files: &'a Files,
}

impl Picture<'_> {
    fn header(&self) -> Vec<String> {
        let Form::Lanes(lane) = self.form else {
            return Vec::new();
        };
        if self.threads.is_empty() {
            return Vec::new();
        }
        let names: Vec<String> = self.threads.iter().map(|name| pad(name, lane)).collect();
        let rule = vec!["─".repeat(lane); self.threads.len()];
        vec![
            format!("  {}", names.join(" │ ")),
            format!("  {}", rule.join("─┼─")),
        ]
    }

    fn row(&self, step: &Step, fatal: bool) -> String {
        let mark = if fatal { MARK } else { ' ' };
        let body = match self.form {
            Form::Lanes(lane) => (0..self.threads.len().max(1))
                .map(|thread| {
                    let action = if thread == step.thread {
                        &step.action
                    } else {
                        ""
                    };
                    pad(action, lane)
                })
                .collect::<Vec<_>>()
                .join(" │ "),
            Form::List { name, action } => {
                let who = self.threads.get(step.thread).map_or("?", String::as_str);
                format!("{}  {}", pad(who, name), pad(&step.action, action))
            }
        };
        let site = step
            .site
            .as_ref()
            .map(|site| shorten_front(&self.files.show(site), self.sites))
            .unwrap_or_default();
        format!("{mark} {body}  {site}")
    }
}

/// The files of a schedule, in order of first use: named once, before the picture.
struct Files(Vec<String>);

impl Files {
    /// More than these are not named by letters.
    const MOST: usize = 4;

    fn of(schedule: &Schedule) -> Self {
        let mut files: Vec<String> = Vec::new();
        for site in schedule.steps.iter().filter_map(|step| step.site.as_ref()) {
            if !files.contains(&site.file) {
                files.push(site.file.clone());
            }
        }
        Files(files)
    }

    /// The names of the files, a line each.
    fn legend(&self) -> Vec<String> {
        let path = |file: &String| {
            let site = Site {
                file: file.clone(),
                line: 0,
            };
            site.path()
        };
        match self.0.as_slice() {
            [one] => vec![format!("in {}", path(one))],
            some if some.len() <= Self::MOST => some
                .iter()
                .zip('a'..)
                .enumerate()
                .map(|(index, (file, letter))| {
                    let head = if index == 0 { "in" } else { "  " };
                    format!("{head} {letter} {}", path(file))
                })
                .collect(),
            _ => Vec::new(),
        }
    }

    /// `:41`, `a:41`, or, of too many files, `src/dining.rs:41`.
    fn show(&self, site: &Site) -> String {
        let letter = self
            .0
            .iter()
            .zip('a'..)
            .find(|(file, _)| **file == site.file);
        match (self.0.len(), letter) {
            (1, _) => format!(":{}", site.line),
            (2..=Self::MOST, Some((_, letter))) => format!("{letter}:{}", site.line),
            _ => site.to_string(),
        }
    }
}

fn pad(text: &str, width: usize) -> String {
    let mut text = shorten(text, width);
    let missing = width.saturating_sub(columns(&text));
    text.extend(std::iter::repeat_n(' ', missing));
    text
}

/// The beginning of `text`, in one line, ending in `…` if there is more.
fn shorten(text: &str, width: usize) -> String {
    let text: String = text
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if columns(&text) <= width {
        return text;
    }
    let mut short = String::new();
    let mut used = 1;
    for c in text.chars() {
        used += column(c);
        if used > width {
            break;
        }
        short.push(c);
    }
    if width > 0 {
        short.push('…');
    }
    short
}

/// The end of `text`, where a path says the most.
fn shorten_front(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let kept: String = text.chars().rev().take(width.saturating_sub(1)).collect();
    format!("…{}", kept.chars().rev().collect::<String>())
}

fn columns(text: &str) -> usize {
    text.chars().map(column).sum()
}

/// How wide a terminal draws `c`: an approximation of Unicode's East Asian Width that knows the
/// combining marks and the blocks in use.
fn column(c: char) -> usize {
    match c as u32 {
        0x300..=0x36F | 0x200B..=0x200F | 0xFE00..=0xFE0F => 0,
        0x1100..=0x115F
        | 0x2E80..=0xA4CF
        | 0xAC00..=0xD7A3
        | 0xF900..=0xFAFF
        | 0xFE30..=0xFE6F
        | 0xFF00..=0xFF60
        | 0xFFE0..=0xFFE6
        | 0x1F300..=0x1FAFF
        | 0x20000..=0x3FFFD => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule(threads: &[&str], steps: &[(usize, &str, &str, u32)]) -> Schedule {
        Schedule {
            threads: threads.iter().map(|name| (*name).to_owned()).collect(),
            steps: steps
                .iter()
                .map(|&(thread, action, file, line)| Step {
                    thread,
                    action: action.to_owned(),
                    site: (!file.is_empty()).then(|| Site {
                        file: file.to_owned(),
                        line,
                    }),
                })
                .collect(),
        }
    }

    const DINING: &str = "chapters/04-classic-problems/src/dining.rs";
    const MODEL: &str = "chapters/04-classic-problems/models/dining.rs";

    #[test]
    fn a_deadlock_has_a_lane_a_thread_and_its_waits_marked() {
        let schedule = schedule(
            &["P0", "P1"],
            &[
                (0, "lock Fork 0", DINING, 41),
                (1, "lock Fork 1", DINING, 41),
                (0, "waits for Fork 1, held by P1", DINING, 42),
                (1, "waits for Fork 0, held by P0", DINING, 42),
            ],
        );
        insta::assert_snapshot!(schedule.render(80), @"
        in chapters/04-classic-problems/src/dining.rs
          P0                           │ P1
          ─────────────────────────────┼─────────────────────────────
          lock Fork 0                  │                               :41
                                       │ lock Fork 1                   :41
        > waits for Fork 1, held by P1 │                               :42
        >                              │ waits for Fork 0, held by P0  :42
        ");
    }

    #[test]
    fn two_files_get_letters_and_long_actions_are_cut() {
        let schedule = schedule(
            &["main", "a thread with quite a name"],
            &[
                (0, "spawn a thread with quite a name", MODEL, 9),
                (1, "CAS a_counter_with_a_long_name: 1 → 2", DINING, 7),
                (
                    0,
                    "panics: 食べる哲学者は一人だけのはずなのに二人いる",
                    MODEL,
                    12,
                ),
            ],
        );
        insta::assert_snapshot!(schedule.render(60), @"
        in a chapters/04-classic-problems/models/dining.rs
           b chapters/04-classic-problems/src/dining.rs
          main                     │ a thread with quite a n…
          ─────────────────────────┼─────────────────────────
          spawn a thread with qui… │                           a:9
                                   │ CAS a_counter_with_a_lo…  b:7
        > panics: 食べる哲学者は…  │                           a:12
        ");
    }

    #[test]
    fn more_than_four_threads_are_a_list() {
        let schedule = schedule(
            &["main", "P1", "P2", "P3", "P4"],
            &[
                (4, "lock Fork 2", DINING, 41),
                (0, "waits for the end of P1", "", 0),
            ],
        );
        insta::assert_snapshot!(schedule.render(80), @"
        in chapters/04-classic-problems/src/dining.rs
          P4    lock Fork 2              :41
        > main  waits for the end of P1
        ");
    }

    #[test]
    fn a_long_schedule_loses_its_middle() {
        let steps: Vec<_> = (1..=40).map(|line| (0, "spin", DINING, line)).collect();
        let text = schedule(&["main"], &steps).render(80);
        insta::assert_snapshot!(text, @"
        in chapters/04-classic-problems/src/dining.rs
          main
          ────
          spin  :1
          spin  :2
          … 23 steps left out
          spin  :26
          spin  :27
          spin  :28
          spin  :29
          spin  :30
          spin  :31
          spin  :32
          spin  :33
          spin  :34
          spin  :35
          spin  :36
          spin  :37
          spin  :38
          spin  :39
        > spin  :40
        ");
    }

    #[test]
    fn nothing_done_is_said() {
        insta::assert_snapshot!(Schedule::default().render(80), @"(no steps)");
        insta::assert_snapshot!(schedule(&["main"], &[]).render(80), @r"
          main
          ────
        (no steps)
        ");
    }

    #[test]
    fn no_line_is_wider_than_asked() {
        let schedule = schedule(
            &["first", "second", "third", "fourth"],
            &[
                (
                    2,
                    "load a_name_that_goes_on_and_on = 18446744073709551615",
                    DINING,
                    10_000,
                ),
                (3, "食食食食食食食食食食食食食食食食食食食食", MODEL, 1),
            ],
        );
        for width in [30, 40, 60, 80, 120] {
            for line in schedule.render(width).lines() {
                assert!(columns(line) <= width, "{width}: {line}");
            }
        }
    }
}
