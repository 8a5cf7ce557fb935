//! Where tests come from: names, files, folders of files, standard input. Names and paths are settled before
//! anything is judged; a file is read when its turn comes. What is no litmus test is a [`Fault`] of that
//! one test and stops no other.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::Arc,
};

use litmus::classics::{self, Classic};

use crate::error::{Error, Result};

/// Longer files are no litmus tests, and are not read to the end.
const LONGEST: u64 = 1 << 20;

/// A test that is yet to be read.
#[derive(Clone, Debug)]
pub enum Source {
    Named(&'static Classic),
    File(PathBuf),
    /// Found in a folder, but not to be opened.
    Spoilt(PathBuf, Fault),
    Input(Arc<[u8]>),
}

/// Why there is no test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It was read, and is none.
    Text(String),
    /// It cannot be read.
    Machine(String),
    /// It is one, and the engine failed.
    Engine(String),
}

impl Fault {
    pub fn message(&self) -> &str {
        match self {
            Fault::Text(message) | Fault::Machine(message) | Fault::Engine(message) => message,
        }
    }
}

/// What was asked for.
#[derive(Clone, Debug)]
pub struct Sources {
    pub tests: Vec<Source>,
    /// A folder was among it: there may be thousands.
    pub batch: bool,
}

impl Sources {
    /// What `arguments` name, in their order; a folder's files sorted by path.
    ///
    /// # Errors
    ///
    /// If one names nothing: neither a test, nor a file, nor a folder with a test in it.
    pub fn find(arguments: &[PathBuf]) -> Result<Sources> {
        let mut sources = Sources {
            tests: Vec::new(),
            batch: false,
        };
        let mut input = false;
        for argument in arguments {
            if argument.as_os_str() == "-" {
                if std::mem::replace(&mut input, true) {
                    return Err(Error::usage(
                        "`-` is given twice; standard input can be read once",
                    ));
                }
                sources.tests.push(read_input()?);
            } else {
                sources.add(argument)?;
            }
        }
        Ok(sources)
    }

    fn add(&mut self, argument: &Path) -> Result<()> {
        let name = argument.to_str();
        let named = name.and_then(classics::find);
        // `SB` is the test even beside a file `SB` (that is `./SB`); `lock` is a folder if there is one.
        if let Some(classic) = named.filter(|classic| Some(classic.name) == name) {
            self.tests.push(Source::Named(classic));
            return Ok(());
        }
        match fs::metadata(argument) {
            Ok(found) if found.is_dir() => {
                self.batch = true;
                let before = self.tests.len();
                walk(argument, &mut self.tests)
                    .map_err(|cause| Error::file("list", argument, cause))?;
                if self.tests.len() == before {
                    return Err(Error::usage(format!(
                        "there is no `*.litmus` file in {}",
                        argument.display()
                    )));
                }
                Ok(())
            }
            Ok(_) => {
                self.tests.push(Source::File(argument.to_path_buf()));
                Ok(())
            }
            Err(cause) => match (named, cause.kind()) {
                (Some(classic), _) => {
                    self.tests.push(Source::Named(classic));
                    Ok(())
                }
                (None, io::ErrorKind::NotFound | io::ErrorKind::InvalidFilename) => {
                    Err(unknown(argument))
                }
                (None, _) => Err(Error::file("read", argument, cause)),
            },
        }
    }
}

/// The files `*.litmus` below `folder`, sorted. Links to folders are not followed, and so there is no loop.
fn walk(folder: &Path, tests: &mut Vec<Source>) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    // `MP.litmus` before `MP+rel.litmus`, as people sort names.
    entries.sort_by_key(|entry| (entry.path().with_extension(""), entry.file_name()));
    for entry in entries {
        let path = entry.path();
        let kind = entry.file_type()?;
        if kind.is_dir() {
            if let Err(cause) = walk(&path, tests) {
                tests.push(Source::Spoilt(
                    path,
                    Fault::Machine(format!("cannot be listed: {cause}")),
                ));
            }
        } else if path.extension().is_some_and(|ending| ending == "litmus") {
            match fs::metadata(&path) {
                Ok(found) if found.is_file() => tests.push(Source::File(path)),
                Ok(found) if found.is_dir() => {}
                Ok(_) => tests.push(Source::Spoilt(
                    path,
                    Fault::Text("is a device or a pipe, no file".to_owned()),
                )),
                Err(cause) => tests.push(Source::Spoilt(path, unreadable(&cause))),
            }
        }
    }
    Ok(())
}

fn unknown(argument: &Path) -> Error {
    let shown = argument.display();
    let looks_like_a_path = argument.components().count() > 1
        || argument
            .extension()
            .is_some_and(|ending| ending == "litmus");
    if looks_like_a_path {
        return Error::usage(format!("there is no file {shown}"));
    }
    let typed = argument.to_string_lossy().to_lowercase();
    let nearest = classics::ALL
        .iter()
        .map(|classic| {
            let name = classic.name.to_lowercase();
            (strsim::damerau_levenshtein(&name, &typed), classic.name)
        })
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, name)| *distance <= name.len().max(typed.len()).div_ceil(2));
    Error::usage(match nearest {
        Some((_, name)) => format!(
            "there is no file and no test `{shown}`; did you mean `{name}`? (`cargo xtask litmus` lists \
             them)"
        ),
        None => {
            format!("there is no file and no test `{shown}`; `cargo xtask litmus` lists the tests")
        }
    })
}

fn read_input() -> Result<Source> {
    let mut bytes = Vec::new();
    io::stdin()
        .lock()
        .take(LONGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|cause| Error::machine(format!("cannot read standard input: {cause}")))?;
    Ok(Source::Input(bytes.into()))
}

impl Source {
    /// The file, as it was found; none for a test that has a name only.
    pub fn file(&self) -> Option<&Path> {
        match self {
            Source::File(path) | Source::Spoilt(path, _) => Some(path),
            Source::Named(_) => None,
            Source::Input(_) => Some(Path::new("-")),
        }
    }

    /// The test's text.
    pub fn text(&self) -> Result<String, Fault> {
        let bytes = match self {
            Source::Named(classic) => return Ok(classic.text.to_owned()),
            Source::Spoilt(_, fault) => return Err(fault.clone()),
            Source::Input(bytes) => bytes.to_vec(),
            Source::File(path) => {
                let mut bytes = Vec::new();
                File::open(path)
                    .and_then(|file| file.take(LONGEST + 1).read_to_end(&mut bytes))
                    .map_err(|cause| unreadable(&cause))?;
                bytes
            }
        };
        if bytes.len() as u64 > LONGEST {
            return Err(Fault::Text(
                "is longer than 1 MiB, and so no litmus test".to_owned(),
            ));
        }
        String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let line = error.as_bytes()[..at].split(|&byte| byte == b'\n').count();
            Fault::Text(format!("is no text: invalid UTF-8 in line {line}"))
        })
    }
}

fn unreadable(cause: &io::Error) -> Fault {
    Fault::Machine(format!("cannot be read: {cause}"))
}
