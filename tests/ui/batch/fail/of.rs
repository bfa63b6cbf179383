use std::collections::HashMap;

use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable(namespace = "users")]
    async fn user(&self, tenant: u64, id: u64) -> String {
        format!("{tenant}:{id}")
    }

    #[cacheable("user:{ids}", batch = Self::user, args(tenant = 1, id = ids))]
    async fn with_a_key(&self, ids: &[u64]) -> HashMap<u64, String> {
        ids.iter().map(|id| (*id, id.to_string())).collect()
    }

    #[cacheable(batch = Self::user, args(tenant = 1, id = 2))]
    async fn without_the_list(&self, ids: &[u64]) -> HashMap<u64, String> {
        ids.iter().map(|id| (*id, id.to_string())).collect()
    }

    #[cacheable(batch = Self::user, args(tenant = 1, id = |user| user.len() + ids))]
    async fn of_the_value(&self, ids: &[u64]) -> HashMap<u64, String> {
        ids.iter().map(|id| (*id, id.to_string())).collect()
    }

    #[cacheable(batch, args(id = ids))]
    async fn without_a_path(&self, ids: &[u64]) -> HashMap<u64, String> {
        ids.iter().map(|id| (*id, id.to_string())).collect()
    }
}

fn main() {}
