use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

struct NoSerde;

type Answer<T> = Result<T, String>;

impl Users {
    #[cacheable]
    async fn plain(&self, id: u64) -> NoSerde {
        let _ = id;
        NoSerde
    }

    #[cacheable]
    async fn inside(&self, id: u64) -> Result<Option<NoSerde>, String> {
        let _ = id;
        Ok(Some(NoSerde))
    }

    #[cacheable]
    async fn behind_an_alias(&self, id: u64) -> Answer<NoSerde> {
        let _ = id;
        Ok(NoSerde)
    }
}

fn main() {}
