//! What a cache counts. Hits are counted in stripes, so that threads do not take the line from each other.

use std::cell::Cell;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

use crossbeam_utils::CachePadded;

use crate::model::stats::{Coherence, Stats, Trouble, Verified};

/// The stripes that one thread has for itself, those of the first threads: an atomic addition would be about 5 ns of each hit.
const OWN: usize = 32;
/// With those that all later threads share.
const STRIPES: usize = OWN + 16;

#[derive(Debug)]
struct Stripes([CachePadded<AtomicU64>; STRIPES]);

impl Default for Stripes {
    fn default() -> Self {
        Self(std::array::from_fn(|_| CachePadded::default()))
    }
}

/// The counts behind [`Stats`].
#[derive(Debug, Default)]
pub(crate) struct Counters {
    hits: Box<Stripes>,
    pub(crate) remote_hits: AtomicU64,
    pub(crate) misses: AtomicU64,
    pub(crate) collapsed: AtomicU64,
    pub(crate) stored: AtomicU64,
    pub(crate) refused: AtomicU64,
    pub(crate) unstored: AtomicU64,
    pub(crate) untracked: AtomicU64,
    pub(crate) without_secret: AtomicU64,
    pub(crate) tenant_missing: AtomicU64,
    pub(crate) invalidations: AtomicU64,
    /// Whether it was said that calls by hand leave the cache out.
    pub(crate) left_out: AtomicBool,
    /// Whether it was said that nodes agree on nothing here.
    pub(crate) said_alone: AtomicBool,
}

/// Adds one.
pub(crate) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

/// The stripe of the running thread.
#[inline]
fn stripe() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static STRIPE: Cell<usize> = const { Cell::new(usize::MAX) };
    }
    STRIPE.with(|stripe| {
        if stripe.get() == usize::MAX {
            let number = NEXT.fetch_add(1, Ordering::Relaxed);
            stripe.set(if number < OWN { number } else { OWN + number % (STRIPES - OWN) });
        }
        stripe.get()
    })
}

impl Counters {
    #[inline]
    pub(crate) fn hit(&self) {
        let (stripe, hits) = (stripe(), &self.hits.0);
        if stripe < OWN {
            // Nobody else writes it, and nobody ever will: a thread's number is given once.
            hits[stripe].store(hits[stripe].load(Ordering::Relaxed) + 1, Ordering::Relaxed);
        } else {
            count(&hits[stripe]);
        }
    }

    pub(crate) fn read(&self, entries: u64) -> Stats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Stats {
            hits: self.hits.0.iter().map(|stripe| read(stripe)).sum(),
            remote_hits: read(&self.remote_hits),
            misses: read(&self.misses),
            collapsed: read(&self.collapsed),
            stored: read(&self.stored),
            refused: read(&self.refused),
            unstored: read(&self.unstored),
            untracked: read(&self.untracked),
            without_secret: read(&self.without_secret),
            tenant_missing: read(&self.tenant_missing),
            mixed_tenants: false,
            invalidations: read(&self.invalidations),
            entries,
            undelivered: 0,
            trouble: Trouble::default(),
            coherence: Coherence::default(),
            verified: Verified::default(),
        }
    }
}
