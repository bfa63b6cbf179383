//! `#[cache_config]`: every argument, on blocks and on traits.

use std::time::Duration;

use larder::{Cache, HasCache, Policy, Preset, cache_config, cache_evict, cache_put, cacheable, caching};

use crate::values::{Answer, User};

/// A service with defaults.
#[derive(Debug)]
pub struct Orders {
    orders: Cache,
}

#[cache_config(
    namespace = "orders",
    cache = self.orders,
    preset = Report,
    ttl = "5m",
    tags = ["orders", across_tenants("rates")],
    cache_none,
    l1_ttl = "10s",
    idle = "1m",
    jitter = "10%",
    version = 3,
    single_flight = local,
    inherit_tags = false,
    on_cache_error = fail,
    tenant = required,
    span = debug,
    crate = larder
)]
impl Orders {
    /// With the defaults.
    #[cacheable("{id}")]
    pub async fn total(&self, id: u64) -> Answer<Option<u64>> {
        Ok(Some(id))
    }

    /// Its own.
    #[must_use]
    #[cacheable("{id}", namespace = "orders/new", ttl = "1m", tags = [id], version = 4, on_cache_error = bypass)]
    pub fn draft(&self, id: u64) -> Option<u64> {
        Some(id)
    }

    /// Its own namespace.
    #[cache_put("{id}", namespace = "orders/new")]
    pub async fn put(&self, id: u64) -> Answer<u64> {
        Ok(id)
    }

    /// The entry of a reader.
    #[cache_evict(of = Self::total, args(id = id))]
    pub async fn cancel(&self, id: u64) -> Answer<()> {
        let _ = id;
        Ok(())
    }

    /// Several at once.
    #[caching(cache_put("{id}"), cache_evict(tags = ["lists"]))]
    pub async fn close(&self, id: u64) -> Answer<u64> {
        Ok(id)
    }

    /// The default's namespace.
    #[cache_evict(all)]
    pub async fn clear(&self) -> Answer<()> {
        Ok(())
    }

    /// Not annotated.
    #[must_use]
    pub fn same(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

/// A service whose defaults are expressions.
#[derive(Debug, HasCache)]
pub struct Rates {
    cache: Cache,
    seconds: u64,
}

#[cache_config(
    ttl = Duration::from_secs(self.seconds),
    cache_none = "30s",
    l1 = off,
    single_flight = cluster,
    on_cache_error = bypass,
    tenant = optional,
    span = info
)]
impl Rates {
    /// With the defaults.
    #[cacheable("{currency}")]
    pub async fn rate(&self, currency: &str) -> Option<u64> {
        Some(currency.len() as u64 + self.seconds)
    }
}

/// A service whose defaults the value decides.
#[derive(Debug, HasCache)]
pub struct Users {
    cache: Cache,
}

#[cache_config(
    ttl = |user| Duration::from_secs(user.id),
    l1_ttl = Duration::from_secs(1),
    tags = |user| [user.id],
    cache_none = Duration::from_secs(3),
    l2 = off,
    single_flight = off,
    tenant = none,
    span = off
)]
impl Users {
    /// With the defaults.
    #[cacheable("{id}")]
    pub async fn by_id(&self, id: u64) -> Option<User> {
        Some(User { id, name: id.to_string() })
    }
}

/// For totals.
pub const TOTALS: Policy = Preset::Query.policy().l1_ttl(Duration::from_secs(1));

/// Associated functions, whose cache is the process's.
#[derive(Debug)]
pub struct Totals;

#[cache_config(cache = global, namespace = "totals", preset = TOTALS)]
impl Totals {
    /// Without `self`.
    #[cacheable]
    pub async fn of(id: u64) -> u64 {
        id
    }
}
