//! Reference solutions of chapter 4: what a learner does not get.

pub mod dining_channels;
pub mod dining_ordered;
pub mod dining_try_lock;
pub mod producer_consumer;
pub mod token_bucket;
