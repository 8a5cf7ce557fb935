//! Once for each key.
//!
//! A key is in one of three states: not there, being loaded, ready. Only the middle one is new, and it
//! is what everything hangs on: it is entered under the lock by whoever finds no entry, so one thread at
//! a time is the loader of a key; it is what the others sleep on; and it is left in a destructor, so that
//! there is no way to end a load and leave the key in it. The lock is held for looking and for changing
//! the state, never while a loader runs.
//!
//! ```
//! use ch03_solutions::once_map::OnceMap;
//!
//! let keys: OnceMap<String, [u8; 32]> = OnceMap::new();
//! let host = "mail.example".to_owned();
//! let looked_up = keys.get_or_try_init(&host, |host| match host.len() {
//!     0 => Err("no such host"),
//!     n => Ok([n as u8; 32]),
//! });
//! assert_eq!(*looked_up.unwrap(), [12; 32]);
//! assert_eq!(keys.loaded(), 1);
//! ```

use std::collections::HashMap;
use std::hash::Hash;

use kit::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// A map whose values are loaded when they are first asked for.
pub struct OnceMap<K, V> {
    /// A key that is not in here has never been asked for, or all who asked have failed.
    slots: Mutex<HashMap<K, Slot<V>>>,
}

/// Not there → `Loading` → `Ready`, or back to not there. `Ready` is for ever.
enum Slot<V> {
    /// One caller's loader runs. The others sleep on this, with the lock of the map; it is the key's own,
    /// so that the end of a load wakes nobody who waits for another key.
    Loading(Arc<Condvar>),
    Ready(Arc<V>),
}

impl<K: Eq + Hash + Clone, V> OnceMap<K, V> {
    /// A map with nothing in it.
    pub fn new() -> Self {
        OnceMap {
            slots: Mutex::new(HashMap::new()),
        }
    }

    /// The value of `key`: the one that is there; or else the one that somebody is loading just now, once
    /// it has come; or else what `load` returns, for everybody from now on.
    ///
    /// # Errors
    ///
    /// What `load` failed with, if this call ran it. Errors of other callers' loaders do not come here.
    ///
    /// # Panics
    ///
    /// As `load` does, if this call ran it.
    pub fn get_or_try_init<E>(
        &self,
        key: &K,
        load: impl FnOnce(&K) -> Result<V, E>,
    ) -> Result<Arc<V>, E> {
        let mut slots = self.slots();
        loop {
            match slots.get(key) {
                Some(Slot::Ready(value)) => return Ok(Arc::clone(value)),
                Some(Slot::Loading(ended)) => {
                    // The state is left under this lock, and the wait gives it up in the same step in
                    // which it falls asleep: the notification in `Load::drop` cannot come in between.
                    // Awake, it looks again: the load may have failed, and somebody else be at it.
                    let ended = Arc::clone(ended);
                    slots = ended.wait(slots).unwrap_or_else(PoisonError::into_inner);
                }
                None => break,
            }
        }
        // Found nobody, and becomes the one: both under one lock.
        let ended = Arc::new(Condvar::new());
        slots.insert(key.clone(), Slot::Loading(Arc::clone(&ended)));
        drop(slots);

        let mut this = Load {
            map: self,
            key,
            ended,
            value: None,
        };
        let value = Arc::new(load(key)?);
        this.value = Some(Arc::clone(&value));
        Ok(value)
    }

    /// The value of `key`, if it is there now. Waits for no loader.
    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        match self.slots().get(key) {
            Some(Slot::Ready(value)) => Some(Arc::clone(value)),
            Some(Slot::Loading(_)) | None => None,
        }
    }

    /// How many keys have their value now. Waits for no loader.
    pub fn loaded(&self) -> usize {
        let slots = self.slots();
        let ready = slots.values().filter(|slot| matches!(slot, Slot::Ready(_)));
        ready.count()
    }
}

impl<K, V> OnceMap<K, V> {
    /// Poisoned only if the `Hash` or `Eq` of a key panicked, which leaves a `HashMap` usable: loaders
    /// run without the lock.
    fn slots(&self) -> MutexGuard<'_, HashMap<K, Slot<V>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The time in which a key is being loaded. Its end is the end of that, whether the loader has returned a
/// value, or an error, or is unwinding.
struct Load<'a, K: Eq + Hash, V> {
    map: &'a OnceMap<K, V>,
    key: &'a K,
    /// What the others sleep on.
    ended: Arc<Condvar>,
    /// `None` as long as the loader has not succeeded.
    value: Option<Arc<V>>,
}

impl<K: Eq + Hash, V> Drop for Load<'_, K, V> {
    fn drop(&mut self) {
        let mut slots = self.map.slots();
        match self.value.take() {
            Some(value) => {
                if let Some(slot) = slots.get_mut(self.key) {
                    *slot = Slot::Ready(value);
                }
            }
            // Nobody else took it away: others come only as far as the wait while it is there.
            None => drop(slots.remove(self.key)),
        }
        drop(slots);
        // All of them. After a success none of them will be notified again, and after a failure the one
        // that tries next has a condition variable of its own, so nobody may stay on this one.
        self.ended.notify_all();
    }
}

/// As `new`.
impl<K: Eq + Hash + Clone, V> Default for OnceMap<K, V> {
    fn default() -> Self {
        OnceMap::new()
    }
}
