use larder::cacheable;

#[cacheable("user:{id}")]
async fn by_id(id: u64) -> String {
    id.to_string()
}

fn main() {}
