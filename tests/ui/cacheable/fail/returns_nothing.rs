use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable("user:{id}")]
    async fn touch(&self, id: u64) {
        let _ = id;
    }
}

fn main() {}
