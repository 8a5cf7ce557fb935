//! What the kit costs on this machine: a lock that nobody else wants, and virtual time.
//!
//! `cargo run -p kit --example cost`, and the same with `--release`.

use kit::clock::{Clock, ManualClock};
use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

fn main() {
    println!("records: {}", kit::trace::RECORDS);
    locks();
    virtual_time(1, Duration::from_millis(100));
    virtual_time(1000, Duration::from_secs(60));
    virtual_time(1000, Duration::from_secs(10));
}

fn locks() {
    let (theirs, ours) = (std::sync::Mutex::new(0_u64), kit::sync::Mutex::new(0_u64));
    let (their_rw, our_rw) = (std::sync::RwLock::new(0_u64), kit::sync::RwLock::new(0_u64));
    let (their_condvar, our_condvar) = (std::sync::Condvar::new(), kit::sync::Condvar::new());
    compare(
        "Mutex lock and unlock",
        || *theirs.lock().unwrap() += 1,
        || *ours.lock().unwrap() += 1,
    );
    compare(
        "RwLock read and release",
        || drop(black_box(their_rw.read().unwrap())),
        || drop(black_box(our_rw.read().unwrap())),
    );
    compare(
        "Condvar notify nobody",
        || their_condvar.notify_one(),
        || our_condvar.notify_one(),
    );
}

fn compare(what: &str, theirs: impl FnMut(), ours: impl FnMut()) {
    let (theirs, ours) = (nanoseconds(theirs), nanoseconds(ours));
    println!("{what}: std {theirs:.1} ns, kit {ours:.1} ns");
}

/// Of one call: the least of several rounds.
fn nanoseconds(mut call: impl FnMut()) -> f64 {
    const CALLS: u32 = 200_000;
    let mut round = || {
        let start = Instant::now();
        for _ in 0..CALLS {
            call();
        }
        start.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS)
    };
    (0..20).map(|_| round()).fold(f64::INFINITY, f64::min)
}

/// An hour, in which every thread sleeps for `period` over and over.
fn virtual_time(threads: usize, period: Duration) {
    let clock = ManualClock::new();
    let rounds = Duration::from_secs(3600).as_nanos() / period.as_nanos();
    let start = Instant::now();
    thread::scope(|s| {
        for _ in 0..threads {
            let clock: &dyn Clock = &clock;
            s.spawn(move || (0..rounds).for_each(|_| clock.sleep(period)));
        }
        for _ in 0..rounds {
            clock.wait_for_sleepers(threads);
            clock.advance_to_next();
        }
    });
    let (real, wakes) = (start.elapsed(), threads as u128 * rounds);
    println!(
        "{:?} of virtual time, {threads} sleepers every {period:?}: {wakes} wake-ups in {real:.2?}, \
         {:.2} µs each",
        clock.elapsed(),
        real.as_secs_f64() * 1e6 / wakes as f64
    );
}
