use larder::{Cache, HasCache, cache_evict};

#[derive(HasCache)]
struct Service {
    cache: Cache,
}

impl Service {
    #[cache_evict(key = "user:{id}", unless = result.is_empty())]
    async fn save(&self, id: u64) -> String {
        id.to_string()
    }

    #[cache_evict(all, namespace = "users", key = "user:{id}")]
    #[cache_evict(all, namespace = "users", keys = [id])]
    #[cache_evict(all, namespace = "users", pattern = "user:*")]
    async fn covered(&self, id: u64) {}
}

fn main() {}
