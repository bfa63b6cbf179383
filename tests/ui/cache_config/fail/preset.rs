//! What is wrong with a default is said where it stands.

use larder::{Cache, HasCache, cache_config, cache_evict, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

#[cache_config(preset = "Lookup")]
impl Users {
    #[cacheable]
    async fn by_id(&self, id: u64) -> u64 {
        id
    }
}

#[cache_config(preset = Lookup)]
impl Users {
    #[cache_evict("{id}")]
    async fn remove(&self, id: u64) {}
}

fn main() {}
