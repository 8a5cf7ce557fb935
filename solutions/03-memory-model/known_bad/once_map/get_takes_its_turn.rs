//! verdict: Deadlock
//! misconception: guard-lifetime
//!
//! A slot for each key, a mutex with the value, and whoever loads holds it meanwhile. `get` locks it for a
//! moment, and takes it that others do too. It waits until the loader is done, and if the loader is what
//! calls it, for ever.

use std::collections::HashMap;
use std::hash::Hash;

use kit::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A map whose values are loaded when they are first asked for.
pub struct OnceMap<K, V> {
    slots: Mutex<Slots<K, V>>,
    loaded: Mutex<usize>,
}

type Slots<K, V> = HashMap<K, Arc<Mutex<Slot<V>>>>;

enum Slot<V> {
    Empty,
    Ready(Arc<V>),
    /// No longer in the map: ask there again.
    Removed,
}

impl<K: Eq + Hash + Clone, V> OnceMap<K, V> {
    /// A map with nothing in it.
    pub fn new() -> Self {
        OnceMap {
            slots: Mutex::new(HashMap::new()),
            loaded: Mutex::new(0),
        }
    }

    /// The value of `key`, loaded now if need be.
    pub fn get_or_try_init<E>(
        &self,
        key: &K,
        load: impl FnOnce(&K) -> Result<V, E>,
    ) -> Result<Arc<V>, E> {
        loop {
            let empty = || Arc::new(Mutex::new(Slot::Empty));
            let slot = Arc::clone(lock(&self.slots).entry(key.clone()).or_insert_with(empty));
            let mut slot = lock(&slot);
            match &*slot {
                Slot::Ready(value) => return Ok(Arc::clone(value)),
                Slot::Removed => continue,
                Slot::Empty => {}
            }
            *slot = Slot::Removed;
            let remove = Remove { map: self, key };
            let value = Arc::new(load(key)?);
            std::mem::forget(remove);
            *slot = Slot::Ready(Arc::clone(&value));
            *lock(&self.loaded) += 1;
            return Ok(value);
        }
    }

    // ANCHOR: get
    /// The value of `key`, if it is there now.
    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        let slot = Arc::clone(lock(&self.slots).get(key)?);
        match &*lock(&slot) {
            Slot::Ready(value) => Some(Arc::clone(value)),
            Slot::Empty | Slot::Removed => None,
        }
    }
    // ANCHOR_END: get

    /// How many keys have their value now.
    pub fn loaded(&self) -> usize {
        *lock(&self.loaded)
    }
}

/// Takes a key out of the map when its loader fails.
struct Remove<'a, K: Eq + Hash, V> {
    map: &'a OnceMap<K, V>,
    key: &'a K,
}

impl<K: Eq + Hash, V> Drop for Remove<'_, K, V> {
    fn drop(&mut self) {
        lock(&self.map.slots).remove(self.key);
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
