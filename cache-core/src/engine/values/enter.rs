//! Values that are given: each takes the place of what its key had, and ends every load of it.

use std::collections::HashMap;
use std::sync::Arc;

use crate::engine::commit;
use crate::engine::counters::count;
use crate::engine::invalidate::Invalidation;
use crate::engine::level2::kept::Names;
use crate::engine::level2::{Allowance, Level2, bounded};
use crate::engine::look_up::Call;
use crate::engine::store::Parcel;
use crate::engine::values::stands;
use crate::fence::sequence::Reach;
use crate::model::around;
use crate::model::entry::Entry;
use crate::model::entry_key::{CarriedHash, EntryKey};
use crate::model::error::Error;
use crate::model::inherited::Origin;
use crate::model::plan::Plan;
use crate::port::{Filled, Read, Sealed, Set, When};
use crate::scope::{self, Use, stamps};
use crate::wire::envelope::Content;
use crate::wire::message::Operation as Told;
use crate::wire::names::TokenNames;
use crate::wire::value::{Stored, ValueKind};

/// A value on its way into the cache.
#[derive(Debug)]
pub(crate) struct Entering {
    key: EntryKey,
    kind: ValueKind,
    /// Nothing, where it is not to live.
    parcel: Option<Parcel>,
}

/// What becomes of a key that has a value already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Present {
    /// The new value takes its place.
    Replaced,
    /// It stays as it is.
    Kept,
}

impl Call {
    /// A value with its key, in the engine's shape.
    pub(crate) fn entering<V>(
        &self,
        stored: &Stored<V>,
        key: EntryKey,
        value: V,
        plan: &Plan,
    ) -> Result<Entering, Error> {
        if plan.tags.lack_secret() && self.engine.is_without_secret(self.operation, || true) {
            return Err(Error::config("a piece of a tag is to be hashed, and this cache has no `key_secret`"));
        }
        let kind = stored.kind.of_version(self.operation.version);
        let ttl = self.life(plan.ttl);
        if ttl.is_zero() {
            return Ok(Entering { key, kind, parcel: None });
        }
        let floors = self.engine.floors(self, &plan.tags);
        let began = self.engine.beginning();
        let payload = self.payload(stored, &value, plan.compress);
        let mut header = self.engine.header(self.operation, began, floors, self.l1_life(ttl, plan));
        header.origin = Origin::of(self.engine.heard(), false);
        let entry = (stored.seal)(header, value);
        let parcel =
            Parcel { entry, content: Content::Value, payload, tags: plan.tags.clone(), made_of: Arc::default(), ttl };
        Ok(Entering { key, kind, parcel: Some(parcel) })
    }

    /// Enters values, each in one step, and with a second level all in one round trip. Says of each whether it is there now.
    ///
    /// Where the cache is not to be used, and in a transaction, nothing is stored: what the keys had goes, after the commit.
    ///
    /// # Cancel safety
    /// Dropped before its end, each of them may have been entered or not; memory then has none of them.
    pub(crate) async fn enter(&self, all: Vec<Entering>, present: Present) -> Vec<Result<bool, Error>> {
        if !self.engine.is_on() {
            return all.iter().map(|_| Ok(false)).collect();
        }
        let transaction = if present == Present::Kept { None } else { commit::join_transaction() };
        let passes_by = !around::is_plain() && scope::wanted() == Use::None;
        if transaction.is_none() && !passes_by {
            return match &self.engine.level2 {
                None => all.into_iter().map(|entering| Ok(self.enter_here(entering, present))).collect(),
                Some(level) => self.enter_there(level, all, present).await,
            };
        }
        if present == Present::Kept {
            return all.iter().map(|_| Ok(false)).collect();
        }
        let count = all.len();
        let keys = all.into_iter().map(|entering| entering.key).collect();
        let invalidation = Invalidation { keys, ..Invalidation::new(&self.space) };
        let left = match transaction {
            Some(transaction) => {
                let namespaces = std::slice::from_ref(&self.namespace);
                commit::defer(&transaction, &self.engine, invalidation, namespaces)
            }
            None => Some(invalidation),
        };
        let gone = match left {
            Some(invalidation) => self.engine.invalidate(invalidation, self.engine.allowance()).await.map(|_| false),
            None => Ok(false),
        };
        vec![gone; count]
    }

