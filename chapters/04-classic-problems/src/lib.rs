//! Chapter 4: well-known problems. Each module is one exercise; open its file and read from the top.

pub mod break_dining;
pub mod dining_arbiter;
pub mod dining_channels;
pub mod dining_ordered;
pub mod dining_try_lock;
pub mod gcra;
pub mod multi_limiter;
pub mod producer_consumer;
pub mod ticker_bucket;
pub mod token_bucket;
