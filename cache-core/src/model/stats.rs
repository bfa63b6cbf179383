//! What [`Cache::stats`](crate::Cache::stats) reports.

/// Counts since the cache was built.
///
/// One call of a `#[cacheable]` function is exactly one of `hits`, `collapsed` and `misses`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Stats {
    /// Calls answered from memory.
    pub hits: u64,
    /// Calls that ran their body.
    pub misses: u64,
    /// Calls that were given the result of another call's load.
    pub collapsed: u64,
    /// Values stored, by a load or by `#[cache_put]`.
    pub stored: u64,
    /// Values not stored because their key, a tag, a pattern or their namespace was invalidated while they were loaded.
    pub refused: u64,
    /// Invalidations asked for: one for each key, tag, pattern, namespace or space.
    pub invalidations: u64,
    /// Entries in memory; an estimate, for eviction is not immediate.
    pub entries: u64,
}

impl Stats {
    /// The share of calls that were hits, between 0 and 1; 0 where there was no call.
    pub fn hit_ratio(&self) -> f64 {
        #[allow(clippy::cast_precision_loss, reason = "a ratio of counts needs no more than 52 bits")]
        let (hits, calls) = (self.hits as f64, (self.hits + self.misses + self.collapsed) as f64);
        if calls == 0.0 { 0.0 } else { hits / calls }
    }
}
