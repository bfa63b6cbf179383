//! What a key cannot be made of.

use std::collections::HashMap;

use larder::{Cache, HasCache, cache_put};

struct NoKey;

#[derive(HasCache)]
struct Service {
    cache: Cache,
}

impl Service {
    #[cache_put]
    async fn save(&self, options: &NoKey) -> u64 {
        1
    }

    #[cache_put("price:{x}")]
    async fn price(&self, x: f64) -> u64 {
        1
    }

    #[cache_put]
    async fn labels(&self, labels: HashMap<String, String>) -> u64 {
        1
    }
}

fn main() {}
