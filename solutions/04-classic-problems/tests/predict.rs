//! What the lessons say when they answer a prediction is what the code beside them gives.

#[path = "../../../docs/src/04-classic-problems/predict/break_dining.rs"]
mod break_dining;
#[path = "../../../docs/src/04-classic-problems/predict/dining_arbiter.rs"]
mod dining_arbiter;
#[path = "../../../docs/src/04-classic-problems/predict/dining_channels.rs"]
mod dining_channels;
#[path = "../../../docs/src/04-classic-problems/predict/dining_ordered.rs"]
mod dining_ordered;
#[path = "../../../docs/src/04-classic-problems/predict/dining_try_lock.rs"]
mod dining_try_lock;
#[path = "../../../docs/src/04-classic-problems/predict/gcra.rs"]
mod gcra;
#[path = "../../../docs/src/04-classic-problems/predict/multi_limiter.rs"]
mod multi_limiter;
#[path = "../../../docs/src/04-classic-problems/predict/producer_consumer.rs"]
mod producer_consumer;
#[path = "../../../docs/src/04-classic-problems/predict/ticker_bucket.rs"]
mod ticker_bucket;
#[path = "../../../docs/src/04-classic-problems/predict/token_bucket.rs"]
mod token_bucket;

macro_rules! answer {
    ($exercise:literal) => {
        include_str!(concat!(
            "../../../docs/src/04-classic-problems/predict/",
            $exercise,
            ".txt"
        ))
    };
}

#[test]
fn the_predictions_of_break_dining() {
    assert_eq!(break_dining::answer(), answer!("break_dining"));
}

#[test]
fn the_predictions_of_dining_arbiter() {
    assert_eq!(dining_arbiter::answer(), answer!("dining_arbiter"));
}

#[test]
fn the_predictions_of_dining_channels() {
    assert_eq!(dining_channels::answer(), answer!("dining_channels"));
}

#[test]
fn the_predictions_of_dining_ordered() {
    assert_eq!(dining_ordered::answer(), answer!("dining_ordered"));
}

#[test]
fn the_predictions_of_dining_try_lock() {
    assert_eq!(dining_try_lock::answer(), answer!("dining_try_lock"));
}

#[test]
fn the_predictions_of_gcra() {
    assert_eq!(gcra::answer(), answer!("gcra"));
}

#[test]
fn the_predictions_of_multi_limiter() {
    assert_eq!(multi_limiter::answer(), answer!("multi_limiter"));
}

#[test]
fn the_predictions_of_producer_consumer() {
    assert_eq!(producer_consumer::answer(), answer!("producer_consumer"));
}

#[test]
fn the_predictions_of_ticker_bucket() {
    assert_eq!(ticker_bucket::answer(), answer!("ticker_bucket"));
}

#[test]
fn the_predictions_of_token_bucket() {
    assert_eq!(token_bucket::answer(), answer!("token_bucket"));
}
