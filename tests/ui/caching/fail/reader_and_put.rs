//! One attribute skips the body, the other always runs it.

use larder::{Cache, HasCache, cache_put, cacheable, caching};

#[derive(HasCache)]
struct Service {
    cache: Cache,
}

impl Service {
    #[cacheable("a:{id}")]
    #[cache_put("a:{id}")]
    async fn put_below(&self, id: u64) -> u64 {
        id
    }

    #[cache_put("a:{id}")]
    #[cache_put("b:{id}")]
    #[cacheable("a:{id}")]
    async fn put_above(&self, id: u64) -> u64 {
        id
    }

    #[cacheable("a:{id}")]
    #[larder::cacheable("b:{id}")]
    async fn two_readers(&self, id: u64) -> u64 {
        id
    }

    #[caching(cacheable("a:{id}"), cache_put("a:{id}"))]
    async fn in_a_list(&self, id: u64) -> u64 {
        id
    }
}

fn main() {}
