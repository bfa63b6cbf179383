use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable("user:{result.id}")]
    async fn by_name(&self, name: String) -> String {
        name
    }
}

fn main() {}
