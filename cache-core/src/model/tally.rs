//! What a cache counts of one tenant.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::model::stats::TenantStats;

/// The counts behind [`TenantStats`].
#[derive(Debug, Default)]
pub(crate) struct Tally {
    pub(crate) hits: AtomicU64,
    pub(crate) remote_hits: AtomicU64,
    pub(crate) misses: AtomicU64,
    pub(crate) stored: AtomicU64,
    pub(crate) invalidations: AtomicU64,
}

impl Tally {
    pub(crate) fn read(&self) -> TenantStats {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        TenantStats {
            hits: read(&self.hits),
            remote_hits: read(&self.remote_hits),
            misses: read(&self.misses),
            stored: read(&self.stored),
            invalidations: read(&self.invalidations),
        }
    }
}
