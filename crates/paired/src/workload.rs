//! What is measured: a piece of work of any size that times itself.

use std::{
    hint,
    sync::atomic::{
        AtomicUsize,
        Ordering::{Acquire, Relaxed, Release},
    },
    thread,
    time::{Duration, Instant},
};

/// Work in any amount, the same for whoever does it: the learner, the reference, the peers, Criterion.
#[derive(Clone, Copy, Debug)]
pub struct Workload {
    /// As reports name it, in a few words: `two threads, refused`.
    pub name: &'static str,
    /// What is counted, in the singular: `call`, `item`, `meal`.
    pub unit: &'static str,
    /// Does so many units (at least 1) and says how long they took, without making ready before and
    /// checking the result after.
    ///
    /// # Panics
    ///
    /// If the result is wrong: who does not do the work cannot win.
    pub run: fn(u64) -> Duration,
}

/// Calls `work` with 0, 1 … on as many threads at once, and returns the time from the moment when all of
/// them stand ready until the last is done, with what each returned. So starting and joining the threads
/// is not counted.
///
/// # Panics
///
/// If `threads` is 0, and if `work` panics.
pub fn at_once<R: Send>(threads: usize, work: impl Fn(usize) -> R + Sync) -> (Duration, Vec<R>) {
    let ready = AtomicUsize::new(0);
    let ran = thread::scope(|scope| {
        let running: Vec<_> = (0..threads)
            .map(|thread| {
                let (ready, work) = (&ready, &work);
                scope.spawn(move || {
                    // Release and Acquire: what a thread did before is done when the others begin.
                    ready.fetch_add(1, Release);
                    let mut spins = 0;
                    while ready.load(Acquire) < threads {
                        // On one core, or a busy one, the others need this one's place to come up.
                        if spins < 1_000 {
                            spins += 1;
                            hint::spin_loop();
                        } else {
                            thread::yield_now();
                        }
                    }
                    let began = Instant::now();
                    let result = work(thread);
                    (began, Instant::now(), result)
                })
            })
            .collect();
        running
            .into_iter()
            .map(|thread| {
                thread
                    .join()
                    .unwrap_or_else(|panic| std::panic::resume_unwind(panic))
            })
            .collect::<Vec<_>>()
    });
    assert_eq!(ready.load(Relaxed), threads, "joined, so all have come");
    let began = ran.iter().map(|(began, ..)| *began).min();
    let ended = ran.iter().map(|(_, ended, _)| *ended).max();
    let took = ended.zip(began).map(|(ended, began)| ended - began);
    (
        took.expect("there is at least one thread"),
        ran.into_iter().map(|(.., result)| result).collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Barrier;

    #[test]
    fn all_threads_run_at_once_and_each_result_is_at_its_place() {
        // Would not come back if one of them had to wait for another to end.
        let meeting = Barrier::new(3);
        let (took, results) = at_once(3, |thread| {
            meeting.wait();
            thread * 10
        });
        assert_eq!(results, [0, 10, 20]);
        assert!(took > Duration::ZERO);
    }

    #[test]
    #[should_panic(expected = "the third")]
    fn a_panic_comes_out() {
        at_once(3, |thread| assert!(thread != 2, "the third"));
    }
}
