//! The body of a batch may run more than once.

use std::collections::HashMap;

use larder::{Cache, HasCache, cache_evict, cacheable};

#[derive(HasCache)]
struct Service {
    cache: Cache,
}

impl Service {
    #[cacheable("a:{ids}", batch)]
    #[cache_evict(tags = ["b"], timing = before)]
    async fn many(&self, ids: &[u64]) -> HashMap<u64, u64> {
        HashMap::new()
    }
}

fn main() {}
