use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable(cache_none = 30)]
    async fn bare_number(&self) -> Option<u64> {
        None
    }

    #[cacheable(cache_none = "30 parsecs")]
    async fn no_duration(&self) -> Option<u64> {
        None
    }

    #[cacheable(cache_none = |_| Duration::ZERO)]
    async fn closure(&self) -> Option<u64> {
        None
    }

    #[cacheable(ttl = |v| Duration::from_secs(*v), cache_none)]
    async fn ttl_of_the_value(&self) -> Option<u64> {
        None
    }
}

fn main() {}
