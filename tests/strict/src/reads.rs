//! `#[cacheable]`: every argument.

use std::time::Duration;

use larder::{Cache, HasCache, Policy, cacheable};

use crate::values::{Answer, Failure, Query, Trace, User};

/// A service.
#[derive(Debug, HasCache)]
pub struct Users {
    #[cache]
    cache: Cache,
    archive: Cache,
    region: String,
}

impl Users {
    fn policy(&self, page: u32) -> Policy {
        Policy::new().ttl(Duration::from_secs(10)).tags([format!("{}:{page}", self.region)])
    }

    /// A template, and what is settled before the body.
    #[cacheable(
        "{self.region}:user:{id}",
        namespace = "users/active",
        preset = Lookup,
        ttl = "1h",
        l1_ttl = "5m",
        idle = "10m",
        jitter = "10%",
        compress = on,
        tags = ["users", "user:{id}", "named:{result.name}", id, across_tenants("rates")],
        condition = id > 0,
        unless = |user| user.name.is_empty(),
        cache_none = "30s",
        version = 2,
        on_cache_error = fail,
        single_flight = cluster,
        tenant = required,
        span = debug
    )]
    pub async fn by_id(&self, id: u64) -> Answer<Option<User>> {
        let name = usize::try_from(id).map_err(|error| Failure(error.to_string()))?.to_string();
        Ok(Some(User { id, name }))
    }

    /// An expression, and what the value decides.
    #[cacheable(
        key = (query, page.max(1)),
        ttl = |users| Duration::from_secs(users.len() as u64),
        l1 = off,
        compress = off,
        tags = |users| users.iter().map(|user| format!("user:{}", user.id)).collect::<Vec<_>>(),
        cache_err = |failure| (!failure.0.is_empty()).then_some(Duration::from_secs(1)),
        on_cache_error = bypass,
        single_flight = local,
        span = info,
        inherit_tags = false,
        tenant = optional,
        preset = self.policy(page),
        cache = self.archive
    )]
    pub async fn search(&self, query: &Query, page: u32) -> Answer<Vec<User>> {
        let id = u64::from(page);
        Ok(vec![User { id, name: query.text.clone() }])
    }

    /// The default key.
    #[cacheable(namespace = "users", skip(trace), hash(email), l2 = off, ttl = Duration::from_secs(id), cache_none, single_flight = off, tenant = none, span = off)]
    pub async fn by_email(&self, id: u64, email: &str, trace: Trace) -> Option<User> {
        let _ = trace;
        (!email.is_empty()).then(|| User { id, name: email.to_owned() })
    }

    /// What an expression says of a `None`, and of a copy in memory.
    #[cacheable(key = "none:{id}", cache_none = Duration::from_secs(id), l1_ttl = Duration::from_secs(1))]
    pub async fn sometimes(&self, id: u64) -> Option<User> {
        let _ = id;
        None
    }

    /// Not asynchronous, in a namespace, for as long as `id` says.
    #[cacheable(namespace = "users", skip(trace), ttl = Duration::from_secs(id), jitter = "5%")]
    pub fn at_once(&self, id: u64, trace: Trace) -> Answer<User> {
        let _ = trace;
        let name = u32::try_from(id).map_err(|error| Failure(error.to_string()))?.to_string();
        Ok(User { id, name })
    }
}

/// Without `self`.
#[cacheable("rate:{currency}", cache = cache, crate = larder)]
pub async fn rate(cache: &Cache, currency: &str) -> f64 {
    f64::from(u8::try_from(currency.len()).unwrap_or(u8::MAX))
}

/// In the process-wide cache.
#[cacheable(cache = global)]
pub async fn global(currency: &str) -> String {
    currency.to_owned()
}
