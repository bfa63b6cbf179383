//! Shares: how many entries each tenant may have in memory, so that none can push the others out.

use std::collections::HashMap;

use lru::LruCache;

use crate::model::entry_key::EntryKey;
use crate::model::space::Space;
use crate::sync::Mutex;

/// The keys that each tenant has in memory, in the order in which they were stored.
#[derive(Debug)]
pub(crate) struct Shares {
    /// How many a tenant may have.
    share: usize,
    tenants: Mutex<HashMap<Box<str>, LruCache<EntryKey, ()>>>,
}

impl Shares {
    /// So many entries for each tenant; at least one.
    pub(crate) fn new(share: usize) -> Self {
        Self { share: share.max(1), tenants: Mutex::default() }
    }

    /// Notes an entry that is stored. Gives back the key of the tenant's that has to go for it: the one that was stored first.
    ///
    /// What belongs to no tenant has no share: it can have all that there is.
    pub(super) fn enter(&self, key: &EntryKey) -> Option<EntryKey> {
        let space = tenant(key)?;
        let mut tenants = self.tenants.lock();
        let keys = tenants.entry(space.as_str().into()).or_insert_with(LruCache::unbounded);
        keys.put(key.clone(), ());
        if keys.len() > self.share { keys.pop_lru().map(|(key, ())| key) } else { None }
    }

    /// Notes an entry that is gone.
    pub(super) fn leave(&self, key: &EntryKey) {
        let Some(space) = tenant(key) else { return };
        let mut tenants = self.tenants.lock();
        if let Some(keys) = tenants.get_mut(space.as_str()) {
            keys.pop(key);
            if keys.is_empty() {
                tenants.remove(space.as_str());
            }
        }
    }
}

fn tenant(key: &EntryKey) -> Option<Space> {
    Space::split(key.bytes()).map(|(space, _)| space).filter(|space| *space != Space::Global)
}
