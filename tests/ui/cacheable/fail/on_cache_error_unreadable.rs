use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable(on_cache_error = fial)]
    async fn misspelled(&self, id: u64) -> Result<u64, larder::Error> {
        Ok(id)
    }

    #[cacheable(on_cache_eror = fail)]
    async fn of_another_name(&self, id: u64) -> Result<u64, larder::Error> {
        Ok(id)
    }
}

fn main() {}
