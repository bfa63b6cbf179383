//! What `of` and `args` look like.

use larder::{Cache, HasCache, cache_evict};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cache_evict(of = "by_id", args(id = id))]
    async fn text(&self, id: u64) {}

    #[cache_evict("user:{id}", args(id = id))]
    async fn alone(&self, id: u64) {}

    #[cache_evict(of = Self::by_id, args(id = id, id = 2))]
    async fn twice(&self, id: u64) {}

    #[cache_evict(of = Self::by_id, args = id)]
    async fn not_a_list(&self, id: u64) {}

    #[cache_evict(of = Self::by_id, args(id = |a, b| a))]
    async fn of_two(&self) -> u64 {
        1
    }
}

fn main() {}
