use larder::{Cache, HasCache, cache_evict};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cache_evict("users", span = Debug)]
    async fn another_word(&self) {}
}

fn main() {}
