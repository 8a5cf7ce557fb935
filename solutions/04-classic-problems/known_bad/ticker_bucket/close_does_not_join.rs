//! verdict: Leak
//! misconception: one-join-is-all
//!
//! Tells the filler to end, and takes it that it has ended. `close` returns while the thread is still
//! on its way out, with all that it holds.

use kit::clock::{self, Clock};
use kit::sync::{Arc, Condvar, Mutex};
use kit::thread;
use std::time::{Duration, Instant};

/// Later than any token that somebody waits for.
const FAR: Duration = Duration::from_secs(1 << 40);

/// A token bucket, and the thread that fills it.
pub struct TickerBucket {
    shared: Arc<Shared>,
}

struct Shared {
    clock: Arc<dyn Clock>,
    start: Instant,
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
            start: clock.now(),
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
        thread::spawn({
            let shared = shared.clone();
            move || shared.fill()
        });
        TickerBucket { shared }
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
    }
}

impl Drop for TickerBucket {
    fn drop(&mut self) {
        self.close();
    }
}

impl Shared {
    fn fill(&self) {
        let mut put = 0;
        let mut level = self.level.lock().unwrap();
        loop {
            let due = self.period.as_nanos().saturating_mul(put + 1);
            let due = self.start + Duration::from_nanos_u128(due.min(FAR.as_nanos()));
            level = self
                .closing
                .wait_while_until(&self.clock, &self.level, level, due, |level| !level.closed)
                .0;
            if level.closed {
                return;
            }
            let all = (self.clock.now() - self.start).as_nanos() / self.period.as_nanos();
            let room = u128::from(self.burst - level.tokens);
            level.tokens += (all - put).min(room) as u64;
            put = all;
            self.served.notify_all();
        }
    }
}
