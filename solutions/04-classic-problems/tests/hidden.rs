//! Tests that learners do not see, against the reference solutions.

extern crate ch04_solutions as ch04;

#[path = "hidden/break_dining.rs"]
mod break_dining;
#[path = "hidden/dining_arbiter.rs"]
mod dining_arbiter;
#[path = "hidden/dining_channels.rs"]
mod dining_channels;
#[path = "hidden/dining_ordered.rs"]
mod dining_ordered;
#[path = "hidden/dining_try_lock.rs"]
mod dining_try_lock;
#[path = "hidden/gcra.rs"]
mod gcra;
#[path = "hidden/multi_limiter.rs"]
mod multi_limiter;
#[path = "hidden/producer_consumer.rs"]
mod producer_consumer;
#[path = "hidden/ticker_bucket.rs"]
mod ticker_bucket;
#[path = "hidden/token_bucket.rs"]
mod token_bucket;
