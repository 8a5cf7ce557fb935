//! The terminal: takes it over, paints rows on it, and gives it back as it was, also after a panic.

use std::{
    io::{self, Write as _},
    panic,
    sync::{
        Once,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use crossterm::{
    cursor::{Hide, MoveTo, Show},
    event::{self, KeyCode, KeyEventKind, KeyModifiers},
    queue,
    style::ResetColor,
    terminal::{
        self, BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate,
        EnterAlternateScreen, LeaveAlternateScreen,
    },
};

use super::{state::Key, view::Row};
use crate::report::lines::{Tone, without_colour};

/// Whether the terminal is ours. Set and cleared on the thread that paints, or on one that panics;
/// Relaxed, since nothing else is published by it.
static TAKEN: AtomicBool = AtomicBool::new(false);
/// A panic gave the terminal back. Relaxed for the same reason.
static BROKEN: AtomicBool = AtomicBool::new(false);

/// The terminal, until it is dropped.
pub struct Screen {
    /// What stands on it.
    rows: Vec<Row>,
    size: (u16, u16),
    coloured: bool,
}

impl Screen {
    pub fn open() -> io::Result<Screen> {
        give_back_after_a_panic();
        terminal::enable_raw_mode()?;
        TAKEN.store(true, Ordering::Relaxed);
        let screen = Screen {
            rows: Vec::new(),
            size: (0, 0),
            coloured: std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty()),
        };
        let mut out = io::stdout().lock();
        queue!(out, EnterAlternateScreen, Hide)?;
        out.flush()?;
        Ok(screen)
    }

    /// Shows `rows` on a terminal of `size`: the rows that differ from what stands there.
    pub fn paint(&mut self, rows: Vec<Row>, size: (u16, u16)) -> io::Result<()> {
        if size == self.size && rows == self.rows {
            return Ok(());
        }
        let mut bytes = Vec::new();
        self.changes(&rows, size, &mut bytes)?;
        self.rows = rows;
        self.size = size;
        let mut out = io::stdout().lock();
        out.write_all(&bytes)?;
        out.flush()
    }

    /// What makes a terminal that shows what it was last told show `rows`.
    fn changes(&self, rows: &[Row], size: (u16, u16), bytes: &mut Vec<u8>) -> io::Result<()> {
        let all = size != self.size;
        queue!(bytes, BeginSynchronizedUpdate, ResetColor)?;
        if all {
            queue!(bytes, Clear(ClearType::All))?;
        }
        for (y, row) in (0..size.1).zip(rows) {
            if all || self.rows.get(usize::from(y)) != Some(row) {
                // Cleared first: at the end of a full row that would take the last character away.
                queue!(bytes, MoveTo(0, y), Clear(ClearType::CurrentLine))?;
                self.row(row, size.0, bytes)?;
            }
        }
        queue!(bytes, EndSynchronizedUpdate)
    }

    fn row(&self, row: &Row, width: u16, bytes: &mut Vec<u8>) -> io::Result<()> {
        let paint = |tone: Tone, text: &str, bytes: &mut Vec<u8>| {
            let mut style = tone.style();
            if !self.coloured {
                style = without_colour(style);
            }
            if row.reversed {
                style = style.invert();
            }
            write!(bytes, "{style}{text}{style:#}")
        };
        for span in &row.line.spans {
            paint(span.tone, &span.text, bytes)?;
        }
        if row.reversed {
            let rest = usize::from(width).saturating_sub(row.line.width());
            paint(Tone::Plain, &" ".repeat(rest), bytes)?;
        }
        Ok(())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Columns and rows.
pub fn size() -> (u16, u16) {
    terminal::size().unwrap_or((80, 24))
}

/// Whether a panic, on any thread, has given the terminal back.
pub fn is_broken() -> bool {
    BROKEN.load(Ordering::Relaxed)
}

fn give_back() {
    if TAKEN.swap(false, Ordering::Relaxed) {
        let mut out = io::stdout().lock();
        // There is nobody left to tell.
        let _ = queue!(out, EndSynchronizedUpdate, LeaveAlternateScreen, Show);
        let _ = out.flush();
        let _ = terminal::disable_raw_mode();
    }
}

/// What a panic says is read on the terminal as it was.
fn give_back_after_a_panic() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let report = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if TAKEN.load(Ordering::Relaxed) {
                BROKEN.store(true, Ordering::Relaxed);
            }
            give_back();
            report(info);
        }));
    });
}

/// What a user does at the terminal.
pub enum Input {
    Key(Key),
    Resize(u16, u16),
}

