//! What git knows of a tree. Where there is no git, or the tree is not in it, every answer is `None`.

use std::{
    path::Path,
    process::{Command, Stdio},
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
    let output = Command::new("git")
        .args(args)
        .current_dir(root)
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then_some(text)
}
