//! What the lessons say when they answer a prediction is what the code beside them gives.

macro_rules! answer {
    ($exercise:literal) => {
        include_str!(concat!(
            "../../../docs/src/03-memory-model/predict/",
            $exercise,
            ".txt"
        ))
    };
}

#[path = "../../../docs/src/03-memory-model/predict/break_publish.rs"]
mod break_publish;
#[path = "../../../docs/src/03-memory-model/predict/litmus_repair.rs"]
mod litmus_repair;
#[path = "../../../docs/src/03-memory-model/predict/litmus_verdicts.rs"]
mod litmus_verdicts;
#[path = "../../../docs/src/03-memory-model/predict/once.rs"]
mod once;
#[path = "../../../docs/src/03-memory-model/predict/once_map.rs"]
mod once_map;
#[path = "../../../docs/src/03-memory-model/predict/publish.rs"]
mod publish;
#[path = "../../../docs/src/03-memory-model/predict/race_detector.rs"]
mod race_detector;
#[path = "../../../docs/src/03-memory-model/predict/resource_tokens.rs"]
mod resource_tokens;

#[test]
fn the_predictions_of_litmus_verdicts() {
    assert_eq!(litmus_verdicts::answer(), answer!("litmus_verdicts"));
}

/// Draw a picture again with `cargo xtask litmus NAME --model MODEL --graph FILE.svg`.
#[test]
fn the_pictures_of_litmus_verdicts() {
    for (name, file) in [
        ("MP", "litmus_verdicts_mp.svg"),
        ("MP+rel-acq", "litmus_verdicts_mp_rel_acq.svg"),
        ("LB", "litmus_verdicts_lb.svg"),
    ] {
        drawn(file, &litmus_verdicts::picture(name, litmus::Model::Rc11));
    }
}

#[test]
fn the_predictions_of_break_publish() {
    assert_eq!(break_publish::answer(), answer!("break_publish"));
}

#[test]
fn the_pictures_of_break_publish() {
    for (name, file) in [
        ("MP", "break_publish_relaxed.svg"),
        ("MP+rel-acq", "break_publish_both_ends.svg"),
        ("MP+rel-rlx", "break_publish_released.svg"),
    ] {
        drawn(file, &break_publish::picture(name));
    }
}

#[test]
fn what_the_page_of_break_publish_plays_with() {
    drawn("break_publish_arrows.js", &break_publish::arrows());
}

#[test]
fn the_predictions_of_litmus_repair() {
    assert_eq!(litmus_repair::answer(), answer!("litmus_repair"));
}

#[test]
fn the_pictures_of_litmus_repair() {
    drawn("litmus_repair_relay.svg", &litmus_repair::relay());
    drawn(
        "litmus_repair_both_wait.svg",
        &litmus_repair::both_wait_by_message(),
    );
    drawn(
        "litmus_repair_last_one_out.svg",
        &litmus_repair::last_one_out(),
    );
}

/// Whether what the book has is what is drawn now. `REDRAW=1` puts the new one there.
#[track_caller]
fn drawn(file: &str, now: &str) {
    let folder = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/src/03-memory-model/"
    );
    let path = format!("{folder}{file}");
    if std::env::var_os("REDRAW").is_some() {
        std::fs::write(&path, now).unwrap_or_else(|error| panic!("{path}: {error}"));
    }
    let shown = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    assert!(
        shown.trim_end() == now.trim_end(),
        "{file} is another one by now: set REDRAW=1 to write it again, and look at it"
    );
}

#[test]
fn the_predictions_of_race_detector() {
    assert_eq!(race_detector::answer(), answer!("race_detector"));
}

#[test]
fn the_predictions_of_publish() {
    assert_eq!(publish::answer(), answer!("publish"));
}

#[test]
fn the_predictions_of_once() {
    assert_eq!(once::answer(), answer!("once"));
}

#[test]
fn the_predictions_of_once_map() {
    assert_eq!(once_map::answer(), answer!("once_map"));
}

#[test]
fn the_predictions_of_resource_tokens() {
    assert_eq!(resource_tokens::answer(), answer!("resource_tokens"));
}
