//! The chapter's models under shuttle, against the reference solutions.

extern crate kit_shuttle as kit;
extern crate self as ch04;

#[path = "../src/dining_channels.rs"]
pub mod dining_channels;
#[path = "../src/dining_ordered.rs"]
pub mod dining_ordered;
#[path = "../src/token_bucket.rs"]
pub mod token_bucket;

#[path = "../../../chapters/04-classic-problems/models/dining_channels.rs"]
mod dining_channels_model;
#[path = "../../../chapters/04-classic-problems/models/dining_ordered.rs"]
mod dining_ordered_model;
#[path = "../../../chapters/04-classic-problems/models/token_bucket.rs"]
mod token_bucket_model;
