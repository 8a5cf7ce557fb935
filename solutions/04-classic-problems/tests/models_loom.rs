//! The chapter's models under loom, against the reference solutions.

extern crate kit_loom as kit;
extern crate self as ch04;

#[path = "../src/dining_arbiter.rs"]
pub mod dining_arbiter;
#[path = "../src/dining_ordered.rs"]
pub mod dining_ordered;
#[path = "../src/token_bucket.rs"]
pub mod token_bucket;

#[path = "../../../chapters/04-classic-problems/models/dining_arbiter.rs"]
mod dining_arbiter_model;
#[path = "../../../chapters/04-classic-problems/models/dining_ordered.rs"]
mod dining_ordered_model;
#[path = "../../../chapters/04-classic-problems/models/token_bucket.rs"]
mod token_bucket_model;
