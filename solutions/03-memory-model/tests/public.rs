//! The learner's own tests, against the reference solutions.

extern crate ch03_solutions as ch03;

#[path = "../../../chapters/03-memory-model/tests/break_publish.rs"]
mod break_publish;
#[path = "../../../chapters/03-memory-model/tests/litmus_repair.rs"]
mod litmus_repair;
#[path = "../../../chapters/03-memory-model/tests/litmus_verdicts.rs"]
mod litmus_verdicts;
#[path = "../../../chapters/03-memory-model/tests/once.rs"]
mod once;
#[path = "../../../chapters/03-memory-model/tests/once_map.rs"]
mod once_map;
#[path = "../../../chapters/03-memory-model/tests/publish.rs"]
mod publish;
#[path = "../../../chapters/03-memory-model/tests/race_detector.rs"]
mod race_detector;
#[path = "../../../chapters/03-memory-model/tests/resource_tokens.rs"]
mod resource_tokens;
