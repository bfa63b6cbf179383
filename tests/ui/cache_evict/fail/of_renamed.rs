//! A reader's argument was renamed.

use larder::{Cache, HasCache, cache_evict, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable("user:{user_id}")]
    async fn by_id(&self, user_id: u64) -> u64 {
        user_id
    }

    #[cache_evict(of = Self::by_id, args(id = id))]
    async fn update(&self, id: u64) {}
}

fn main() {}
