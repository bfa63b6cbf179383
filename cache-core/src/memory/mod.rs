//! Floor 3: the first level, a bounded concurrent map in the process.

pub(crate) mod shares;

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;

use equivalent::Equivalent;
use moka::notification::RemovalCause;
use moka::policy::EvictionPolicy;

use crate::memory::shares::Shares;
use crate::model::entry::Entry;
use crate::model::entry_key::{CarriedHash, EntryKey};
use crate::sync::step;

/// `moka::sync` as a plain map. Its `get_with` is not used: invalidations that arrive while its initialiser runs are
/// lost. Neither is its ttl: expiry is in our entries, where it costs less and a test can move it. Its listener is there where
/// somebody has a share, and nowhere else.
pub(crate) struct Memory {
    map: moka::sync::Cache<EntryKey, Arc<Entry>, CarriedHash>,
    shares: Option<Arc<Shares>>,
}

/// Which entries stay where there is no room for all.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Keep {
    /// Those that are used most. A new one has to be asked for more often than another, or goes at once: it is found behind memory.
    MostUsed,
    /// Those that were used last. A new one stays, for it may be nowhere else: a session that was just created, say.
    LastUsed,
}

impl Memory {
    /// An empty map for `capacity` entries, of which tenants and namespaces may have shares.
    pub(crate) fn new(capacity: u64, keep: Keep, shares: Option<Shares>) -> Self {
        let policy = match keep {
            Keep::MostUsed => EvictionPolicy::tiny_lfu(),
            Keep::LastUsed => EvictionPolicy::lru(),
        };
        let builder = moka::sync::Cache::builder().max_capacity(capacity).eviction_policy(policy);
        let shares = shares.map(Arc::new);
        let builder = match shares.clone() {
            None => builder,
            Some(shares) => builder.eviction_listener(move |key: Arc<EntryKey>, _, cause| {
                if cause != RemovalCause::Replaced {
                    shares.leave(&key);
                }
            }),
        };
        Self { map: builder.build_with_hasher(CarriedHash::default()), shares }
    }

    /// The entry of a key, whether it may be served or not.
    #[inline]
    pub(crate) fn get<Q: Equivalent<EntryKey> + Hash + ?Sized>(&self, key: &Q) -> Option<Arc<Entry>> {
        step();
        self.map.get(key)
    }

    pub(crate) fn insert(&self, key: EntryKey, entry: Arc<Entry>) {
        step();
        let goes = self.shares.as_ref().map(|shares| shares.enter(&key)).unwrap_or_default();
        self.map.insert(key, entry);
        goes.iter().for_each(|goes| self.map.invalidate(goes));
    }

    /// Removes an entry and gives it back.
    pub(crate) fn take<Q: Equivalent<EntryKey> + Hash + ?Sized>(&self, key: &Q) -> Option<Arc<Entry>> {
        step();
        self.map.remove(key)
    }

    /// Removes an entry; says whether there was one.
    pub(crate) fn remove<Q: Equivalent<EntryKey> + Hash + ?Sized>(&self, key: &Q) -> bool {
        step();
        self.map.remove(key).is_some()
    }

    /// Every entry that was there when the call was made and stays; those that come meanwhile may be missing.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (Arc<EntryKey>, Arc<Entry>)> + '_ {
        step();
        self.map.iter()
    }

    /// How many entries there are; an estimate.
    pub(crate) fn len(&self) -> u64 {
        self.map.run_pending_tasks();
        self.map.entry_count()
    }
}

/// Without the entries, for a key may be secret.
impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").field("entries", &self.map.entry_count()).finish_non_exhaustive()
    }
}
