use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

type Found = Result<Vec<String>, std::io::Error>;

impl Users {
    #[cacheable("user:{ids}", batch)]
    async fn by_id(&self, ids: &[u64]) -> Vec<String> {
        ids.iter().map(u64::to_string).collect()
    }

    #[cacheable("user:{ids}", batch)]
    async fn through_an_alias(&self, ids: &[u64]) -> Found {
        Ok(ids.iter().map(u64::to_string).collect())
    }
}

fn main() {}
