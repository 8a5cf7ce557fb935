//! One execution as a picture in a file.

use std::{
    fs,
    path::{Path, PathBuf},
};

use litmus::draw;

use super::judge::Picture;
use crate::error::{Error, Result};

/// Says whose file it is: such a one is drawn anew, and no other is touched.
const MARK: &str = "drawn by cargo xtask litmus";

/// No graph that was drawn here is as large, in bytes.
const LARGEST: u64 = 16 << 20;

/// A file to draw into.
#[derive(Clone, Debug)]
pub struct Target {
    path: PathBuf,
    kind: Kind,
}

#[derive(Clone, Copy, Debug)]
enum Kind {
    Svg,
    Dot,
}

impl Target {
    /// # Errors
    ///
    /// If the name says nothing about the kind of picture, or someone else's file lies there.
    pub fn new(path: &Path) -> Result<Target> {
        let kind = match path.extension().and_then(|ending| ending.to_str()) {
            Some("svg") => Kind::Svg,
            Some("dot" | "gv") => Kind::Dot,
            _ => {
                return Err(Error::usage(format!(
                    "`--graph {}`: name a file that ends in .svg, or in .dot for Graphviz",
                    path.display()
                )));
            }
        };
        if path.exists() && !is_ours(path) {
            return Err(Error::usage(format!(
                "{} is there already, and no graph that was drawn here; name another file",
                path.display()
            )));
        }
        Ok(Target {
            path: path.to_path_buf(),
            kind,
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    pub fn draw(&self, picture: &Picture, title: &str) -> Result<()> {
        let drawing = picture.drawing.clone().title(title);
        let text = match self.kind {
            Kind::Svg => {
                let svg = draw::svg(&picture.execution, &drawing);
                format!("{}\n<!-- {MARK} -->\n", svg.trim_end())
            }
            Kind::Dot => format!("// {MARK}\n{}", draw::dot(&picture.execution, &drawing)),
        };
        fs::write(&self.path, text).map_err(|cause| Error::file("write", &self.path, cause))
    }
}

fn is_ours(path: &Path) -> bool {
    let small = fs::metadata(path).is_ok_and(|found| found.is_file() && found.len() < LARGEST);
    small && fs::read(path).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(MARK))
}
