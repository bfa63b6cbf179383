use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable("user:{id}")]
    async fn by_id(&self, id: u64) -> Result<String, String> {
        let name: String = id;
        Ok(name)
    }
}

fn main() {}
