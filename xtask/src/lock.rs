//! One run at a time in a tree: two would fight over processors and spoil each other's budgets.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{Read, Write},
    path::PathBuf,
};

use crate::{
    course::Course,
    error::{Error, Result},
};

/// Held until dropped, and by the operating system's word given back when the process ends, however.
#[derive(Debug)]
pub struct RunLock {
    _file: File,
}

impl RunLock {
    pub fn take(course: &Course) -> Result<RunLock> {
        let path = course.target.join("run.lock");
        let mut file = OpenOptions::new()
            .create(true)
            .truncate(false)
            .read(true)
            .write(true)
            .open(&path)
            .map_err(|cause| Error::file("open", &path, cause))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = file.read_to_string(&mut holder);
                let holder = holder.trim();
                let who = if holder.is_empty() {
                    String::new()
                } else {
                    format!(" (process {holder})")
                };
                return Err(Error::busy(format!(
                    "another `cargo xtask` run{who} works in this tree; wait until it has ended, or stop it"
                )));
            }
            Err(TryLockError::Error(cause)) => return Err(Error::file("lock", &path, cause)),
        }
        let note = || -> std::io::Result<()> {
            file.set_len(0)?;
            write!(&file, "{}", std::process::id())
        };
        note().map_err(|cause| Error::file("write", &path, cause))?;
        sweep(course.target.join("work"));
        Ok(RunLock { _file: file })
    }
}

/// Work folders of a run that was killed.
fn sweep(work: PathBuf) {
    let _ = fs::remove_dir_all(work);
}
