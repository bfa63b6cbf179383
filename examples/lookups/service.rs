//! The service: what is cached, under which keys and tags, and what each change makes of it.
//!
//! | entry           | key               | tag               | loaded by | kept right by                           |
//! |-----------------|-------------------|-------------------|-----------|-----------------------------------------|
//! | a country       | `country:{code}`  |                   | `country` | `replace` stores it, `delete` evicts it |
//! | a region's list | `region:{region}` | `region:{region}` | `region`  | `replace` and `delete` evict by tag     |
//!
//! Countries carry no tag of their region: the eviction in `replace` would take what its put has just stored.
//!
//! Codes and regions arrive here in one spelling (`http`), so one country has one entry.

use std::sync::Arc;

use larder::{Cache, HasCache, Stats, cache_evict, cache_put, cacheable};

use crate::error::AppError;
use crate::store::{Change, Country, Replaced, Store};

#[derive(HasCache)]
pub(crate) struct Countries {
    cache: Cache,
    store: Store,
}

impl Countries {
    pub(crate) fn new(cache: Cache, store: Store) -> Self {
        Self { cache, store }
    }

    /// A country. `None` is not stored: a code that is unknown now may be known later.
    #[cacheable("country:{code}", ttl = "10m")]
    pub(crate) async fn country(&self, code: &str) -> Result<Option<Country>, AppError> {
        self.store.country(code.to_owned()).await
    }

    /// The countries of a region. In an `Arc`, a hit copies a pointer and not the list. Empty lists are not stored, for
    /// anybody can ask for regions that there are not.
    #[cacheable("region:{region}", ttl = "10m", tags = ["region:{region}"], unless = |list| list.is_empty())]
    pub(crate) async fn region(&self, region: &str) -> Result<Arc<Vec<Country>>, AppError> {
        self.store.region(region.to_owned()).await.map(Arc::new)
    }

    /// Changes a country, and with it the list of the region it leaves and of the one it comes to.
    #[cache_put("country:{code}", ttl = "10m", value = |replaced| replaced.country.clone())]
    #[cache_evict(tags = ["region:{result.old_region}", "region:{result.country.region}"])]
    pub(crate) async fn replace(&self, code: &str, change: Change) -> Result<Option<Replaced>, AppError> {
        self.store.replace(code.to_owned(), change).await
    }

    /// Deletes a country.
    #[cache_evict(key = "country:{code}", tags = ["region:{result.region}"])]
    pub(crate) async fn delete(&self, code: &str) -> Result<Option<Country>, AppError> {
        self.store.delete(code.to_owned()).await
    }

    pub(crate) fn cache_stats(&self) -> Stats {
        self.cache.stats()
    }

    pub(crate) fn database_queries(&self) -> u64 {
        self.store.statements()
    }
}
