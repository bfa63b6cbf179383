//! Every shape of a function under each attribute, in a crate that allows nothing: receivers, patterns, lifetimes, `impl
//! Trait`, `where`, recursion, native traits and rewritten ones, beside attributes of others.

#![deny(warnings, missing_docs, unsafe_code, unused_imports)]
#![forbid(unsafe_code)]

use std::fmt::Display;
use std::sync::Arc;

use async_trait::async_trait;
use larder::{Cache, CacheKey, HasCache, cache_evict, cache_put, cacheable};
use tracing::instrument;

/// A service.
#[derive(Debug, Clone, HasCache)]
pub struct Service {
    cache: Cache,
}

/// A pattern.
#[derive(Debug)]
pub struct Point {
    x: u32,
    y: u32,
}

impl Service {
    /// A pattern.
    #[cacheable("point:{x}:{y}:{a}")]
    pub async fn reads_patterns(&self, Point { x, y }: Point, (mut a, _): (u32, u32)) -> u32 {
        a += x + y;
        a
    }

    /// A pattern.
    #[cache_put("point:{x}:{y}")]
    pub async fn puts_patterns(&self, Point { x, y }: Point, [mut a, ..]: [u32; 2]) -> u32 {
        a += x + y;
        a
    }

    /// A pattern.
    #[cache_evict(key = "point:{x}:{y}")]
    pub async fn evicts_patterns(&self, Point { x, y }: Point) {}

    /// `impl Trait`.
    #[cacheable(key = id)]
    pub async fn reads_impl(&self, id: impl CacheKey + Copy + Display) -> String {
        id.to_string()
    }

    /// `impl Trait`.
    #[cache_put(key = id)]
    pub async fn puts_impl(&self, id: impl CacheKey + Copy + Display) -> String {
        id.to_string()
    }

    /// `impl Trait`.
    #[cache_evict(key = id)]
    pub async fn evicts_impl(&self, id: impl CacheKey + Copy) {}

    /// Bounds, and what borrows.
    #[cacheable("{key}:{name}")]
    pub async fn reads_bounded<'a, K, const N: usize>(&'a self, key: K, name: &'a str) -> (usize, String)
    where
        K: CacheKey + Display,
    {
        (N, format!("{key}{name}"))
    }

    /// Bounds, and what borrows.
    #[cache_put("{key}:{name}", value = |v| v.to_string())]
    pub async fn puts_bounded<'a, K>(&'a self, key: K, name: &'a str) -> &'a str
    where
        K: CacheKey,
    {
        name
    }

    /// Bounds, and what borrows.
    #[cache_evict(key = "{key}:{name}")]
    pub async fn evicts_bounded<'a, K>(&'a self, key: K, name: &'a str) -> &'a str
    where
        K: CacheKey,
    {
        name
    }

    /// Recursion.
    #[cacheable("sum:{to}")]
    pub async fn recursive(&self, to: u64) -> u64 {
        if to == 0 { 0 } else { to + self.recursive(to - 1).await }
    }

    /// Owned.
    #[cache_put("owned:{id}")]
    #[cache_evict(tags = ["owned"])]
    pub async fn owned(self: Arc<Self>, id: u64) -> u64 {
        id
    }

    /// Mutable.
    #[cache_put("owned:{id}")]
    #[cache_evict(tags = ["owned"])]
    pub async fn mutable(&mut self, id: u64) -> u64 {
        id
    }

    /// Above.
    #[instrument(skip(self))]
    #[cacheable("traced:{id}")]
    #[cache_evict(tags = ["traced"])]
    pub async fn traced_above(&self, id: u64) -> u64 {
        id
    }

    /// Below.
    #[cacheable("traced:{id}")]
    #[instrument(skip(self))]
    #[cache_evict(tags = ["traced"])]
    pub async fn traced_below(&self, id: u64) -> u64 {
        id
    }

    /// Not asynchronous.
    #[cache_put("traced:{id}")]
    #[instrument(skip(self))]
    pub fn traced_and_sync(&self, id: u64) -> u64 {
        id
    }
}

/// Native.
#[allow(async_fn_in_trait, reason = "a trait of this crate")]
pub trait Native: HasCache {
    /// A default body.
    #[cacheable("native:{id}")]
    async fn read(&self, id: u64) -> u64 {
        id
    }

    /// None.
    async fn save(&self, id: u64) -> u64;
}

impl Native for Service {
    #[cache_put("native:{id}")]
    #[cache_evict(tags = ["native"])]
    async fn save(&self, id: u64) -> u64 {
        id
    }
}

/// Rewritten.
#[async_trait]
pub trait Boxed: HasCache + Sync {
    /// A default body.
    #[cacheable("boxed:{id}")]
    #[instrument(skip(self))]
    async fn read(&self, id: u64) -> u64 {
        id
    }

    /// None.
    async fn save(&self, id: u64, name: &str) -> u64;
}

#[async_trait]
impl Boxed for Service {
    #[instrument(skip(self))]
    #[cache_put("boxed:{id}")]
    #[cache_evict(tags = ["boxed:{name}"])]
    async fn save(&self, id: u64, name: &str) -> u64 {
        id + name.len() as u64
    }
}

/// Free.
#[cache_evict(key = "free:{id}", cache = global)]
pub async fn free(id: u64) {}

fn main() {}
