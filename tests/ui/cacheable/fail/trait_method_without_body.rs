use larder::cacheable;

trait Repository {
    #[cacheable("user:{id}")]
    async fn by_id(&self, id: u64) -> String;
}

fn main() {}
