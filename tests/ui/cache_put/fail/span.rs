use larder::{Cache, HasCache, cache_put};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cache_put("{id}", span = trace)]
    async fn another_word(&self, id: u64) -> u64 {
        id
    }
}

fn main() {}
