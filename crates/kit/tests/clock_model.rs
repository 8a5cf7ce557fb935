//! The manual clock against a model of a few lines, under random schedules that a seed names.

use kit::channel::Receiver;
use kit::clock::{Clock, ManualClock};
use kit::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

#[test]
fn does_what_the_model_does() {
    for seed in 0..300 {
        thread::scope(|s| Run::new(s, seed).steps(60));
    }
}

/// One thing on the clock: what the test sees of it, next to what the model knows.
enum Thing<'scope> {
    Timer {
        receiver: Receiver<Instant>,
        /// When it fires, and afterwards whether its message is still there.
        at: u64,
        fired: bool,
        unread: Option<u64>,
    },
    Ticker {
        receiver: Receiver<Instant>,
        next: u64,
        period: u64,
        unread: Option<u64>,
    },
    Sleeper {
        thread: ScopedJoinHandle<'scope, Duration>,
        at: u64,
    },
}

struct Run<'scope, 'env> {
    scope: &'scope thread::Scope<'scope, 'env>,
    clock: ManualClock,
    random: Random,
    seed: u64,
    /// In seconds, as all times of the model.
    now: u64,
    timers: usize,
    things: Vec<Thing<'scope>>,
}

impl<'scope, 'env> Run<'scope, 'env> {
    fn new(scope: &'scope thread::Scope<'scope, 'env>, seed: u64) -> Self {
        let (clock, random) = (ManualClock::new(), Random(seed));
        Run {
            scope,
            clock,
            random,
            seed,
            now: 0,
            timers: 0,
            things: Vec::new(),
        }
    }

    fn steps(mut self, count: usize) {
        for step in 0..count {
            self.step();
            self.compare(step);
        }
        // Whoever still sleeps is let go, so that the scope ends.
        self.advance(1000);
        self.compare(count);
    }

    fn step(&mut self) {
        let seconds = self.random.below(10);
        match self.random.below(8) {
            0 => {
                let receiver = self.clock.after(Duration::from_secs(seconds));
                let (at, fired) = (self.now + seconds, seconds == 0);
                let unread = fired.then_some(at);
                self.timers += 1;
                self.things.push(Thing::Timer {
                    receiver,
                    at,
                    fired,
                    unread,
                });
            }
            1 => {
                let period = seconds + 1;
                let receiver = self.clock.tick(Duration::from_secs(period));
                let next = self.now + period;
                self.timers += 1;
                self.things.push(Thing::Ticker {
                    receiver,
                    next,
                    period,
                    unread: None,
                });
            }
            2 | 3 => {
                let at = self.now + seconds;
                let (clock, deadline) = (self.clock.clone(), self.instant(at));
                let thread = self.scope.spawn(move || {
                    clock.sleep_until(deadline);
                    clock.elapsed()
                });
                self.things.push(Thing::Sleeper { thread, at });
                self.clock.wait_for_sleepers(self.sleepers());
            }
            4 => self.take(),
            5 => self.drop_one(),
            6 => self.advance(seconds),
            _ => {
                let next = self.next();
                let expected = next.map(|next| self.instant(next));
                assert_eq!(self.clock.advance_to_next(), expected, "seed {}", self.seed);
                if let Some(next) = next {
                    self.moved(next);
                }
            }
        }
    }

    fn advance(&mut self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
        self.moved(self.now + seconds);
    }

    /// The model's whole rule for a move.
    fn moved(&mut self, target: u64) {
        self.now = target;
        for thing in &mut self.things {
            match thing {
                Thing::Timer {
                    at, fired, unread, ..
                } if !*fired && *at <= target => {
                    *fired = true;
                    *unread = Some(*at);
                }
                Thing::Ticker {
                    next,
                    period,
                    unread,
                    ..
                } if *next <= target => {
                    unread.get_or_insert(*next);
                    while *next <= target {
                        *next += *period;
                    }
                }
                _ => {}
            }
        }
    }

    /// Receives from one channel at random.
    fn take(&mut self) {
        let (start, seed) = (self.clock.start(), self.seed);
        let chosen = self.random.below(self.things.len().max(1) as u64) as usize;
        if let Some(
            Thing::Timer {
                receiver, unread, ..
            }
            | Thing::Ticker {
                receiver, unread, ..
            },
        ) = self.things.get_mut(chosen)
        {
            let seen = receiver.try_recv().ok().map(|at| (at - start).as_secs());
            assert_eq!(seen, unread.take(), "seed {seed}");
        }
    }

    /// Forgets one channel at random, if it is one that the clock forgets at once too: a timer that
    /// has fired. (Others stay on the clock until they are due.)
    fn drop_one(&mut self) {
        let chosen = self.random.below(self.things.len().max(1) as u64) as usize;
        if let Some(Thing::Timer { fired: true, .. }) = self.things.get(chosen) {
            self.things.swap_remove(chosen);
        }
    }

    fn compare(&mut self, step: usize) {
        let case = format!("seed {}, step {step}", self.seed);
        assert_eq!(
            self.clock.elapsed(),
            Duration::from_secs(self.now),
            "{case}"
        );
        assert_eq!(self.clock.sleepers(), self.sleepers(), "{case}");
        assert_eq!(self.clock.timers(), self.timers, "{case}");
        let mut left = Vec::new();
        for thing in self.things.drain(..) {
            match thing {
                // Woken, so it ends, and by then the clock shows the end of the move.
                Thing::Sleeper { thread, at } if at <= self.now => {
                    assert_eq!(
                        thread.join().unwrap(),
                        Duration::from_secs(self.now),
                        "{case}"
                    );
                }
                Thing::Timer {
                    ref receiver,
                    ref unread,
                    ..
                }
                | Thing::Ticker {
                    ref receiver,
                    ref unread,
                    ..
                } => {
                    assert_eq!(receiver.len(), unread.iter().len(), "{case}");
                    left.push(thing);
                }
                Thing::Sleeper { .. } => left.push(thing),
            }
        }
        self.things = left;
    }

    fn sleepers(&self) -> usize {
        let asleep =
            |thing: &&Thing<'_>| matches!(thing, Thing::Sleeper { at, .. } if *at > self.now);
        self.things.iter().filter(asleep).count()
    }

    fn next(&self) -> Option<u64> {
        let due = self.things.iter().filter_map(|thing| match thing {
            Thing::Timer { fired: true, .. } => None,
            Thing::Timer { at, .. } | Thing::Sleeper { at, .. } => Some(*at),
            Thing::Ticker { next, .. } => Some(*next),
        });
        due.filter(|at| *at > self.now).min()
    }

    fn instant(&self, seconds: u64) -> Instant {
        self.clock.start() + Duration::from_secs(seconds)
    }
}

/// SplitMix64 (Steele, Lea and Flood, OOPSLA 2014).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % bound
    }
}
