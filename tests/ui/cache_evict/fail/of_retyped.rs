//! A reader's argument has another type.

use larder::{Cache, HasCache, cache_evict, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable("user:{id}")]
    async fn by_id(&self, id: u64) -> u64 {
        id
    }

    #[cache_evict(of = Self::by_id, args(id = name))]
    async fn update(&self, name: String) {}

    #[cache_evict(of = Self::by_id, args(id = |name| name))]
    async fn create(&self) -> String {
        String::new()
    }
}

fn main() {}
