//! The answers to the questions of the lessons, as the lessons print them.

#[path = "../../../docs/src/04-classic-problems/predict/break_dining.rs"]
mod break_dining;

#[test]
fn break_dining() {
    assert_eq!(
        break_dining::answer(),
        include_str!("../../../docs/src/04-classic-problems/predict/break_dining.txt")
    );
}
