//! Reference solutions of chapter 4: what a learner does not get.

pub mod break_dining;
pub mod dining_ordered;
pub mod producer_consumer;
pub mod token_bucket;
