use larder::{Cache, HasCache, cache_put};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

struct NoSerde;

impl Users {
    #[cache_put("user:{id}")]
    async fn save(&self, id: u64) -> Result<NoSerde, String> {
        let _ = id;
        Ok(NoSerde)
    }

    #[cache_put("user:{id}", value = |v| NoSerde)]
    async fn pick(&self, id: u64) -> u64 {
        id
    }
}

fn main() {}
