use larder::{Cache, HasCache, cache_put};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

struct OfTheBody;

impl Users {
    #[cache_put("user:{id}", on_cache_error = fail)]
    async fn without_from(&self, id: u64) -> Result<u64, OfTheBody> {
        Ok(id)
    }

    #[cache_put("user:{id}", on_cache_error = fail)]
    fn without_an_error(&self, id: u64) -> u64 {
        id
    }
}

fn main() {}
