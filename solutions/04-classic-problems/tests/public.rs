//! The learner's own tests, against the reference solutions.

extern crate ch04_solutions as ch04;

#[path = "../../../chapters/04-classic-problems/tests/break_dining.rs"]
mod break_dining;
#[path = "../../../chapters/04-classic-problems/tests/dining_arbiter.rs"]
mod dining_arbiter;
#[path = "../../../chapters/04-classic-problems/tests/dining_channels.rs"]
mod dining_channels;
#[path = "../../../chapters/04-classic-problems/tests/dining_ordered.rs"]
mod dining_ordered;
#[path = "../../../chapters/04-classic-problems/tests/dining_try_lock.rs"]
mod dining_try_lock;
#[path = "../../../chapters/04-classic-problems/tests/gcra.rs"]
mod gcra;
#[path = "../../../chapters/04-classic-problems/tests/multi_limiter.rs"]
mod multi_limiter;
#[path = "../../../chapters/04-classic-problems/tests/producer_consumer.rs"]
mod producer_consumer;
#[path = "../../../chapters/04-classic-problems/tests/ticker_bucket.rs"]
mod ticker_bucket;
#[path = "../../../chapters/04-classic-problems/tests/token_bucket.rs"]
mod token_bucket;
