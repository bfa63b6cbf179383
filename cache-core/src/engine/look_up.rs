//! Step 1: the hit. No lock of ours, no allocation, no boxed future; what is cold is out of line.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use crate::cache::Cache;
use crate::decisions::memory;
use crate::engine::Engine;
use crate::engine::counters::count;
use crate::model::around;
use crate::model::entry::Entry;
use crate::model::entry_key::{self, BorrowedKey, EntryKey};
use crate::model::key::KeyWriter;
use crate::model::namespace::Namespace;
use crate::model::operation::Operation;
use crate::model::outcome::{Answer, Reason};
use crate::model::returned::Shape;
use crate::model::space::Space;
use crate::model::tally::Tally;
use crate::scope::{self, Use};
use crate::wire::failure::{FailureKind, StoredError};
use crate::wire::value::{Stored, ValueKind};

/// What a look-up found.
#[doc(hidden)]
#[derive(Debug)]
pub enum Look<R> {
    /// The function's result.
    Hit(R),
    /// Nothing; with this the load can begin.
    Miss(Box<Miss>),
}

/// A call that found nothing: its key, and the cache to go on with.
#[doc(hidden)]
#[derive(Debug)]
pub struct Miss {
    pub(crate) call: Call,
    pub(crate) key: EntryKey,
    /// The type of the value that the call wants.
    pub(crate) kind: ValueKind,
    /// The type of the error that it keeps, where it does.
    pub(crate) failure: Option<FailureKind>,
    /// How it uses the cache.
    pub(crate) wanted: Use,
    /// Whether it leaves the cache out only because it needs a tenant.
    pub(crate) lacks_tenant: bool,
    /// Why memory did not answer, where somebody wants to know.
    pub(crate) not_in_memory: Option<Reason>,
}

/// Where an annotated function's call takes place.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) engine: Arc<Engine>,
    pub(crate) operation: &'static Operation,
    pub(crate) space: Space,
    pub(crate) namespace: Namespace,
}

impl Call {
    /// A function's call in a space.
    pub(crate) fn new(cache: &Cache, operation: &'static Operation, space: Space) -> Self {
        Self { engine: Arc::clone(cache.engine()), operation, space, namespace: operation.namespace().clone() }
    }

    /// Counts a call that runs its body.
    pub(crate) fn count_miss(&self) {
        count(&self.engine.counters.misses);
        self.tally(|tally| &tally.misses);
    }

    /// Counts something of the tenant whose call it is.
    pub(crate) fn tally(&self, which: impl FnOnce(&Tally) -> &AtomicU64) {
        if let Some(tally) = self.space.tally() {
            count(which(tally));
        }
    }
}

