//! Which elements are in memory. The others, each once, are what the rest is about.

use std::collections::HashMap;
use std::collections::hash_map;
use std::sync::Arc;

use smallvec::SmallVec;

use crate::cache::Cache;
use crate::engine::look_up::{Call, Miss, lacks_tenant};
use crate::model::around;
use crate::model::entry::Entry;
use crate::model::entry_key::{self, BorrowedKey, CarriedHash, EntryKey};
use crate::model::key::KeyWriter;
use crate::model::key_secret::KeySecret;
use crate::model::operation::Operation;
use crate::model::outcome::{Answer, Reason};
use crate::model::plan::Plan;
use crate::model::space::Space;
use crate::scope::Use;
use crate::wire::value::{Stored, ValueKind};

/// What was found for a request.
#[doc(hidden)]
#[derive(Debug)]
pub struct Batch<V> {
    pub(crate) call: Call,
    pub(crate) kind: ValueKind,
    /// How the call uses the cache.
    pub(crate) wanted: Use,
    /// Whether it leaves the cache out only because it needs a tenant.
    pub(crate) lacks_tenant: bool,
    /// For each element of the request its value; `None` where there is none, or none yet.
    pub(crate) found: Vec<Option<V>>,
    pub(crate) missing: Vec<Missing>,
}

/// What is settled before the load, for each element that is missing: its plan, and what else its decision needs.
#[doc(hidden)]
#[derive(Debug)]
pub struct Prepared<X> {
    pub(crate) plans: Vec<Plan>,
    pub(crate) extras: Vec<X>,
}

/// An element that is not in memory.
#[derive(Debug)]
pub(crate) struct Missing {
    pub(crate) key: EntryKey,
    /// Why memory did not answer, where somebody wants to know.
    not_in_memory: Option<Reason>,
    /// Where it stands first in the request.
    pub(crate) at: usize,
    /// Where it stands again.
    pub(crate) again: SmallVec<[usize; 1]>,
}

/// Looks in memory for each element. `None`: the cache is switched off.
#[doc(hidden)]
pub fn look_up_batch<T, V>(
    cache: &Cache,
    operation: &'static Operation,
    stored: &Stored<V>,
    elements: &[T],
    write: impl FnMut(&T, &mut KeyWriter<'_>),
) -> Option<Batch<V>> {
    let engine = cache.engine();
    if !engine.is_on() {
        return None;
    }
    let Some(space) = engine.space_of(operation) else {
        let kind = stored.kind.of_version(operation.version);
        let (call, lacks_tenant) = (Call::new(cache, operation, Space::Global), lacks_tenant());
        let (found, missing) = (Vec::new(), Vec::new());
        return Some(Batch { call, kind, wanted: Use::None, lacks_tenant, found, missing });
    };
    Some(look_up_in(Call::new(cache, operation, space), stored, elements, write))
}

/// Looks in memory for each element of a call.
pub(crate) fn look_up_in<T, V>(
    call: Call,
    stored: &Stored<V>,
    elements: &[T],
    mut write: impl FnMut(&T, &mut KeyWriter<'_>),
) -> Batch<V> {
    let (engine, operation, is_plain) = (&call.engine, call.operation, around::is_plain());
    let kind = stored.kind.of_version(operation.version);
    let wanted = if is_plain { Use::Usual } else { engine.wanted() };
    let asks_memory = operation.uses_l1 && wanted == Use::Usual;
    let (mut found, mut missing) = (Vec::with_capacity(elements.len()), Vec::<Missing>::new());
    let elements = if wanted == Use::None { &[] } else { elements };
    let mut places: HashMap<EntryKey, usize, CarriedHash> = HashMap::default();
    for (at, element) in elements.iter().enumerate() {
        let mut writer = KeyWriter::begin(&call.space, &call.namespace, &engine.settings.secret);
        write(element, &mut writer);
        let key = BorrowedKey::new(entry_key::finish(&mut writer), engine.hasher());
        let entry = if asks_memory { engine.find(&key) } else { None };
        let entry = entry.filter(|entry| entry.header.version == operation.version);
        let value = entry.as_ref().and_then(|entry| (stored.open)(entry));
        let answer = if value.is_some() { Answer::Hit } else { Answer::Negative };
        let is_none = |entry: &Arc<Entry>| operation.keeps_none && kind.is_none(entry);
        if let Some(entry) = entry.filter(|entry| value.is_some() || is_none(entry)) {
            engine.hit_in(&call.space);
            engine.put_off(&entry, || key.to_owned());
            engine.draw(operation, &entry, || key.to_owned());
            if !is_plain {
                engine.note_hit(operation, key.hash(), answer, &entry);
            }
        } else if engine.is_without_secret(operation, || key.lacks_secret()) {
            let (found, missing) = (Vec::new(), Vec::new());
            return Batch { call, kind, wanted: Use::None, lacks_tenant: false, found, missing };
        } else {
            let not_in_memory = if operation.uses_l1 { engine.reason_of_miss(wanted, &key, kind) } else { None };
            let key = key.to_owned();
            match places.entry(key.clone()) {
                hash_map::Entry::Occupied(place) => missing[*place.get()].again.push(at),
                hash_map::Entry::Vacant(place) => {
                    place.insert(missing.len());
                    missing.push(Missing { key, not_in_memory, at, again: SmallVec::new() });
                }
            }
        }
        found.push(value);
    }
    Batch { call, kind, wanted, lacks_tenant: false, found, missing }
}

impl<X> Prepared<X> {
    /// Nothing: the cache has nothing to do with the call.
    pub fn nothing() -> Self {
        Self { plans: Vec::new(), extras: Vec::new() }
    }
}

impl<V> Batch<V> {
    /// Whether every element was in memory.
    pub fn is_complete(&self) -> bool {
        self.wanted != Use::None && self.missing.is_empty()
    }

    /// What pieces of its elements' tags are hashed with.
    pub fn secret(&self) -> Option<&Arc<KeySecret>> {
        Some(self.call.secret())
    }

    /// The values of a request that is complete.
    pub fn into_found(self) -> Vec<Option<V>> {
        self.found
    }

    /// What is settled before the load, for each element that is missing.
    pub fn prepare<T, X>(&self, elements: &[T], mut prepare: impl FnMut(&T) -> (Plan, X)) -> Prepared<X> {
        let (plans, extras) = self.missing.iter().map(|missing| prepare(&elements[missing.at])).unzip();
        Prepared { plans, extras }
    }

    /// The single call for a missing element.
    pub(crate) fn miss(&self, missing: &Missing) -> Miss {
        let Missing { key, not_in_memory, .. } = missing;
        let (key, not_in_memory) = (key.clone(), *not_in_memory);
        Miss {
            call: self.call.clone(),
            key,
            kind: self.kind,
            failure: None,
            wanted: self.wanted,
            lacks_tenant: false,
            not_in_memory,
        }
    }

    /// Writes down what became of a missing element.
    pub(crate) fn answer(&mut self, which: usize, value: Option<V>, copy: fn(&V) -> V) {
        let missing = &self.missing[which];
        for again in &missing.again {
            self.found[*again] = value.as_ref().map(copy);
        }
        self.found[missing.at] = value;
    }
}
