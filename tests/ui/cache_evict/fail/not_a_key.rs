use larder::{Cache, HasCache, cache_evict};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

struct NoKey;

impl Users {
    #[cache_evict(key = key)]
    async fn delete(&self, key: &NoKey) {
        let _ = key;
    }

    #[cache_evict(keys = vec![NoKey])]
    async fn delete_all(&self) {}
}

fn main() {}
