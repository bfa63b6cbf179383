//! What is wrong in a template.

use larder::{Cache, HasCache, cache_evict};

#[derive(HasCache)]
struct Service {
    cache: Cache,
}

impl Service {
    #[cache_evict(key = "user:{idd}")]
    async fn unknown(&self, id: u64) -> u64 {
        id
    }

    #[cache_evict(key = "user:{id")]
    async fn unclosed(&self, id: u64) -> u64 {
        id
    }

    #[cache_evict(key = "user:{}", tags = ["user}"])]
    async fn empty_and_unopened(&self, id: u64) -> u64 {
        id
    }

    #[cache_evict(key = "{id:05}")]
    async fn format_spec(&self, id: u64) -> u64 {
        id
    }

    #[cache_evict(key = "{name.len()}")]
    async fn expression(&self, name: &str) -> usize {
        name.len()
    }
}

async fn callers_see_no_second_error(service: &Service) -> u64 {
    service.unknown(1).await + service.unclosed(2).await + service.format_spec(3).await
}

fn main() {}
