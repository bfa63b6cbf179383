//! Floor 3: the first level, a bounded concurrent map in the process.

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use equivalent::Equivalent;

use crate::model::entry::Entry;
use crate::model::entry_key::{CarriedHash, EntryKey};
use crate::sync::step;

/// `moka::sync` as a plain map. Its `get_with` is not used: invalidations that arrive while its initialiser runs are
/// lost. Neither are its ttl and its listeners: expiry is in our entries, where it costs less and a test can move it.
pub(crate) struct Memory(moka::sync::Cache<EntryKey, Arc<Entry>, CarriedHash>);

impl Memory {
    /// An empty map for `capacity` entries.
    pub(crate) fn new(capacity: u64) -> Self {
        Self(moka::sync::Cache::builder().max_capacity(capacity).build_with_hasher(CarriedHash::default()))
    }

    /// The entry of a key, whether it may be served or not.
    #[inline]
    pub(crate) fn get<Q: Equivalent<EntryKey> + Hash + ?Sized>(&self, key: &Q) -> Option<Arc<Entry>> {
        step();
        self.0.get(key)
    }

    pub(crate) fn insert(&self, key: EntryKey, entry: Arc<Entry>) {
        step();
        self.0.insert(key, entry);
    }

    /// Removes an entry and gives it back.
    pub(crate) fn take<Q: Equivalent<EntryKey> + Hash + ?Sized>(&self, key: &Q) -> Option<Arc<Entry>> {
        step();
        self.0.remove(key)
    }

    /// Removes an entry; says whether there was one.
    pub(crate) fn remove<Q: Equivalent<EntryKey> + Hash + ?Sized>(&self, key: &Q) -> bool {
        step();
        self.0.remove(key).is_some()
    }

    /// Every entry that was there when the call was made and stays; those that come meanwhile may be missing.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Arc<EntryKey>, Arc<Entry>)> + '_ {
        step();
        self.0.iter()
    }

    /// How many entries there are; an estimate.
    pub(crate) fn len(&self) -> u64 {
        self.0.run_pending_tasks();
        self.0.entry_count()
    }
}

/// Without the entries, for a key may be secret.
impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("entries", &self.0.entry_count()).finish()
    }
}
