//! How long entries live.

use std::time::{Duration, SystemTime};

use crate::engine::values::lifetimes::End;
use crate::model::error::Error;
use crate::model::key::CacheKey;
use crate::model::lifetime::Lifetime;
use crate::model::operation::Operation;
use crate::namespace::Namespace;

static TTL: Operation = Operation::new("larder::Namespace", "ttl", None);
static EXPIRE: Operation = Operation::new("larder::Namespace", "expire", None);

impl Namespace {
    /// How long the entry of a key lives from now on; `None` where there is none.
    ///
    /// With a second level its entry counts, by the server's clock, in one round trip. Where reads put the end off (`idle`), it is
    /// the end without another read.
    ///
    /// # Errors
    /// As [`get`](Self::get).
    ///
    /// # Cancel safety
    /// It changes nothing.
    ///
    /// ```
    /// # use cache_core::{Cache, Lifetime, Policy};
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let cache = Cache::in_process();
    /// assert_eq!(cache.ttl("a").await?, None);
    /// cache.set("a", 1_u64).policy(Policy::new().for_ever()).await?;
    /// assert_eq!(cache.ttl("a").await?, Some(Lifetime::ForEver));
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn ttl(&self, key: impl CacheKey) -> Result<Option<Lifetime>, Error> {
        let call = self.call(&TTL)?;
        let key = call.key_of(&key)?;
        Ok(call.lifetimes(&[key]).await?.pop().flatten())
    }

    /// Has the entry of a key live so long from now on; says whether there is one. Zero removes it.
    ///
    /// One round trip. An end that comes earlier than it would have reaches every node's memory like an invalidation. Where
    /// reads put the end off (`idle`), this is the last moment to which they do.
    ///
    /// # Errors
    /// As [`get`](Self::get). After one it may have been done or not.
    ///
    /// # Cancel safety
    /// Dropped before its end, it may have been done or not.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// use std::time::Duration;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let cache = Cache::in_process();
    /// assert!(!cache.expire("a", Duration::from_secs(60)).await?);
    /// cache.set("a", 1_u64).await?;
    /// assert!(cache.expire("a", Duration::from_secs(60)).await?);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn expire(&self, key: impl CacheKey, ttl: Duration) -> Result<bool, Error> {
        self.end(&key, End::In(ttl)).await
    }

    /// The same with the moment at which the entry ends: with a second level by the server's clock. What is past removes it.
    ///
    /// # Errors
    /// As [`expire`](Self::expire).
    ///
    /// # Cancel safety
    /// As [`expire`](Self::expire).
    ///
    /// ```
    /// # use cache_core::Cache;
    /// use std::time::{Duration, SystemTime};
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let cache = Cache::in_process();
    /// cache.set("a", 1_u64).await?;
    /// assert!(cache.expire_at("a", SystemTime::now() + Duration::from_secs(60)).await?);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn expire_at(&self, key: impl CacheKey, moment: SystemTime) -> Result<bool, Error> {
        self.end(&key, End::At(moment)).await
    }

    /// Has the entry of a key live until it is invalidated; says whether there is one.
    ///
    /// # Errors
    /// As [`expire`](Self::expire).
    ///
    /// # Cancel safety
    /// As [`expire`](Self::expire).
    ///
    /// ```
    /// # use cache_core::{Cache, Lifetime};
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let cache = Cache::in_process();
    /// cache.set("a", 1_u64).await?;
    /// cache.persist("a").await?;
    /// assert_eq!(cache.ttl("a").await?, Some(Lifetime::ForEver));
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn persist(&self, key: impl CacheKey) -> Result<bool, Error> {
        self.end(&key, End::Never).await
    }

    /// Has the entry of a key live as long as the cache says, one hour by default, from now on; says whether there is one.
    ///
    /// # Errors
    /// As [`expire`](Self::expire).
    ///
    /// # Cancel safety
    /// As [`expire`](Self::expire).
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let cache = Cache::in_process();
    /// cache.set("session", 1_u64).await?;
    /// assert!(cache.touch("session").await?);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn touch(&self, key: impl CacheKey) -> Result<bool, Error> {
        let call = self.call(&EXPIRE)?;
        let (key, end) = (call.key_of(&key)?, End::In(call.engine.settings.ttl(&call.namespace)));
        call.expire(&key, end).await
    }

    async fn end<K: CacheKey>(&self, key: &K, end: End) -> Result<bool, Error> {
        let call = self.call(&EXPIRE)?;
        let key = call.key_of(key)?;
        call.expire(&key, end).await
    }
}
