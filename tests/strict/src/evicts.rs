//! `#[cache_evict]`: every argument, alone and with the other macros.

use larder::{Cache, HasCache, cache_evict, cacheable, caching};

use crate::puts::Users;
use crate::values::{Answer, User};

/// A service.
#[derive(Debug, HasCache)]
pub struct Evictions {
    #[cache]
    cache: Cache,
    users: Users,
}

impl Evictions {
    /// The reader.
    #[cacheable("user:{id}", namespace = "users")]
    pub async fn by_id(&self, id: u64) -> Option<User> {
        Some(User { id, name: id.to_string() })
    }

    /// Every selector.
    #[cache_evict(
        "user:{id}",
        keys = ids,
        pattern = "user:{id}:*",
        tags = ["users", "user:{result}", across_tenants("rates")],
        namespace = "users",
        condition = id > 0,
        unless = |evicted| *evicted == 0,
        timing = after_ok,
        on_cache_error = fail,
        tenant = required,
        cache = self.cache,
        span = debug,
        crate = larder
    )]
    pub async fn every(&self, id: u64, ids: &[u64]) -> Answer<u64> {
        let first = ids.first().copied();
        Ok(first.unwrap_or(id))
    }

    /// By the reader's key.
    #[cache_evict(of = Self::by_id, args(id = user.id), timing = always, span = info)]
    pub async fn delete(&self, user: &User) -> Answer<()> {
        let _ = user;
        Ok(())
    }

    /// By the reader's key, of the result.
    #[cache_evict(of = Self::by_id, args(id = |user| user.id))]
    pub async fn first(&self) -> Option<User> {
        None
    }

    /// The entry of a reader of another type.
    #[cache_evict(of = Users::in_region, args(self = &self.users, id = id), on_cache_error = bypass, span = off)]
    pub async fn move_to(&self, id: u64) {
        let _ = id;
    }

    /// After the commit of the transaction around it.
    #[cache_evict("user:{id}", tags = |renamed| [renamed.clone()], timing = after_commit, tenant = optional)]
    pub async fn rename(&self, id: u64, name: String) -> Answer<String> {
        let _ = id;
        Ok(name)
    }

    /// By the reader's key, wherever the reader's rule says, and tags of no tenant.
    #[cache_evict(of = Self::by_id, args(id = id), tags = ["users"], tenant = none)]
    pub async fn forget(&self, id: u64) {
        let _ = id;
    }

    /// The same, of a reader, and before as well.
    #[cache_evict(of = Self::by_id, args(id = user.id), timing = before)]
    #[cache_evict(of = Self::by_id, args(id = user.id), timing = after_commit)]
    pub fn rename_sync(&self, user: &User) -> Answer<()> {
        let _ = user;
        Ok(())
    }

    /// By an expression.
    #[cache_evict(key = (tenant, id), tags = [id])]
    pub async fn by_expression(&self, tenant: &str, id: u64) {
        let _ = (tenant, id);
    }

    /// A template by its name, of the result.
    #[cache_evict(key = "user:{result.id}")]
    pub fn at_once(&self, user: User) -> Answer<User> {
        Ok(user)
    }

    /// A namespace of this tenant.
    #[cache_evict(all, namespace = "users")]
    pub async fn clear_own(&self) {}

    /// Everywhere.
    #[cache_evict(all, across_tenants, namespace = "users", timing = before)]
    pub async fn clear(&self) {}

    /// By a keyed hash.
    #[cache_evict("mail:{email}", hash(email), tags = |count| [*count])]
    pub async fn by_email(&self, email: &str) -> usize {
        email.len()
    }

    /// One below the other.
    #[cacheable("list:{page}")]
    #[cache_evict("stale:{page}", timing = before)]
    #[cache_evict(tags = ["lists"])]
    pub async fn stacked(&self, page: u32) -> Vec<u64> {
        vec![u64::from(page)]
    }

    /// In one.
    #[caching(
        cache_put("user:{id}", namespace = "users"),
        cache_put("name:{result.name}"),
        cache_evict(pattern = "list:*")
    )]
    pub async fn together(&self, id: u64) -> User {
        User { id, name: id.to_string() }
    }
}

/// In the process-wide cache.
#[cache_evict("rate:{currency}", cache = global)]
pub async fn global(currency: &str) {
    let _ = currency;
}
