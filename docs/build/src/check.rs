//! Checks a built book: every link, anchor, picture and include leads somewhere.
//!
//! Twice: the sources, because a fault there has a page and a line to mend; then the built pages, where
//! the rest shows (what was included, generated, or comes from the theme). Nothing is fetched: a link
//! to the web is only counted.

mod source;

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt, fs,
    path::{Component, Path, PathBuf},
};

use anyhow::{Context as _, Result};

use crate::{html, manifest::Chapter};

/// Something to mend, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// The file, below the root of the course where it lies there.
    pub page: PathBuf,
    /// From 1.
    pub line: u64,
    /// What is wrong, as a sentence.
    pub message: String,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.page.display(), self.line, self.message)
    }
}

/// What was checked, and what was found.
#[derive(Debug, Default)]
pub struct Report {
    /// Pages of the book.
    pub pages: usize,
    /// Links, pictures, scripts and style sheets of the built pages that have to lead to a file.
    pub links: usize,
    /// Those of them that name a place within a page.
    pub anchors: usize,
    /// Files and parts of files that pages include.
    pub includes: usize,
    /// Names of files of the course in the text.
    pub paths: usize,
    /// Links to the web, which nobody fetched.
    pub web: usize,
    /// What to mend.
    pub faults: Vec<Fault>,
}

/// Checks the book built into `out`, whose `pages` lie below `docs/src` of the course at `root`.
///
/// # Errors
/// If a page cannot be read.
pub fn check(root: &Path, out: &Path, pages: &[PathBuf], chapters: &[Chapter]) -> Result<Report> {
    let mut report = Report {
        pages: pages.len(),
        ..Report::default()
    };
    let built = Built::read(out)?;
    for page in pages {
        source::check(root, out, page, &built, chapters, &mut report)?;
    }
    source::check_lessons(pages, chapters, &mut report);
    built.check(root, out, &mut report);
    report.faults.sort();
    report.faults.dedup();
    Ok(report)
}

/// Every page that was built.
struct Built {
    /// By its path; the path of each and what it holds.
    pages: BTreeMap<PathBuf, html::Found>,
}

impl Built {
    fn read(out: &Path) -> Result<Built> {
        let mut files = Vec::new();
        collect(out, &mut files)?;
        let mut pages = BTreeMap::new();
        for path in files {
            let text = fs::read_to_string(&path)
                .with_context(|| format!("cannot read {}", path.display()))?;
            pages.insert(path, html::scan(&text));
        }
        Ok(Built { pages })
    }

    fn check(&self, root: &Path, out: &Path, report: &mut Report) {
        for (path, found) in &self.pages {
            let page = path.strip_prefix(root).unwrap_or(path).to_path_buf();
            let mut fault = |line: u64, message: String| {
                report.faults.push(Fault {
                    page: page.clone(),
                    line,
                    message,
                });
            };
            for reference in &found.references {
                match Target::of(&reference.target) {
                    Target::Web => report.web += 1,
                    Target::Data => {}
                    Target::Here { path: to, anchor } => {
                        report.links += 1;
                        report.anchors += usize::from(anchor.is_some());
                        let to = resolve(path, &to);
                        if let Err(message) = self.leads(root, out, &to, anchor.as_deref()) {
                            fault(reference.line, format!("`{}` {message}", reference.target));
                        }
                    }
                }
            }
            let mut ids = BTreeSet::new();
            for (id, line) in &found.ids {
                if !ids.insert(id) {
                    fault(*line, format!("the id `{id}` stands here a second time"));
                }
            }
            for (message, line) in &found.errors {
                fault(*line, format!("not valid HTML: {message}"));
            }
            for (text, line) in &found.unexpanded {
                let shown: String = text.chars().take(60).collect();
                fault(*line, format!("nothing has expanded `{shown}`"));
            }
        }
    }

