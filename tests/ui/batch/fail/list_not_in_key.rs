use std::collections::HashMap;

use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable("users:{tenant}", batch)]
    async fn of_tenant(&self, tenant: u64, ids: &[u64]) -> HashMap<u64, String> {
        ids.iter().map(|id| (*id, tenant.to_string())).collect()
    }

    #[cacheable(skip(ids), batch)]
    async fn by_default(&self, tenant: u64, ids: &[u64]) -> HashMap<u64, String> {
        ids.iter().map(|id| (*id, tenant.to_string())).collect()
    }
}

fn main() {}
