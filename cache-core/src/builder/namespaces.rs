//! What a cache is told of its namespaces.

use crate::builder::CacheBuilder;
use crate::model::error::Error;
use crate::model::namespace;
use crate::model::namespace_settings::{NamespaceRules, NamespaceSettings};

impl CacheBuilder {
    /// What holds for the entries of one namespace, whichever functions and calls by hand read and write them.
    ///
    /// What a function says itself wins, then what a handle says ([`Namespace::tenancy`](crate::Namespace::tenancy)), then this, and
    /// then what the cache says. Namespaces inside of it have the same settings where they have none of their own. The
    /// entries of functions without a namespace are those of `_`. Of what is said
    /// twice the last counts.
    ///
    /// ```
    /// use std::time::Duration;
    /// use cache_core::{Cache, NamespaceSettings, Tenancy};
    ///
    /// let cache = Cache::builder("erp")
    ///     .ttl(Duration::from_secs(3600))
    ///     .namespace("rates", NamespaceSettings::new().ttl(Duration::from_secs(60)).tenancy(Tenancy::None))
    ///     .namespace("users", NamespaceSettings::new().capacity(2_000))
    ///     .build()?;
    /// # let _ = cache;
    /// # Ok::<(), cache_core::Error>(())
    /// ```
    ///
    /// A name that is none, and a capacity beyond the cache's own, are errors of [`build`](Self::build).
    pub fn namespace(mut self, name: impl Into<String>, settings: NamespaceSettings) -> Self {
        self.namespaces.push((name.into(), settings));
        self
    }
}

/// The settings, where they make sense in a cache of this capacity.
pub(super) fn checked(named: Vec<(String, NamespaceSettings)>, capacity: u64) -> Result<NamespaceRules, Error> {
    for (name, settings) in &named {
        namespace::check(name)?;
        if settings.capacity.is_some_and(|entries| entries > capacity) {
            return Err(Error::config(format!(
                "the namespace `{name}` may have more entries in memory than the whole cache, which may have {capacity}: raise the cache's `capacity`"
            )));
        }
    }
    Ok(NamespaceRules::new(named))
}
