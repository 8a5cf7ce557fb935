//! What git knows of a tree. Where there is no git, or the tree is not in it, every answer is `None`.

use std::{
    io::Write as _,
    path::Path,
    process::{Command, Stdio},
    thread,
};

/// The files below `root` that git tracks, relative to it, with `/`, in order.
pub fn tracked(root: &Path) -> Option<Vec<String>> {
    let list = git(root, &["ls-files", "-z", "--cached"])?;
    let mut files: Vec<String> = list
        .split('\0')
        .filter(|file| !file.is_empty())
        .map(str::to_owned)
        .collect();
    files.sort();
    files.dedup();
    // A copy that lies inside somebody's repository is not in it.
    files
        .iter()
        .any(|file| file == "Cargo.toml")
        .then_some(files)
}

/// Tracked files that differ from the last commit.
pub fn changed(root: &Path) -> Option<Vec<String>> {
    let list = git(root, &["diff", "--name-only", "-z", "--relative", "HEAD"])?;
    Some(
        list.split('\0')
            .filter(|file| !file.is_empty())
            .map(str::to_owned)
            .collect(),
    )
}

/// The last commit.
pub fn head(root: &Path) -> Option<String> {
    Some(git(root, &["rev-parse", "HEAD"])?.trim().to_owned())
}

/// When any of `paths` last changed in a commit, in seconds since 1970.
pub fn last_change(root: &Path, paths: &[&str]) -> Option<i64> {
    let args = [&["log", "-1", "--format=%ct", "--"], paths].concat();
    git(root, &args)?.trim().parse().ok()
}

/// Every text that git has of the file `path` below `root`, newest first.
pub fn versions(root: &Path, path: &Path) -> impl Iterator<Item = String> {
    let relative = path
        .strip_prefix(root)
        .ok()
        .and_then(Path::to_str)
        .unwrap_or_default()
        .replace('\\', "/");
    let commits = git(root, &["log", "--format=%H", "--", &relative]).unwrap_or_default();
    let commits: Vec<String> = commits.lines().map(str::to_owned).collect();
    commits
        .into_iter()
        .filter_map(move |commit| git(root, &["show", &format!("{commit}:./{relative}")]))
}

fn git(root: &Path, args: &[&str]) -> Option<String> {
    let output = command(root, args)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then_some(text)
}

/// Files that git neither tracks nor ignores.
pub fn untracked(root: &Path) -> Option<Vec<String>> {
    let list = git(root, &["ls-files", "-z", "--others", "--exclude-standard"])?;
    Some(
        list.split('\0')
            .filter(|file| !file.is_empty())
            .map(str::to_owned)
            .collect(),
    )
}

/// Every path that any commit before the current one, or itself, ever had.
pub fn all_paths(root: &Path) -> Option<Vec<String>> {
    let list = git(
        root,
        &[
            "log",
            "--format=",
            "--name-only",
            "--no-renames",
            "-z",
            "--relative",
            "-m",
        ],
    )?;
    let mut paths: Vec<String> = list
        .split('\0')
        .map(|path| path.trim_matches('\n'))
        .filter(|path| !path.is_empty())
        .map(str::to_owned)
        .collect();
    paths.sort();
    paths.dedup();
    Some(paths)
}

/// Whether the clone at `root` was made without its history.
pub fn is_shallow(root: &Path) -> bool {
    git(root, &["rev-parse", "--is-shallow-repository"]).is_some_and(|said| said.trim() == "true")
}

/// Whether `commit` is part of the history of what is checked out at `root`.
pub fn contains(root: &Path, commit: &str) -> bool {
    git(root, &["merge-base", "--is-ancestor", commit, "HEAD"]).is_some()
}

/// For each of `files` below `other`: whether the repository at `root` has a file of just that content.
pub fn knows_contents(root: &Path, other: &Path, files: &[String]) -> Option<Vec<bool>> {
    let paths: String = files
        .iter()
        .map(|file| format!("{}\n", other.join(file).display()))
        .collect();
    let hashes = fed(root, &["hash-object", "--stdin-paths"], paths)?;
    let found = fed(root, &["cat-file", "--batch-check"], hashes)?;
    let found: Vec<bool> = found
        .lines()
        .map(|line| !line.ends_with(" missing"))
        .collect();
    (found.len() == files.len()).then_some(found)
}

/// What git says when it is given `input`.
fn fed(root: &Path, args: &[&str], input: String) -> Option<String> {
    let mut child = command(root, args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take()?;
    // Beside the reading: git answers while it still listens, and both pipes are small.
    let writer = thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().ok()?;
    writer.join().ok()?.ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then_some(text)
}

/// Whatever repository the caller is at work in: it is the one at `root` that is asked.
fn command(root: &Path, args: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.args(args).current_dir(root);
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"] {
        command.env_remove(variable);
    }
    command
}
