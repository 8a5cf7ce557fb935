//! Chapter 4: well-known problems. Each module is one exercise; open its file and read from the top.

pub mod break_dining;
pub mod dining_ordered;
pub mod producer_consumer;
pub mod token_bucket;