/// Looks in memory. `None`: the cache is switched off.
#[doc(hidden)]
#[inline]
pub fn look_up<S: Shape>(
    cache: &Cache,
    operation: &'static Operation,
    _: S,
    stored: &Stored<S::Value>,
    kept: Option<StoredError<S::Value, S::Error>>,
    write: impl FnOnce(&mut KeyWriter<'_>),
) -> Option<Look<S::Return>> {
    let engine = cache.engine();
    if !engine.is_on() {
        return None;
    }
    // First in the space that most calls have, so that the compiler knows what it begins with, and how long that is.
    let mut writer = KeyWriter::global(operation.namespace(), &engine.settings.secret);
    write(&mut writer);
    let is_of_tenant = !engine.is_without_tenant(operation);
    if is_of_tenant && !engine.move_to_tenant(operation, &mut writer) {
        return Some(without_tenant(cache, operation, (stored.kind, kept.map(|kept| kept.kind))));
    }
    let key = BorrowedKey::new(entry_key::finish(&mut writer), &engine.hasher);
    let is_plain = around::is_plain();
    if operation.uses_l1
        && (is_plain || engine.wanted() == Use::Usual)
        && let Some(entry) = engine.find(&key)
        && entry.header.version == operation.version
    {
        if let Some(value) = (stored.open)(&entry) {
            engine.hit(operation, is_of_tenant);
            engine.put_off(&entry, || key.to_owned());
            engine.draw(operation, &entry, || key.to_owned());
            if !is_plain {
                engine.note_hit(operation, key.hash(), Answer::Hit, &entry);
            }
            return Some(Look::Hit(S::value(value)));
        }
        if let Some(result) = without_value::<S>(operation, stored.kind.of_version(operation.version), kept, &entry) {
            engine.hit(operation, is_of_tenant);
            engine.put_off(&entry, || key.to_owned());
            engine.draw(operation, &entry, || key.to_owned());
            if !is_plain {
                engine.note_hit(operation, key.hash(), Answer::Negative, &entry);
            }
            return Some(Look::Hit(result));
        }
    }
    let kinds = (stored.kind.of_version(operation.version), kept.map(|kept| kept.kind));
    let space = if is_of_tenant { engine.space_of(operation).unwrap_or_default() } else { Space::Global };
    Some(miss(cache, operation, space, &key, kinds))
}

/// The result of an entry that holds no value of the wanted type: a stored `None` or error, where the function keeps such.
#[cold]
fn without_value<S: Shape>(
    operation: &Operation,
    kind: ValueKind,
    kept: Option<StoredError<S::Value, S::Error>>,
    entry: &Entry,
) -> Option<S::Return> {
    if operation.keeps_none && kind.is_none(entry) {
        return S::absent();
    }
    kept.and_then(|kept| (kept.open)(entry)).map(S::failed)
}

#[cold]
fn miss<R>(
    cache: &Cache,
    operation: &'static Operation,
    space: Space,
    key: &BorrowedKey<'_>,
    (kind, failure): (ValueKind, Option<FailureKind>),
) -> Look<R> {
    let is_without_secret = cache.engine().is_without_secret(operation, || key.lacks_secret());
    let wanted = if is_without_secret { Use::None } else { cache.engine().wanted() };
    cache.engine().ask_if_overdue();
    let not_in_memory = if operation.uses_l1 { cache.engine().reason_of_miss(wanted, key, kind) } else { None };
    Look::Miss(Box::new(Miss {
        call: Call::new(cache, operation, space),
        key: key.to_owned(),
        kind,
        failure,
        wanted,
        lacks_tenant: false,
        not_in_memory,
    }))
}

/// A call that leaves the cache out, since it needs a tenant and has none. Its key is nobody's.
#[cold]
fn without_tenant<R>(
    cache: &Cache,
    operation: &'static Operation,
    (kind, failure): (ValueKind, Option<FailureKind>),
) -> Look<R> {
    let (call, lacks_tenant) = (Call::new(cache, operation, Space::Global), lacks_tenant());
    let key = call.key(|_| ());
    Look::Miss(Box::new(Miss { call, key, kind, failure, wanted: Use::None, lacks_tenant, not_in_memory: None }))
}

/// Whether a call that needs a tenant, and has none, would use the cache otherwise.
pub(crate) fn lacks_tenant() -> bool {
    around::is_plain() || scope::wished() != Use::None
}

impl Miss {
    /// Whether an entry can answer this call.
    pub(crate) fn takes(&self, entry: &Entry) -> bool {
        self.kind.is_value(entry)
            || self.call.operation.keeps_none && self.kind.is_none(entry)
            || self.failure.is_some_and(|failure| failure.is_failure(entry, self.kind))
    }
}

impl Engine {
    /// Counts a hit in memory.
    #[inline]
    fn hit(&self, operation: &Operation, is_of_tenant: bool) {
        self.counters.hit();
        if is_of_tenant {
            self.hit_of_tenant(operation);
        }
    }

    #[inline(never)]
    fn hit_of_tenant(&self, operation: &Operation) {
        if let Some(tally) = self.space_of(operation).as_ref().and_then(Space::tally) {
            count(&tally.hits);
        }
    }

    /// Counts a hit in memory of a call whose space is known.
    pub(crate) fn hit_in(&self, space: &Space) {
        self.counters.hit();
        if let Some(tally) = space.tally() {
            count(&tally.hits);
        }
    }

    /// Makes the tenant's key of one that belongs to nobody. `false`: there is no tenant.
    #[cold]
    #[inline(never)]
    fn move_to_tenant(&self, operation: &Operation, writer: &mut KeyWriter<'_>) -> bool {
        self.space_of(operation).inspect(|space| writer.move_to(space)).is_some()
    }

    /// The entry of a key, if it may be served.
    #[allow(clippy::inline_always, reason = "a call of its own shows in the time of a hit")]
    #[inline(always)]
    pub(crate) fn find<Q>(&self, key: &Q) -> Option<Arc<Entry>>
    where
        Q: equivalent::Equivalent<EntryKey> + std::hash::Hash + ?Sized,
    {
        let entry = self.memory.get(key)?;
        memory::servable(&entry.header, self.fresh(), self.settings.clock.now()).then_some(entry)
    }
}
