use std::collections::HashMap;

use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable("user:{ids}", batch)]
    async fn by_id(&self, ids: u64) -> HashMap<u64, String> {
        HashMap::from([(ids, String::new())])
    }

    #[cacheable("user:{ids}", batch)]
    async fn which(&self, ids: &[u64], names: Vec<String>) -> HashMap<u64, String> {
        ids.iter().copied().zip(names).collect()
    }

    #[cacheable("user:{ids}", batch(idds))]
    async fn misspelled(&self, ids: &[u64]) -> HashMap<u64, String> {
        ids.iter().map(|id| (*id, String::new())).collect()
    }

    #[cacheable("user:{ids}", batch(ids, names))]
    async fn both(&self, ids: &[u64], names: Vec<String>) -> HashMap<u64, String> {
        ids.iter().copied().zip(names).collect()
    }

    #[cacheable(batch = 3)]
    async fn as_a_value(&self, ids: &[u64]) -> HashMap<u64, String> {
        ids.iter().map(|id| (*id, String::new())).collect()
    }
}

fn main() {}
