use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable("user:{ids}", batch)]
    async fn by_id(&self, ids: &[u64]) -> Option<String> {
        ids.first().map(u64::to_string)
    }
}

fn main() {}
