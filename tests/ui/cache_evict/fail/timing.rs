//! `timing` is one of four words; before the body there is no result, and after the commit no caller to tell of trouble.

use larder::{Cache, HasCache, cache_config, cache_evict, cacheable};

#[derive(HasCache)]
struct Service {
    cache: Cache,
}

impl Service {
    #[cache_evict("a:{id}", timing = on_commit)]
    async fn unknown(&self, id: u64) -> u64 {
        id
    }

    #[cache_evict("a:{id}", timing = "before")]
    async fn text(&self, id: u64) -> u64 {
        id
    }

    #[cache_evict("a:{result}", tags = ["b:{result}"], timing = before)]
    async fn templates(&self, id: u64) -> u64 {
        id
    }

    #[cacheable("a:{id}")]
    async fn reader(&self, id: u64) -> u64 {
        id
    }

    #[cache_evict(of = Self::reader, args(id = |v| *v), timing = before)]
    async fn of_a_reader(&self, id: u64) -> u64 {
        id
    }

    #[cache_evict("a:{id}", tags = |v| [format!("b:{v}")], unless = |v| *v == 0, timing = before)]
    async fn closures(&self, id: u64) -> u64 {
        id
    }

    #[cache_evict("a:{id}", timing = after_commit, on_cache_error = fail)]
    async fn failing(&self, id: u64) -> Result<u64, larder::Error> {
        Ok(id)
    }
}

#[cache_config(on_cache_error = fail)]
impl Service {
    #[cache_evict("a:{id}", timing = after_commit)]
    async fn failing_by_default(&self, id: u64) -> Result<u64, larder::Error> {
        Ok(id)
    }
}

fn main() {}
