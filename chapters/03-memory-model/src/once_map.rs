//! Once for each key.
//!
//! Before a mail server talks to another host, it looks up that host's public key. A look-up takes a
//! second, and it can fail. Most hosts are asked for many times, often by a hundred threads at the same
//! moment. So what has been found is kept in a map, and each host is looked up **once**, by whoever comes
//! first. The others wait for that look-up, and for no other.
//!
//! The map does not know how to load a value: whoever asks for one brings a *loader*. What must hold:
//!
//! - **Once.** For each key, one loader runs at a time, and after one has succeeded none runs ever
//!   again. All who asked for the key have the same value.
//! - **No key waits for another.** While one is being loaded, others can be loaded, and those that are
//!   there can be had.
//! - **Ready, or not there.** Nobody sees anything of a value before its loader has returned it. `get`
//!   and `loaded` wait for no loader.
//! - **A failure is not kept.** If a loader returns an error, or panics, that is its caller's trouble
//!   alone. If others wait for the key, one of them is next, with the loader it has brought itself.
//!   Nobody is left waiting for a loader that has ended.
//! - **Nothing is left of it.** A key that has been asked for and not been loaded takes no room in the map.
//! - **A loader may use the map**: look at what is there, and load other keys. (It may not ask for its own
//!   key, be it through the loaders of others: it would wait for itself.)
//!
//! Who has to wait, sleeps; nobody spins.
//!
//! Use locks and condition variables of `kit::sync`. Its `OnceLock` is allowed as well. Look at its
//! signature first: `get_or_init` has no way to fail, and who calls it waits.
//!
//! ```no_run
//! use ch03::once_map::OnceMap;
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

use kit::sync::{Arc, Mutex};

/// A map whose values are loaded when they are first asked for.
///
/// The field is a suggestion, and not enough: it tells that a key is there or that it is not.
pub struct OnceMap<K, V> {
    values: Mutex<HashMap<K, Arc<V>>>,
}

impl<K: Eq + Hash + Clone, V> OnceMap<K, V> {
    /// A map with nothing in it.
    pub fn new() -> Self {
        todo!("make an empty map")
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
        let _ = (key, load, &self.values);
        todo!(
            "return the value if it is there; sleep while somebody loads it, and look again; \
             otherwise mark the key as being loaded, let go of the lock, load, and put the value in \
             its place, or take the mark away, whatever way `load` ends"
        )
    }

    /// The value of `key`, if it is there now. Waits for no loader.
    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        let _ = key;
        todo!("look whether it is there and ready")
    }

    /// How many keys have their value now. Waits for no loader.
    pub fn loaded(&self) -> usize {
        todo!("count the keys that are ready")
    }
}

/// As `new`. (Nothing to write here.)
impl<K: Eq + Hash + Clone, V> Default for OnceMap<K, V> {
    fn default() -> Self {
        OnceMap::new()
    }
}
