use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable(ttl = "5m", idle = "10m")]
    async fn longer_than_it_lives(&self) -> u64 {
        7
    }

    #[cacheable(idle = 600)]
    async fn bare_number(&self) -> u64 {
        7
    }

    #[cacheable(idle = "10 parsecs")]
    async fn unreadable(&self) -> u64 {
        7
    }
}

fn main() {}
