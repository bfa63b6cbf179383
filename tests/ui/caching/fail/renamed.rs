//! An attribute under another name cannot be recognised below another one.

use larder::cache_evict as forget;
use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Service {
    cache: Cache,
}

impl Service {
    #[cacheable("a:{id}")]
    #[forget("b:{id}")]
    async fn renamed(&self, id: u64) -> u64 {
        id
    }
}

fn main() {}
