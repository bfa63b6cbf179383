use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable("user:{id}", unless = |v| v.len())]
    async fn by_id(&self, id: u64) -> String {
        id.to_string()
    }

    #[cacheable("user:{id}", ttl = |v| v.len())]
    async fn with_ttl(&self, id: u64) -> String {
        id.to_string()
    }
}

fn main() {}
