use larder::{Cache, HasCache, caching};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[caching(cache_put("{id}", span = off), cache_evict("other:{id}", span = info), cache_evict("last:{id}"))]
    async fn two_levels(&self, id: u64) -> u64 {
        id
    }
}

fn main() {}
