//! The compiler reads a `cfg_attr` before any attribute expands, so one of ours in it is merged like the others.

#![deny(warnings)]

use larder::{Cache, HasCache, cache_evict, cacheable, caching};

#[derive(HasCache)]
struct Service {
    cache: Cache,
}

impl Service {
    #[cacheable("a:{id}")]
    #[cfg_attr(all(), must_use, cache_evict(key = "b:{id}"))]
    async fn below_another(&self, id: u64) -> u64 {
        id
    }

    #[cfg_attr(all(), cache_evict(key = "b:{id}"))]
    #[cacheable("a:{id}")]
    async fn above_another(&self, id: u64) -> u64 {
        id
    }

    #[cache_evict(key = "a:{id}")]
    #[cfg_attr(all(), caching(cache_put("b:{id}")))]
    fn in_a_list(&self, id: u64) -> u64 {
        id
    }

    #[cacheable("a:{id}")]
    #[cfg_attr(any(), cacheable("b:{id}"))]
    async fn not_there(&self, id: u64) -> u64 {
        id
    }
}

fn main() {
    let service = Service { cache: Cache::in_process() };
    drop((service.below_another(1), service.above_another(1), service.in_a_list(1), service.not_there(1)));
}
