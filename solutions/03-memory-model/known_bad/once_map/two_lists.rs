//! verdict: BadInterleaving
//! misconception: one-variable
//!
//! One mutex for the values, one for the keys that are being loaded, and each is looked at with its lock. A key
//! can go from one to the other between the two looks: it is no longer being loaded, and it was not there yet.

use std::collections::{HashMap, HashSet};
use std::hash::Hash;

use kit::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// A map whose values are loaded when they are first asked for.
pub struct OnceMap<K, V> {
    values: Mutex<HashMap<K, Arc<V>>>,
    loading: Mutex<HashSet<K>>,
    ended: Condvar,
}

impl<K: Eq + Hash + Clone, V> OnceMap<K, V> {
    /// A map with nothing in it.
    pub fn new() -> Self {
        OnceMap {
            values: Mutex::new(HashMap::new()),
            loading: Mutex::new(HashSet::new()),
            ended: Condvar::new(),
        }
    }

    // ANCHOR: init
    /// The value of `key`, loaded now if need be.
    pub fn get_or_try_init<E>(
        &self,
        key: &K,
        load: impl FnOnce(&K) -> Result<V, E>,
    ) -> Result<Arc<V>, E> {
        loop {
            if let Some(value) = self.get(key) {
                return Ok(value);
            }
            let mut loading = lock(&self.loading);
            if loading.insert(key.clone()) {
                break;
            }
            while loading.contains(key) {
                loading = self
                    .ended
                    .wait(loading)
                    .unwrap_or_else(PoisonError::into_inner);
            }
        }
        let _loading = Loading { map: self, key };
        let value = Arc::new(load(key)?);
        lock(&self.values).insert(key.clone(), Arc::clone(&value));
        Ok(value)
    }
    // ANCHOR_END: init

    /// The value of `key`, if it is there now.
    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        lock(&self.values).get(key).cloned()
    }

    /// How many keys have their value now.
    pub fn loaded(&self) -> usize {
        lock(&self.values).len()
    }
}

/// Strikes a key from the list, however its loader has ended.
struct Loading<'a, K: Eq + Hash, V> {
    map: &'a OnceMap<K, V>,
    key: &'a K,
}

impl<K: Eq + Hash, V> Drop for Loading<'_, K, V> {
    fn drop(&mut self) {
        lock(&self.map.loading).remove(self.key);
        self.map.ended.notify_all();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<K: Eq + Hash + Clone, V> Default for OnceMap<K, V> {
    fn default() -> Self {
        OnceMap::new()
    }
}
