use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

use std::collections::HashMap;

impl Users {
    #[cacheable("near:{latitude}")]
    async fn near(&self, latitude: f64) -> String {
        latitude.to_string()
    }

    #[cacheable]
    async fn by_filter(&self, filter: HashMap<String, String>) -> String {
        filter.len().to_string()
    }
}

fn main() {}
