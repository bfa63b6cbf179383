use larder::{Cache, HasCache, cache_evict};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cache_evict(pattern = "user:{result.id}:*")]
    async fn delete(&self, id: u64) -> u64 {
        id
    }
}

fn main() {}
