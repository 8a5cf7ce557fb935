//! Peers of `token_bucket`.

/// The crate `governor`: the generic cell rate algorithm on one atomic of 64 bits, without a lock.
///
/// It never grants too much either. It promises less: a token is worth a whole number of nanoseconds, so a
/// rate of 3 a second is rounded once and for all; there are no reservations, so whoever cannot be served
/// now has no place in a queue; and a burst fits 32 bits.
pub mod governor {
    use std::{num::NonZeroU32, sync::Arc};

    use ::governor::{
        Quota, RateLimiter,
        clock::MonotonicClock,
        middleware::NoOpMiddleware,
        state::{InMemoryState, NotKeyed},
    };
    use kit::clock::Clock;

    pub use crate::rate::Rate;

    type Limiter = RateLimiter<
        NotKeyed,
        InMemoryState,
        MonotonicClock,
        NoOpMiddleware<<MonotonicClock as ::governor::clock::Clock>::Instant>,
    >;

    pub struct TokenBucket(Limiter);

    impl TokenBucket {
        /// It reads the clock that `kit`'s `SystemClock` reads, `Instant::now`: comparing clocks is not what
        /// this is for.
        pub fn new(_clock: Arc<dyn Clock>, rate: Rate, burst: u64) -> TokenBucket {
            let per_token = rate.per / u32::try_from(rate.tokens).expect("a rate of 32 bits");
            let burst = u32::try_from(burst).ok().and_then(NonZeroU32::new);
            let quota = Quota::with_period(per_token)
                .expect("a nanosecond or more a token")
                .allow_burst(burst.expect("a burst of 32 bits"));
            TokenBucket(RateLimiter::direct_with_clock(quota, MonotonicClock))
        }

        pub fn try_acquire(&self, n: u64) -> bool {
            let n = u32::try_from(n).ok().and_then(NonZeroU32::new);
            n.is_some_and(|n| match n {
                NonZeroU32::MIN => self.0.check().is_ok(),
                n => matches!(self.0.check_n(n), Ok(Ok(()))),
            })
        }
    }
}
