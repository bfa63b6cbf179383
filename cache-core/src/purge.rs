//! Whole spaces: what a tenant has, what belongs to no tenant, and what is counted of one.

use crate::cache::Cache;
use crate::engine::invalidate::Invalidation;
use crate::model::error::Error;
use crate::model::space::Space;
use crate::model::stats::TenantStats;
use crate::model::tenant::Tenant;

impl Cache {
    /// Invalidates everything that a tenant has, whichever tenant is around the call, and removes its counters and what its rate
    /// limiters have counted.
    ///
    /// The entries go in one step however many they are, and with a second level in one round trip for each name of the tenant;
    /// every node follows. After that the counters go, in a walk over all keys of the server (`SCAN`, two round trips for every
    /// 1 000 of them) that takes half of its time at most, so a purge takes as long as such a walk does. What is counted
    /// meanwhile may stay. Locks are never touched. Without a [`tenant_resolver`](crate::CacheBuilder::tenant_resolver) what was stored under any of the names given is
    /// reached: by id, by slug and by subdomain. What belongs to all tenants stays.
    ///
    /// # Errors
    /// [`ErrorKind::TenantMissing`](crate::ErrorKind::TenantMissing) where the resolver does not know the tenant. With a second
    /// level also why it did not take the invalidation, as for [`clear`](Self::clear), or did not answer the walk: some counters may
    /// be left then. Purging again is safe.
    ///
    /// # Cancel safety
    /// The invalidation that runs is done, though nobody waits for it; where a tenant has several names, the others may not be.
    /// The walk ends.
    ///
    /// ```
    /// # use cache_core::{Cache, Tenant};
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// let cache = Cache::in_process();
    /// cache.purge_tenant(&Tenant::from_id("acme")?).await?;
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn purge_tenant(&self, tenant: &Tenant) -> Result<(), Error> {
        let mut purged = Ok(());
        for space in self.engine().spaces_of(tenant)? {
            purged = purged.and(self.purge(&space).await);
        }
        purged
    }

    /// Invalidates everything that belongs to no tenant, whichever tenant is around the call, and removes the counters and what the
    /// rate limiters have counted there.
    ///
    /// At the cost of [`purge_tenant`](Self::purge_tenant), with one name.
    ///
    /// # Errors
    /// None while the cache is in this process only; with a second level as for [`purge_tenant`](Self::purge_tenant).
    ///
    /// # Cancel safety
    /// Once polled the invalidation is done, though nobody waits for it. The walk ends.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// Cache::in_process().purge_global().await?;
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn purge_global(&self) -> Result<(), Error> {
        self.purge(&Space::Global).await
    }

    /// Invalidates everything of every tenant and of none.
    ///
    /// One step however much that is: what was stored before belongs to no history any more. With a second level one round trip,
    /// after which every node drops what it has in memory; locks, counters and rate limits stay.
    ///
    /// # Errors
    /// None while the cache is in this process only; with a second level as for [`clear`](Self::clear).
    ///
    /// # Cancel safety
    /// Once polled it is done, though nobody waits for it.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    /// # runtime.block_on(async {
    /// Cache::in_process().purge_everything().await?;
    /// # Ok::<(), cache_core::Error>(())
    /// # }).unwrap();
    /// ```
    pub async fn purge_everything(&self) -> Result<(), Error> {
        self.invalidate(Invalidation { renews: true, ..Invalidation::new(&Space::Global) }).await
    }

    async fn purge(&self, space: &Space) -> Result<(), Error> {
        self.invalidate(Invalidation { everything: true, ..Invalidation::new(space) }).await?;
        self.engine().forget(space).await
    }

    /// What the cache has counted of a tenant. Of more than 1 024 tenants those may be forgotten that have nothing in memory,
    /// and begin anew.
    ///
    /// # Errors
    /// [`ErrorKind::TenantMissing`](crate::ErrorKind::TenantMissing) where the resolver does not know the tenant.
    ///
    /// ```
    /// # use cache_core::{Cache, Tenant};
    /// let cache = Cache::in_process();
    /// assert_eq!(cache.tenant_stats(&Tenant::from_id("acme")?)?.hits, 0);
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn tenant_stats(&self, tenant: &Tenant) -> Result<TenantStats, Error> {
        self.engine().tenant_stats(tenant)
    }
}
