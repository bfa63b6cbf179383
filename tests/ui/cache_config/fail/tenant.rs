//! What is wrong with a default is said where it stands.

use larder::{Cache, HasCache, cache_config, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

#[cache_config(tenant = non)]
impl Users {
    #[cacheable]
    async fn by_id(&self, id: u64) -> u64 {
        id
    }
}

fn main() {}
