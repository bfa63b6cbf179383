//! `#[cache_put]`: the body always runs, and what it returns goes into the cache.
//!
//! After a body that succeeded the key holds the new value or nothing: nothing where `unless` said so, where there is
//! no value, or where the put overlapped with another put or an invalidation, for then nobody can tell which of the
//! two wrote last.

use std::collections::VecDeque;
use std::sync::Arc;

use crate::cache::Cache;
use crate::engine::Engine;
use crate::engine::commit;
use crate::engine::counters::count;
use crate::engine::failing::OnTrouble;
use crate::engine::invalidate::Invalidation;
use crate::engine::level2::Allowance;
use crate::engine::level2::write::{Intent, Refused};
use crate::engine::look_up::{Call, lacks_tenant};
#[cfg(any(test, feature = "testing"))]
use crate::engine::probe::Point;
use crate::engine::store::Parcel;
use crate::fence::sequence::Reach;
use crate::model::around;
use crate::model::entry::{Beginning, Entry, Floors, Sequence};
use crate::model::entry_key::EntryKey;
use crate::model::error::Error;
use crate::model::inherited::{Bound, Origin};
use crate::model::key::KeyWriter;
use crate::model::key_secret::KeySecret;
use crate::model::operation::Operation;
use crate::model::plan::{Decision, Plan};
use crate::model::returned::Shape;
use crate::scope::transaction::Transaction;
use crate::scope::{self, Use};
use crate::wire::envelope::Content;
use crate::wire::value::{Stored, ValueKind};

/// A put that began: it remembers when.
#[doc(hidden)]
#[derive(Debug)]
pub struct Put {
    pub(crate) call: Call,
    began: Beginning,
    floors: Floors,
    pub(crate) plan: Plan,
    /// Where the server's history stood at its start.
    heard: Bound,
    /// The key, where it is known before the result.
    pub(crate) key: Option<EntryKey>,
    /// What the second level was told before the body.
    pub(crate) intent: Intent,
    /// How long it may still wait for the second level.
    pub(crate) allowance: Allowance,
    /// Whether it only removes its key, for the cache is not to be used.
    pub(crate) passes_by: bool,
    /// Whether it does nothing at all, since it needs a tenant and has none.
    pub(crate) lacks_tenant: bool,
    /// The transaction that it is part of, whose commit the removal of its key waits for.
    transaction: Option<Arc<Transaction>>,
    on_trouble: OnTrouble,
    /// What trouble there was. On the heap, since a call's future holds it while it waits.
    trouble: Option<Box<Error>>,
    /// What is to be stored, once that is known; nothing where the key is to be invalidated.
    parcel: Option<(ValueKind, Parcel)>,
    ended: bool,
}

impl Put {
    /// Begins a put. `None`: the cache is switched off.
    ///
    /// `plan` is given what pieces of tags are hashed with.
    pub fn begin(
        cache: &Cache,
        operation: &'static Operation,
        plan: impl FnOnce(Option<&Arc<KeySecret>>) -> Plan,
    ) -> Option<Self> {
        if !cache.engine().is_on() {
            return None;
        }
        let space = cache.engine().space_of(operation);
        let lacks_tenant = space.is_none();
        Some(Self::of(Call::new(cache, operation, space.unwrap_or_default()), lacks_tenant, plan))
    }

    /// Begins the put of a call.
    pub(crate) fn of(call: Call, lacks_tenant: bool, plan: impl FnOnce(Option<&Arc<KeySecret>>) -> Plan) -> Self {
        let plan = plan(Some(call.secret()));
        let floors = call.engine.floors(&call, &plan.tags);
        let began = call.engine.beginning();
        let allowance = call.engine.allowance();
        let transaction = commit::join_transaction();
        // What is not committed yet must not be stored.
        let passes_by = lacks_tenant || transaction.is_some() || !around::is_plain() && scope::wanted() == Use::None;
        let (key, intent, parcel, ended, heard) = (None, Intent::None, None, false, call.engine.heard());
        let (on_trouble, trouble) = (OnTrouble::GoOn, None);
        Self {
            call,
            began,
            floors,
            plan,
            heard,
            key,
            intent,
            allowance,
            passes_by,
            lacks_tenant,
            transaction,
            on_trouble,
            trouble,
            parcel,
            ended,
        }
    }

    /// Has the function fail where there is trouble, unless the cache is not to be used.
    pub fn fail_on_trouble(&mut self) {
        if !self.passes_by || self.lacks_tenant && lacks_tenant() {
            self.on_trouble = OnTrouble::Fail;
        }
    }

    /// Notes trouble. The first counts.
    fn note(&mut self, trouble: Option<Error>) {
        self.trouble = self.trouble.take().or(trouble.map(Box::new));
    }

    /// The trouble that the function fails with.
    fn failure(&mut self) -> Option<Box<Error>> {
        self.trouble.take().filter(|_| self.on_trouble == OnTrouble::Fail)
    }

