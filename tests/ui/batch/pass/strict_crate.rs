//! The expansion of a batch adds nothing that a strict crate would refuse, whatever stands beside the list.
#![deny(warnings, missing_docs, unused, future_incompatible, unreachable_pub)]
#![forbid(unsafe_code)]

use std::collections::{BTreeMap, HashMap};
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use larder::{Cache, CacheKey, HasCache, cache_evict, cacheable};

/// A service.
#[derive(HasCache)]
pub struct Service {
    cache: Cache,
}

/// Not to be copied.
pub struct Permit;

/// A name for a list.
pub type Ids = Vec<u64>;

impl Service {
    /// Everything that is each element's own.
    #[cacheable(
        "a:{tenant}:{ids}", batch, ttl = |v| Duration::from_secs(*v), unless = |v| *v == 0, cache_none = "1m",
        tags = ["t:{ids}", "u:{tenant}:{result}", ids], condition = !ids.is_empty(),
    )]
    pub async fn template(&self, tenant: &str, ids: &[u64]) -> Result<HashMap<u64, u64>, std::num::ParseIntError> {
        let parsed: u64 = "1".parse()?;
        if tenant.is_empty() {
            return Ok(HashMap::new());
        }
        Ok(ids.iter().map(|id| (*id, parsed)).collect())
    }

    /// One element.
    #[cacheable(namespace = "one")]
    pub async fn one(&self, id: u64) -> u64 {
        id
    }

    /// Many of these.
    #[cacheable(batch = Self::one, args(id = ids))]
    pub async fn many(&self, ids: &[u64]) -> Vec<Option<u64>> {
        ids.iter().copied().map(Some).collect()
    }

    /// Patterns, `mut`, `impl Trait`, arguments that the body does not use.
    #[cacheable(batch(ids), key = (ids, first, extra), skip(second, others))]
    pub async fn patterns(
        &self,
        mut ids: Ids,
        (first, mut second): (u64, u64),
        others: &[u8],
        extra: impl CacheKey + Copy,
    ) -> Vec<Option<u64>> {
        ids.sort_unstable();
        second += 1;
        let _ = others;
        ids.iter().map(|_| Some(second)).collect()
    }

    /// Evicts afterwards.
    #[cacheable("e:{ids}", batch, skip(name))]
    #[cache_evict(tags = ["u"], timing = always)]
    pub async fn evicts(&self, ids: &[u64], mut name: String) -> HashMap<u64, String> {
        name.push('x');
        ids.iter().map(|id| (*id, name.clone())).collect()
    }

    /// Is not asynchronous.
    #[cacheable("f:{ids}", batch)]
    pub fn sync(&self, ids: &[u64]) -> HashMap<u64, u64> {
        ids.iter().map(|id| (*id, *id)).collect()
    }

    /// Generic arguments, a list of borrowed texts.
    #[cacheable(batch, skip(other))]
    pub async fn generic<K: CacheKey + Clone + Eq + Hash + Debug, const N: usize>(
        &self,
        ids: &Vec<K>,
        other: &Self,
    ) -> HashMap<K, usize> {
        let _ = other;
        ids.iter().map(|id| (id.clone(), N)).collect()
    }

    /// What can be taken once.
    #[cacheable("b:{names}", batch)]
    pub async fn once(&self, names: Vec<&str>, permit: Permit) -> BTreeMap<String, usize> {
        drop(permit);
        names.into_iter().map(|name| (name.to_owned(), name.len())).collect()
    }

    /// Changes itself.
    #[allow(deprecated, reason = "the warning is right: a hit changes nothing")]
    #[cacheable("c:{ids}", batch, by = |text| text.len())]
    pub async fn of_mut(&mut self, ids: &[usize]) -> Vec<String> {
        self.cache = Cache::in_process();
        ids.iter().map(|id| "x".repeat(*id)).collect()
    }

    /// Owns itself, and evicts afterwards.
    #[cacheable("d:{ids}", batch)]
    #[cache_evict(tags = ["t"])]
    pub async fn of_shared(self: Arc<Self>, ids: Vec<u64>) -> HashMap<u64, u64> {
        ids.into_iter().map(|id| (id, id)).collect()
    }
}

/// A function without `self`, which another task can run.
#[cacheable("free:{ids}", cache = cache, batch)]
pub async fn free(cache: &Cache, ids: Vec<u64>) -> HashMap<u64, Arc<str>> {
    ids.into_iter().map(|id| (id, id.to_string().into())).collect()
}

fn is_send<T: Send>(_: T) {}

fn main() {
    let cache = Cache::in_process();
    is_send(free(&cache, vec![1]));
}
