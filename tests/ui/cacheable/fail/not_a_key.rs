use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

struct NoKey;

impl Users {
    #[cacheable]
    async fn by_options(&self, options: &NoKey) -> String {
        let _ = options;
        String::new()
    }
}

async fn caller(users: &Users) -> String {
    users.by_options(&NoKey).await
}

fn main() {}
