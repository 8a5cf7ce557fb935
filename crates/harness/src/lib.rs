//! What tests use.
pub use findings::Verdict;
pub use harness_macros::test;
