//! Twelve callers and three hosts, at three maps: how many look-ups, and how long until all have theirs?

use std::convert::Infallible;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use kit::clock::ManualClock;

#[allow(dead_code)] // only asked for values
#[path = "../../../../solutions/03-memory-model/known_bad/once_map/looks_then_loads.rs"]
mod looks_then_loads;
#[allow(dead_code)]
#[path = "../../../../solutions/03-memory-model/known_bad/once_map/one_lock_for_all.rs"]
mod one_lock_for_all;

const SECOND: Duration = Duration::from_secs(1);

// ANCHOR: question
/// Twelve threads begin at the same moment, four for each of three hosts.
const CALLERS: usize = 12;
const HOSTS: usize = 3;

/// One look-up: it takes a second, and never fails.
fn look_up(host: usize, clock: &ManualClock, look_ups: &AtomicUsize) -> String {
    look_ups.fetch_add(1, Relaxed);
    clock.sleep(SECOND);
    format!("key of host {host}")
}
// ANCHOR_END: question

/// Look-ups, and seconds until all have their value.
pub fn answer() -> String {
    let mut text = format!("{:24} look-ups   seconds\n", "");
    let mut line = |name, (look_ups, seconds): (usize, u64)| {
        text += &format!("{name:24} {look_ups:8} {seconds:9}\n");
    };
    // In which steps they get on: how many sleep at a time until the clock moves.
    let map = looks_then_loads::OnceMap::new();
    let ask = |host: usize, load: &dyn Fn() -> String| {
        drop(map.get_or_try_init(&host, |_| Ok::<_, Infallible>(load())));
    };
    line("A  load without the lock", run(&[CALLERS], &ask));
    let map = one_lock_for_all::OnceMap::new();
    let ask = |host: usize, load: &dyn Fn() -> String| {
        drop(map.get_or_try_init(&host, |_| Ok::<_, Infallible>(load())));
    };
    line("B  load with the lock", run(&[1; HOSTS], &ask));
    let map = ch03_solutions::once_map::OnceMap::new();
    let ask = |host: usize, load: &dyn Fn() -> String| {
        drop(map.get_or_try_init(&host, |_| Ok::<_, Infallible>(load())));
    };
    line("C  once for each key", run(&[HOSTS], &ask));
    text
}

type Ask<'a> = &'a (dyn Fn(usize, &dyn Fn() -> String) + Sync);

/// Lets all callers ask at once, moves the clock by a second whenever the next so many sleep, and tells how
/// many look-ups there were and what the clock says in the end.
fn run(steps: &[usize], ask: Ask<'_>) -> (usize, u64) {
    let (clock, look_ups) = (ManualClock::new(), AtomicUsize::new(0));
    std::thread::scope(|scope| {
        for caller in 0..CALLERS {
            let (clock, look_ups) = (&clock, &look_ups);
            let host = caller % HOSTS;
            scope.spawn(move || ask(host, &|| look_up(host, clock, look_ups)));
        }
        for sleepers in steps {
            clock.wait_for_sleepers(*sleepers);
            clock.advance(SECOND);
        }
    });
    // Relaxed: the threads have ended.
    (look_ups.load(Relaxed), clock.elapsed().as_secs())
}
