//! verdict: Deadlock
//! misconception: will-notify
//!
//! One load has ended, so one is woken. But a whole herd waited for it; and the one who is woken may have
//! waited for another key.

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

        let mut this = Load {
            map: self,
            key,
            value: None,
        };
        let value = Arc::new(load(key)?);
        this.value = Some(Arc::clone(&value));
        Ok(value)
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

/// Ends a load, however the loader has ended.
struct Load<'a, K: Eq + Hash, V> {
    map: &'a OnceMap<K, V>,
    key: &'a K,
    value: Option<Arc<V>>,
}

impl<K: Eq + Hash, V> Drop for Load<'_, K, V> {
    fn drop(&mut self) {
        let mut slots = self.map.slots();
        match self.value.take() {
            Some(value) => *slots.get_mut(self.key).unwrap() = Slot::Ready(value),
            None => drop(slots.remove(self.key)),
        }
        drop(slots);
        self.map.ended.notify_one();
    }
}

impl<K: Eq + Hash + Clone, V> Default for OnceMap<K, V> {
    fn default() -> Self {
        OnceMap::new()
    }
}
