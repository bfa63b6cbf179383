use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable("user:{idd}", ttl = 300, tll = "5m", skip(nobody), unless = true)]
    async fn by_id(&self, id: u64) -> &str {
        "ada"
    }
}

async fn caller(users: &Users) -> usize {
    users.by_id(7).await.len()
}

fn main() {}
