use larder::{Cache, HasCache, cache_evict};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

struct OfTheBody;

impl Users {
    #[cache_evict("user:{id}", on_cache_error = fail)]
    async fn without_from(&self, id: u64) -> Result<u64, OfTheBody> {
        Ok(id)
    }

    #[cache_evict("user:{id}", on_cache_error = fail)]
    async fn returns_nothing(&self, id: u64) {}
}

fn main() {}
