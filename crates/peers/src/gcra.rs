//! Peers of `gcra`.

/// The crate `governor`: the same algorithm on one atomic, in whole nanoseconds. It promises less: a token is
/// worth a whole number of nanoseconds, there are no reservations, and a burst fits 32 bits.
pub mod governor {
    use std::sync::Arc;

    use kit::clock::Clock;

    pub use crate::rate::Rate;
    use crate::token_bucket::governor::TokenBucket;

    pub struct Limiter(TokenBucket);

    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Refused;

    impl Limiter {
        pub fn new(clock: Arc<dyn Clock>, rate: Rate, burst: u64) -> Limiter {
            Limiter(TokenBucket::new(clock, rate, burst))
        }

        pub fn try_acquire(&self, n: u64) -> Result<(), Refused> {
            self.0.try_acquire(n).then_some(()).ok_or(Refused)
        }
    }
}
