//! An entry of the first level: a typed value and what decides whether it may be served.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use smallvec::SmallVec;

use crate::model::clock::Timestamp;

/// The number of an invalidation; a load remembers the last one before it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Sequence(pub(crate) u64);

/// The last invalidation of a tag or of a namespace. Entries and loads hold it by pointer.
#[derive(Debug, Default)]
pub(crate) struct Floor(AtomicU64);

impl Floor {
    pub(crate) fn at(sequence: Sequence) -> Self {
        Self(AtomicU64::new(sequence.0))
    }

    #[inline]
    pub(crate) fn get(&self) -> Sequence {
        Sequence(self.0.load(Ordering::Acquire))
    }

    pub(crate) fn raise(&self, to: Sequence) {
        self.0.fetch_max(to.0, Ordering::AcqRel);
    }
}

/// The floors that an entry lies on: its namespace, into which every wider invalidation is written too, and its tags.
#[derive(Debug, Clone)]
pub(crate) struct Floors {
    pub(crate) namespace: Arc<Floor>,
    pub(crate) tags: SmallVec<[Arc<Floor>; 4]>,
}

impl Floors {
    /// Whether nothing here was invalidated after `began`.
    #[inline]
    pub(crate) fn allow(&self, began: Sequence) -> bool {
        self.namespace.get() <= began && self.tags.iter().all(|tag| tag.get() <= began)
    }
}

/// Everything about an entry but its value.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) expires_at: Timestamp,
    /// When it was loaded or put; the end of time where another process did that. As small as it can be: hits go over it.
    pub(crate) born: Timestamp,
    pub(crate) began: Sequence,
    /// Of the code that it is for; not of the key, so that an invalidation reaches all versions.
    pub(crate) version: u32,
    pub(crate) floors: Floors,
}

impl Header {
    /// How long ago it was loaded or put, where this process did.
    pub(crate) fn age(&self, now: Timestamp) -> Option<Duration> {
        (self.born <= now).then(|| now.since(self.born))
    }
}

/// A value behind its header. Of one shape for the engine, and of its own type where it is read.
#[derive(Debug)]
pub(crate) struct Entry<V: ?Sized = dyn Any + Send + Sync> {
    pub(crate) header: Header,
    pub(crate) value: V,
}
