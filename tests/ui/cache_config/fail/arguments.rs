//! Defaults are arguments that make sense for several methods, and that one of them takes.

use larder::{Cache, HasCache, cache_config, cache_evict};

#[derive(HasCache)]
struct Service {
    cache: Cache,
}

#[cache_config("a:{id}", key = "b", unless = |v| true, ttll = "5m")]
impl Service {
    #[cache_evict("a:{id}")]
    async fn evict(&self, id: u64) {}
}

#[cache_config(namespace = "a", ttl = "5m")]
impl Service {
    #[cache_evict("a:{id}")]
    async fn evict_in_a_namespace(&self, id: u64) {}
}

fn main() {}
