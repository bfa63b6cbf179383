use larder::{Cache, HasCache, cache_evict, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable(span = warn)]
    async fn another_word(&self, id: u64) -> u64 {
        id
    }

    #[cacheable(span = "debug")]
    async fn text(&self, id: u64) -> u64 {
        id
    }

    #[cacheable(span = tracing::Level::DEBUG)]
    async fn path(&self, id: u64) -> u64 {
        id
    }

    #[cacheable(span)]
    async fn without_a_word(&self, id: u64) -> u64 {
        id
    }

    #[cacheable("{id}", span = debug)]
    #[cache_evict("other:{id}", span = info)]
    async fn two_levels(&self, id: u64) -> u64 {
        id
    }
}

fn main() {}
