use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

struct OfTheBody;

type Answer<T> = Result<T, OfTheBody>;

impl Users {
    #[cacheable(on_cache_error = fail)]
    async fn without_from(&self, id: u64) -> Result<u64, OfTheBody> {
        Ok(id)
    }

    #[cacheable(on_cache_error = fail)]
    async fn behind_an_alias(&self, id: u64) -> Answer<Option<u64>> {
        Ok(Some(id))
    }

    #[cacheable(on_cache_error = fail)]
    async fn without_an_error(&self, id: u64) -> Option<u64> {
        Some(id)
    }

    #[cacheable("user:{ids}", batch, on_cache_error = fail)]
    async fn of_a_batch(&self, ids: Vec<u64>) -> Vec<Option<u64>> {
        ids.into_iter().map(Some).collect()
    }
}

fn main() {}
