//! Step 5: bring what a load brought into the engine's shape, and store it in memory, unless something that it lies on
//! was invalidated meanwhile.

use std::any::Any;
use std::sync::Arc;
use std::time::Duration;

use crate::engine::counters::count;
use crate::engine::inherit;
use crate::engine::lead::Lead;
use crate::flight::load::Landing;
use crate::model::entry::{Beginning, Entry, Floors, Header};
use crate::model::error::Error;
use crate::model::inherited::Inherited;
use crate::model::plan::{Decision, Plan, TagNames};
use crate::scope;
use crate::wire::envelope::Content;
use crate::wire::failure::StoredError;
use crate::wire::payload::Payload;
use crate::wire::value::Stored;

/// A value on its way into the cache.
#[derive(Debug)]
pub(crate) struct Parcel {
    /// What memory keeps, and waiting calls are given.
    pub(crate) entry: Arc<Entry>,
    pub(crate) content: Content,
    /// What the second level keeps, where there is one.
    pub(crate) payload: Option<Result<Payload, Error>>,
    pub(crate) tags: TagNames,
    /// The same with their bounds.
    pub(crate) made_of: Arc<Inherited>,
    pub(crate) ttl: Duration,
}

/// What a load brought.
#[derive(Debug)]
pub(crate) enum Loaded {
    /// To be stored.
    Value(Parcel),
    /// An error to be stored, and what waiting calls are given of it.
    Error(Parcel, Option<Arc<dyn Any + Send + Sync>>),
    /// Not to be stored; calls wait for it.
    Shared(Arc<Entry>),
    /// Not to be stored, and for nobody who waits: because nobody does, or because it is not committed yet.
    Discarded,
    /// `None`, and not to be stored.
    Absent,
}

impl Lead {
    /// Brings a value into the engine's shape. Without a decision it is not to be stored.
    pub(crate) fn pack<V>(&self, stored: &Stored<V>, value: &V, plan: &Plan, decision: Option<&Decision>) -> Loaded {
        let engine = &self.call.engine;
        let ttl = self.call.life(decision.and_then(|decision| decision.ttl).or(plan.ttl));
        let mut own = self.load.floors.clone();
        if let Some(decision) = decision {
            engine.add_tags(&self.call.space, &mut own, &decision.tags);
        }
        let is_wanted = decision.is_some_and(|decision| !decision.rejected);
        let made_of = self.made_of(&own, is_wanted || !plan.more_tags);
        let seal = |ttl| (stored.seal)(self.header_of(own, &made_of, ttl), (stored.copy)(value));
        if scope::is_in_changed_transaction() {
            return Loaded::Discarded;
        }
        let is_storable = is_wanted && !ttl.is_zero() && self.call.is_kept() && self.is_tracked(&made_of);
        match decision {
            Some(_) if is_storable => Loaded::Value(Parcel {
                entry: seal(self.l1_life(ttl, plan)),
                content: Content::Value,
                payload: self.call.payload(stored, value, plan.compress),
                tags: inherit::names(&self.call.space, &made_of),
                made_of,
                ttl,
            }),
            _ => {
                engine.flights.lock(&self.key).leave(&self.key, &self.load);
                // Nobody can join any more; who did is given the value, though it is not stored.
                let waited_for = self.load.is_waited_for();
                if waited_for { Loaded::Shared(seal(ttl)) } else { Loaded::Discarded }
            }
        }
    }

    /// Brings a `None` into the engine's shape. Of its tags those are known that do not need a value.
    pub(crate) fn pack_none(&self, plan: &Plan) -> Loaded {
        let ttl = self.call.life(plan.none_ttl.or(plan.ttl));
        let made_of = self.made_of(&self.load.floors, true);
        if scope::is_in_changed_transaction() {
            return Loaded::Discarded;
        }
        let is_storable = self.call.operation.keeps_none && !ttl.is_zero() && self.call.is_kept();
        if !is_storable || !self.is_tracked(&made_of) {
            return Loaded::Absent;
        }
        let header = self.header_of(self.load.floors.clone(), &made_of, self.l1_life(ttl, plan));
        Loaded::Value(Parcel {
            entry: self.kind.none(header),
            content: Content::None,
            payload: self.call.level2().map(|_| Ok(Payload::default())),
            tags: inherit::names(&self.call.space, &made_of),
            made_of,
            ttl,
        })
    }

