//! Invalidations by tags.

use crate::engine::invalidate::Invalidation;
use crate::model::error::Error;
use crate::model::key::CacheKey;
use crate::namespace::Namespace;

impl Namespace {
    /// Invalidates every entry that carries one of the tags, whatever its namespace.
    ///
    /// Tags belong to the tenant around the call, or to nobody, as the [`Tenancy`](crate::Tenancy) of this namespace says; so where one has
    /// a rule of its own, say it of that. One step for each tag, however many entries carry it, and with a second level one round
    /// trip for all of them. A tag is written like a key, so `format!("author:{id}")` and the template `tags = ["author:{id}"]` meet.
    ///
    /// # Errors
    /// [`TenantMissing`](crate::ErrorKind::TenantMissing), and [`ErrorKind::Config`](crate::ErrorKind::Config) of a namespace that is
    /// none, or where a tag has a [`Hashed`](crate::Hashed) piece and the cache no [`key_secret`](crate::CacheBuilder::key_secret): nothing
    /// is invalidated then. With a second level: why it did not take the invalidation, as
    /// [`ErrorKind::Unavailable`](crate::ErrorKind::Unavailable), [`Timeout`](crate::ErrorKind::Timeout) and others say.
    /// This process has invalidated then all the same, and delivers it as soon as it can; until then other nodes may
    /// still be given what the second level holds.
    ///
    /// # Cancel safety
    /// Once polled it is done, though nobody waits for it.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let cache = Cache::in_process();
    /// cache.set("post:1", "Notes".to_owned()).tags(["author:7"]).await?;
    /// cache.invalidate_tags(["authors", "author:7"]).await?;
    /// assert!(!cache.contains("post:1").await?);
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn invalidate_tags<T: CacheKey>(&self, tags: impl IntoIterator<Item = T>) -> Result<(), Error> {
        let (_, space) = self.place()?;
        let mut invalidation = Invalidation::new(&space);
        invalidation.tags.extend(&self.engine.settings.secret, tags);
        if invalidation.tags.lack_secret() {
            return Err(Error::config("a piece of a tag is to be hashed, and this cache has no `key_secret`"));
        }
        self.invalidate(invalidation).await
    }

    /// Invalidates in memory and on the second level; a cache that is switched off has nothing to invalidate.
    pub(crate) async fn invalidate(&self, invalidation: Invalidation) -> Result<(), Error> {
        if invalidation.is_empty() || !self.is_enabled() {
            return Ok(());
        }
        self.engine.count_invalidation(&invalidation);
        self.engine.invalidate(invalidation, self.engine.allowance()).await.map(drop)
    }
}
