use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable("user:{id}", ttl = "5 parsecs")]
    async fn by_id(&self, id: u64) -> String {
        id.to_string()
    }

    #[cacheable("user:{id}", ttl = "0s")]
    async fn never(&self, id: u64) -> String {
        id.to_string()
    }
}

fn main() {}
