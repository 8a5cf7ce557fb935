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
        let all = size != self.size;
        if !all && rows == self.rows {
            return Ok(());
        }
        let mut bytes = Vec::new();
        queue!(bytes, BeginSynchronizedUpdate, ResetColor)?;
        if all {
            queue!(bytes, Clear(ClearType::All))?;
        }
        for (y, row) in (0..size.1).zip(&rows) {
            if all || self.rows.get(usize::from(y)) != Some(row) {
                // Cleared first: at the end of a full row that would take the last character away.
                queue!(bytes, MoveTo(0, y), Clear(ClearType::CurrentLine))?;
                self.row(row, size.0, &mut bytes)?;
            }
        }
        queue!(bytes, EndSynchronizedUpdate)?;
        self.rows = rows;
        self.size = size;
        let mut out = io::stdout().lock();
        out.write_all(&bytes)?;
        out.flush()
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
