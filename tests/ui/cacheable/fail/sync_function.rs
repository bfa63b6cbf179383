use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable("user:{id}")]
    fn by_id(&self, id: u64) -> String {
        id.to_string()
    }
}

fn main() {}
