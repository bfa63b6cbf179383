//! A type that does not say where its cache is.

use larder::cache_evict;

struct Service;

impl Service {
    #[cache_evict(key = "user:{id}")]
    async fn save(&self, id: u64) -> u64 {
        id
    }
}

fn main() {}
