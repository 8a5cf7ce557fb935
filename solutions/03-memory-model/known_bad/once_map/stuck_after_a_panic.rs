//! verdict: Deadlock
//! misconception: panic-is-local
//!
//! Ends the load on each of the two ways in which a loader can return. A loader that panics does not return:
//! its key stays marked, and whoever asks for it waits for a loader that is long gone.

use std::collections::HashMap;
use std::hash::Hash;

use kit::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// A map whose values are loaded when they are first asked for.
pub struct OnceMap<K, V> {
    slots: Mutex<HashMap<K, Slot<V>>>,
    ended: Condvar,
}

enum Slot<V> {
    Loading,
    Ready(Arc<V>),
}

impl<K: Eq + Hash + Clone, V> OnceMap<K, V> {
    /// A map with nothing in it.
    pub fn new() -> Self {
        OnceMap {
            slots: Mutex::new(HashMap::new()),
            ended: Condvar::new(),
        }
    }

    /// The value of `key`, loaded now if need be.
    pub fn get_or_try_init<E>(
        &self,
        key: &K,
        load: impl FnOnce(&K) -> Result<V, E>,
    ) -> Result<Arc<V>, E> {
        let mut slots = self.slots();
        loop {
            match slots.get(key) {
                Some(Slot::Ready(value)) => return Ok(Arc::clone(value)),
                Some(Slot::Loading) => {
                    slots = self
                        .ended
                        .wait(slots)
                        .unwrap_or_else(PoisonError::into_inner);
                }
                None => break,
            }
        }
        slots.insert(key.clone(), Slot::Loading);
        drop(slots);

        // ANCHOR: end
        let loaded = load(key).map(Arc::new);
        let mut slots = self.slots();
        match &loaded {
            Ok(value) => slots.insert(key.clone(), Slot::Ready(Arc::clone(value))),
            Err(_) => slots.remove(key),
        };
        drop(slots);
        self.ended.notify_all();
        loaded
        // ANCHOR_END: end
    }

    /// The value of `key`, if it is there now.
    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        match self.slots().get(key)? {
            Slot::Ready(value) => Some(Arc::clone(value)),
            Slot::Loading => None,
        }
    }

    /// How many keys have their value now.
    pub fn loaded(&self) -> usize {
        let slots = self.slots();
        slots
            .values()
            .filter(|slot| matches!(slot, Slot::Ready(_)))
            .count()
    }
}

impl<K, V> OnceMap<K, V> {
    fn slots(&self) -> MutexGuard<'_, HashMap<K, Slot<V>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash + Clone, V> Default for OnceMap<K, V> {
    fn default() -> Self {
        OnceMap::new()
    }
}
