//! Known-slow solutions: right and too slow, or a little slow, each saying by how much. They show that
//! measuring sees what it is for.

use std::{fs, path::Path};

#[derive(Clone, Debug, PartialEq)]
pub struct KnownSlow {
    /// The file's name without its ending.
    pub name: String,
    /// About how many times the reference's time some workload takes.
    pub slowdown: f64,
}

impl KnownSlow {
    /// Whether it must lose points; a smaller slowdown must only be seen.
    pub fn must_fail(&self, budget: f64) -> bool {
        self.slowdown > budget
    }
}

/// All of `folder` in order of name, each with its source; what is wrong with a file is its `Err`.
pub fn all(folder: &Path) -> Vec<Result<(KnownSlow, String), String>> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.extension().is_some_and(|ending| ending == "rs"))
        .collect();
    files.sort();
    files
        .iter()
        .map(|path| {
            let name = path.file_stem().unwrap_or_default().to_string_lossy();
            let source = fs::read_to_string(path).map_err(|cause| format!("{name}: {cause}"))?;
            let slowdown = parse(&source).ok_or_else(|| {
                format!("{name}: the first line is `//! slowdown: …`, a multiple above 1")
            })?;
            let name = name.into_owned();
            Ok((KnownSlow { name, slowdown }, source))
        })
        .collect()
}

fn parse(source: &str) -> Option<f64> {
    let stated = source.lines().next()?.strip_prefix("//! slowdown: ")?;
    let slowdown: f64 = stated.trim().parse().ok()?;
    (slowdown > 1.0 && slowdown.is_finite()).then_some(slowdown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_says_by_how_much() {
        assert_eq!(parse("//! slowdown: 1.1\n//!\n//! Why.\n"), Some(1.1));
        assert_eq!(parse("//! slowdown: 2"), Some(2.0));
        assert_eq!(parse("//! slowdown: 0.5"), None);
        assert_eq!(parse("//! verdict: TooSlow"), None);
    }
}
