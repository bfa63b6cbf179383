//! `batch`: every shape, and the policies of one element.
#![expect(
    clippy::shadow_reuse,
    clippy::shadow_unrelated,
    reason = "the list's name is one element in the attribute, and what is missing in the body"
)]

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

use crate::values::{Answer, Failure, User};

/// A service.
#[derive(Debug, HasCache)]
pub struct Batches {
    cache: Cache,
}

fn user(id: u64) -> User {
    User { id, name: id.to_string() }
}

impl Batches {
    /// By key, with everything that holds for one element.
    #[cacheable(
        "{tenant}:{ids}",
        batch(ids),
        namespace = "users",
        tags = ["user:{ids}", "named:{result.name}", across_tenants("users")],
        cache_none = "30s",
        ttl = |user| Duration::from_secs(user.id),
        l1_ttl = "1m",
        idle = "2m",
        jitter = "10%",
        condition = !ids.is_empty(),
        unless = |user| user.name.is_empty(),
        version = 2,
        on_cache_error = fail,
        single_flight = local
    )]
    pub async fn by_ids(&self, tenant: &str, ids: Vec<u64>) -> Answer<HashMap<u64, User>> {
        if ids.len() > 1000 {
            return Err(Failure(tenant.to_owned()));
        }
        Ok(ids.into_iter().map(|id| (id, user(id))).collect())
    }

    /// In order.
    #[cacheable("user:{ids}", batch)]
    pub async fn sorted(&self, ids: &[u64]) -> BTreeMap<u64, User> {
        ids.iter().map(|id| (*id, user(*id))).collect()
    }

    /// By position.
    #[cacheable("user:{ids}", batch)]
    pub async fn by_position(&self, ids: &[u64]) -> Answer<Vec<Option<User>>> {
        Ok(ids.iter().map(|id| (*id > 0).then(|| user(*id))).collect())
    }

    /// With the key of the function for one.
    #[cacheable(batch = Self::one, args(id = ids), by = |user| user.id)]
    pub async fn many(&self, ids: &[u64]) -> Vec<User> {
        ids.iter().map(|id| user(*id)).collect()
    }

    /// One, for `many`.
    #[cacheable("one:{id}")]
    pub async fn one(&self, id: u64) -> User {
        user(id)
    }

    /// Text, under the default key.
    #[cacheable(batch, skip(limit))]
    pub async fn by_names(&self, names: Vec<String>, limit: usize) -> HashMap<String, User> {
        names.into_iter().zip(0..).take(limit).map(|(name, id)| (name.clone(), User { id, name })).collect()
    }

    /// Not asynchronous, on the caller's thread.
    #[must_use]
    #[cacheable(key = (*ids, "sync"), batch, tags = [*ids])]
    pub fn sync(&self, ids: &[u64]) -> HashMap<u64, User> {
        ids.iter().map(|id| (*id, user(*id))).collect()
    }

    /// Evicts where its body runs.
    #[cacheable("user:{ids}", batch)]
    #[cache_evict(tags = ["lists"])]
    pub async fn evicting(&self, ids: &[u64]) -> HashMap<u64, User> {
        ids.iter().map(|id| (*id, user(*id))).collect()
    }

    /// The entry of one element.
    #[cache_evict(of = Self::sorted, args(ids = id))]
    pub async fn evict(&self, id: u64) {
        let _ = id;
    }

    /// The entry of the element that the value names.
    #[cache_put(of = Self::by_names, args(names = |user| user.name.clone()))]
    pub async fn put(&self, id: u64) -> User {
        user(id)
    }
}

/// Without `self`, and of any number of elements.
#[cacheable("rate:{currencies}", batch, cache = cache)]
pub async fn rates(cache: &Cache, currencies: &[String]) -> HashMap<String, u64> {
    currencies.iter().map(|currency| (currency.clone(), 1)).collect()
}
