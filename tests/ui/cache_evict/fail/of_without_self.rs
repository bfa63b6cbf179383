//! The reader's key needs its `self`, and the writer has none of that type.

use larder::{Cache, HasCache, cache_evict, cacheable};

#[derive(HasCache)]
struct Users {
    cache: Cache,
    region: String,
}

#[derive(HasCache)]
struct Orders {
    cache: Cache,
    users: Users,
}

impl Users {
    #[cacheable("{self.region}:{id}")]
    async fn by_id(&self, id: u64) -> u64 {
        id
    }
}

impl Orders {
    #[cache_evict(of = Users::by_id, args(id = id))]
    async fn of_another_type(&self, id: u64) {}

    #[cache_evict(of = Users::by_id, args(self = self.users, id = id))]
    async fn with_its_self(&self, id: u64) {}
}

#[cache_evict(of = Users::by_id, args(id = id), cache = cache)]
async fn without_self(cache: &Cache, id: u64) {}

fn main() {}
