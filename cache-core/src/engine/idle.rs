//! Entries that end when nobody reads them for so long: a read puts the end off, as far as the entry's ttl.
//!
//! Without a second level each hit does it. With one, other nodes read the entry too, so its end is the server's, and a
//! copy must not outlive it: once a quarter of the time is over, the next read asks the server for a later end, in the
//! background, and memory follows its answer. So an entry lasts at least three quarters of the time after a read.

use std::sync::Arc;

use crate::engine::Engine;
use crate::model::entry::{Entry, There};
use crate::model::entry_key::EntryKey;

impl Engine {
    /// Puts off the end of an entry that was read, where reads do.
    #[inline]
    pub(crate) fn put_off(self: &Arc<Self>, entry: &Arc<Entry>, key: impl FnOnce() -> EntryKey) {
        if entry.header.idle.is_some() {
            self.put_off_now(entry, key);
        }
    }

    #[cold]
    fn put_off_now(self: &Arc<Self>, entry: &Arc<Entry>, key: impl FnOnce() -> EntryKey) {
        let Some(idle) = &entry.header.idle else { return };
        let now = self.settings.clock.now();
        match &idle.there {
            None => entry.header.expires_at.put_off(idle.limit.get().min(now.plus(idle.after))),
            Some(there) if there.is_due(idle.after, now) => self.touch_in_background(entry, key()),
            Some(There { .. }) => {}
        }
    }

    /// Asks the server for a later end. Where it has none, or does not answer, this copy asks no more: it ends in its
    /// time, and then the server is asked for the entry.
    fn touch_in_background(self: &Arc<Self>, entry: &Arc<Entry>, key: EntryKey) {
        let Some(level) = &self.level2 else { return };
        let (engine, entry) = (Arc::clone(self), Arc::clone(entry));
        level.store.spawn(Box::pin(async move {
            let (Some(level), Some(idle)) = (&engine.level2, &entry.header.idle) else { return };
            let asked = engine.settings.clock.now();
            let mut allowance = level.allowance();
            let left = level.ask(&mut allowance, |within| level.store.touch(key.bytes(), within)).await;
            if let (Ok(Some(left)), Some(there)) = (left, &idle.there) {
                there.put_off(asked.plus(left));
                entry.header.expires_at.put_off(idle.limit.get().min(asked.plus(left)));
            }
        }));
    }
}
