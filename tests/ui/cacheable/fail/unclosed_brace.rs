use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable("user:{id")]
    async fn unclosed(&self, id: u64) -> String {
        id.to_string()
    }

    #[cacheable("{}")]
    async fn empty(&self, id: u64) -> String {
        id.to_string()
    }

    #[cacheable("}")]
    async fn unopened(&self, id: u64) -> String {
        id.to_string()
    }
}

fn main() {}
