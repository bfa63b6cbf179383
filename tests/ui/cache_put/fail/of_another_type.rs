//! What is stored is not what the reader returns.

use larder::{Cache, HasCache, cache_put, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

type Found<T> = Result<Option<T>, std::io::Error>;

impl Users {
    #[cacheable("user:{id}")]
    async fn by_id(&self, id: u64) -> Found<String> {
        Ok(Some(id.to_string()))
    }

    #[cache_put(of = Self::by_id, args(id = id))]
    async fn update(&self, id: u64) -> Vec<u8> {
        vec![]
    }

    #[cache_put(of = Self::by_id, args(id = |user| user.0), value = |user| user.1)]
    async fn create(&self) -> (u64, u32) {
        (1, 2)
    }
}

fn main() {}
