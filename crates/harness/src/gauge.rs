//! How many threads are inside at once.

use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// Counts how many are inside at once, and remembers the most there ever were: proof that work
/// overlapped, or that a limit held.
///
/// The counters synchronise nothing (every access is relaxed), so that a gauge neither hides nor
/// repairs a missing synchronisation in the code it watches. A peak is never overstated: each
/// addition sees the latest value of the counter.
#[derive(Debug, Default)]
pub struct Gauge {
    now: AtomicUsize,
    peak: AtomicUsize,
}

impl Gauge {
    /// A gauge that reads zero.
    pub const fn new() -> Self {
        Gauge {
            now: AtomicUsize::new(0),
            peak: AtomicUsize::new(0),
        }
    }

    /// Goes in, until the value returned is dropped.
    #[must_use = "bind it to a name: whoever entered leaves when it is dropped"]
    pub fn enter(&self) -> Inside<'_> {
        let inside = self.now.fetch_add(1, Relaxed) + 1;
        self.peak.fetch_max(inside, Relaxed);
        Inside(self)
    }

    /// How many are inside now.
    pub fn now(&self) -> usize {
        self.now.load(Relaxed)
    }

    /// The most that were ever inside at once.
    pub fn peak(&self) -> usize {
        self.peak.load(Relaxed)
    }
}

/// One thread's stay inside a [`Gauge`].
#[derive(Debug)]
pub struct Inside<'a>(&'a Gauge);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        self.0.now.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_peak_is_the_most_that_were_inside_at_once() {
        let gauge = Gauge::new();
        {
            let _one = gauge.enter();
            let two = gauge.enter();
            assert_eq!((gauge.now(), gauge.peak()), (2, 2));
            drop(two);
            let _two = gauge.enter();
            assert_eq!((gauge.now(), gauge.peak()), (2, 2));
        }
        assert_eq!((gauge.now(), gauge.peak()), (0, 2));
    }
}
