//! What stands beside a trait's `impl` adds nothing that a strict crate would refuse.
#![deny(warnings, missing_docs, unused, future_incompatible, unreachable_pub, clippy::all, clippy::pedantic)]
#![forbid(unsafe_code)]

use larder::{Cache, CacheKey, HasCache, cache_config, cache_evict, cacheable};

/// A trait with types of its own.
pub trait Repo<T> {
    /// What names a value.
    type Id;
    /// Finds a value.
    fn find(&self, id: Self::Id) -> impl Future<Output = Option<T>> + Send;
    /// Forgets a value.
    fn forget(&self, id: u64) -> impl Future<Output = ()> + Send;
    /// Another one.
    fn count(&self, of: &str) -> u64;
}

/// A service.
#[derive(HasCache)]
pub struct Service<K> {
    cache: Cache,
    kept: K,
}

#[derive(Clone, serde::Serialize, serde::Deserialize)]
struct Private(u64);

#[cache_config(namespace = "values", ttl = "5m")]
impl<K> Repo<String> for Service<K>
where
    K: CacheKey + Clone + Send + Sync,
{
    type Id = u64;

    #[cacheable("{self.kept}:{id}")]
    async fn find(&self, id: Self::Id) -> Option<String> {
        Some(id.to_string())
    }

    #[cache_evict(of = <Self as Repo<String>>::find, args(id = id))]
    async fn forget(&self, id: u64) {}

    #[cacheable]
    fn count(&self, of: &str) -> u64 {
        of.len() as u64
    }
}

trait Inner {
    async fn inner(&self, id: u64) -> Private;
}

#[cache_config]
impl<K> Inner for Service<K> {
    #[cacheable]
    async fn inner(&self, id: u64) -> Private {
        Private(id)
    }
}

impl<K: Send + Sync> Service<K> {
    /// From outside.
    #[cache_evict(of = <Self as Inner>::inner, args(id = id))]
    pub async fn outside(&self, id: u64) -> u64 {
        Inner::inner(self, id).await.0
    }
}

fn main() {
    let service = Service { cache: Cache::disabled(), kept: 1_u8 };
    drop(service.outside(7));
    drop(Repo::<String>::forget(&service, 7));
    let _ = (Repo::<String>::count(&service, "x"), Repo::<String>::find(&service, 7));
}
