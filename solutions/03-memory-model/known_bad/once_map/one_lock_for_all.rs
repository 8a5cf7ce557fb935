//! verdict: NotConcurrent
//! misconception: one-big-lock
//!
//! Locks the map, looks, loads, puts the value in. Nothing can go wrong, because nothing else can happen: while
//! a host is looked up, everybody waits who asks for anything.

use std::collections::HashMap;
use std::hash::Hash;

use kit::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A map whose values are loaded when they are first asked for.
pub struct OnceMap<K, V> {
    values: Mutex<HashMap<K, Arc<V>>>,
}

impl<K: Eq + Hash + Clone, V> OnceMap<K, V> {
    /// A map with nothing in it.
    pub fn new() -> Self {
        OnceMap {
            values: Mutex::new(HashMap::new()),
        }
    }

    // ANCHOR: init
    /// The value of `key`, loaded now if need be.
    pub fn get_or_try_init<E>(
        &self,
        key: &K,
        load: impl FnOnce(&K) -> Result<V, E>,
    ) -> Result<Arc<V>, E> {
        let mut values = self.values();
        if let Some(value) = values.get(key) {
            return Ok(Arc::clone(value));
        }
        let value = Arc::new(load(key)?);
        values.insert(key.clone(), Arc::clone(&value));
        Ok(value)
    }
    // ANCHOR_END: init

    /// The value of `key`, if it is there now.
    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        self.values().get(key).cloned()
    }

    /// How many keys have their value now.
    pub fn loaded(&self) -> usize {
        self.values().len()
    }

    fn values(&self) -> MutexGuard<'_, HashMap<K, Arc<V>>> {
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash + Clone, V> Default for OnceMap<K, V> {
    fn default() -> Self {
        OnceMap::new()
    }
}
