use std::collections::HashMap;

use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable("user:{ids}", batch, by = |user| user.len())]
    async fn by_id(&self, ids: &[u64]) -> HashMap<u64, String> {
        ids.iter().map(|id| (*id, id.to_string())).collect()
    }

    #[cacheable("user:{id}", by = |user| user.len())]
    async fn without_batch(&self, id: u64) -> HashMap<u64, String> {
        HashMap::from([(id, id.to_string())])
    }

    #[cacheable("user:{ids}", batch, by = id)]
    async fn without_closure(&self, ids: &[u64]) -> Vec<String> {
        ids.iter().map(u64::to_string).collect()
    }
}

fn main() {}
