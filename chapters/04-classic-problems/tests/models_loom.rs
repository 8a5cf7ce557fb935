//! The chapter's models under loom: the same exercise files and models, with another crate under the name
//! `kit`.

extern crate kit_loom as kit;
extern crate self as ch04;

#[path = "../src/dining_arbiter.rs"]
pub mod dining_arbiter;
#[path = "../src/dining_channels.rs"]
pub mod dining_channels;
#[path = "../src/dining_ordered.rs"]
pub mod dining_ordered;
#[path = "../src/gcra.rs"]
pub mod gcra;
#[path = "../src/multi_limiter.rs"]
pub mod multi_limiter;
#[path = "../src/token_bucket.rs"]
pub mod token_bucket;

#[path = "../models/dining_arbiter.rs"]
mod dining_arbiter_model;
#[path = "../models/dining_channels.rs"]
mod dining_channels_model;
#[path = "../models/dining_ordered.rs"]
mod dining_ordered_model;
#[path = "../models/gcra.rs"]
mod gcra_model;
#[path = "../models/multi_limiter.rs"]
mod multi_limiter_model;
#[path = "../models/token_bucket.rs"]
mod token_bucket_model;
