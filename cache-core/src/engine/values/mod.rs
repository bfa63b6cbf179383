//! Calls by hand, on the same entries as the annotated functions.
//!
//! | what | file |
//! |---|---|
//! | a value that is there | `find.rs` |
//! | a value that is given | `enter.rs` |
//! | an entry that goes, with its value or without | `remove.rs` |
//! | whether there is one, and for how long | `lifetimes.rs` |
//! | which there are, and another name for one | `list.rs` |
//!
//! They say what trouble there was, for nothing else would stand in for the answer.

pub(crate) mod enter;
pub(crate) mod find;
pub(crate) mod lifetimes;
pub(crate) mod list;
pub(crate) mod remove;

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use parking_lot::Mutex;

use crate::engine::Engine;
use crate::engine::look_up::Call;
use crate::model::clock::Timestamp;
use crate::model::entry::Entry;
use crate::model::entry_key::EntryKey;
use crate::model::error::Error;
use crate::model::key::CacheKey;
use crate::model::operation::Operation;

impl Call {
    /// The key of a value.
    pub(crate) fn key_of<K: CacheKey + ?Sized>(&self, key: &K) -> Result<EntryKey, Error> {
        let key = self.key(|writer| key.write_whole_key(writer));
        if self.engine.is_without_secret(self.operation, || key.lacks_secret()) {
            return Err(Error::config("a piece of a key is to be hashed, and this cache has no `key_secret`"));
        }
        Ok(key)
    }

    /// Whether the cache does anything.
    pub(crate) fn is_on(&self) -> bool {
        self.engine.is_on()
    }
}

/// Says that a call by hand has left the cache out: once for each cache.
#[cold]
pub(crate) fn say_that_it_is_left_out(engine: &Engine, error: &Error) {
    if !error.is_tenant_missing() && !engine.counters.left_out.swap(true, Ordering::Relaxed) {
        tracing::warn!(cache = &*engine.name, %error, "calls by hand leave the cache out");
    }
}

/// Whether an entry in memory is one, whatever memory may serve: it has not ended, and was not invalidated.
pub(in crate::engine) fn stands(entry: &Entry, now: Timestamp) -> bool {
    now < entry.header.expires_at.get() && entry.header.floors.allow(entry.header.began)
}

/// Where an operation stands, of which version, and whether it uses memory.
type Variant = (usize, u32, bool);

/// An operation for entries of another version, or without their copies in memory: one for each that is used.
pub(crate) fn variant(operation: &'static Operation, version: u32, uses_l1: bool) -> &'static Operation {
    static VARIANTS: Mutex<Option<HashMap<Variant, &'static Operation>>> = Mutex::new(None);
    if (version, uses_l1) == (operation.version, operation.uses_l1) {
        return operation;
    }
    let mut variants = VARIANTS.lock();
    let place = (std::ptr::from_ref(operation).addr(), version, uses_l1);
    // Kept for ever: a program knows few versions.
    variants.get_or_insert_default().entry(place).or_insert_with(|| {
        let variant = operation.clone().version(version);
        Box::leak(Box::new(if uses_l1 { variant } else { variant.without_l1() }))
    })
}
