use larder::{Cache, HasCache, cache_evict};

#[derive(HasCache)]
struct Rates {
    cache: Cache,
}

impl Rates {
    #[cache_evict(tags = ["rates"], across_tenants)]
    async fn without_all(&self) {}

    #[cache_evict(tags = [across_tenants(name), across_tenants("rates:{idd}")])]
    async fn not_a_template(&self, name: &str, id: u64) {
        let _ = (name, id);
    }
}

fn main() {}
