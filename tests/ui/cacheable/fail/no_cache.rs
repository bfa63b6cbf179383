use larder::cacheable;

struct Service;

impl Service {
    #[cacheable("user:{id}")]
    async fn by_id(&self, id: u64) -> String {
        id.to_string()
    }
}

fn main() {}
