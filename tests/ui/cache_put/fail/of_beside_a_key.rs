//! The reader says what the entry is called.

use larder::{Cache, HasCache, cache_put, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable("user:{id}", namespace = "users")]
    async fn by_id(&self, id: u64) -> u64 {
        id
    }

    #[cache_put("user:{id}", of = Self::by_id, args(id = id), namespace = "users", skip(name), version = 2)]
    async fn update(&self, id: u64, name: &str) -> u64 {
        name.len() as u64
    }
}

fn main() {}
