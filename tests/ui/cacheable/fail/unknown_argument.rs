use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable(tll = "5m", kye = "x")]
    async fn by_id(&self, id: u64) -> String {
        id.to_string()
    }
}

async fn caller(users: &Users) -> String {
    users.by_id(7).await
}

fn main() {}
