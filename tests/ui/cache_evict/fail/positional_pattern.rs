use larder::{Cache, HasCache, cache_evict};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cache_evict("user:{id}:*")]
    async fn delete(&self, id: u64) {
        let _ = id;
    }
}

fn main() {}
