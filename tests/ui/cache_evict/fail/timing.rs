//! `timing` is one of three words, and before the body there is no result.

use larder::{Cache, HasCache, cache_evict, cacheable};

#[derive(HasCache)]
struct Service {
    cache: Cache,
}

impl Service {
    #[cache_evict("a:{id}", timing = after_commit)]
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
}

fn main() {}
