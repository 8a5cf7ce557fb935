//! The data of the puzzles in the book are what the explorer finds today.

use std::{fs, path::Path};

use puzzle::{given::break_dining, page};

/// With `PUZZLE_WRITE=1` the file is written instead.
#[test]
fn the_data_in_the_book_are_those_of_the_explorer() {
    let pages = [(
        "04-classic-problems/break_dining_puzzles.js",
        page::script(&break_dining::pages()),
    )];
    for (name, script) in pages {
        let file = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../docs/src")
            .join(name);
        if std::env::var_os("PUZZLE_WRITE").is_some() {
            fs::write(&file, &script).unwrap();
        }
        let written = fs::read_to_string(&file).unwrap_or_default();
        assert!(
            written == script,
            "{name} is not what the explorer finds; `PUZZLE_WRITE=1 cargo test -p puzzle --test \
             book` writes it"
        );
    }
}
