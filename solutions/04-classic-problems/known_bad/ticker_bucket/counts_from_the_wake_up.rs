//! verdict: WrongAnswer
//! misconception: assumed-order
//!
//! The next token is due a period after the last one was put in. The learner takes it that a thread
//! which asks to be woken at a time runs at that time. Each delay is carried on, for ever, and what was
//! missed is lost.

use kit::clock::{self, Clock};
use kit::sync::{Arc, Condvar, Mutex};
use kit::thread::{self, JoinHandle};
use std::time::Duration;

/// Later than any token that somebody waits for.
const FAR: Duration = Duration::from_secs(1 << 40);

/// A token bucket, and the thread that fills it.
pub struct TickerBucket {
    shared: Arc<Shared>,
    filler: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    clock: Arc<dyn Clock>,
    period: Duration,
    burst: u64,
    level: Mutex<Level>,
    served: Condvar,
    closing: clock::Condvar,
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
            clock,
            period,
            burst,
            level: Mutex::new(Level {
                tokens: burst,
                closed: false,
            }),
            served: Condvar::new(),
            closing: clock::Condvar::new(),
        });
        let filler = thread::spawn({
            let shared = shared.clone();
            move || shared.fill()
        });
        TickerBucket {
            shared,
            filler: Mutex::new(Some(filler)),
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
        self.shared.closing.notify_all();
        if let Some(filler) = self.filler.lock().unwrap().take() {
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
    fn fill(&self) {
        let mut level = self.level.lock().unwrap();
        loop {
            // ANCHOR: due
            let due = self.clock.now() + self.period.min(FAR);
            // ANCHOR_END: due
            level = self
                .closing
                .wait_while_until(&self.clock, &self.level, level, due, |level| !level.closed)
                .0;
            if level.closed {
                return;
            }
            level.tokens = self.burst.min(level.tokens + 1);
            self.served.notify_all();
        }
    }
}
