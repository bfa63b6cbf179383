use larder::{Cache, HasCache, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
}

impl Users {
    #[cacheable(jitter = 0.1)]
    async fn jitter_as_a_share(&self) -> u64 {
        7
    }

    #[cacheable(jitter = "95%")]
    async fn too_much_jitter(&self) -> u64 {
        7
    }

    #[cacheable(version = "2")]
    async fn version_as_text(&self) -> u64 {
        7
    }

    #[cacheable(version = -1)]
    async fn version_below_zero(&self) -> u64 {
        7
    }

    #[cacheable(compress = zstd)]
    async fn unknown_compression(&self) -> u64 {
        7
    }

    #[cacheable(single_flight = node)]
    async fn unknown_flight(&self) -> u64 {
        7
    }
}

fn main() {}
