extern crate kit_shuttle as kit;
#[path = "../../kit_loom/tests/learner/mod.rs"]
mod learner;
#[path = "../../kit_loom/tests/shared/probe_body.rs"]
mod probe_body;
