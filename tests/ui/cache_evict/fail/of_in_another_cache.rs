//! The reader's cache is another than the writer's.

use larder::{Cache, HasCache, cache_evict, cacheable};

#[derive(HasCache)]
struct Users {
    #[cache]
    cache: Cache,
    users_cache: Cache,
}

impl Users {
    #[cacheable("user:{id}", cache = self.users_cache)]
    async fn by_id(&self, id: u64) -> u64 {
        id
    }

    #[cacheable("name:{id}")]
    async fn name(&self, id: u64) -> u64 {
        id
    }

    #[cache_evict(of = Self::by_id, args(id = id))]
    async fn update(&self, id: u64) {}

    #[cache_evict(of = Self::name, args(id = id), cache = self.users_cache)]
    async fn update_name(&self, id: u64) {}
}

#[cacheable("rate:{currency}", cache = global)]
async fn rate(currency: &str) -> u64 {
    currency.len() as u64
}

#[cache_evict(of = rate, args(currency = currency), cache = cache)]
async fn known_only_at_run_time(cache: &Cache, currency: &str) {}

static CACHE: std::sync::LazyLock<Cache> = std::sync::LazyLock::new(Cache::in_process);

#[cache_evict(of = rate, args(currency = currency), cache = *CACHE)]
async fn set_rate(currency: &str) {}

fn main() {}
