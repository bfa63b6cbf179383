use larder::{Cache, HasCache, cache_evict};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cache_evict(all)]
    async fn clear(&self) {}
}

fn main() {}