    /// Whether a file is there, and the place in it.
    fn leads(
        &self,
        root: &Path,
        out: &Path,
        to: &Path,
        anchor: Option<&str>,
    ) -> Result<(), String> {
        if !to.starts_with(out) && !to.starts_with(root) {
            return Err("leads out of the course".to_owned());
        }
        if !to.exists() {
            let shown = to.strip_prefix(root).unwrap_or(to);
            return Err(format!("leads nowhere: there is no {}", shown.display()));
        }
        let Some(anchor) = anchor.filter(|anchor| !anchor.is_empty()) else {
            return Ok(());
        };
        let Some(found) = self.pages.get(to) else {
            return Err(format!(
                "names the place `{anchor}` in a file that has none"
            ));
        };
        if found.ids.iter().any(|(id, _)| id == anchor) {
            Ok(())
        } else {
            let shown = to.strip_prefix(out).unwrap_or(to).display();
            Err(format!("leads nowhere: {shown} has no `#{anchor}`"))
        }
    }
}

/// Where a link points.
#[derive(Debug, PartialEq, Eq)]
enum Target {
    Web,
    /// The thing itself, in the link.
    Data,
    Here {
        /// Empty for the page itself.
        path: String,
        anchor: Option<String>,
    },
}

impl Target {
    fn of(link: &str) -> Target {
        let scheme = link.split_once(':').map(|(scheme, _)| scheme);
        match scheme {
            Some("data") => return Target::Data,
            Some(scheme)
                if !scheme.is_empty() && scheme.chars().all(|c| c.is_ascii_alphanumeric()) =>
            {
                return Target::Web;
            }
            _ if link.starts_with("//") => return Target::Web,
            _ => {}
        }
        let (path, anchor) = match link.split_once('#') {
            Some((path, anchor)) => (path, Some(unescape(anchor))),
            None => (link, None),
        };
        let path = path.split('?').next().unwrap_or_default();
        Target::Here {
            path: unescape(path),
            anchor,
        }
    }
}

/// `to`, as a link in the file `from`, without `.` and `..`.
fn resolve(from: &Path, to: &str) -> PathBuf {
    if to.is_empty() {
        return from.to_path_buf();
    }
    let mut path = from.parent().unwrap_or(Path::new("")).to_path_buf();
    for part in Path::new(to).components() {
        match part {
            Component::ParentDir => {
                path.pop();
            }
            Component::CurDir => {}
            part => path.push(part),
        }
    }
    path
}

/// `%C3%A4` is `ä`.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, more)) = rest.split_first() {
        let escaped = (first == b'%')
            .then(|| more.get(..2))
            .flatten()
            .and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok());
        match escaped {
            Some(byte) => {
                bytes.push(byte);
                rest = &more[2..];
            }
            None => {
                bytes.push(first);
                rest = more;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    let entries =
        fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, files)?;
        } else if path.extension().is_some_and(|ending| ending == "html") {
            files.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here(path: &str, anchor: Option<&str>) -> Target {
        Target::Here {
            path: path.to_owned(),
            anchor: anchor.map(str::to_owned),
        }
    }

    #[test]
    fn a_link_is_to_the_web_or_to_a_place_here() {
        for link in ["https://a.b/c#d", "mailto:a@b", "//a.b"] {
            assert_eq!(Target::of(link), Target::Web, "{link}");
        }
        assert_eq!(Target::of("data:image/png;base64,AA"), Target::Data);
        assert_eq!(Target::of("a.md"), here("a.md", None));
        assert_eq!(Target::of("#b"), here("", Some("b")));
        assert_eq!(
            Target::of("../a%20b.md?x#c%C3%A4"),
            here("../a b.md", Some("cä"))
        );
        assert_eq!(Target::of("50%.md"), here("50%.md", None));
    }

    #[test]
    fn a_path_is_taken_from_the_page_it_stands_in() {
        let page = Path::new("/b/04/x.html");
        assert_eq!(resolve(page, ""), page);
        assert_eq!(resolve(page, "y.html"), Path::new("/b/04/y.html"));
        assert_eq!(resolve(page, "./../../c/d"), Path::new("/c/d"));
    }
}
