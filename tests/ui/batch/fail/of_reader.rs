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

    #[cacheable(batch = Self::user, args(tenant = 1, user = ids))]
    async fn renamed(&self, ids: &[u64]) -> HashMap<u64, String> {
        ids.iter().map(|id| (*id, id.to_string())).collect()
    }

    #[cacheable(batch = Self::user, args(tenant = 1, id = ids))]
    async fn retyped(&self, ids: &[u32]) -> HashMap<u32, String> {
        ids.iter().map(|id| (*id, id.to_string())).collect()
    }

    #[cacheable(batch = Self::user, args(tenant = 1, id = ids))]
    async fn of_another_value(&self, ids: &[u64]) -> HashMap<u64, usize> {
        ids.iter().map(|id| (*id, 1)).collect()
    }
}

fn main() {}
