//! verdict: Panic
//! misconception: pattern-copying
//!
//! `Once` runs something once, whoever comes first, and the others wait: just what is asked for. But it runs a
//! loader that fails just as often, and after that there is neither a value nor a second try.

use std::collections::HashMap;
use std::hash::Hash;

use kit::sync::{Arc, Mutex, MutexGuard, Once, OnceLock, PoisonError};

/// A map whose values are loaded when they are first asked for.
pub struct OnceMap<K, V> {
    slots: Mutex<Slots<K, V>>,
}

type Slots<K, V> = HashMap<K, Arc<Slot<V>>>;

struct Slot<V> {
    once: Once,
    value: OnceLock<Arc<V>>,
}

impl<V> Slot<V> {
    fn new() -> Arc<Self> {
        Arc::new(Slot {
            once: Once::new(),
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
        let _remove = Remove {
            map: self,
            key,
            slot: Arc::clone(&slot),
        };
        let mut failed = None;
        slot.once.call_once(|| match load(key) {
            Ok(value) => drop(slot.value.set(Arc::new(value))),
            Err(error) => failed = Some(error),
        });
        match failed {
            Some(error) => Err(error),
            None => Ok(Arc::clone(slot.value.get().expect("it has been loaded"))),
        }
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

/// Takes a slot without a value out of the map, however its loader has ended.
struct Remove<'a, K: Eq + Hash, V> {
    map: &'a OnceMap<K, V>,
    key: &'a K,
    slot: Arc<Slot<V>>,
}

impl<K: Eq + Hash, V> Drop for Remove<'_, K, V> {
    fn drop(&mut self) {
        if self.slot.value.get().is_none() {
            self.map.slots().remove(self.key);
        }
    }
}

impl<K: Eq + Hash + Clone, V> Default for OnceMap<K, V> {
    fn default() -> Self {
        OnceMap::new()
    }
}
