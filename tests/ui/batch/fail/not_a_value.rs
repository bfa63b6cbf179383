use std::collections::HashMap;

use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

#[derive(Clone)]
struct User;

impl Users {
    #[cacheable("user:{ids}", batch)]
    async fn by_id(&self, ids: &[u64]) -> Result<HashMap<u64, User>, String> {
        Ok(ids.iter().map(|id| (*id, User)).collect())
    }
}

fn main() {}
