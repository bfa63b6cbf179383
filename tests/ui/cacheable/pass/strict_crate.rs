//! The expansion adds nothing that a strict crate would refuse.
#![deny(warnings, missing_docs, unused, future_incompatible, unreachable_pub)]
#![forbid(unsafe_code)]

use std::sync::Arc;
use std::time::Duration;

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Private(usize);

/// A service.
#[derive(HasCache)]
pub struct Service {
    cache: Cache,
}

impl Service {
    /// Template, ttl, tags, namespace.
    #[cacheable("a:{id}", namespace = "a/b", ttl = "5m", tags = ["t:{id}", "u", id], condition = id > 0, unless = |v| v.is_empty())]
    pub async fn template(&self, id: u64) -> Result<Option<String>, std::num::ParseIntError> {
        let parsed: u64 = "1".parse()?;
        if parsed == id {
            return Ok(None);
        }
        Ok(Some(id.to_string()))
    }

    /// Default key, closures over the value.
    #[cacheable(skip(other), ttl = |v| Duration::from_secs(u64::from(*v)), tags = |v| vec![format!("t:{v}")])]
    pub async fn by_default<T: larder::CacheKey, const N: usize>(self: Arc<Self>, item: T, other: &Self) -> u32 {
        let _ = (item, other);
        1
    }

    /// Hashed arguments.
    #[cacheable("h:{email}:{id}", tags = ["h:{email}", "h:{email}:{result}"], hash(email, id))]
    #[cache_evict("h:{email}", tags = ["h:{result}:{email}"], pattern = "h:{id}*", hash(email, id))]
    pub async fn hashed(&self, email: String, id: u64) -> u64 {
        drop(email);
        id
    }

    /// Hashed arguments in a default key, and in a put that the result completes.
    #[cacheable(hash(item))]
    pub async fn hashed_by_default<T: larder::CacheKey>(&self, item: T) -> u64 {
        drop(item);
        1
    }

    /// Hashed beside a result.
    #[cache_put("h:{result}:{email}", tags = ["h:{email}:{result}"], hash(email))]
    pub async fn put_hashed(&self, email: String) -> u64 {
        drop(email);
        1
    }

    /// Put by the result.
    #[cache_put("a:{name}:{result.0}", value = |v| v.1.clone(), unless = |v| v.0 == 0)]
    pub async fn put(&mut self, name: String) -> (u64, String) {
        (7, name)
    }

    /// Every selector.
    #[cache_evict("a:{id}", keys = [id, 2], pattern = "a:{id}:*", tags = ["t:{result}", "u"], unless = |v| *v == 0)]
    pub async fn evict(&self, id: u64) -> u64 {
        id
    }

    /// The entries of readers.
    #[cache_evict(of = Self::template, args(id = id))]
    #[cache_evict(of = Self::by_default::<u8, 3>, args(item = |v| v.0))]
    #[cache_evict(of = free, args(id = id), cache = global)]
    pub async fn evict_of(&self, id: u64, other: &Self) -> (u8, u8) {
        let _ = (id, other);
        (1, 2)
    }

    /// In place of a reader.
    #[cache_put(of = Self::of_private, args(id = |v| v.len()), value = |v| Private(v.len()))]
    pub async fn put_of(&self) -> String {
        self.of_private(1).await.0.to_string()
    }

    #[cacheable]
    async fn of_private(&self, id: usize) -> Private {
        Private(id)
    }

    /// Nothing returned.
    #[cache_evict(namespace = "a", all)]
    pub async fn clear(&self) {}
}

impl Service {
    /// A function that is not asynchronous.
    #[cacheable("b:{id}", unless = |v| v.is_empty())]
    pub fn not_async(&self, mut id: u64) -> Result<String, std::num::ParseIntError> {
        id += 1;
        let parsed: u64 = "1".parse()?;
        if parsed == id {
            return Ok(String::new());
        }
        Ok(id.to_string())
    }

    /// One that writes and returns nothing.
    #[cache_evict("b:{id}", timing = before)]
    #[cache_evict(key = "c:{id}", timing = always)]
    pub fn forget(&mut self, id: u64) {}

    /// One that returns a reference.
    #[cache_evict("b:{id}")]
    pub fn forget_and_borrow<'a>(&self, id: u64, name: &'a str) -> Option<&'a str> {
        name.get(1..)
    }

    /// Several attributes.
    #[cache_put("b:{id}", value = |v| v.to_string())]
    #[cache_put("c:{id}", value = |v| *v)]
    #[cache_evict(tags = ["c:{result}"], timing = always)]
    pub async fn stacked(&self, id: u64) -> Result<u64, std::num::ParseIntError> {
        "1".parse::<u64>().map(|one| one + id)
    }

    /// A reader that evicts.
    #[cacheable("d:{id}")]
    #[cache_evict(tags = ["d"], timing = before)]
    #[cache_evict(tags = ["c:{result}"])]
    pub async fn reads_and_evicts(&self, id: u64) -> u64 {
        id
    }
}

/// A function without `self`.
#[cacheable("free:{id}", cache = cache)]
pub async fn free(cache: &Cache, id: u64) -> Arc<str> {
    id.to_string().into()
}

fn main() {}
