//! Tags are inherited unless it is switched off.
use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Service {
    cache: Cache,
}

impl Service {
    #[cacheable("{id}", inherit_tags = true)]
    async fn find(&self, id: u64) -> u64 {
        id
    }
}

fn main() {}
