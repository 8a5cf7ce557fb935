//! What is to happen on a [`ManualClock`](super::ManualClock), in order. Times are durations since
//! the clock's start. No thread, lock or channel in here.

use std::collections::BTreeMap;
use std::time::Duration;

/// Names an entry; ordered by time, then by when it was added.
pub(super) type Key = (Duration, u64);

/// The time now, and entries that lie ahead of it.
pub(super) struct Timeline<E> {
    now: Duration,
    added: u64,
    pending: BTreeMap<Key, E>,
}

impl<E> Timeline<E> {
    pub(super) fn new() -> Self {
        Timeline {
            now: Duration::ZERO,
            added: 0,
            pending: BTreeMap::new(),
        }
    }

    pub(super) fn now(&self) -> Duration {
        self.now
    }

    /// Adds an entry for `at`. What is added for now or earlier is due at once.
    pub(super) fn add(&mut self, at: Duration, entry: E) -> Key {
        let key = (at, self.added);
        self.added += 1;
        self.pending.insert(key, entry);
        key
    }

    /// Takes an entry out again, unless it has come due.
    pub(super) fn cancel(&mut self, key: Key) -> Option<E> {
        self.pending.remove(&key)
    }

    /// When the first entry comes due.
    pub(super) fn next(&self) -> Option<Duration> {
        self.pending.first_key_value().map(|(&(at, _), _)| at)
    }

    /// What lies ahead, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = &E> {
        self.pending.values()
    }

    /// Moves to the first entry due by `target` and takes it, or, when there is none, to `target`.
    /// An entry that is added meanwhile takes its turn.
    pub(super) fn step(&mut self, target: Duration) -> Option<(Duration, E)> {
        let due = self
            .pending
            .first_entry()
            .filter(|first| first.key().0 <= target);
        match due {
            Some(first) => {
                let (at, _) = *first.key();
                self.now = self.now.max(at);
                Some((at, first.remove()))
            }
            None => {
                self.now = self.now.max(target);
                None
            }
        }
    }
}

/// The first moment after `now` that is a whole number of `period`s after `at`, as far as durations go.
pub(super) fn next_multiple(at: Duration, period: Duration, now: Duration) -> Duration {
    let period = period.as_nanos();
    let periods = now.saturating_sub(at).as_nanos() / period + 1;
    let ahead = periods
        .checked_mul(period)
        .filter(|nanos| *nanos <= Duration::MAX.as_nanos())
        .map_or(Duration::MAX, Duration::from_nanos_u128);
    at.saturating_add(ahead)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn entries_come_by_time_then_by_order_of_addition_and_now_steps_with_them() {
        let mut line = Timeline::new();
        for (at, name) in [(3, "c"), (1, "a"), (3, "d"), (2, "b"), (9, "z")] {
            line.add(seconds(at), name);
        }
        let mut seen = Vec::new();
        while let Some((at, name)) = line.step(seconds(4)) {
            assert_eq!(line.now(), at);
            seen.push(name);
        }
        assert_eq!(seen, ["a", "b", "c", "d"]);
        assert_eq!(line.now(), seconds(4));
        assert_eq!(line.next(), Some(seconds(9)));
    }

    #[test]
    fn a_cancelled_entry_does_not_come() {
        let mut line = Timeline::new();
        let first = line.add(seconds(1), "first");
        line.add(seconds(1), "second");
        assert_eq!(line.cancel(first), Some("first"));
        assert_eq!(line.cancel(first), None);
        assert_eq!(line.step(seconds(1)), Some((seconds(1), "second")));
        assert_eq!(line.step(seconds(1)), None);
    }

    #[test]
    fn time_never_goes_back() {
        let mut line = Timeline::new();
        assert_eq!(line.step(seconds(5)), None);
        line.add(seconds(2), "late");
        assert_eq!(line.step(seconds(5)), Some((seconds(2), "late")));
        assert_eq!(line.now(), seconds(5));
        assert_eq!(line.step(seconds(4)), None);
        assert_eq!(line.now(), seconds(5));
    }

    #[test]
    fn the_next_multiple_lies_strictly_ahead() {
        for (at, period, now, expected) in [
            (10, 5, 10, 15),
            (10, 5, 14, 15),
            (10, 5, 15, 20),
            (10, 5, 37, 40),
            (10, 5, 3, 15),
        ] {
            assert_eq!(
                next_multiple(seconds(at), seconds(period), seconds(now)),
                seconds(expected),
                "every {period} s from {at} s, at {now} s"
            );
        }
        assert_eq!(
            next_multiple(seconds(1), Duration::MAX, seconds(2)),
            Duration::MAX
        );
    }
}