    /// Brings an error into the engine's shape that is stored for so long. Of its tags those are known that need no value;
    /// the second level has it where its type has bytes.
    pub(crate) fn pack_error<V, E>(
        &self,
        error: &E,
        kept: StoredError<V, E>,
        (life, plan): (Duration, &Plan),
        made_of: Arc<Inherited>,
    ) -> Option<Parcel> {
        let ttl = self.call.life(Some(life));
        if ttl.is_zero() || !self.call.is_kept() || scope::is_in_changed_transaction() || !self.is_tracked(&made_of) {
            return None;
        }
        let header = self.header_of(self.load.floors.clone(), &made_of, self.l1_life(ttl, plan));
        let level2 = self.call.level2().zip(kept.to_wire);
        Some(Parcel {
            entry: (kept.seal)(header, error),
            content: Content::Error,
            payload: level2.map(|(level, to_wire)| to_wire(error, level.limits.value).map(Payload::plain)),
            tags: inherit::names(&self.call.space, &made_of),
            made_of,
            ttl,
        })
    }

    /// Whether all tags are known that a value should have. One that lacks a tag would outlive what it is made of.
    fn is_tracked(&self, made_of: &Inherited) -> bool {
        let (engine, operation) = (&self.call.engine, self.call.operation);
        if engine.is_without_secret(operation, || inherit::names(&self.call.space, made_of).lack_secret()) {
            return false;
        }
        if made_of.is_incomplete {
            count(&self.call.engine.counters.untracked);
        }
        !made_of.is_incomplete
    }

    /// The header of a value that is made of these tags, its own among them.
    fn header_of(&self, own: Floors, made_of: &Inherited, ttl: Duration) -> Header {
        // What it is made of may have been behind already.
        let began = Beginning { at: made_of.known.unwrap_or(self.load.began.at), ..self.load.began };
        let mut header = self.call.engine.header(self.call.operation, began, inherit::with_tags(own, made_of), ttl);
        header.origin = self.origin(made_of);
        header
    }

    /// Stores what was loaded, where there is no second level.
    pub(crate) fn store(&self, parcel: Parcel, failed: Option<Arc<dyn Any + Send + Sync>>) {
        let counters = &self.call.engine.counters;
        match self.store_in_memory(&parcel.entry) {
            Kept::Yes => {
                count(&counters.stored);
                self.call.tally(|tally| &tally.stored);
            }
            Kept::Refused => {
                count(&counters.refused);
                if self.refreshes && !self.load.is_key_invalidated() {
                    self.call.engine.remove_key(&self.key);
                }
            }
            Kept::Newer => {}
        }
        self.load.land(failed.map_or(Landing::Value(parcel.entry), Landing::Failed));
    }

    /// The check and the store are one step under the key's stripe lock, which an invalidation of the key takes too. A
    /// tag or a namespace that is invalidated right after the check has raised a floor that every look-up compares
    /// with the entry's own beginning, so it needs no lock.
    pub(crate) fn store_in_memory(&self, entry: &Arc<Entry>) -> Kept {
        let engine = &self.call.engine;
        let mut stripe = engine.flights.lock(&self.key);
        let newer = engine.find(&self.key).is_some_and(|present| present.header.began > self.load.began.sequence);
        let kept = if newer {
            // Later calls did not wait for this load, and one of theirs has landed before it.
            Kept::Newer
        } else if engine.storable(self.load.is_key_invalidated(), self.load.began.sequence, &entry.header.floors) {
            engine.insert(self.key.clone(), Arc::clone(entry));
            Kept::Yes
        } else {
            Kept::Refused
        };
        stripe.leave(&self.key, &self.load);
        kept
    }
}

/// What became of an entry in memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kept {
    Yes,
    /// Something was invalidated meanwhile.
    Refused,
    /// A later load has landed already.
    Newer,
}
