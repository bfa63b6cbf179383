use larder::{Cache, HasCache, cache_put};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cache_put("user:{id}", vlaue = |v| v.len())]
    async fn save(&self, id: u64) -> String {
        id.to_string()
    }
}

fn main() {}
