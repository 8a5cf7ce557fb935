//! verdict: WrongAnswer
//! misconception: check-then-act
//!
//! Looks with the lock, loads without it, and puts the value in with it again. That the key was not there when
//! it looked says nothing about the time in which it loads: all who come meanwhile find the same.

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
        if let Some(value) = self.get(key) {
            return Ok(value);
        }
        let value = Arc::new(load(key)?);
        let mut values = self.values();
        // Somebody else may have been faster; then all have that one.
        let value = values.entry(key.clone()).or_insert(value);
        Ok(Arc::clone(value))
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
