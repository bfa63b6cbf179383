use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable("{id.len()}")]
    async fn by_id(&self, id: String) -> String {
        id
    }
}

fn main() {}
