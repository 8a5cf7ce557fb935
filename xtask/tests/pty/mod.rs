//! A terminal of our own: a program runs in it, keys are typed, and what stands on the screen is read.

#![allow(dead_code, reason = "each test binary uses its part of it")]

use std::{
    fmt::Debug,
    fs::File,
    io::{Read as _, Write as _},
    num::NonZeroU16,
    os::{fd::OwnedFd, unix::process::CommandExt as _},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Condvar, Mutex},
    thread,
    time::{Duration, Instant},
};

use rustix::{
    fs::{Mode, OFlags},
    pty::OpenptFlags,
    termios::Winsize,
};

/// Long beyond reason, on a machine that does much else: reached only by what never comes.
const DEADLINE: Duration = Duration::from_secs(180);

pub struct Terminal {
    /// Our end: what is typed goes in, what is shown comes out.
    master: File,
    /// The program's end, kept open to ask for its modes.
    user: OwnedFd,
    screen: Arc<Screen>,
    pub child: Child,
}

#[derive(Default)]
struct Screen {
    parser: Mutex<vt100::Parser>,
    changed: Condvar,
}

impl Terminal {
    pub fn run(mut command: Command, columns: u16, rows: u16) -> Terminal {
        let flags = OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC;
        let master = rustix::pty::openpt(flags).unwrap();
        rustix::pty::grantpt(&master).unwrap();
        rustix::pty::unlockpt(&master).unwrap();
        let name = rustix::pty::ptsname(&master, Vec::new()).unwrap();
        let flags = OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC;
        let user = rustix::fs::open(name, flags, Mode::empty()).unwrap();
        let end = || Stdio::from(user.try_clone().unwrap());
        command.stdin(end()).stdout(end()).stderr(end());
        command.env("TERM", "xterm-256color").env_remove("NO_COLOR");
        // SAFETY: between fork and exec it makes two system calls and allocates nothing.
        unsafe {
            command.pre_exec(|| {
                rustix::process::setsid()?;
                rustix::process::ioctl_tiocsctty(rustix::stdio::stdin())?;
                Ok(())
            });
        }
        // The size is there before the program asks for it.
        rustix::termios::tcsetwinsize(&user, size(columns, rows)).unwrap();
        let terminal = Terminal {
            child: command.spawn().unwrap(),
            master: File::from(master),
            user,
            screen: Arc::default(),
        };
        terminal.screen.resize(columns, rows);
        let (mut master, screen) = (
            terminal.master.try_clone().unwrap(),
            Arc::clone(&terminal.screen),
        );
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(count @ 1..) = master.read(&mut bytes) {
                screen.parser.lock().unwrap().process(&bytes[..count]);
                screen.changed.notify_all();
            }
        });
        terminal
    }

    pub fn press(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).unwrap();
    }

    /// What a window does whose user pulls at its corner.
    pub fn resize(&mut self, columns: u16, rows: u16) {
        self.screen.resize(columns, rows);
        rustix::termios::tcsetwinsize(&self.master, size(columns, rows)).unwrap();
    }

    /// Waits until the screen is as `wanted`, and returns it.
    pub fn wait_until(&self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) -> String {
        let late = Instant::now() + DEADLINE;
        let mut parser = self.screen.parser.lock().unwrap();
        while !wanted(parser.screen()) {
            let left = late.saturating_duration_since(Instant::now());
            assert!(
                !left.is_zero(),
                "waited in vain for {what}; the screen is\n{}",
                parser.screen().contents()
            );
            parser = self.screen.changed.wait_timeout(parser, left).unwrap().0;
        }
        parser.screen().contents()
    }

    /// Waits until all of `texts` stand on the screen at once.
    pub fn wait_for<const N: usize>(&self, texts: [&str; N]) -> String {
        self.wait_until(&format!("{texts:?}"), |screen| {
            let contents = screen.contents();
            texts.iter().all(|text| contents.contains(text))
        })
    }

    pub fn contents(&self) -> String {
        self.screen.parser.lock().unwrap().screen().contents()
    }

    /// Whether the screen is one to draw on, and whether its cursor is hidden.
    pub fn is_taken(&self) -> (bool, bool) {
        let parser = self.screen.parser.lock().unwrap();
        (
            parser.screen().alternate_screen(),
            parser.screen().hide_cursor(),
        )
    }

    /// How the terminal treats what is typed: raw, echoing, and so on.
    pub fn modes(&self) -> impl Debug + PartialEq + use<> {
        format!("{:?}", rustix::termios::tcgetattr(&self.user).unwrap())
    }

    /// Waits until the program has ended.
    pub fn end(&mut self) -> ExitStatus {
        let late = Instant::now() + DEADLINE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status;
            }
            assert!(
                Instant::now() < late,
                "does not end; the screen is\n{}",
                self.contents()
            );
            thread::yield_now();
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Screen {
    fn resize(&self, columns: u16, rows: u16) {
        let count = |count| NonZeroU16::new(count).expect("a terminal has rows and columns");
        let mut parser = self.parser.lock().unwrap();
        parser.set_size(count(rows), count(columns));
    }
}

fn size(columns: u16, rows: u16) -> Winsize {
    Winsize {
        ws_col: columns,
        ws_row: rows,
        ws_xpixel: 0,
        ws_ypixel: 0,
    }
}
