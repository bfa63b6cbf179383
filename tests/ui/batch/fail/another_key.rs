use std::collections::HashMap;

use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable("user:{ids}", batch)]
    async fn by_name(&self, ids: &[u64]) -> HashMap<String, u64> {
        ids.iter().map(|id| (id.to_string(), *id)).collect()
    }
}

fn main() {}