    /// Enters a value in memory, which is all there is.
    fn enter_here(&self, entering: Entering, present: Present) -> bool {
        let (engine, Entering { key, parcel, .. }) = (&self.engine, entering);
        let mut stripe = engine.flights.lock(&key);
        let is_there = |entry: &Arc<Entry>| stands(entry, engine.settings.clock.now());
        if present == Present::Kept && engine.memory.get(&key).as_ref().is_some_and(is_there) {
            return false;
        }
        // Loads that run have begun before this value was given.
        stripe.invalidate(&key);
        engine.invalidations.next(Reach::Key(key.hash()));
        if let Some(parcel) = parcel {
            engine.insert(key, parcel.entry);
            self.count_stored();
            true
        } else {
            engine.memory.remove(&key);
            false
        }
    }

    fn count_stored(&self) {
        count(&self.engine.counters.stored);
        self.tally(|tally| &tally.stored);
    }

    async fn enter_there(&self, level: &Level2, all: Vec<Entering>, present: Present) -> Vec<Result<bool, Error>> {
        let mut allowance = self.engine.allowance();
        allowance.lose(self.settled().await);
        let keys = all.iter().map(|entering| entering.key.clone()).collect();
        let mut unsettled = Unsettled { call: self, keys, present };
        let mut outcomes: Vec<Option<Result<bool, Error>>> = all.iter().map(|_| None).collect();
        let (mut unwanted, mut writes) = (Vec::new(), Vec::with_capacity(all.len()));
        for (at, entering) in all.into_iter().enumerate() {
            match entering.parcel {
                None if present == Present::Kept => outcomes[at] = Some(Ok(false)),
                None => unwanted.push((at, entering.key)),
                Some(parcel) => match Write::new(self, level, (at, entering.key, entering.kind), parcel) {
                    Ok(write) => writes.push(write),
                    // Nothing has changed: what was there stays.
                    Err(error) => outcomes[at] = Some(Err(error)),
                },
            }
        }
        let keys = without_followed(unwanted, &writes, |at| outcomes[at] = Some(Ok(false)));
        let mut gone = Invalidation { keys, ..Invalidation::new(&self.space) };
        let sent = self.send(level, writes, present, &mut allowance).await;
        unsettled.keys.clear();
        for (write, filled) in sent {
            let (at, key) = (write.at, write.key.clone());
            outcomes[at] = Some(self.entered(level, write, filled));
            match (&outcomes[at], present) {
                (Some(Err(_)), Present::Replaced) => gone.keys.push(key),
                (Some(Err(_)), Present::Kept) => self.forget_copy(&key),
                _ => {}
            }
        }
        // What may have been written, and is not known: gone for everybody. It is counted and said there.
        let removed =
            if gone.keys.is_empty() { Ok(()) } else { self.engine.invalidate(gone, allowance).await.map(drop) };
        outcomes.into_iter().map(|outcome| outcome.unwrap_or_else(|| removed.clone().map(|()| false))).collect()
    }

    /// What memory has may not be what the server has now; and what that has may be another's, so it stays.
    fn forget_copy(&self, key: &EntryKey) {
        self.engine.remove_key(key);
    }

    async fn send(
        &self,
        level: &Level2,
        writes: Vec<Write>,
        present: Present,
        allowance: &mut Allowance,
    ) -> Vec<(Write, Result<Filled, Error>)> {
        if writes.is_empty() {
            return Vec::new();
        }
        let when = if present == Present::Kept { When::Absent } else { When::Always };
        let sets: Vec<_> = writes.iter().map(|write| write.set(when)).collect();
        let sent = level.ask(allowance, |within| async move { Ok(level.store.set_many(&sets, within).await) }).await;
        let filled = match sent {
            Ok(filled) => {
                filled.into_iter().map(|filled| filled.inspect_err(|error| level.troubles.note(error))).collect()
            }
            Err(error) => vec![Err(error); writes.len()],
        };
        writes.into_iter().zip(filled).collect()
    }

