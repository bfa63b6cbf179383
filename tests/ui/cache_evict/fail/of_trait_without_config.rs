//! Without `#[cache_config]` on the `impl`, and on one for any type, a method of a trait cannot be named.

use larder::{Cache, HasCache, cache_config, cache_evict, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

trait Repo {
    async fn find(&self, id: u64) -> u64;
}

impl Repo for Users {
    #[cacheable("user:{id}")]
    async fn find(&self, id: u64) -> u64 {
        id
    }
}

trait Names {
    async fn name(&self, id: u64) -> u64;
}

#[cache_config(cache = global)]
impl<T> Names for T {
    #[cacheable("name:{id}")]
    async fn name(&self, id: u64) -> u64 {
        id
    }
}

impl Users {
    #[cache_evict(of = <Self as Repo>::find, args(id = id))]
    async fn update(&self, id: u64) {}

    #[cache_evict(of = <Self as Names>::name, args(id = id), cache = global)]
    async fn rename(&self, id: u64) {}
}

fn main() {}
