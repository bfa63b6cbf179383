//! A function that returns a future is over before the future has run.

use std::pin::Pin;

use larder::{Cache, HasCache, cache_evict, cacheable};

#[derive(HasCache)]
struct Service {
    cache: Cache,
}

impl Service {
    #[cache_evict("a:{id}")]
    fn unnamed(&self, id: u64) -> impl Future<Output = u64> + Send {
        async move { id }
    }

    #[cache_evict("a:{id}")]
    fn boxed(&self, id: u64) -> Pin<Box<dyn Future<Output = u64> + Send>> {
        let future = async move { id };
        Box::pin(future)
    }

    #[cacheable("a:{id}")]
    fn read(&self, id: u64) -> impl Future<Output = u64> {
        async move { id }
    }
}

fn main() {}
