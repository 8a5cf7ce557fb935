//! The chapter's models under shuttle, against the reference solutions.

extern crate kit_shuttle as kit;
extern crate self as ch03;

#[path = "../src/once.rs"]
pub mod once;
#[path = "../src/once_map.rs"]
pub mod once_map;
#[path = "../src/publish.rs"]
pub mod publish;
#[path = "../src/resource_tokens.rs"]
pub mod resource_tokens;

#[path = "../../../chapters/03-memory-model/models/once_map.rs"]
mod once_map_model;
#[path = "../../../chapters/03-memory-model/models/once.rs"]
mod once_model;
#[path = "../../../chapters/03-memory-model/models/publish.rs"]
mod publish_model;
#[path = "../../../chapters/03-memory-model/models/resource_tokens.rs"]
mod resource_tokens_model;
