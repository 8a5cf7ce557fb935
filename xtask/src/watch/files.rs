//! Tells when the file of an exercise was saved, however the editor does it: in place, by renaming
//! another file over it, twice, or with swap files beside it.
//!
//! Folders are watched, not files, since a file that is replaced takes its watch with it. What the
//! operating system tells is only a reason to look; what counts is what the files are then. They are
//! looked at now and then anyway, for file systems that tell nothing (network shares, some containers).

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    sync::mpsc::{self, Receiver, RecvTimeoutError},
    thread,
    time::{Duration, Instant, SystemTime},
};

use notify::{
    EventKind, RecommendedWatcher, RecursiveMode, Watcher as _,
    event::{AccessKind, AccessMode},
};

/// Changes that follow each other faster are one save.
const QUIET: Duration = Duration::from_millis(20);
/// A save is told after this time at the latest.
const LONGEST: Duration = Duration::from_millis(200);
/// A file that is away for longer is gone.
const GONE: Duration = Duration::from_millis(700);
/// How often files are looked at without a reason.
const POLL: Duration = Duration::from_secs(1);
/// The same where nothing tells of changes, or where a file is away.
const POLL_OFTEN: Duration = Duration::from_millis(100);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// Written; `changed` unless with what stood there.
    Saved {
        file: usize,
        changed: bool,
    },
    Vanished {
        file: usize,
    },
}

/// Calls `tell` from a thread of its own for each change of one of `files`, by its place among them,
/// until `tell` says false. What the files are when this returns is where it begins.
pub fn watch(files: Vec<PathBuf>, tell: impl Fn(Change) -> bool + Send + 'static) {
    let folders: BTreeSet<PathBuf> = files
        .iter()
        .filter_map(|file| file.parent().map(Path::to_path_buf))
        .collect();
    let (reason, reasons) = mpsc::channel();
    let watcher = notifier(&folders, reason);
    let often = watcher.is_err();
    let mut files = Files::new(files, Instant::now());
    thread::spawn(move || {
        // It watches for as long as it lives.
        let _watcher = watcher;
        loop {
            let pause = if often || files.some_away() {
                POLL_OFTEN
            } else {
                POLL
            };
            wait(&reasons, pause);
            for change in files.look(Instant::now()) {
                if !tell(change) {
                    return;
                }
            }
        }
    });
}

fn notifier(
    folders: &BTreeSet<PathBuf>,
    reason: mpsc::Sender<()>,
) -> notify::Result<RecommendedWatcher> {
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        let reading = event.is_ok_and(|event| {
            matches!(event.kind, EventKind::Access(access)
                if access != AccessKind::Close(AccessMode::Write))
        });
        if !reading {
            // Nobody listens any more when everything ends.
            let _ = reason.send(());
        }
    })?;
    for folder in folders {
        watcher.watch(folder, RecursiveMode::NonRecursive)?;
    }
    Ok(watcher)
}

/// Until there was a reason to look, and then for a moment of quiet; `pause` at most without one.
fn wait(reasons: &Receiver<()>, pause: Duration) {
    match reasons.recv_timeout(pause) {
        Ok(()) => {
            let first = Instant::now();
            while first.elapsed() < LONGEST && reasons.recv_timeout(QUIET).is_ok() {}
        }
        Err(RecvTimeoutError::Timeout) => {}
        // No watcher: nothing but the pause.
        Err(RecvTimeoutError::Disconnected) => thread::sleep(pause),
    }
}

/// The files as they were when they were looked at.
struct Files {
    files: Vec<Known>,
}

struct Known {
    path: PathBuf,
    stamp: Option<Stamp>,
    text: Vec<u8>,
    away: Away,
}

enum Away {
    No,
    Since(Instant),
    Told,
}

/// Differs whenever a file was written.
#[derive(Clone, Copy, PartialEq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    identity: u64,
}

impl Files {
    fn new(paths: Vec<PathBuf>, now: Instant) -> Files {
        let files = paths.into_iter().map(|path| Known {
            stamp: None,
            text: Vec::new(),
            away: Away::No,
            path,
        });
        let mut files = Files {
            files: files.collect(),
        };
        files.look(now);
        files
    }

    fn some_away(&self) -> bool {
        self.files
            .iter()
            .any(|file| matches!(file.away, Away::Since(_)))
    }

    fn look(&mut self, now: Instant) -> Vec<Change> {
        let mut changes = Vec::new();
        for (file, known) in self.files.iter_mut().enumerate() {
            changes.extend(known.look(file, now));
        }
        changes
    }
}

