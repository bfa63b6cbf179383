//! Three words say what a function has to do with tenants; of the entry of a reader that says it.

use larder::{Cache, HasCache, cache_evict, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable(tenant = none)]
    async fn by_id(&self, id: u64) -> u64 {
        id
    }

    #[cache_evict(of = Self::by_id, args(id = id), tenant = required)]
    async fn remove(&self, id: u64) {}

    /// Here it is about the tags.
    #[cache_evict(of = Self::by_id, args(id = id), tags = ["users"], tenant = required)]
    async fn remove_with_lists(&self, id: u64) {}

    #[cache_evict("{id}", tenant = nobody)]
    async fn unknown(&self, id: u64) {}
}

fn main() {}
