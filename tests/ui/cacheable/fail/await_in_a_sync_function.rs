//! A body that is not asynchronous stays so.

use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Service {
    cache: Cache,
}

impl Service {
    #[cacheable("a:{id}")]
    fn waits(&self, id: u64) -> u64 {
        std::future::ready(id).await
    }
}

fn main() {}
