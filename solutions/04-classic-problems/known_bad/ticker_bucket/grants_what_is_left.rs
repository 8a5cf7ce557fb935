//! verdict: WrongAnswer
//! misconception: receiver-ends-itself
//!
//! The bucket is a channel. When it is closed the sender is dropped, and the learner takes it that
//! receivers then get an error. They do, once they have drained the channel: a closed bucket goes on
//! granting what is left.

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
                    // What has no room is lost.
                    if bucket.try_send(()).is_err() {
                        break;
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
