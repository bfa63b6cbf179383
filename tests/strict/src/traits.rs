//! Methods of traits.

use std::sync::Arc;

use larder::{Cache, HasCache, cache_config, cache_evict, cache_put, cacheable};

use crate::values::{Answer, User};

/// A service.
#[derive(Debug, Clone, HasCache)]
pub struct Repository {
    cache: Cache,
}

/// With default bodies.
#[expect(async_fn_in_trait, reason = "default bodies of a native trait")]
#[cache_config(namespace = "native", ttl = "5m")]
pub trait Native: HasCache + Sync {
    /// In the trait.
    #[cacheable("sync:{id}")]
    fn sync_default(&self, id: u64) -> u64 {
        id
    }

    /// In the `impl`.
    fn find(&self, id: u64) -> impl Future<Output = Option<User>> + Send;

    /// In the `impl`, with types of its own.
    async fn of<K: larder::CacheKey + Send>(&self, key: K) -> u64;

    /// A default body.
    #[cacheable("name:{id}")]
    async fn name(&self, id: u64) -> String {
        id.to_string()
    }

    /// A default body that writes.
    #[cache_put("name:{id}")]
    async fn rename(&self, id: u64) -> String {
        id.to_string()
    }

    /// A default body that evicts.
    #[cache_evict("name:{id}", timing = before)]
    async fn forget(&self, id: u64) -> Answer<()> {
        let _ = id;
        Ok(())
    }
}

#[cache_config(namespace = "native")]
impl Native for Repository {
    #[cacheable("user:{id}")]
    async fn find(&self, id: u64) -> Option<User> {
        Some(User { id, name: id.to_string() })
    }

    #[cacheable]
    async fn of<K: larder::CacheKey + Send>(&self, key: K) -> u64 {
        drop(key);
        0
    }
}

impl Repository {
    /// The entry of a reader in a trait.
    #[cache_evict(of = <Self as Native>::find, args(id = id))]
    #[cache_evict(of = <Self as Boxed>::read, args(id = id))]
    pub async fn change(&self, id: u64) {
        let _ = id;
    }
}

/// Behind a pointer.
#[async_trait::async_trait]
pub trait Boxed: HasCache + Send + Sync {
    /// Reads.
    async fn read(&self, id: u64) -> Option<User>;
    /// Writes.
    async fn write(&self, user: User) -> User;
    /// Reads by a name.
    async fn named(&self, name: &str) -> Answer<Option<User>>;
    /// Takes itself.
    async fn shared(self: Arc<Self>, id: u64) -> u64;
    /// Takes itself to change.
    async fn change(&mut self, id: u64) -> u64;
    /// A default body.
    #[cacheable("default:{id}")]
    async fn by_default(&self, id: u64) -> u64 {
        id
    }
}

#[cache_config(namespace = "boxed")]
#[async_trait::async_trait]
impl Boxed for Repository {
    #[cacheable("user:{id}")]
    async fn read(&self, id: u64) -> Option<User> {
        Some(User { id, name: id.to_string() })
    }

    #[cache_evict(of = <Self as Boxed>::read, args(id = user.id))]
    async fn write(&self, user: User) -> User {
        user
    }

    #[tracing::instrument(skip_all)]
    #[cacheable("named:{name}", tags = ["named"])]
    async fn named(&self, name: &str) -> Answer<Option<User>> {
        if name.is_empty() {
            return Ok(None);
        }
        let id = name.parse::<u64>().map_err(|error| crate::values::Failure(error.to_string()))?;
        Ok(Some(User { id, name: name.to_owned() }))
    }

    #[cacheable("shared:{id}")]
    #[tracing::instrument(skip_all)]
    async fn shared(self: Arc<Self>, id: u64) -> u64 {
        id
    }

    #[cache_put("shared:{id}")]
    #[cache_evict(all)]
    async fn change(&mut self, id: u64) -> u64 {
        id
    }
}

/// A service behind a trait with a type.
#[async_trait::async_trait]
pub trait Of<T> {
    /// Reads.
    async fn item(&self, id: u64) -> T;
    /// Evicts.
    async fn evict(&self, id: u64);
}

#[async_trait::async_trait]
#[cache_config(namespace = "of")]
impl Of<User> for Repository {
    #[cacheable]
    async fn item(&self, id: u64) -> User {
        User { id, name: id.to_string() }
    }

    #[cache_evict(of = <Self as Of<User>>::item, args(id = id))]
    async fn evict(&self, id: u64) {
        let _ = id;
    }
}
