use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable("all:{id}")]
    async fn all(&self, id: u64) -> impl Iterator<Item = u64> {
        std::iter::once(id)
    }
}

fn main() {}
