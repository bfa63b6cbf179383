//! What is wrong with the arguments that say what is stored, and for how long.

use larder::{Cache, HasCache, cache_put};

#[derive(HasCache)]
struct Service {
    cache: Cache,
}

impl Service {
    #[cache_put("user:{id}", ttl = 300)]
    async fn bare_number(&self, id: u64) -> u64 {
        id
    }

    #[cache_put("user:{id}", ttl = "5 parsecs")]
    async fn unreadable(&self, id: u64) -> u64 {
        id
    }

    #[cache_put("user:{id}", unless = result.is_empty())]
    async fn without_closure(&self, id: u64) -> String {
        id.to_string()
    }

    #[cache_put(skip(con))]
    async fn skips_nobody(&self, id: u64, conn: &str) -> usize {
        conn.len()
    }

    #[cache_put("user:{id}", skip(id))]
    async fn skips_the_key(&self, id: u64) -> u64 {
        id
    }

    #[cache_put("user:{id}")]
    async fn borrowed(&self, id: u64) -> &str {
        ""
    }

    #[cache_put("user:{id}")]
    async fn nameless(&self, id: u64) -> impl Iterator<Item = u64> {
        0..id
    }
}

fn main() {}