impl Known {
    fn look(&mut self, file: usize, now: Instant) -> Option<Change> {
        let read = || -> io::Result<(Stamp, Option<Vec<u8>>)> {
            let stamp = stamp(&fs::metadata(&self.path)?);
            let text = if self.stamp == Some(stamp) {
                None
            } else {
                Some(fs::read(&self.path)?)
            };
            Ok((stamp, text))
        };
        match read() {
            Ok((_, None)) => {
                self.away = Away::No;
                None
            }
            Ok((stamp, Some(text))) => {
                self.away = Away::No;
                self.stamp = Some(stamp);
                let changed = text != self.text;
                self.text = text;
                Some(Change::Saved { file, changed })
            }
            Err(_) => {
                // Back with what it was is a save all the same.
                self.stamp = None;
                match self.away {
                    Away::No => self.away = Away::Since(now),
                    Away::Since(since) if now.saturating_duration_since(since) > GONE => {
                        self.away = Away::Told;
                        return Some(Change::Vanished { file });
                    }
                    Away::Since(_) | Away::Told => {}
                }
                None
            }
        }
    }
}

fn stamp(found: &fs::Metadata) -> Stamp {
    #[cfg(unix)]
    let identity = std::os::unix::fs::MetadataExt::ino(found);
    #[cfg(not(unix))]
    let identity = 0;
    Stamp {
        modified: found.modified().ok(),
        length: found.len(),
        identity,
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    struct Folder {
        folder: TempDir,
        begun: Instant,
        files: Files,
    }

    impl Folder {
        fn new() -> Folder {
            let folder = tempfile::tempdir().unwrap();
            let paths = ["a.rs", "b.rs"].map(|name| folder.path().join(name));
            for path in &paths {
                fs::write(path, "one").unwrap();
            }
            let begun = Instant::now();
            Folder {
                files: Files::new(paths.to_vec(), begun),
                folder,
                begun,
            }
        }

        fn path(&self, name: &str) -> PathBuf {
            self.folder.path().join(name)
        }

        fn after(&mut self, milliseconds: u64) -> Vec<Change> {
            let now = self.begun + Duration::from_millis(milliseconds);
            self.files.look(now)
        }
    }

    const SAVED_A: Change = Change::Saved {
        file: 0,
        changed: true,
    };

    #[test]
    fn a_save_is_told_once_however_it_is_written() {
        let mut folder = Folder::new();
        assert_eq!(folder.after(0), []);
        fs::write(folder.path("a.rs"), "two words").unwrap();
        fs::write(folder.path("a.rs"), "two words, twice").unwrap();
        assert_eq!(folder.after(0), [SAVED_A]);
        assert_eq!(folder.after(0), []);
        fs::write(folder.path("a.rs.swp"), "x").unwrap();
        fs::write(folder.path("4913"), "x").unwrap();
        assert_eq!(folder.after(0), [], "files beside it are no exercises");
        fs::write(folder.path(".a.rs.tmp"), "three").unwrap();
        fs::rename(folder.path(".a.rs.tmp"), folder.path("a.rs")).unwrap();
        assert_eq!(folder.after(0), [SAVED_A], "by renaming");
    }

    #[test]
    fn a_save_of_the_same_text_says_so() {
        let mut folder = Folder::new();
        fs::write(folder.path("new"), "one").unwrap();
        fs::rename(folder.path("new"), folder.path("b.rs")).unwrap();
        let same = Change::Saved {
            file: 1,
            changed: false,
        };
        assert_eq!(folder.after(0), [same]);
    }

    #[test]
    fn a_file_that_is_away_for_a_moment_is_not_gone() {
        let mut folder = Folder::new();
        fs::rename(folder.path("a.rs"), folder.path("a.rs~")).unwrap();
        assert_eq!(folder.after(0), []);
        assert!(folder.files.some_away());
        assert_eq!(folder.after(500), []);
        fs::write(folder.path("a.rs"), "two").unwrap();
        assert_eq!(folder.after(500), [SAVED_A]);
        fs::remove_file(folder.path("a.rs")).unwrap();
        assert_eq!(folder.after(600), []);
        assert_eq!(folder.after(1400), [Change::Vanished { file: 0 }]);
        assert_eq!(folder.after(1500), [], "told once");
        fs::write(folder.path("a.rs"), "two").unwrap();
        let back = Change::Saved {
            file: 0,
            changed: false,
        };
        assert_eq!(folder.after(1600), [back]);
    }

    #[test]
    fn the_operating_system_tells_of_a_save_in_a_folder_that_is_watched() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.rs");
        fs::write(&path, "one").unwrap();
        let (tell, told) = mpsc::channel();
        watch(vec![path.clone()], move |change| tell.send(change).is_ok());
        fs::write(folder.path().join("new"), "two").unwrap();
        fs::rename(folder.path().join("new"), &path).unwrap();
        let change = told.recv_timeout(Duration::from_secs(60)).unwrap();
        assert_eq!(change, SAVED_A);
    }
}
