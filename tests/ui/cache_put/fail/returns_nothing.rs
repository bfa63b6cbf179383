use larder::{Cache, HasCache, cache_put};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cache_put("user:{id}")]
    async fn save(&self, id: u64) {
        let _ = id;
    }
}

fn main() {}
