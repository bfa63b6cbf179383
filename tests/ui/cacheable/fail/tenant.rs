//! Three words say what a function has to do with tenants.

use std::collections::HashMap;

use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable(tenant = requird)]
    async fn misspelled(&self) -> u64 {
        7
    }

    #[cacheable(tenant = "none")]
    async fn text(&self) -> u64 {
        7
    }

    #[cacheable(tenant = self.tenant)]
    async fn expression(&self) -> u64 {
        7
    }

    #[cacheable(tenant = true)]
    async fn flag(&self) -> u64 {
        7
    }

    #[cacheable(batch = Self::expression, args(id = ids), tenant = none)]
    async fn in_place_of_a_reader(&self, ids: &[u64]) -> HashMap<u64, u64> {
        ids.iter().map(|id| (*id, 7)).collect()
    }
}

fn main() {}
