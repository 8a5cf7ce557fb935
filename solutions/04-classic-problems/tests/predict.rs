//! The answers to the questions of the lessons, as the lessons print them.

#[path = "../../../docs/src/04-classic-problems/predict/dining_channels.rs"]
mod dining_channels;
#[path = "../../../docs/src/04-classic-problems/predict/dining_try_lock.rs"]
mod dining_try_lock;

#[test]
fn dining_channels() {
    assert_eq!(
        dining_channels::answer(),
        include_str!("../../../docs/src/04-classic-problems/predict/dining_channels.txt")
    );
}

#[test]
fn dining_try_lock() {
    assert_eq!(
        dining_try_lock::answer(),
        include_str!("../../../docs/src/04-classic-problems/predict/dining_try_lock.txt")
    );
}
