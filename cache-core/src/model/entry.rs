//! An entry of the first level: a typed value and what decides whether it may be served.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use smallvec::SmallVec;

use crate::model::clock::{Deadline, Timestamp};
use crate::model::inherited::Origin;
use crate::sync::{AtomicBool, AtomicU64};

/// The number of an invalidation; a load remembers the last one before it began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Sequence(pub(crate) u64);

/// The last invalidation of a tag or of a namespace. Entries and loads hold it by pointer.
#[derive(Debug, Default)]
pub(crate) struct Floor {
    last: AtomicU64,
    /// Of a tag's token; empty for a namespace.
    token: Box<[u8]>,
}

impl Floor {
    /// The floor of the tag with this token, which was last invalidated then.
    pub(crate) fn of_tag(token: &[u8], last: Sequence) -> Self {
        Self { last: AtomicU64::new(last.0), token: token.into() }
    }

    /// The name of the tag's token.
    pub(crate) fn token(&self) -> &[u8] {
        &self.token
    }

    #[inline]
    pub(crate) fn get(&self) -> Sequence {
        Sequence(self.last.load(Ordering::Acquire))
    }

    pub(crate) fn raise(&self, to: Sequence) {
        self.last.fetch_max(to.0, Ordering::AcqRel);
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

/// How a read puts off the end of an entry.
#[derive(Debug)]
pub(crate) struct Idle {
    /// It ends when nobody reads it for so long.
    pub(crate) after: Duration,
    /// No read puts its end off beyond this.
    pub(crate) limit: Deadline,
    /// Where the second level has it too: its end there, and whether nobody need ask any more.
    pub(crate) there: Option<There>,
}

/// What is known of an entry on the second level whose end reads put off.
#[derive(Debug)]
pub(crate) struct There {
    pub(crate) expires_at: Deadline,
    pub(crate) asked: AtomicBool,
}

impl Idle {
    pub(crate) fn new(after: Duration, limit: Timestamp, there: Option<Timestamp>) -> Self {
        let there = there.map(|end| There { expires_at: Deadline::at(end), asked: AtomicBool::new(false) });
        Self { after, limit: Deadline::at(limit), there }
    }
}

impl There {
    /// Whether it is time to ask for a later end, which the caller then must do: a quarter of the time is over. Asked for
    /// at every read, it would cost as much as a look-up.
    pub(crate) fn is_due(&self, after: Duration, now: Timestamp) -> bool {
        self.expires_at.get() < now.plus(after.saturating_sub(after / 4)) && !self.asked.swap(true, Ordering::Relaxed)
    }

    /// It ends later there.
    pub(crate) fn put_off(&self, to: Timestamp) {
        self.expires_at.put_off(to);
        self.asked.store(false, Ordering::Relaxed);
    }
}

/// When something began: after which invalidation, and at what time.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Beginning {
    pub(crate) sequence: Sequence,
    pub(crate) at: Timestamp,
}

/// Everything about an entry but its value. As small as it can be: hits go over it.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) expires_at: Deadline,
    /// Where a read puts its end off.
    pub(crate) idle: Option<Box<Idle>>,
    /// When it was certainly current: its load or put began then, or the server was asked for it.
    pub(crate) known: Timestamp,
    pub(crate) began: Sequence,
    /// Of the code that it is for; not of the key, so that an invalidation reaches all versions.
    pub(crate) version: u32,
    /// Whether it was read from the second level, where any process may have brought it.
    pub(crate) is_read: bool,
    /// What a value that is made of this one must know. `None`: that the server was never heard of.
    pub(crate) origin: Option<Box<Origin>>,
    pub(crate) floors: Floors,
}

impl Header {
    /// How long ago it was loaded or put, where this process did.
    pub(crate) fn age(&self, now: Timestamp) -> Option<Duration> {
        (!self.is_read).then(|| now.since(self.known))
    }
}

/// A value behind its header. Of one shape for the engine, and of its own type where it is read.
#[derive(Debug)]
pub(crate) struct Entry<V: ?Sized = dyn Any + Send + Sync> {
    pub(crate) header: Header,
    pub(crate) value: V,
}
