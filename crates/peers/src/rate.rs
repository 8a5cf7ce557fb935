//! The rate that limiters are made with, as the exercises write it.

use std::time::Duration;

/// `tokens` tokens, spread evenly over `per`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    pub tokens: u64,
    pub per: Duration,
}

impl Rate {
    pub const fn new(tokens: u64, per: Duration) -> Rate {
        Rate { tokens, per }
    }
}
