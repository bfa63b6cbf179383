//! An argument that only the annotation names is not reported as unused, also under `#[async_trait]`.
#![deny(warnings)]

use larder::{Cache, HasCache, cache_evict};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cache_evict("user:{id}")]
    async fn native(&self, id: u64) {}
}

#[async_trait::async_trait]
trait Delete {
    async fn delete(&self, id: u64);
}

#[async_trait::async_trait]
impl Delete for Users {
    #[cache_evict("user:{id}")]
    async fn delete(&self, id: u64) {}
}

fn main() {
    let users = Users { cache: Cache::in_process() };
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    runtime.block_on(users.native(7));
    runtime.block_on(users.delete(7));
    assert_eq!(users.cache.stats().invalidations, 2);
}
