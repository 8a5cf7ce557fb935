//! verdict: WrongAnswer
//! misconception: send-never-blocks
//!
//! The bucket is a channel, and the filler sends the tokens into it. On a full channel `send` waits for
//! room. As long as nobody takes a token the filler keeps no time and hears of no `close`; when
//! somebody does, it puts in tokens that should be lost.

use kit::channel::{Receiver, Sender, bounded, select};
use kit::clock::Clock;
use kit::sync::{Arc, Mutex};
use kit::thread::{self, JoinHandle};
use std::time::Duration;

/// A token bucket, and the thread that fills it.
pub struct TickerBucket {
    tokens: Receiver<()>,
    stop: Mutex<Option<(Sender<()>, JoinHandle<()>)>>,
}

/// The bucket is closed, and grants nothing any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Closed;

impl TickerBucket {
    pub fn new(clock: Arc<dyn Clock>, period: Duration, burst: u64) -> TickerBucket {
        assert!(!period.is_zero() && burst > 0);
        // A channel of units takes no memory for them, however many.
        let (bucket, tokens) = bounded(burst.min(1 << 10) as usize);
        for _ in 0..burst.min(1 << 10) {
            bucket.send(()).unwrap();
        }
        let (stop, stopped) = bounded::<()>(0);
        // ANCHOR: filler
        let start = clock.now();
        let filler = thread::spawn(move || {
            let mut put = 0;
            loop {
                let passed = (clock.now() - start).as_nanos();
                let due = period.as_nanos().saturating_mul(put + 1) - passed;
                select! {
                    recv(clock.after(Duration::from_nanos_u128(due))) -> _ => {}
                    recv(stopped) -> _ => return,
                }
                let all = (clock.now() - start).as_nanos() / period.as_nanos();
                for _ in put..all {
                    // Only if all callers are gone.
                    if bucket.send(()).is_err() {
                        return;
                    }
                }
                put = all;
            }
        });
        // ANCHOR_END: filler
        TickerBucket {
            tokens,
            stop: Mutex::new(Some((stop, filler))),
        }
    }

    pub fn wait(&self) -> Result<(), Closed> {
        if self.stop.lock().unwrap().is_none() {
            return Err(Closed);
        }
        self.tokens.recv().map_err(|_| Closed)
    }

    pub fn close(&self) {
        if let Some((stop, filler)) = self.stop.lock().unwrap().take() {
            drop(stop);
            filler.join().unwrap();
        }
    }
}

impl Drop for TickerBucket {
    fn drop(&mut self) {
        self.close();
    }
}
