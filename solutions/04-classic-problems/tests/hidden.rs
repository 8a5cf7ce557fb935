//! Tests that learners do not see, against the reference solutions.

extern crate ch04_solutions as ch04;

#[path = "hidden/break_dining.rs"]
mod break_dining;
#[path = "hidden/dining_ordered.rs"]
mod dining_ordered;
#[path = "hidden/producer_consumer.rs"]
mod producer_consumer;
#[path = "hidden/token_bucket.rs"]
mod token_bucket;
