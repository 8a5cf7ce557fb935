//! `new`: every file that an exercise needs, for its author to fill in, and its name wherever a chapter
//! names its exercises. It compiles from the first moment, and `verify` names what is still to be
//! filled in.

use std::{fs, path::Path};

use crate::{
    catalog::{self, Catalog, Chapter},
    course::Course,
    edition,
    error::{Error, Result, exit},
    report::{lines::Line, terminal::WIDTH},
    tidy::FILL_IN,
    transaction::{self, Change},
};

pub fn run(
    course: &Course,
    catalog: &Catalog,
    id: &str,
    chapter: &str,
    modelled: bool,
) -> Result<u8> {
    edition::full_only(course, "new")?;
    let chapter = place(catalog, id, chapter)?;
    let files = Skeleton::new(&course.root, chapter, id, modelled).files()?;
    write(&course.root, &files)?;
    let mut said = vec![format!("`{id}` is in {} now. To be filled in:", chapter.id)];
    said.push(String::new());
    said.extend(
        files
            .iter()
            .filter(|file| file.text.contains(FILL_IN))
            .map(|file| format!("  {}", file.path)),
    );
    said.push(String::new());
    said.push(format!(
        "Each says what belongs there, in a sentence that begins `{FILL_IN}`. `cargo xtask verify {id}` \
         names all that is left. When the stub is done, `cargo xtask verify --accept-stubs` records it \
         as the one that is handed out."
    ));
    for line in said {
        for line in Line::plain(line).fold(WIDTH) {
            anstream::println!("{line}");
        }
    }
    Ok(exit::OK)
}

/// The chapter to put it in, if the name is free and can be one.
fn place<'a>(catalog: &'a Catalog, id: &str, chapter: &str) -> Result<&'a Chapter> {
    if !catalog::is_id(id) || syn::parse_str::<syn::Ident>(id).is_err() {
        return Err(Error::usage(format!(
            "`{id}` cannot be a Rust module; take lower case, digits and `_`, such as `dining_ordered`"
        )));
    }
    if let Some(taken) = catalog.exercises().find(|exercise| exercise.id() == id) {
        return Err(Error::usage(format!(
            "there is an exercise `{id}` in {} already; names are unique in the course",
            taken.chapter
        )));
    }
    if catalog.chapter(id).is_some() {
        return Err(Error::usage(format!("`{id}` is the name of a chapter")));
    }
    catalog.chapter(chapter).ok_or_else(|| {
        let all: Vec<&str> = catalog
            .chapters
            .iter()
            .map(|chapter| chapter.id.as_str())
            .collect();
        Error::usage(format!(
            "there is no chapter `{chapter}`; there is {}",
            all.join(", ")
        ))
    })
}

/// A file as it will be, by its path from the root, with `/`.
struct File {
    path: String,
    text: String,
}

struct Skeleton<'a> {
    root: &'a Path,
    chapter: &'a Chapter,
    id: &'a str,
    modelled: bool,
}

