//! `crate` is a path, and one where Larder is.

use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Service {
    cache: Cache,
}

impl Service {
    #[cacheable(crate = "larder")]
    async fn text(&self, id: u64) -> u64 {
        id
    }

    #[cacheable(crate = std::nowhere)]
    async fn nowhere(&self, id: u64) -> u64 {
        id
    }
}

fn main() {}
