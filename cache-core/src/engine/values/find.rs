//! A value that is in memory or on the second level. Nothing is loaded, and no load is waited for.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use equivalent::Equivalent;

use crate::engine::level2::convoy::{Convoy, Patience, Ride};
use crate::engine::level2::question::Way;
use crate::engine::look_up::{Call, Miss};
use crate::engine::outcome::End;
use crate::model::around;
use crate::model::entry_key::{self, BorrowedKey, CarriedHash, EntryKey};
use crate::model::error::Error;
use crate::model::key::{CacheKey, KeyWriter};
use crate::model::outcome::Answer;
use crate::model::plan::Plan;
use crate::scope::Use;
use crate::wire::value::Stored;

impl Call {
    /// The value in memory, where it may be served.
    pub(crate) fn recall<V, K: CacheKey + ?Sized>(&self, stored: &Stored<V>, key: &K) -> Option<V> {
        let mut writer = KeyWriter::begin(&self.space, &self.namespace, self.secret());
        key.write_whole_key(&mut writer);
        let key = BorrowedKey::new(entry_key::finish(&mut writer), self.engine.hasher());
        self.recall_by(stored, &key, key.hash(), || key.to_owned())
    }

    fn recall_by<V, Q>(&self, stored: &Stored<V>, key: &Q, hash: u64, own: impl Fn() -> EntryKey) -> Option<V>
    where
        Q: Equivalent<EntryKey> + Hash + ?Sized,
    {
        let (engine, is_plain) = (&self.engine, around::is_plain());
        let asks_memory = self.operation.uses_l1 && (is_plain || engine.wanted() == Use::Usual);
        if !engine.is_on() || !asks_memory {
            return None;
        }
        let entry = engine.find(key).filter(|entry| entry.header.version == self.operation.version)?;
        let value = (stored.open)(&entry)?;
        engine.hit_in(&self.space);
        engine.put_off(&entry, &own);
        engine.draw(self.operation, &entry, &own);
        if !is_plain {
            engine.note_hit(self.operation, hash, Answer::Hit, &entry);
        }
        Some(value)
    }

    /// The call for a value that memory did not have.
    pub(crate) fn miss<V>(&self, stored: &Stored<V>, key: EntryKey) -> Miss {
        let (engine, kind) = (&self.engine, stored.kind.of_version(self.operation.version));
        let wanted = if around::is_plain() { Use::Usual } else { engine.wanted() };
        engine.ask_if_overdue();
        let asks_memory = self.operation.uses_l1;
        let not_in_memory = if asks_memory { engine.reason_of_miss(wanted, &key, kind) } else { None };
        Miss { call: self.clone(), key, kind, failure: None, wanted, lacks_tenant: false, not_in_memory }
    }

    /// The same with the key written here. `None` where that cannot be used.
    pub(crate) fn miss_for<V, K: CacheKey + ?Sized>(&self, stored: &Stored<V>, key: &K) -> Option<Miss> {
        let key = self.usable_key(|writer| key.write_whole_key(writer));
        key.filter(|_| self.is_on()).map(|key| self.miss(stored, key))
    }

    /// What the second level has for keys that memory had nothing for, in one round trip; in one more for all whose tags
    /// were not known. Each key once.
    ///
    /// Cancel safe: it changes nothing.
    pub(crate) async fn fetch_values<V>(
        &self,
        stored: &Stored<V>,
        keys: Vec<EntryKey>,
    ) -> Vec<Result<Option<V>, Error>> {
        let convoy = Convoy::new(&self.engine);
        convoy.lose(self.settled().await);
        let mut values: Vec<_> = keys.iter().map(|_| Ok(None)).collect();
        let peeks = keys.into_iter().enumerate().map(|(at, key)| {
            let (miss, way) = (self.miss(stored, key), Way::Together(Arc::clone(&convoy)));
            async move { (at, miss.peek(stored, way).await) }
        });
        let mut ride = Ride::new(&convoy, peeks);
        while let Some((at, value)) = ride.next(Patience::Waits).await {
            values[at] = value;
        }
        values
    }

    /// The value of one key; see [`fetch_values`](Self::fetch_values).
    pub(crate) async fn fetch_value<V>(&self, stored: &Stored<V>, key: EntryKey) -> Result<Option<V>, Error> {
        if !self.engine.is_on() {
            return Ok(None);
        }
        self.settled().await;
        self.miss(stored, key).peek(stored, Way::Alone).await
    }

    /// The values of many keys, each with where it stands: from memory, and all others together.
    pub(crate) async fn find_many<V>(&self, stored: &Stored<V>, keys: &[EntryKey]) -> Vec<Result<Option<V>, Error>> {
        let mut values: Vec<Result<Option<V>, Error>> = keys.iter().map(|_| Ok(None)).collect();
        if !self.engine.is_on() {
            return values;
        }
        let mut missing: Vec<EntryKey> = Vec::new();
        let mut places: HashMap<EntryKey, (usize, Vec<usize>), CarriedHash> = HashMap::default();
        for (at, key) in keys.iter().enumerate() {
            match self.recall_by(stored, key, key.hash(), || key.clone()) {
                Some(value) => values[at] = Ok(Some(value)),
                None => places
                    .entry(key.clone())
                    .or_insert_with(|| {
                        missing.push(key.clone());
                        (missing.len() - 1, Vec::new())
                    })
                    .1
                    .push(at),
            }
        }
        if missing.is_empty() {
            return values;
        }
        let mut fetched: Vec<_> = self.fetch_values(stored, missing).await.into_iter().map(Some).collect();
        for (which, mut standing) in places.into_values() {
            let Some(value) = fetched[which].take() else { continue };
            let last = standing.pop();
            for at in standing {
                values[at] = match &value {
                    Ok(value) => Ok(value.as_ref().map(stored.copy)),
                    Err(error) => Err(error.clone()),
                };
            }
            if let Some(at) = last {
                values[at] = value;
            }
        }
        values
    }
}

impl Miss {
    /// What the second level has.
    async fn peek<V>(&self, stored: &Stored<V>, way: Way) -> Result<Option<V>, Error> {
        if matches!(self.wanted, Use::None | Use::Fresh(_)) {
            return Ok(None);
        }
        let plan = Plan::default();
        let mut lead = self.lead_alone(&plan);
        lead.way = way;
        let found = lead.peek(&plan).await;
        let value = match &found {
            Ok(Some(found)) => (stored.open)(&found.entry),
            _ => None,
        };
        if let (Some(found), Some(_)) = (found?, &value) {
            self.bequeath_entry(Some(&found.entry));
            self.tell(End::found(Answer::Hit, &found.entry));
            lead.keep(found);
        } else {
            self.call.count_miss();
            self.tell(End { not_remote: lead.not_remote, ..End::without_entry(Answer::Miss) });
        }
        Ok(value)
    }
}
