//! A line on a terminal that says how far a long run is. Silent anywhere else.

use std::{
    io::{self, IsTerminal as _, Write as _},
    sync::Mutex,
};

pub struct Progress {
    total: usize,
    state: Mutex<usize>,
    live: bool,
}

impl Progress {
    pub fn new(total: usize) -> Self {
        Progress {
            total,
            state: Mutex::new(0),
            live: io::stderr().is_terminal(),
        }
    }

    /// One more item is done.
    pub fn done(&self, what: &str) {
        let mut done = self.state.lock().expect("no holder panics");
        *done += 1;
        self.show(&format!("{done} of {}  {what}", self.total));
    }

    /// The item that is under way has come so far.
    pub fn part(&self, part: u64, whole: u64, what: &str) {
        let done = self.state.lock().expect("no holder panics");
        self.show(&format!(
            "{done} of {}  {part} of {whole} {what}",
            self.total
        ));
    }

    fn show(&self, line: &str) {
        if self.live {
            let line: String = line.chars().take(78).collect();
            eprint!("\r\x1b[2K{line}");
            let _ = io::stderr().flush();
        }
    }

    pub fn clear(&self) {
        if self.live {
            eprint!("\r\x1b[2K");
            let _ = io::stderr().flush();
        }
    }
}

/// A remark about a wait that begins now: to stderr, so that a report stays clean.
pub fn say(what: &str) {
    eprintln!("{what} …");
}
