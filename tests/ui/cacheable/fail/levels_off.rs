use larder::{Cache, HasCache, cache_put, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable(l1 = off, l2 = off)]
    async fn both(&self) -> u64 {
        7
    }

    #[cacheable(l1 = off, l1_ttl = "10s")]
    async fn for_no_time(&self) -> u64 {
        7
    }

    #[cache_put("user", l2 = on)]
    async fn on(&self) -> u64 {
        7
    }

    #[cacheable(l2 = off, compress = on)]
    async fn compressed_for_nobody(&self) -> u64 {
        7
    }

    #[cacheable(l1_ttl = 10)]
    async fn bare_number(&self) -> u64 {
        7
    }
}

fn main() {}
