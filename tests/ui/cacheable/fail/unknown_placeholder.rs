use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable("user:{idd}", tags = ["name:{nam}"])]
    async fn by_id(&self, id: u64, name: String) -> String {
        format!("{id}{name}")
    }
}

fn main() {}
