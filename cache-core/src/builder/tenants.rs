//! What a cache has to do with tenants.

use std::sync::Arc;

use crate::builder::CacheBuilder;
use crate::model::tenancy::Tenancy;
use crate::model::tenant::Tenant;

impl CacheBuilder {
    /// How many entries of one tenant stay in memory, so that none can push the others out. No limit by default, beside
    /// [`capacity`](Self::capacity).
    ///
    /// Beyond it the tenant's own entries go, those first that were stored first. A second level keeps them all the same. What
    /// belongs to no tenant has no such limit. At least one; a share costs each value that is stored one lock.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// let cache = Cache::builder("erp").capacity(10_000).tenant_share(500).build()?;
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn tenant_share(mut self, entries: usize) -> Self {
        self.settings.tenant_share = Some(entries);
        self
    }

    /// What the cache has to do with tenants, where a function does not say: [`Tenancy::Optional`] by default.
    ///
    /// With [`Tenancy::Required`] a call outside of every [`tenant::scope`](crate::tenant::scope), as one in a task that was
    /// spawned without it, cannot come upon what belongs to nobody: its body runs, nothing is read and nothing stored, and
    /// [`Stats::tenant_missing`](crate::Stats::tenant_missing) counts it.
    pub fn tenancy(mut self, tenancy: Tenancy) -> Self {
        self.settings.tenancy = tenancy;
        self
    }

    /// Says by which id a tenant is known, however it is named: by default the first of its id, slug and subdomain that is
    /// there tells it from others, so that one tenant which is named in two ways has two spaces.
    ///
    /// It is asked once in each [`tenant::scope`](crate::tenant::scope). A tenant that it does not know, by `None` or by an id
    /// that cannot be one, is none: calls that are to be its own leave the cache out, and never use what belongs to nobody.
    /// It must not wait: look the id up beforehand.
    ///
    /// ```
    /// # use cache_core::Cache;
    /// # use std::collections::HashMap;
    /// let ids = HashMap::from([("acme-corp", "7")]);
    /// let cache = Cache::builder("erp")
    ///     .tenant_resolver(move |tenant| match (tenant.id(), tenant.slug()) {
    ///         (Some(id), _) => Some(id.to_owned()),
    ///         (None, slug) => slug.and_then(|slug| ids.get(slug)).map(ToString::to_string),
    ///     })
    ///     .build()?;
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    pub fn tenant_resolver(mut self, resolver: impl Fn(&Tenant) -> Option<String> + Send + Sync + 'static) -> Self {
        self.resolver = Some(Arc::new(resolver));
        self
    }
}