/// Calls `tell` from a thread of its own for each key and each change of size, until it says false or
/// the terminal is gone.
pub fn listen(tell: impl Fn(Input) -> bool + Send + 'static) {
    thread::spawn(move || {
        while let Ok(event) = event::read() {
            let input = match event {
                event::Event::Key(key) if key.kind != KeyEventKind::Release => {
                    named(key.code, key.modifiers).map(Input::Key)
                }
                event::Event::Resize(columns, rows) => Some(Input::Resize(columns, rows)),
                _ => None,
            };
            if input.is_some_and(|input| !tell(input)) {
                return;
            }
        }
    });
}

fn named(code: KeyCode, modifiers: KeyModifiers) -> Option<Key> {
    if modifiers.contains(KeyModifiers::CONTROL) {
        return (code == KeyCode::Char('c')).then_some(Key::CtrlC);
    }
    Some(match code {
        KeyCode::Char(c) => Key::Char(c),
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Esc,
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        _ => return None,
    })
}

#[cfg(all(test, unix))]
#[path = "../../tests/pty/mod.rs"]
mod pty;

#[cfg(all(test, unix))]
mod tests {
    use std::process::Command;

    use super::{pty::Terminal, *};
    use crate::report::lines::Line;

    /// Says to this very test that it is the one in the terminal.
    const INSIDE: &str = "XTASK_TEST_PANICS_IN_A_TERMINAL";

    fn row(text: &str) -> Row {
        Row {
            line: Line::plain(text),
            reversed: false,
        }
    }

    #[test]
    fn a_panic_is_read_on_the_terminal_as_it_was() {
        if let Some(thread) = std::env::var_os(INSIDE) {
            let mut screen = Screen::open().unwrap();
            screen.paint(vec![row("all is well")], (80, 24)).unwrap();
            let mut line = String::new();
            // Until somebody has looked.
            io::stdin().read_line(&mut line).unwrap();
            if thread == "another" {
                let _ = thread::spawn(|| panic!("a defect of ours")).join();
                assert!(is_broken());
                return;
            }
            panic!("a defect of ours");
        }
        for thread in ["this", "another"] {
            let mut command = Command::new(std::env::current_exe().unwrap());
            command
                .args([
                    "--exact",
                    "watch::screen::tests::a_panic_is_read_on_the_terminal_as_it_was",
                ])
                .arg("--nocapture")
                .env(INSIDE, thread);
            let fresh = Terminal::run(Command::new("true"), 80, 24).modes();
            let mut terminal = Terminal::run(command, 80, 24);
            terminal.wait_for(["all is well"]);
            assert_eq!(terminal.is_taken(), (true, true));
            assert_ne!(terminal.modes(), fresh);
            // Enter is no line's end in raw mode; this is.
            terminal.press("\n");
            let screen = terminal.wait_for(["a defect of ours"]);
            assert!(!screen.contains("all is well"), "{screen}");
            terminal.end();
            assert_eq!(terminal.is_taken(), (false, false));
            assert_eq!(terminal.modes(), fresh);
        }
    }

    #[test]
    fn without_colours_a_verdict_is_still_bold_and_a_chosen_row_reversed() {
        let painted = |coloured| {
            let screen = Screen {
                rows: Vec::new(),
                size: (9, 1),
                coloured,
            };
            let row = Row {
                line: Line::new(Tone::Headline(findings::Verdict::Panic), "Panic"),
                reversed: true,
            };
            let mut bytes = Vec::new();
            screen.row(&row, 9, &mut bytes).unwrap();
            String::from_utf8(bytes).unwrap()
        };
        let (with, without) = (painted(true), painted(false));
        assert!(with.contains("\x1b[31m"), "{with:?}");
        assert!(!without.contains("\x1b[31m"), "{without:?}");
        for code in ["\x1b[1m", "\x1b[7m"] {
            assert!(without.contains(code), "{without:?}");
        }
        assert!(
            without.contains("    "),
            "over the whole width: {without:?}"
        );
    }

    #[test]
    fn only_rows_that_differ_are_painted_and_all_of_them_after_a_resize() {
        let screen = || Screen {
            rows: vec![row("one"), row("two")],
            size: (9, 2),
            coloured: false,
        };
        let painted = |size| {
            let mut bytes = Vec::new();
            let screen = screen();
            screen
                .changes(&[row("one"), row("2")], size, &mut bytes)
                .unwrap();
            String::from_utf8(bytes).unwrap()
        };
        let some = painted((9, 2));
        assert!(some.contains('2') && !some.contains("one"), "{some:?}");
        let all = painted((10, 2));
        assert!(all.contains("one") && all.contains("\x1b[2J"), "{all:?}");
    }
}
