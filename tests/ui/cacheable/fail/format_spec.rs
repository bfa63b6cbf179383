use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable("{id:05}")]
    async fn by_id(&self, id: u64) -> String {
        id.to_string()
    }
}

fn main() {}
