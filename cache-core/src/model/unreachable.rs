//! What memory does while nobody answers for the second level.

use std::time::Duration;

/// What memory does while the second level cannot be reached: see
/// [`CacheBuilder::when_unreachable`](crate::CacheBuilder::when_unreachable).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unreachable {
    /// Memory is served until it may be further behind than [`max_staleness`](crate::CacheBuilder::max_staleness). From
    /// then on calls load, and memory keeps what they load for one second.
    #[default]
    Bypass,
    /// Memory is served on, until so long after it was last known to be true.
    ///
    /// What other nodes have evicted meanwhile is served too: what the source says is worth less then than to spare it.
    /// What this process evicts is not. From the first answer of the second level on everything is as ever.
    Stale(Duration),
}
