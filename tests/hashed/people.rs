//! A service whose keys must not tell who its people are.

use larder::{Cache, HasCache, cache_evict, cache_put, cacheable};

use crate::level::Level;
use crate::support::Loads;

/// The secret of the nodes of one deployment.
pub(crate) const SECRET: [u8; 32] = [7; 32];

/// What is called by its mail address.
#[derive(HasCache)]
pub(crate) struct People {
    pub(crate) cache: Cache,
    pub(crate) loads: Loads,
}

pub(crate) struct Query {
    pub(crate) email: String,
    pub(crate) page: u32,
}

impl People {
    pub(crate) fn on(cache: Cache) -> Self {
        Self { cache, loads: Loads::default() }
    }

    /// A node of the deployment.
    pub(crate) fn node(level: &Level) -> Self {
        Self::on(level.builder().key_secret(SECRET).build().expect("the secret is long enough"))
    }

    #[cacheable("person:{email}", namespace = "people", tags = ["person:{email}"], hash(email))]
    pub(crate) async fn person(&self, email: &str) -> u64 {
        self.loads.next()
    }

    #[cacheable("{query.email}-{query.page}", namespace = "search", hash(query))]
    pub(crate) async fn search(&self, query: &Query) -> u64 {
        self.loads.next()
    }

    #[cacheable(namespace = "default", hash(email))]
    pub(crate) async fn default_key(&self, email: &str, page: u32) -> u64 {
        self.loads.next()
    }

    #[cacheable("{page}", namespace = "tagged", tags = ["to:{email}", "of:{email}:{result}"], hash(email))]
    pub(crate) async fn tagged(&self, page: u32, email: &str) -> u64 {
        self.loads.next()
    }

    #[cacheable("blocking:{email}", namespace = "people", hash(email))]
    pub(crate) fn blocking(&self, email: &str) -> u64 {
        self.loads.next()
    }

    #[cache_put("person:{email}", namespace = "people", tags = ["person:{email}"], hash(email))]
    pub(crate) async fn set(&self, email: &str, value: u64) -> u64 {
        value
    }

    #[cache_put("{email}:{result}", namespace = "late", tags = ["late:{email}:{result}"], hash(email))]
    pub(crate) async fn set_late(&self, email: String, value: u64) -> u64 {
        drop(email);
        value
    }

    #[cacheable("{email}:{value}", namespace = "late", hash(email))]
    pub(crate) async fn late(&self, email: &str, value: u64) -> u64 {
        self.loads.next()
    }

    #[cache_evict("person:{email}", namespace = "people", hash(email))]
    pub(crate) async fn forget(&self, email: String) {
        drop(email);
    }

    #[cache_evict(of = Self::person, args(email = email))]
    pub(crate) async fn forget_of(&self, email: &str) {}

    #[cache_put(of = Self::person, args(email = email), tags = ["person:{email}"], hash(email))]
    pub(crate) async fn set_of(&self, email: &str, value: u64) -> u64 {
        value
    }

    #[cache_evict(tags = ["person:{email}"], hash(email))]
    pub(crate) async fn forget_tag(&self, email: &str) {}

    #[cache_evict(tags = ["of:{email}:{result}"], hash(email))]
    pub(crate) async fn forget_late_tag(&self, email: String, value: u64) -> u64 {
        drop(email);
        value
    }

    #[cache_evict(pattern = "person:{email}*", namespace = "people", hash(email))]
    pub(crate) async fn forget_pattern(&self, email: &str) {}
}
