use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable("user:{id}")]
    async fn name(&self, id: u64) -> &str {
        let _ = id;
        "ada"
    }

    #[cacheable("user:{id}")]
    async fn found(&self, id: u64) -> Result<Option<&'static str>, String> {
        let _ = id;
        Ok(Some("ada"))
    }
}

fn main() {}
