//! Tests that learners do not see, against the reference solutions.

extern crate ch03_solutions as ch03;

#[path = "hidden/break_publish.rs"]
mod break_publish;
#[path = "hidden/litmus_repair.rs"]
mod litmus_repair;
#[path = "hidden/litmus_verdicts.rs"]
mod litmus_verdicts;
#[path = "hidden/once.rs"]
mod once;
#[path = "hidden/once_map.rs"]
mod once_map;
#[path = "hidden/publish.rs"]
mod publish;
#[path = "hidden/race_detector.rs"]
mod race_detector;
#[path = "hidden/resource_tokens.rs"]
mod resource_tokens;
