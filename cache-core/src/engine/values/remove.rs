//! Entries that go.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::counters::count;
use crate::engine::invalidate::{Invalidation, Removed};
use crate::engine::level2::Level2;
use crate::engine::look_up::Call;
use crate::engine::values::stands;
use crate::fence::sequence::Reach;
use crate::model::entry::Entry;
use crate::model::entry_key::{CarriedHash, EntryKey};
use crate::model::error::{Error, ErrorKind};
use crate::model::pattern::KeyPattern;
use crate::model::plan::Plan;
use crate::port::{Take, Taken};
use crate::wire::envelope;
use crate::wire::value::{Stored, ValueKind};

impl Call {
    /// Removes entries in one round trip, and ends every load of them; says of each key whether it had one before, of one that
    /// is named twice both times.
    ///
    /// # Cancel safety
    /// Once polled it is done, though nobody waits for it.
    pub(crate) async fn remove(&self, keys: Vec<EntryKey>) -> Result<Vec<bool>, Error> {
        let mut places = HashMap::<EntryKey, usize, CarriedHash>::default();
        let mut once = Vec::with_capacity(keys.len());
        let standing: Vec<usize> = keys
            .into_iter()
            .map(|key| {
                *places.entry(key).or_insert_with_key(|key| {
                    once.push(key.clone());
                    once.len() - 1
                })
            })
            .collect();
        let removed = self.reach(Invalidation { keys: once, judges: true, ..Invalidation::new(&self.space) }).await?;
        Ok(standing.into_iter().map(|at| removed.valid.get(at).is_some_and(|valid| *valid)).collect())
    }

    /// Removes the entries whose keys match; says how many there were.
    pub(crate) async fn remove_matching(&self, pattern: &str) -> Result<u64, Error> {
        let mut glob = KeyPattern::default();
        glob.push_glob(pattern);
        let patterns = vec![(self.namespace.clone(), glob)];
        Ok(self.reach(Invalidation { patterns, judges: true, ..Invalidation::new(&self.space) }).await?.matched)
    }

    /// Removes everything in the namespace and those below it.
    pub(crate) async fn clear(&self) -> Result<(), Error> {
        let namespaces = vec![self.namespace.clone()];
        self.reach(Invalidation { namespaces, ..Invalidation::new(&self.space) }).await.map(drop)
    }

    async fn reach(&self, invalidation: Invalidation) -> Result<Removed, Error> {
        let engine = &self.engine;
        if !engine.is_on() || invalidation.is_empty() {
            return Ok(Removed { matched: 0, valid: vec![false; invalidation.keys.len()] });
        }
        engine.count_invalidation(&invalidation);
        engine.invalidate(invalidation, engine.allowance()).await
    }

    /// Removes an entry and gives its value, where it is of this type; one of another stays where it is. In one round trip.
    ///
    /// # Cancel safety
    /// Dropped before its end, the value may be gone or not.
    pub(crate) async fn take<V>(&self, stored: &Stored<V>, key: &EntryKey) -> Result<Option<V>, Error> {
        let engine = &self.engine;
        if !engine.is_on() {
            return Ok(None);
        }
        count(&engine.counters.invalidations);
        self.tally(|tally| &tally.invalidations);
        let kind = stored.kind.of_version(self.operation.version);
        let Some(level) = &engine.level2 else { return Ok(self.take_here(stored, kind, key)) };
        let message = Level2::message_for_all(&[key]);
        let take = Take { key: key.bytes(), fingerprint: kind.fingerprint(), message: &message };
        let mut allowance = engine.allowance();
        let taken = level.ask(&mut allowance, |within| level.store.take(take, within)).await?;
        let Taken::Entry(stamp, bytes) = taken else { return Ok(None) };
        self.changed_there(level, &[key], stamp);
        let unreadable = || {
            Error::new(
                ErrorKind::Codec,
                "the value that was taken cannot be read: its bytes were altered, or this node does not know its codec",
            )
        };
        let envelope = envelope::open(&bytes).map_err(|_| unreadable())?;
        if envelope.key != key.full() {
            return Err(unreadable());
        }
        let plan = Plan::default();
        let header = engine.header(self.operation, engine.beginning(), engine.floors(self, &plan.tags), Duration::ZERO);
        let entry = level.decode(kind, header, &envelope).ok_or_else(unreadable)?;
        Ok((stored.open)(&entry))
    }

    fn take_here<V>(&self, stored: &Stored<V>, kind: ValueKind, key: &EntryKey) -> Option<V> {
        let (engine, now) = (&self.engine, self.engine.settings.clock.now());
        let entry = {
            let mut stripe = engine.flights.lock(key);
            let is_value = |entry: &Arc<Entry>| stands(entry, now) && kind.is_value(entry);
            let entry = engine.memory.get(key).filter(is_value)?;
            engine.invalidations.next(Reach::Key(key.hash()));
            stripe.invalidate(key);
            engine.memory.remove(key);
            entry
        };
        // Copied without the lock: that is the user's code.
        (stored.open)(&entry)
    }
}
