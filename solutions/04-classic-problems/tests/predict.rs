//! The questions that the lessons ask before they tell: the answer in the book is what the program in
//! the book says.

#[path = "../../../docs/src/04-classic-problems/predict/dining_arbiter.rs"]
mod dining_arbiter;
#[path = "../../../docs/src/04-classic-problems/predict/ticker_bucket.rs"]
mod ticker_bucket;

#[test]
fn dining_arbiter() {
    assert_eq!(
        dining_arbiter::answer(),
        include_str!("../../../docs/src/04-classic-problems/predict/dining_arbiter.txt")
    );
}

#[test]
fn ticker_bucket() {
    assert_eq!(
        ticker_bucket::answer(),
        include_str!("../../../docs/src/04-classic-problems/predict/ticker_bucket.txt")
    );
}
