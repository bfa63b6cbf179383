//! There is no such reader, it caches nothing, or it is not named by a path.

use larder::{Cache, HasCache, cache_evict};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    async fn by_id(&self, id: u64) -> u64 {
        id
    }

    #[cache_evict(of = Self::by_id, args(id = id))]
    async fn update(&self, id: u64) {}
}

fn main() {}
