//! Known-bad solutions: complete, plausible and wrong, each naming in its first lines the verdict it must
//! get and the misconception it holds.

use std::{fs, path::Path};

use findings::Verdict;

#[derive(Clone, Debug, PartialEq)]
pub struct KnownBad {
    /// The file's name without its ending.
    pub name: String,
    pub verdict: Verdict,
    pub misconception: String,
}

/// All of `folder` in order of name, each with its source; what is wrong with a file is its `Err`.
pub fn all(folder: &Path) -> Vec<Result<(KnownBad, String), String>> {
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
            let name = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            let source = fs::read_to_string(path).map_err(|cause| format!("{name}: {cause}"))?;
            let bad = parse(&name, &source).map_err(|fault| format!("{name}: {fault}"))?;
            Ok((bad, source))
        })
        .collect()
}

fn parse(name: &str, source: &str) -> Result<KnownBad, String> {
    let mut lines = source.lines();
    let mut field = |key: &str| {
        lines
            .next()
            .and_then(|line| {
                line.strip_prefix("//! ")?
                    .strip_prefix(key)?
                    .strip_prefix(": ")
            })
            .map(|value| value.trim().to_owned())
            .ok_or_else(|| {
                format!(
                    "the first lines are `//! verdict: …` and `//! misconception: …`; no `{key}`"
                )
            })
    };
    let verdict = field("verdict")?
        .parse()
        .map_err(|error| format!("{error}"))?;
    let misconception = field("misconception")?;
    let explained = source
        .lines()
        .skip(2)
        .take_while(|line| line.starts_with("//!"))
        .any(|line| line.len() > 4);
    if !explained {
        return Err("does not say what the learner believed".to_owned());
    }
    Ok(KnownBad {
        name: name.to_owned(),
        verdict,
        misconception,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_header_names_verdict_misconception_and_reason() {
        let good =
            "//! verdict: Deadlock\n//! misconception: lock-order\n//!\n//! Left, then right.\n";
        let bad = parse("left_right", good).unwrap();
        assert_eq!(
            (bad.verdict, bad.misconception.as_str()),
            (Verdict::Deadlock, "lock-order")
        );
        assert!(
            parse("x", "//! verdict: Deadlok\n")
                .unwrap_err()
                .contains("`Deadlok` is not a verdict")
        );
        assert!(
            parse("x", "//! misconception: lock-order\n")
                .unwrap_err()
                .contains("no `verdict`")
        );
        assert!(
            parse("x", &good[..good.find("//!\n").unwrap()])
                .unwrap_err()
                .contains("believed")
        );
    }
}
