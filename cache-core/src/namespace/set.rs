//! [`Set`]: a value on its way into the cache.

use std::fmt;
use std::future::IntoFuture;
use std::pin::Pin;
use std::time::Duration;

use crate::engine::values::enter::Present;
use crate::model::compression::Compress;
use crate::model::error::Error;
use crate::model::key::CacheKey;
use crate::model::plan::Plan;
use crate::model::policy::Policy;
use crate::namespace::{Namespace, values};
use crate::wire::value::{CacheValue, Stored};

/// A value that is to be set, once it is awaited; see [`Namespace::set`].
///
/// Without a [`ttl`](Self::ttl) it lives as long as the cache says, one hour by default. A ttl of zero removes what is there.
/// One round trip with a second level, without one none.
///
/// # Consistency
/// What was loaded before is not stored any more: on the server the lease of every load of the key goes in the same step.
/// Every node follows. Of two that overlap one is left. Inside of [`bypass`](crate::bypass) what is there is removed and nothing
/// stored, and in a transaction ([`CommitScope`](crate::CommitScope)) it is removed after the commit.
///
/// # Errors
/// What kept the second level from taking it, as [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable) and others: then the
/// key has the new value or none, as soon as the second level is there. [`TooLarge`](crate::ErrorKind::TooLarge) and
/// [`Codec`](crate::ErrorKind::Codec) where the value cannot be stored: then nothing has changed.
/// [`TenantMissing`](crate::ErrorKind::TenantMissing) and [`Config`](crate::ErrorKind::Config) as for [`Namespace::get`].
///
/// # Cancel safety
/// Dropped before its end, the key is given up: it has the new value or none.
#[must_use = "nothing is set until it is awaited"]
pub struct Set<'a, K, T> {
    namespace: &'a Namespace,
    key: K,
    value: T,
    policy: Policy,
}

impl<'a, K: CacheKey, T: CacheValue> Set<'a, K, T> {
    pub(super) fn new(namespace: &'a Namespace, key: K, value: T) -> Self {
        Self { namespace, key, value, policy: Policy::new() }
    }

    /// How long it lives. Zero: what is there is removed.
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.policy = self.policy.ttl(ttl);
        self
    }

    /// How long a copy stays in memory at most.
    pub fn l1_ttl(mut self, ttl: Duration) -> Self {
        self.policy = self.policy.l1_ttl(ttl);
        self
    }

    /// Adds tags, which belong to the tenant around the call: [`Namespace::invalidate_tags`](crate::Namespace::invalidate_tags) removes
    /// the entry by any of them.
    ///
    /// Where annotated functions read the key too, give it the tags that they give: from the second level they take no entry
    /// that lacks one of them, and from memory they take it without.
    pub fn tags<Tag: CacheKey + Send + Sync + 'static>(mut self, tags: impl IntoIterator<Item = Tag>) -> Self {
        self.policy = self.policy.tags(tags);
        self
    }

    /// Has the value compressed or not on its way to the second level, whatever the cache and the namespace say.
    ///
    /// ```
    /// # use cache_core::{Cache, Compress};
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let cache = Cache::in_process();
    /// cache.set("photo", vec![0_u8; 4096]).compress(Compress::Off).await?;
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn compress(mut self, wish: Compress) -> Self {
        self.policy = self.policy.compress(wish);
        self
    }

    /// A policy or a preset: how long it lives, and under which tags. What was said before goes.
    ///
    /// ```
    /// # use cache_core::{Cache, Preset};
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// Cache::in_process().set("flags", vec!["dark".to_owned()]).policy(Preset::FeatureFlag).await?;
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn policy(mut self, policy: impl Into<Policy>) -> Self {
        self.policy = policy.into();
        self
    }

    pub(super) async fn if_absent(self) -> Result<bool, Error> {
        self.enter(Present::Kept).await
    }

    async fn enter(self, present: Present) -> Result<bool, Error> {
        let Self { namespace, key, value, policy } = self;
        let call = namespace.call(values::setting())?;
        let key = call.key_of(&key)?;
        let mut plan = Plan::new(Some(call.secret()));
        plan.preset(policy);
        let entering = call.entering(&Stored::<T>::new(), key, value, &plan)?;
        let mut entered = call.enter(vec![entering], present).await;
        entered.pop().unwrap_or(Ok(false))
    }
}

impl<'a, K: CacheKey + Send + 'a, T: CacheValue> IntoFuture for Set<'a, K, T> {
    type Output = Result<(), Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move { self.enter(Present::Replaced).await.map(drop) })
    }
}

/// Without the key and the value.
impl<K, T> fmt::Debug for Set<'_, K, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Set").field("namespace", self.namespace).finish_non_exhaustive()
    }
}
