//! verdict: NotConcurrent
//! misconception: one-big-lock
//!
//! Not one lock but sixteen, and a key goes to the one that its hash says. Most keys do not meet there; those
//! that do wait for each other, and a loader that needs such a key waits for itself.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};

use kit::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A map whose values are loaded when they are first asked for.
pub struct OnceMap<K, V> {
    hash: RandomState,
    parts: [Mutex<HashMap<K, Arc<V>>>; 16],
}

impl<K: Eq + Hash + Clone, V> OnceMap<K, V> {
    /// A map with nothing in it.
    pub fn new() -> Self {
        OnceMap {
            hash: RandomState::new(),
            parts: std::array::from_fn(|_| Mutex::new(HashMap::new())),
        }
    }

    /// The value of `key`, loaded now if need be.
    pub fn get_or_try_init<E>(
        &self,
        key: &K,
        load: impl FnOnce(&K) -> Result<V, E>,
    ) -> Result<Arc<V>, E> {
        let mut values = self.part(self.number(key));
        if let Some(value) = values.get(key) {
            return Ok(Arc::clone(value));
        }
        let value = Arc::new(load(key)?);
        values.insert(key.clone(), Arc::clone(&value));
        Ok(value)
    }

    /// The value of `key`, if it is there now.
    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        self.part(self.number(key)).get(key).cloned()
    }

    /// How many keys have their value now.
    pub fn loaded(&self) -> usize {
        (0..16).map(|number| self.part(number).len()).sum()
    }

    fn number(&self, key: &K) -> usize {
        self.hash.hash_one(key) as usize % 16
    }

    fn part(&self, number: usize) -> MutexGuard<'_, HashMap<K, Arc<V>>> {
        self.parts[number]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash + Clone, V> Default for OnceMap<K, V> {
    fn default() -> Self {
        OnceMap::new()
    }
}
