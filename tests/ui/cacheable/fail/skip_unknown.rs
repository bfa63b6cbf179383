use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

struct Connection;

impl Users {
    #[cacheable(skip(con))]
    async fn by_id(&self, conn: &Connection, id: u64) -> String {
        let _ = conn;
        id.to_string()
    }
}

fn main() {}
