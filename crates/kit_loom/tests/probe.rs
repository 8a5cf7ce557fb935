extern crate kit_loom as kit;
#[path = "learner/mod.rs"]
mod learner;
#[path = "shared/probe_body.rs"]
mod probe_body;
