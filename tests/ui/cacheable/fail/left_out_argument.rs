//! The body uses an argument that the key leaves out: a warning, here made an error to be seen.
#![deny(deprecated)]

use larder::{Cache, CacheKey, HasCache, cacheable};

struct Connection;

#[derive(HasCache)]
struct Pages {
    cache: Cache,
}

impl Pages {
    #[cacheable("page:{id}")]
    async fn page(&self, id: u64, locale: &str) -> String {
        locale.repeat(id as usize)
    }

    #[cacheable(key = id)]
    async fn in_a_format_string(&self, id: u64, locale: String, connection: &Connection) -> String {
        let Connection = connection;
        format!("{id}{locale:>5}")
    }

    #[cacheable("generic:{id}")]
    async fn generic<K: CacheKey + ToString, T: ToString>(&self, id: u64, kind: K, log: T) -> String {
        format!("{id}{}{}", kind.to_string(), log.to_string())
    }

    #[cacheable("skipped:{id}", skip(locale))]
    async fn skipped(&self, id: u64, locale: &str) -> String {
        locale.repeat(id as usize)
    }

    #[cacheable]
    async fn by_default(&self, id: u64, locale: &str) -> String {
        locale.repeat(id as usize)
    }

    #[allow(deprecated)]
    #[cacheable("allowed:{id}")]
    async fn allowed(&self, id: u64, locale: &str) -> String {
        locale.repeat(id as usize)
    }

    #[cacheable("unused:{id}", condition = fresh)]
    async fn unused(&self, id: u64, fresh: bool) -> u64 {
        id
    }
}

#[async_trait::async_trait]
trait Boxed {
    async fn used(&self, id: u64, locale: &str) -> String;
    async fn not_used(&self, id: u64, locale: &str) -> String;
}

#[async_trait::async_trait]
impl Boxed for Pages {
    #[cacheable("boxed:{id}")]
    async fn used(&self, id: u64, locale: &str) -> String {
        locale.repeat(id as usize)
    }

    #[cacheable("boxed:{id}")]
    async fn not_used(&self, id: u64, locale: &str) -> String {
        id.to_string()
    }
}

fn main() {}
