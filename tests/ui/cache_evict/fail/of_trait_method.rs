//! The reader is a method of a trait: its argument is renamed, missing, of another type.

use larder::{Cache, HasCache, cache_config, cache_evict, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

trait Repo {
    async fn find(&self, user_id: u64, region: &str) -> u64;
}

#[cache_config(namespace = "users")]
impl Repo for Users {
    #[cacheable("user:{user_id}:{region}")]
    async fn find(&self, user_id: u64, region: &str) -> u64 {
        user_id + region.len() as u64
    }
}

impl Users {
    #[cache_evict(of = <Self as Repo>::find, args(id = id, region = "eu"))]
    async fn renamed(&self, id: u64) {}

    #[cache_evict(of = <Self as Repo>::find, args(user_id = id))]
    async fn missing(&self, id: u64) {}

    #[cache_evict(of = <Self as Repo>::find, args(user_id = name, region = "eu"))]
    async fn retyped(&self, name: String) {}
}

fn main() {}
