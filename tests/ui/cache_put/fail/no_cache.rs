//! A type that does not say where its cache is.

use larder::cache_put;

struct Service;

impl Service {
    #[cache_put("user:{id}")]
    async fn save(&self, id: u64) -> u64 {
        id
    }
}

fn main() {}
