//! A hit does not change what the body would have changed: a warning, which a strict crate makes an error.
#![deny(deprecated)]

use larder::{Cache, HasCache, cache_put, cacheable};

#[derive(HasCache)]
struct Service {
    cache: Cache,
    calls: u64,
}

impl Service {
    #[cacheable("a:{id}")]
    async fn warned(&mut self, id: u64) -> u64 {
        self.calls += 1;
        id
    }

    #[cacheable("a:{id}")]
    fn warned_too(&mut self, id: u64) -> u64 {
        self.calls += 1;
        id
    }

    #[allow(deprecated)]
    #[cacheable("a:{id}")]
    async fn told_not_to(&mut self, id: u64) -> u64 {
        id
    }

    #[cache_put("a:{id}")]
    async fn always_runs(&mut self, id: u64) -> u64 {
        self.calls += 1;
        id
    }
}

fn main() {}
