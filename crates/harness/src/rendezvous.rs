//! A meeting point of a test: the proof that threads were somewhere at the same time.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};

/// A point that a number of threads must reach together before any of them goes on; then it is ready
/// for the next round.
///
/// Code that runs its work one thing at a time never gets there. When nothing can happen any more
/// and the meeting is still incomplete, the test ends as `NotConcurrent` and says how many came.
#[derive(Debug, Clone)]
pub struct Rendezvous(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    name: String,
    needed: usize,
    state: Mutex<State>,
    complete: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// Kernel's numbers of the threads that wait in this round.
    waiting: Vec<u64>,
    round: u64,
}

/// Every rendezvous of this process, for the report on a hang.
static ALL: Mutex<Vec<Weak<Shared>>> = Mutex::new(Vec::new());

impl Rendezvous {
    /// A meeting of `needed` threads. The name says who is to meet: `three eaters`.
    ///
    /// # Panics
    ///
    /// If `needed` is zero.
    pub fn new(name: impl Into<String>, needed: usize) -> Self {
        assert!(needed > 0, "nobody is to come to this rendezvous");
        let shared = Arc::new(Shared {
            name: name.into(),
            needed,
            state: Mutex::default(),
            complete: Condvar::new(),
        });
        let mut all = lock(&ALL);
        all.retain(|known| known.strong_count() > 0);
        all.push(Arc::downgrade(&shared));
        Rendezvous(shared)
    }

    /// Waits until the others have come.
    pub fn wait(&self) {
        let Shared {
            needed,
            state,
            complete,
            ..
        } = &*self.0;
        let mut state = lock(state);
        let round = state.round;
        state.waiting.push(crate::os::thread_id());
        if state.waiting.len() == *needed {
            state.waiting.clear();
            state.round += 1;
            complete.notify_all();
        }
        // The round changes under the lock, before the notification: whoever finds it unchanged has
        // not missed the one that ends it.
        while state.round == round {
            state = complete.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// A meeting that some came to and that is not complete.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Incomplete {
    pub name: String,
    pub needed: usize,
    pub waiting: Vec<u64>,
}

/// The meetings that threads wait at just now. One whose state is locked at this instant is left
/// out: nobody waits while holding that lock.
pub(crate) fn incomplete() -> Vec<Incomplete> {
    let Ok(all) = ALL.try_lock() else {
        return Vec::new();
    };
    all.iter()
        .filter_map(Weak::upgrade)
        .filter_map(|shared| {
            let waiting = shared.state.try_lock().ok()?.waiting.clone();
            (!waiting.is_empty()).then(|| Incomplete {
                name: shared.name.clone(),
                needed: shared.needed,
                waiting,
            })
        })
        .collect()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_passes_before_all_have_come_and_it_works_again() {
        let meeting = Rendezvous::new("two", 2);
        let log = Mutex::new(Vec::new());
        std::thread::scope(|scope| {
            for _ in 0..2 {
                scope.spawn(|| {
                    for round in 0..100 {
                        log.lock().unwrap().push(round);
                        meeting.wait();
                    }
                });
            }
        });
        // Nobody is a full round ahead, because everybody wrote its round before anybody passed.
        let log = log.into_inner().unwrap();
        assert_eq!(log.len(), 200);
        assert!(log.is_sorted());
    }
}
