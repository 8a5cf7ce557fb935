//! Reference solutions of chapter 3: what a learner does not get.

pub mod break_publish;
pub mod litmus_repair;
pub mod litmus_verdicts;
pub mod once;
pub mod once_map;
pub mod publish;
pub mod race_detector;
pub mod resource_tokens;