    /// Sets a key that does not need the result.
    pub fn key(&mut self, write: impl FnOnce(&mut KeyWriter<'_>)) {
        if self.lacks_tenant {
            return;
        }
        self.key = self.call.usable_key(write);
        // What cannot be named is neither announced nor stored.
        self.passes_by |= self.key.is_none();
    }

    /// Settles what becomes of a value.
    ///
    /// `key` names the key where it needs the result; `value` picks what is stored.
    pub fn settle<S: Shape, V>(
        &mut self,
        _: S,
        stored: &Stored<V>,
        seen: &S::Value,
        key: Option<impl FnOnce(&S::Value, &mut KeyWriter<'_>)>,
        value: impl FnOnce(&S::Value) -> V,
        decide: impl FnOnce(&S::Value, &mut Decision),
    ) {
        // The key first: should the rest panic, it is given up.
        if let Some(write) = key {
            self.key(|key| write(seen, key));
        }
        let mut decision = Decision::new(self.call.secret());
        decide(seen, &mut decision);
        let kind = stored.kind.of_version(self.call.operation.version);
        self.parcel = self.pack(stored, value(seen), &decision).map(|parcel| (kind, parcel));
    }

    /// Where the server's history stood before the body.
    fn stood_at(&self) -> Bound {
        match &self.intent {
            Intent::Leased(lease) => Some(lease.granted),
            Intent::Since(stamp) => Some(*stamp),
            Intent::None | Intent::Asked(_) => self.heard,
        }
    }

    /// Brings a value into the engine's shape; `None` where it is not to be stored.
    fn pack<V>(&self, stored: &Stored<V>, value: V, decision: &Decision) -> Option<Parcel> {
        let engine = &self.call.engine;
        let ttl = self.call.life(decision.ttl.or(self.plan.ttl));
        if decision.rejected || self.passes_by || ttl.is_zero() || !self.call.is_kept() {
            return None;
        }
        let mut floors = self.floors.clone();
        engine.add_tags(&self.call.space, &mut floors, &decision.tags);
        let tags = self.plan.tags.with(&decision.tags);
        if engine.is_without_secret(self.call.operation, || tags.lack_secret()) {
            return None;
        }
        let payload = self.call.payload(stored, &value, self.plan.compress);
        let l1_life = self.call.l1_life(ttl, &self.plan);
        let mut header = engine.header(self.call.operation, self.began, floors, l1_life);
        header.origin = Origin::of(self.stood_at(), false);
        let entry = (stored.seal)(header, value);
        Some(Parcel { entry, content: Content::Value, payload, tags, made_of: Arc::default(), ttl })
    }

    /// Stores, or removes what is there. Says whether the server has counted this write.
    async fn deliver(&mut self) -> bool {
        let Some(key) = self.key.clone() else { return false };
        let hash = key.hash();
        let engine = Arc::clone(&self.call.engine);
        let before = engine.memory.get(&key);
        let (written, is_counted) = match (self.parcel.take(), &engine.level2) {
            (None, _) => (None, false),
            (Some((_, parcel)), None) => (Some(parcel), false),
            (Some((_, parcel)), Some(_)) if !self.call.operation.uses_l2 => {
                // What others may have stored there is older now.
                let invalidation = Invalidation { keys: vec![key.clone()], ..Invalidation::new(&self.call.space) };
                let there = engine.invalidate_there(invalidation, std::mem::take(&mut self.allowance)).await;
                self.note(there.err());
                (Some(parcel), false)
            }
            // On the heap, beside a round trip: else every put's future would have room for it.
            (Some((kind, parcel)), Some(level)) => match Box::pin(self.write(level, &key, kind, &parcel)).await {
                Ok(()) => (Some(parcel), true),
                Err(Refused::Removed) => {
                    count(&engine.counters.refused);
                    engine.remove_key(&key);
                    self.show(hash, false);
                    return true;
                }
                Err(Refused::Unknown(trouble)) => {
                    self.note(trouble);
                    count(&engine.counters.unstored);
                    (None, false)
                }
            },
        };
        if let Some(parcel) = written {
            let is_stored = engine.store_put(key, before.as_ref(), parcel.entry, self.began.sequence);
            if is_stored {
                self.call.tally(|tally| &tally.stored);
            }
            self.show(hash, is_stored);
            return is_counted;
        }
        let Some(key) = self.defer(key) else {
            self.show(hash, false);
            return false;
        };
        let invalidation = Invalidation { keys: vec![key], ..Invalidation::new(&self.call.space) };
        // Trouble is counted and said there; what was not delivered will be.
        let invalidated = engine.invalidate(invalidation, std::mem::take(&mut self.allowance)).await;
        self.note(invalidated.err());
        self.show(hash, false);
        false
    }

    /// Leaves the removal of its key to the commit; gives the key back where there is none to come.
    fn defer(&mut self, key: EntryKey) -> Option<EntryKey> {
        let Some(transaction) = self.transaction.take() else { return Some(key) };
        let invalidation = Invalidation { keys: vec![key], ..Invalidation::new(&self.call.space) };
        let namespaces = std::slice::from_ref(&self.call.namespace);
        let refused = commit::defer(&transaction, &self.call.engine, invalidation, namespaces);
        refused.and_then(|mut refused| refused.keys.pop())
    }

    /// Shows what became of it in the span of the call, where there is one.
    fn show(&self, key: u64, is_stored: bool) {
        if !around::is_plain() {
            scope::show(self.call.operation, |trace| trace.put(&self.call.engine.name, key, is_stored));
        }
    }

    /// Notes that another put of the same call has written: that is no invalidation by somebody else.
    fn know_of(&mut self, other: &Self) {
        if let Intent::Since(stamp) = &mut self.intent
            && Arc::ptr_eq(&self.call.engine, &other.call.engine)
        {
            stamp.sequence += 1;
        }
    }

    /// Ends a put whose body failed. An error is taken at its word: nothing was written, and the entry stays. But a put
    /// that overlaps must see this one, and where one has stored already nobody can tell which of them wrote last.
    fn fail(&mut self) {
        self.ended = true;
        self.withdraw();
        if let Some(key) = &self.key {
            let engine = &self.call.engine;
            let mut stripe = engine.flights.lock(key);
            stripe.invalidate(key);
            if engine.invalidations.reached_since(key.hash(), self.began.sequence) {
                engine.memory.remove(key);
            }
            engine.invalidations.next(Reach::Key(key.hash()));
        }
    }
}

impl Engine {
    /// Keeps what a put has written in memory, where nothing was stored there meanwhile in place of `before`: that may
    /// have been read from the second level after another node has written it. Whether it did.
    pub(crate) fn store_put(
        &self,
        key: EntryKey,
        before: Option<&Arc<Entry>>,
        entry: Arc<Entry>,
        began: Sequence,
    ) -> bool {
        let mut stripe = self.flights.lock(&key);
        let is_newer = |present: &Arc<Entry>| before.is_none_or(|before| !Arc::ptr_eq(before, present));
        let reached = self.invalidations.reached_since(key.hash(), began)
            || self.level2.is_some() && self.memory.get(&key).as_ref().is_some_and(is_newer);
        // Loads that run have begun before this value was written, and a put that overlaps must find this one.
        stripe.invalidate(&key);
        self.invalidations.next(Reach::Key(key.hash()));
        let is_storable = self.storable(reached, began, &entry.header.floors);
        if is_storable {
            self.insert(key, entry);
            count(&self.counters.stored);
        } else {
            self.memory.remove(&key);
            count(&self.counters.refused);
        }
        is_storable
    }
}

impl Drop for Put {
    /// A put that was cancelled or panicked may have written: its key is given up.
    fn drop(&mut self) {
        if let (false, Some(key)) = (self.ended, self.key.take())
            && let Some(key) = self.defer(key)
        {
            self.call.engine.forget_in_background(&self.call.space, key);
        }
    }
}

/// Tells the second level what is going to be written. Says what trouble the function fails with, before its body.
///
/// # Cancel safety
/// Dropped, the keys are invalidated by whoever drops the puts.
#[doc(hidden)]
pub async fn intend(puts: &mut [Option<Put>]) -> Option<Error> {
    for put in puts.iter_mut().flatten() {
        let trouble = put.intend().await.err();
        put.note(trouble);
        if let Some(trouble) = put.failure() {
            return Some(*trouble);
        }
    }
    #[cfg(any(test, feature = "testing"))]
    if let Some(put) = puts.iter().flatten().next() {
        put.call.engine.stop_at(Point::BeforeBody, put.call.operation).await;
    }
    None
}

/// Ends the puts of a body that failed.
#[doc(hidden)]
pub fn fail<const N: usize>(puts: [Option<Put>; N]) {
    puts.into_iter().flatten().for_each(|mut put| put.fail());
}

/// Stores what one call's puts have come to. Says what trouble the function fails with.
///
/// # Cancel safety
/// Dropped before its end, it invalidates the keys of the puts that are not stored by then.
#[doc(hidden)]
pub async fn deliver<const N: usize>(puts: [Option<Put>; N]) -> Option<Error> {
    let mut puts: VecDeque<Put> = puts.into_iter().flatten().collect();
    // Those that hold a lease do not mind what the others write.
    puts.make_contiguous().sort_by_key(|put| matches!(put.intent, Intent::Since(_)));
    let mut failure = None;
    while let Some(mut put) = puts.pop_front() {
        #[cfg(any(test, feature = "testing"))]
        if put.parcel.is_some() {
            put.call.engine.stop_at(Point::BeforeStore, put.call.operation).await;
        }
        if put.deliver().await {
            for later in &mut puts {
                later.know_of(&put);
            }
        }
        put.ended = true;
        failure = failure.or(put.failure());
    }
    failure.map(|failure| *failure)
}
