//! The learner's own tests, against the reference solutions.

extern crate ch04_solutions as ch04;

#[path = "../../../chapters/04-classic-problems/tests/break_dining.rs"]
mod break_dining;
#[path = "../../../chapters/04-classic-problems/tests/dining_ordered.rs"]
mod dining_ordered;
#[path = "../../../chapters/04-classic-problems/tests/producer_consumer.rs"]
mod producer_consumer;
#[path = "../../../chapters/04-classic-problems/tests/token_bucket.rs"]
mod token_bucket;
