//! A reader's key got another argument.

use larder::{Cache, HasCache, cache_evict, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable("user:{tenant}:{id}")]
    async fn by_id(&self, tenant: &str, id: u64) -> u64 {
        id
    }

    #[cache_evict(of = Self::by_id, args(id = id))]
    async fn update(&self, id: u64) {}
}

fn main() {}
