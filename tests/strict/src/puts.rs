//! `#[cache_put]`: every argument.

use std::time::Duration;

use larder::{Cache, HasCache, Policy, cache_put, cacheable};

use crate::values::{Answer, User};

/// A service.
#[derive(Debug, HasCache)]
pub struct Writers {
    #[cache]
    cache: Cache,
    users: Users,
}

impl Writers {
    /// The reader.
    #[cacheable("user:{id}", namespace = "users")]
    pub async fn by_id(&self, id: u64) -> Answer<Option<User>> {
        Ok(Some(User { id, name: id.to_string() }))
    }

    /// By the result.
    #[cache_put(
        "user:{result.0}",
        namespace = "users",
        value = |(id, created)| User { id: *id, name: created.clone() },
        preset = Lookup,
        ttl = "1h",
        l1_ttl = "5m",
        idle = "10m",
        jitter = "10%",
        compress = off,
        tags = ["users", "user:{result.0}", across_tenants("rates")],
        condition = !name.is_empty(),
        unless = |(id, _)| *id == 0,
        version = 2,
        on_cache_error = fail,
        tenant = required,
        span = debug
    )]
    pub async fn create(&self, name: String) -> Answer<(u64, String)> {
        Ok((7, name))
    }

    /// With the reader's key.
    #[cache_put(of = Self::by_id, args(id = user.id), preset = Policy::new().ttl(Duration::from_secs(user.id)))]
    pub async fn save(&self, user: &User) -> Answer<User> {
        Ok(user.clone())
    }

    /// With the reader's key, of the result.
    #[cache_put(of = Self::by_id, args(id = |user| user.id), crate = larder)]
    pub async fn add(&self, name: String) -> User {
        User { id: 7, name }
    }

    /// With the key of a reader of another type.
    #[cache_put(of = Users::in_region, args(self = &self.users, id = id))]
    pub async fn move_to(&self, id: u64) -> User {
        User { id, name: String::new() }
    }

    /// What the value decides.
    #[cache_put(
        key = ("user", id),
        ttl = |user| Duration::from_secs(user.id),
        tags = |user| [user.id],
        l1 = off,
        compress = on,
        on_cache_error = bypass,
        tenant = optional,
        span = info,
        cache = self.cache
    )]
    pub async fn rename(&self, id: u64) -> User {
        User { id, name: String::new() }
    }

    /// The default key.
    #[cache_put(skip(name), hash(email), l2 = off, ttl = Duration::from_secs(id), l1_ttl = Duration::from_secs(1), tenant = none, span = off)]
    pub async fn by_default(&self, id: u64, email: &str, name: String) -> User {
        User { id, name: name + email }
    }

    /// A template by its name, and not asynchronous.
    #[must_use]
    #[cache_put(key = "user:{user.id}")]
    pub fn at_once(&self, user: User) -> Option<User> {
        (!user.name.is_empty()).then_some(user)
    }
}

/// Another type, whose readers name a field of it.
#[derive(Debug, HasCache)]
pub struct Users {
    cache: Cache,
    region: String,
}

impl Users {
    /// In a region.
    #[cacheable("{self.region}:{id}")]
    pub async fn in_region(&self, id: u64) -> User {
        User { id, name: String::new() }
    }
}

/// In the process-wide cache.
#[cache_put("rate:{currency}", cache = global)]
pub async fn global(currency: &str) -> u64 {
    currency.len() as u64
}
