//! Implementations from elsewhere that the exercises are measured against.
//!
//! A module an exercise, and in it a module a peer: the part of the exercise's API that its workload uses,
//! on top of another crate or of another idea. Each says which of the exercise's promises it keeps; one
//! that keeps fewer may be faster, and the lesson says what the difference buys.

pub mod dining_ordered;
pub mod gcra;
pub mod once;
pub mod producer_consumer;
pub mod race_detector;
pub mod rate;
pub mod token_bucket;
