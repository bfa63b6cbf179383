//! Three words say what a function has to do with tenants; in place of a reader that says it.

use larder::{Cache, HasCache, cache_put, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable(tenant = none)]
    async fn by_id(&self, id: u64) -> u64 {
        id
    }

    #[cache_put(of = Self::by_id, args(id = id), tenant = none)]
    async fn update(&self, id: u64) -> u64 {
        id
    }

    #[cache_put(tenant = optinal)]
    async fn misspelled(&self) -> u64 {
        7
    }
}

fn main() {}
