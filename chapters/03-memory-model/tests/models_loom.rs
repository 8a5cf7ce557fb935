//! The chapter's models under loom: the same exercise files and models, with another crate under the name
//! `kit`.

extern crate kit_loom as kit;
extern crate self as ch03;

#[path = "../src/once.rs"]
pub mod once;
#[path = "../src/once_map.rs"]
pub mod once_map;
#[path = "../src/publish.rs"]
pub mod publish;
#[path = "../src/resource_tokens.rs"]
pub mod resource_tokens;

#[path = "../models/once_map.rs"]
mod once_map_model;
#[path = "../models/once.rs"]
mod once_model;
#[path = "../models/publish.rs"]
mod publish_model;
#[path = "../models/resource_tokens.rs"]
mod resource_tokens_model;
