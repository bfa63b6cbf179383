use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

type Answer<T> = Result<T, String>;

impl Users {
    #[cacheable(cache_none)]
    async fn plain(&self) -> u64 {
        7
    }

    #[cacheable("user:{id}", cache_none = "30s")]
    async fn behind_an_alias(&self, id: u64) -> Answer<u64> {
        Ok(id)
    }
}

fn main() {}
