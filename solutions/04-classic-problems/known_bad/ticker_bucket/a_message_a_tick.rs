//! verdict: WrongAnswer
//! misconception: fair-system
//!
//! Takes a ticker of the clock and puts in a token for each tick. A ticker holds one tick: those that
//! come while the filler has not taken the last are dropped, and the learner takes it that the filler
//! always runs in between.

use kit::channel::{Receiver, Sender, bounded, select};
use kit::clock::Clock;
use kit::sync::{Arc, Condvar, Mutex};
use kit::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// Later than any token that somebody waits for.
const FAR: Duration = Duration::from_secs(1 << 40);

/// A token bucket, and the thread that fills it.
pub struct TickerBucket {
    shared: Arc<Shared>,
    filler: Mutex<Option<(Sender<()>, JoinHandle<()>)>>,
}

struct Shared {
    burst: u64,
    level: Mutex<Level>,
    served: Condvar,
}

struct Level {
    tokens: u64,
    closed: bool,
}

/// The bucket is closed, and grants nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

impl TickerBucket {
    pub fn new(clock: Arc<dyn Clock>, period: Duration, burst: u64) -> TickerBucket {
        assert!(!period.is_zero() && burst > 0);
        let shared = Arc::new(Shared {
            burst,
            level: Mutex::new(Level {
                tokens: burst,
                closed: false,
            }),
            served: Condvar::new(),
        });
        let (close, closing) = bounded(0);
        let filler = thread::spawn({
            let shared = shared.clone();
            let ticks = clock.tick(period.min(FAR));
            move || shared.fill(ticks, closing)
        });
        TickerBucket {
            shared,
            filler: Mutex::new(Some((close, filler))),
        }
    }

    pub fn wait(&self) -> Result<(), Closed> {
        let mut level = self.shared.level.lock().unwrap();
        while level.tokens == 0 && !level.closed {
            level = self.shared.served.wait(level).unwrap();
        }
        if level.closed {
            return Err(Closed);
        }
        level.tokens -= 1;
        Ok(())
    }

    pub fn close(&self) {
        self.shared.level.lock().unwrap().closed = true;
        self.shared.served.notify_all();
        if let Some((close, filler)) = self.filler.lock().unwrap().take() {
            drop(close);
            filler.join().unwrap();
        }
    }
}

impl Drop for TickerBucket {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    fn fill(&self, ticks: Receiver<Instant>, closing: Receiver<()>) {
        loop {
            select! {
                recv(ticks) -> _ => {}
                recv(closing) -> _ => return,
            }
            let mut level = self.level.lock().unwrap();
            level.tokens = self.burst.min(level.tokens + 1);
            self.served.notify_one();
        }
    }
}