    /// What became of one of them, and its copy in memory.
    fn entered(&self, level: &Level2, write: Write, filled: Result<Filled, Error>) -> Result<bool, Error> {
        let (engine, Write { key, parcel, before, .. }) = (&self.engine, write);
        match filled? {
            Filled::Present => Ok(false),
            Filled::Stored(stamp) => {
                stamps::note(Ok(stamp));
                level.recent.note(engine.settings.clock.now(), Names::of_key(key.bytes()));
                if let Some(origin) = &parcel.entry.header.origin {
                    origin.confirm(stamp);
                }
                let began = parcel.entry.header.began;
                engine.store_put(key, before.as_ref(), parcel.entry, began);
                self.tally(|tally| &tally.stored);
                Ok(true)
            }
            Filled::Refused(stamp) => {
                stamps::note(Ok(stamp));
                engine.remove_key(&key);
                count(&engine.counters.refused);
                Ok(false)
            }
        }
    }
}

/// Keys of which nobody knows yet what the server has made of them.
struct Unsettled<'a> {
    call: &'a Call,
    keys: Vec<EntryKey>,
    present: Present,
}

impl Drop for Unsettled<'_> {
    /// The caller is gone, and the server may do what it was asked: the keys are given up; where what is there was to stay, in
    /// this node's memory only.
    fn drop(&mut self) {
        let keys = std::mem::take(&mut self.keys);
        if self.present == Present::Kept {
            for key in &keys {
                self.call.forget_copy(key);
            }
        } else if !keys.is_empty() {
            let invalidation = Invalidation { keys, ..Invalidation::new(&self.call.space) };
            self.call.engine.invalidate_in_background(invalidation);
        }
    }
}

/// The keys that are to have nothing, but for those that are given a value later in the list; says where they stood.
fn without_followed(
    unwanted: Vec<(usize, EntryKey)>,
    writes: &[Write],
    mut followed: impl FnMut(usize),
) -> Vec<EntryKey> {
    if unwanted.is_empty() {
        return Vec::new();
    }
    let last: HashMap<&EntryKey, usize, CarriedHash> = writes.iter().map(|write| (&write.key, write.at)).collect();
    let mut gone = Vec::new();
    for (at, key) in unwanted {
        if last.get(&key).is_some_and(|last| *last > at) {
            followed(at);
        } else {
            gone.push(key);
        }
    }
    gone
}

/// A value on its way to the server.
struct Write {
    at: usize,
    key: EntryKey,
    parcel: Parcel,
    sealed: Sealed,
    tokens: TokenNames,
    message: Vec<u8>,
    /// What memory had.
    before: Option<Arc<Entry>>,
}

impl Write {
    fn new(
        call: &Call,
        level: &Level2,
        (at, key, kind): (usize, EntryKey, ValueKind),
        parcel: Parcel,
    ) -> Result<Self, Error> {
        level.takes(&parcel.tags)?;
        let sealed = level.seal(&key, kind.fingerprint(), &parcel, call.operation.idle)?;
        let tokens = TokenNames::of(&call.space, &call.namespace, parcel.tags.iter());
        let message = level.message(&[Told::Key(key.bytes())]);
        let before = call.engine.memory.get(&key);
        Ok(Self { at, key, parcel, sealed, tokens, message, before })
    }

    fn set(&self, when: When) -> Set<'_> {
        let at = Read { key: self.key.bytes(), tokens: &self.tokens.0 };
        Set { at, entry: &self.sealed, ttl: bounded(self.parcel.ttl), when, message: &self.message }
    }
}
