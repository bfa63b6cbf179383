//! `#[cache_put]`: the body always runs, and what it returns goes into the cache.
//!
//! After a body that succeeded the key holds the new value or nothing: nothing where `unless` said so, where there is
//! no value, or where the put overlapped with another put or an invalidation, for then nobody can tell which of the
//! two wrote last.

use std::pin::pin;
use std::sync::Arc;

use crate::cache::Cache;
use crate::engine::Switch;
use crate::engine::counters::count;
use crate::engine::look_up::Call;
use crate::fence::sequence::Reach;
use crate::model::entry::{Entry, Floors, Sequence};
use crate::model::entry_key::EntryKey;
use crate::model::key::KeyWriter;
use crate::model::operation::Operation;
use crate::model::plan::{Decision, Plan};
use crate::model::returned::{Seen, Shape};
use crate::model::value::Stored;

/// A put that began: it remembers when.
#[doc(hidden)]
#[derive(Debug)]
pub struct Put {
    call: Call,
    began: Sequence,
    floors: Floors,
    plan: Plan,
    /// The key, where it is known before the result.
    key: Option<EntryKey>,
    ended: bool,
}

impl Put {
    /// Begins a put. `None`: the cache is switched off.
    pub fn begin(cache: &Cache, operation: &'static Operation, plan: impl FnOnce() -> Plan) -> Option<Self> {
        if cache.engine().settings.switch == Switch::Off {
            return None;
        }
        let (call, plan) = (Call::new(cache, operation), plan());
        let floors = call.engine.floors(call.space, operation.namespace(), &plan.tags);
        let began = call.engine.invalidations.now();
        Some(Self { call, began, floors, plan, key: None, ended: false })
    }

    /// Sets a key that does not need the result.
    pub fn key(&mut self, write: impl FnOnce(&mut KeyWriter)) {
        self.key = Some(self.call.key(write));
    }

    fn store<V>(&self, key: EntryKey, stored: &Stored<V>, value: V, decision: &Decision) {
        let engine = &self.call.engine;
        let ttl = decision.ttl.or(self.plan.ttl).unwrap_or(engine.settings.ttl);
        if decision.rejected || ttl.is_zero() {
            engine.remove_key(&key);
            return;
        }
        let mut floors = self.floors.clone();
        engine.add_tags(self.call.space, &mut floors, &decision.tags);
        self.store_entry(key, (stored.seal)(engine.header(self.began, floors, ttl), value));
    }

    fn store_entry(&self, key: EntryKey, entry: Arc<Entry>) {
        let engine = &self.call.engine;
        let mut stripe = engine.flights.lock(&key);
        let reached = engine.invalidations.reached_since(key.hash(), self.began);
        // Loads that run have begun before this value was written, and a put that overlaps must find this one.
        stripe.invalidate(&key);
        engine.invalidations.next(Reach::Key(key.hash()));
        if engine.storable(reached, self.began, &entry.header.floors) {
            engine.memory.insert(key, entry);
            count(&engine.counters.stored);
        } else {
            engine.memory.remove(&key);
            count(&engine.counters.refused);
        }
    }
}

impl Put {
    /// Ends a put whose body failed. An error is taken at its word: nothing was written, and the entry stays. But a put
    /// that overlaps must see this one, and where one has stored already nobody can tell which of them wrote last.
    fn fail(&mut self) {
        self.ended = true;
        if let Some(key) = &self.key {
            let engine = &self.call.engine;
            let mut stripe = engine.flights.lock(key);
            stripe.invalidate(key);
            if engine.invalidations.reached_since(key.hash(), self.began) {
                engine.memory.remove(key);
            }
            engine.invalidations.next(Reach::Key(key.hash()));
        }
    }
}

impl Drop for Put {
    /// A put that was cancelled or panicked may have written: its key is given up.
    fn drop(&mut self) {
        if let (false, Some(key)) = (self.ended, &self.key) {
            self.call.engine.remove_key(key);
        }
    }
}

/// Runs `body` and stores what it returns.
///
/// `key` names the key where it needs the result; `value` picks what is stored.
///
/// # Cancel safety
/// Dropped while the body runs, it invalidates the key if that is known by then.
#[doc(hidden)]
pub async fn put<S: Shape, V, B: Future<Output = S::Return>>(
    put: Option<Put>,
    _: S,
    stored: Stored<V>,
    key: Option<impl FnOnce(&S::Value, &mut KeyWriter)>,
    value: impl FnOnce(&S::Value) -> V,
    decide: impl FnOnce(&S::Value, &mut Decision),
    body: B,
) -> S::Return {
    let Some(mut put) = put else { return body.await };
    let result = pin!(body).await;
    match S::look(&result) {
        Seen::Value(seen) => {
            // The key first: should the rest panic, it is given up.
            if let Some(write) = key {
                put.key = Some(put.call.key(|key| write(seen, key)));
            }
            let mut decision = Decision::default();
            decide(seen, &mut decision);
            let value = value(seen);
            if let Some(key) = put.key.clone() {
                put.store(key, &stored, value, &decision);
            }
            put.ended = true;
        }
        // Success without a value: as always after a success, the key does not keep an older one.
        Seen::Absent => {}
        Seen::Failed(_) => put.fail(),
    }
    result
}
