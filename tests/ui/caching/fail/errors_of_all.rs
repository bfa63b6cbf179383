//! Everything that is wrong with any of the attributes is found in one go.

use larder::{Cache, HasCache, cache_evict, cache_put, caching};

#[derive(HasCache)]
struct Service {
    cache: Cache,
}

impl Service {
    #[cache_put("a:{idd}")]
    #[cache_evict]
    #[caching(cache_evict("b:{idd}"), cache_evict(tll = "5m", all))]
    async fn all_of_them(&self, id: u64) -> u64 {
        id
    }

    #[caching(cache_evcit("b:{id}"), ttl = "5m", cache_put = "b:{id}")]
    async fn in_a_list(&self, id: u64) -> u64 {
        id
    }

    #[caching]
    async fn nothing_in_it(&self, id: u64) -> u64 {
        id
    }

    #[caching(cache_evict("b:{id}", crate = ::larder))]
    #[cache_evict(key = "c:{id}", crate = larder)]
    async fn two_paths(&self, id: u64) -> u64 {
        id
    }
}

#[caching(cacheable)]
struct NotAFunction;

fn main() {}
