//! A preset is a name or an expression, and no time.

use larder::{Cache, HasCache, cache_evict, cache_put};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cache_put(preset = "Reprot")]
    async fn name_as_text(&self) -> u64 {
        7
    }

    #[cache_put(preset = 300)]
    async fn number(&self) -> u64 {
        7
    }

    #[cache_evict(all, namespace = "users", preset = Lookup)]
    async fn clear(&self) {}
}

fn main() {}
