use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

struct NotClone;

type Answer<T> = Result<T, NotClone>;

impl Users {
    #[cacheable(cache_err = |_| None)]
    async fn never_fails(&self) -> Option<u64> {
        None
    }

    #[cacheable(cache_err = |_| None)]
    async fn behind_an_alias(&self) -> Answer<u64> {
        Ok(7)
    }

    #[cacheable("user:{ids}", batch, cache_err = |_| None)]
    async fn of_a_batch(&self, ids: Vec<u64>) -> Result<Vec<Option<u64>>, String> {
        Ok(ids.into_iter().map(Some).collect())
    }

    #[cacheable(cache_err = "30s")]
    async fn no_closure(&self) -> Result<u64, String> {
        Ok(7)
    }
}

fn main() {}