impl<'a> Skeleton<'a> {
    fn new(root: &'a Path, chapter: &'a Chapter, id: &'a str, modelled: bool) -> Skeleton<'a> {
        Skeleton {
            root,
            chapter,
            id,
            modelled,
        }
    }

    fn files(&self) -> Result<Vec<File>> {
        let (id, folder) = (self.id, &self.chapter.folder);
        let (ours, theirs) = (format!("solutions/{folder}"), format!("chapters/{folder}"));
        let book = format!("docs/src/{folder}");
        let mut files = vec![
            self.fresh(
                format!("{theirs}/src/{id}.rs"),
                include_str!("../skeleton/stub.rs"),
            )?,
            self.fresh(
                format!("{theirs}/tests/{id}.rs"),
                include_str!("../skeleton/public.rs"),
            )?,
        ];
        if self.modelled {
            let models = include_str!("../skeleton/models.rs");
            files.push(self.fresh(format!("{theirs}/models/{id}.rs"), models)?);
        }
        files.push(self.manifest(&format!("{theirs}/exercises.toml"))?);
        for (path, text) in [
            (
                format!("{ours}/src/{id}.rs"),
                include_str!("../skeleton/reference.rs"),
            ),
            (
                format!("{ours}/tests/hidden/{id}.rs"),
                include_str!("../skeleton/unseen.rs"),
            ),
            (
                format!("{ours}/known_bad/{id}/first_idea.rs"),
                include_str!("../skeleton/first_idea.rs"),
            ),
            (
                format!("{book}/{id}.md"),
                include_str!("../skeleton/lesson.md"),
            ),
            (
                format!("{book}/predict/{id}.rs"),
                include_str!("../skeleton/predict.rs"),
            ),
            (
                format!("{book}/predict/{id}.txt"),
                include_str!("../skeleton/predict.txt"),
            ),
        ] {
            files.push(self.fresh(path, text)?);
        }
        files.extend(self.contents(&book)?);
        let tests = format!("../../../chapters/{folder}/tests/{id}.rs");
        let predict = format!("../../../docs/src/{folder}/predict/{id}.rs");
        for (path, at, visible) in [
            (format!("{theirs}/src/lib.rs"), None, true),
            (format!("{ours}/src/lib.rs"), None, true),
            (format!("{ours}/tests/public.rs"), Some(tests), false),
            (
                format!("{ours}/tests/hidden.rs"),
                Some(format!("hidden/{id}.rs")),
                false,
            ),
            (format!("{ours}/tests/predict.rs"), Some(predict), false),
        ] {
            let mut text = with_module(&self.read(&path)?, visible, id, at.as_deref());
            if path.ends_with("/predict.rs") {
                text += &format!(
                    "\n#[test]\nfn the_predictions_of_{id}() {{\n    \
                     assert_eq!({id}::answer(), answer!(\"{id}\"));\n}}\n"
                );
            }
            files.push(File { path, text });
        }
        if self.modelled {
            for part in ["chapters", "solutions"] {
                for twin in ["loom", "shuttle"] {
                    files.push(self.models(part, twin)?);
                }
            }
        }
        Ok(files)
    }

    /// Where the chapter's models are named, with this one.
    fn models(&self, part: &str, twin: &str) -> Result<File> {
        let (id, folder) = (self.id, &self.chapter.folder);
        let path = format!("{part}/{folder}/tests/models_{twin}.rs");
        let text = self.read(&path)?;
        let text = with_module(&text, true, id, Some(&format!("../src/{id}.rs")));
        let at = match part {
            "chapters" => format!("../models/{id}.rs"),
            _ => format!("../../../chapters/{folder}/models/{id}.rs"),
        };
        let text = with_module(&text, false, &format!("{id}_model"), Some(&at));
        Ok(File { path, text })
    }

    fn manifest(&self, path: &str) -> Result<File> {
        let entry = self.filled(include_str!("../skeleton/entry.toml"));
        let text = self.read(path)?.trim_end().to_owned() + "\n" + &entry;
        Ok(File {
            path: path.to_owned(),
            text,
        })
    }

    /// The book's table of contents, and the chapter's first page if that has a table of exercises.
    fn contents(&self, book: &str) -> Result<Vec<File>> {
        let (id, folder) = (self.id, &self.chapter.folder);
        let path = "docs/src/SUMMARY.md".to_owned();
        let line = format!("  - [{}]({folder}/{id}.md)", self.title());
        let text =
            behind_last(&self.read(&path)?, &format!("]({folder}/"), &line).ok_or_else(|| {
                Error::course(format!(
                    "{path} has no line with `({folder}/`, behind which the lesson belongs"
                ))
            })?;
        let mut files = vec![File { path, text }];
        let path = format!("{book}/README.md");
        let row = format!("| {{{{exercise {id}}}}} | {FILL_IN} what it is about, in a sentence. |");
        if let Ok(text) = fs::read_to_string(self.root.join(&path))
            && let Some(text) = behind_last(&text, "| {{exercise ", &row)
        {
            files.push(File { path, text });
        }
        Ok(files)
    }

    fn read(&self, path: &str) -> Result<String> {
        let path = self.root.join(path);
        fs::read_to_string(&path).map_err(|cause| Error::file("read", &path, cause))
    }

    fn fresh(&self, path: String, template: &str) -> Result<File> {
        if self.root.join(&path).symlink_metadata().is_ok() {
            return Err(Error::usage(format!(
                "{path} is there already; nothing was changed"
            )));
        }
        Ok(File {
            path,
            text: self.filled(template),
        })
    }

    fn filled(&self, template: &str) -> String {
        let (tests, models) = if self.modelled {
            ("6", "4")
        } else {
            ("10", "0")
        };
        template
            .replace("@EX@", self.id)
            .replace("@TITLE@", &self.title())
            .replace("@CHAPTER@", &self.chapter.id)
            .replace("@FOLDER@", &self.chapter.folder)
            .replace("@TESTS@", tests)
            .replace("@MODELS@", models)
            .replace("@MODELLED@", if self.modelled { "true" } else { "false" })
    }

    /// `dining_ordered` as words.
    fn title(&self) -> String {
        let words = self.id.replace('_', " ");
        let mut letters = words.chars();
        letters
            .next()
            .into_iter()
            .flat_map(char::to_uppercase)
            .chain(letters)
            .collect()
    }
}

/// `text` with `line` behind the last line that contains `mark`.
fn behind_last(text: &str, mark: &str, line: &str) -> Option<String> {
    let mut lines: Vec<&str> = text.lines().collect();
    let last = lines.iter().rposition(|line| line.contains(mark))?;
    lines.insert(last + 1, line);
    Some(lines.join("\n") + "\n")
}

/// A list of modules with one more, where the order of names puts it.
fn with_module(text: &str, visible: bool, name: &str, at: Option<&str>) -> String {
    let keyword = if visible { "pub mod " } else { "mod " };
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let listed = |line: &String| -> Option<String> {
        Some(line.strip_prefix(keyword)?.strip_suffix(';')?.to_owned())
    };
    let next = lines
        .iter()
        .position(|line| listed(line).is_some_and(|listed| listed.as_str() > name));
    let place = match next {
        // Its path belongs to it.
        Some(next) if next > 0 && lines[next - 1].starts_with("#[path") => next - 1,
        Some(next) => next,
        None => match lines.iter().rposition(|line| listed(line).is_some()) {
            Some(last) => last + 1,
            None => {
                lines.push(String::new());
                lines.len()
            }
        },
    };
    let path = at.map(|at| format!("#[path = \"{at}\"]"));
    let item = path.into_iter().chain([format!("{keyword}{name};")]);
    lines.splice(place..place, item);
    lines.join("\n") + "\n"
}

/// All of `files` or none.
fn write(root: &Path, files: &[File]) -> Result<()> {
    let folder = tempfile::tempdir()
        .map_err(|cause| Error::machine(format!("cannot create a temporary folder: {cause}")))?;
    let mut changes = Vec::new();
    for (number, file) in files.iter().enumerate() {
        let from = folder.path().join(number.to_string());
        fs::write(&from, &file.text).map_err(|cause| Error::file("write", &from, cause))?;
        changes.push(Change::Write {
            path: file.path.clone(),
            from,
        });
    }
    transaction::apply(root, &changes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_goes_where_its_name_belongs_and_takes_its_path_along() {
        let list =
            "//! List.\n\n#[path = \"b.rs\"]\nmod b;\n#[path = \"d.rs\"]\nmod d;\n\nfn rest() {}\n";
        for (name, before, after) in [
            ("a", "//! List.\n\n", "#[path = \"b.rs\"]"),
            ("c", "mod b;\n", "#[path = \"d.rs\"]"),
            ("e", "mod d;\n", "\nfn rest"),
        ] {
            let with = with_module(list, false, name, Some("x.rs"));
            let item = format!("{before}#[path = \"x.rs\"]\nmod {name};\n{after}");
            assert!(with.contains(&item), "{with}");
            assert_eq!(with.lines().count(), list.lines().count() + 2);
        }
        assert_eq!(
            with_module("//! None.\n", true, "a", None),
            "//! None.\n\npub mod a;\n"
        );
        // Private and public ones are two lists.
        assert_eq!(
            with_module("pub mod a;\npub mod z;\n\nmod y;\n", false, "b", None),
            "pub mod a;\npub mod z;\n\nmod b;\nmod y;\n"
        );
    }
}
