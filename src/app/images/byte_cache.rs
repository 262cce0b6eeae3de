//! A cache that is limited in bytes; what was used least recently leaves first.
//!
//! Deliberately absent: a limit on the number of entries, which says nothing about memory.

use std::collections::{BTreeMap, HashMap};
use std::hash::Hash;

/// Values by key, up to a number of bytes.
#[derive(Debug)]
pub(crate) struct ByteCache<K, V> {
    limit_bytes: usize,
    held_bytes: usize,
    entries: HashMap<K, Entry<V>>,
    /// The keys by the time of their last use, so that the oldest is found without a search.
    by_age: BTreeMap<u64, K>,
    now: u64,
}

#[derive(Debug)]
struct Entry<V> {
    value: V,
    bytes: usize,
    used: u64,
}

impl<K: Clone + Eq + Hash, V> ByteCache<K, V> {
    /// An empty cache.
    pub(crate) fn new(limit_bytes: usize) -> Self {
        Self { limit_bytes, held_bytes: 0, entries: HashMap::new(), by_age: BTreeMap::new(), now: 0 }
    }

    /// The value of a key, which thereby counts as used.
    pub(crate) fn get(&mut self, key: &K) -> Option<&V> {
        let entry = self.entries.get_mut(key)?;
        self.now += 1;
        if let Some(key) = self.by_age.remove(&entry.used) {
            self.by_age.insert(self.now, key);
        }
        entry.used = self.now;
        Some(&entry.value)
    }

    /// Whether there is a value; this does not count as use.
    pub(crate) fn contains(&self, key: &K) -> bool {
        self.entries.contains_key(key)
    }

    /// Keeps a value, and lets the oldest others go until the limit is met. A value that is larger
    /// than the limit by itself is kept alone: it was asked for, and must be shown.
    pub(crate) fn insert(&mut self, key: K, value: V, bytes: usize) {
        self.remove(&key);
        self.now += 1;
        self.held_bytes = self.held_bytes.saturating_add(bytes);
        self.by_age.insert(self.now, key.clone());
        self.entries.insert(key, Entry { value, bytes, used: self.now });
        while self.held_bytes > self.limit_bytes && self.entries.len() > 1 {
            let Some((_, oldest)) = self.by_age.pop_first() else { break };
            if let Some(entry) = self.entries.remove(&oldest) {
                self.held_bytes = self.held_bytes.saturating_sub(entry.bytes);
            }
        }
    }

    /// Lets a value go.
    pub(crate) fn remove(&mut self, key: &K) {
        if let Some(entry) = self.entries.remove(key) {
            self.by_age.remove(&entry.used);
            self.held_bytes = self.held_bytes.saturating_sub(entry.bytes);
        }
    }

    /// Lets all values go.
    pub(crate) fn clear(&mut self) {
        self.entries.clear();
        self.by_age.clear();
        self.held_bytes = 0;
    }

    pub(crate) fn held_bytes(&self) -> usize {
        self.held_bytes
    }

    /// Bytes that may be held.
    pub(crate) fn limit_bytes(&self) -> usize {
        self.limit_bytes
    }
}
