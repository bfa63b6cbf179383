//! [`Item`]: one of many values on their way into the cache.

use std::fmt;
use std::time::Duration;

use crate::model::policy::Policy;

/// A key with its value, for [`Namespace::set_many`](crate::Namespace::set_many), and for how long it lives there.
///
/// A pair is one with the cache's own ttl.
///
/// ```
/// # use cache_core::{Cache, Item};
/// use std::time::Duration;
/// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
/// # runtime.block_on(async {
/// let short = Item::new("b", 2_u64).ttl(Duration::from_secs(5));
/// let outcomes = Cache::in_process().set_many([Item::from(("a", 1_u64)), short]).await?;
/// assert!(outcomes.iter().all(Result::is_ok));
/// # Ok::<(), cache_core::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Item<K, T> {
    pub(super) key: K,
    pub(super) value: T,
    pub(super) policy: Policy,
}

impl<K, T> Item<K, T> {
    /// A value with its key, which lives as long as the cache says.
    pub fn new(key: K, value: T) -> Self {
        Self { key, value, policy: Policy::new() }
    }

    /// How long it lives. Zero: what is there is removed.
    #[must_use]
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.policy = self.policy.ttl(ttl);
        self
    }

    /// A policy or a preset: how long it lives, and under which tags. What was said before goes.
    #[must_use]
    pub fn policy(mut self, policy: impl Into<Policy>) -> Self {
        self.policy = policy.into();
        self
    }
}

impl<K, T> From<(K, T)> for Item<K, T> {
    fn from((key, value): (K, T)) -> Self {
        Self::new(key, value)
    }
}

/// Without the key and the value.
impl<K, T> fmt::Debug for Item<K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Item").field("policy", &self.policy).finish_non_exhaustive()
    }
}
