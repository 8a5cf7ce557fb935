//! verdict: Leak
//! misconception: pattern-copying
//!
//! A slot for each key, with a lock that one caller at a time holds while it loads. It is right, and the recipe
//! is a good one for keys that are all loaded in the end. Who asks for hosts that do not exist fills the map.

use std::collections::HashMap;
use std::hash::Hash;

use kit::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

/// A map whose values are loaded when they are first asked for.
pub struct OnceMap<K, V> {
    slots: Mutex<Slots<K, V>>,
}

type Slots<K, V> = HashMap<K, Arc<Slot<V>>>;

struct Slot<V> {
    turn: Mutex<()>,
    value: OnceLock<Arc<V>>,
}

impl<V> Slot<V> {
    fn new() -> Arc<Self> {
        Arc::new(Slot {
            turn: Mutex::new(()),
            value: OnceLock::new(),
        })
    }
}

impl<K: Eq + Hash + Clone, V> OnceMap<K, V> {
    /// A map with nothing in it.
    pub fn new() -> Self {
        OnceMap {
            slots: Mutex::new(HashMap::new()),
        }
    }

    // ANCHOR: init
    /// The value of `key`, loaded now if need be.
    pub fn get_or_try_init<E>(
        &self,
        key: &K,
        load: impl FnOnce(&K) -> Result<V, E>,
    ) -> Result<Arc<V>, E> {
        let slot = Arc::clone(self.slots().entry(key.clone()).or_insert_with(Slot::new));
        let _turn = slot.turn.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(value) = slot.value.get() {
            return Ok(Arc::clone(value));
        }
        let value = Arc::new(load(key)?);
        let _ = slot.value.set(Arc::clone(&value));
        Ok(value)
    }
    // ANCHOR_END: init

    /// The value of `key`, if it is there now.
    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        self.slots().get(key)?.value.get().cloned()
    }

    /// How many keys have their value now.
    pub fn loaded(&self) -> usize {
        let slots = self.slots();
        slots
            .values()
            .filter(|slot| slot.value.get().is_some())
            .count()
    }
}

impl<K, V> OnceMap<K, V> {
    fn slots(&self) -> MutexGuard<'_, Slots<K, V>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Eq + Hash + Clone, V> Default for OnceMap<K, V> {
    fn default() -> Self {
        OnceMap::new()
    }
}
