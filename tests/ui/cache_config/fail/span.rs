use larder::{Cache, HasCache, cache_config, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

#[cache_config(span = on)]
impl Users {
    #[cacheable]
    async fn another_word(&self, id: u64) -> u64 {
        id
    }
}

fn main() {}
