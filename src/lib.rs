#![doc = include_str!("../README.md")]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
mod config;
pub mod prelude;
pub mod recipes;

pub use crate::config::{Backend, Choice, Config, from_env};
#[cfg(feature = "testing")]
pub use cache_core::testing;
pub use cache_core::{
    AnnotatedFunction, Audit, Cache, CacheBuilder, CacheKey, CacheValue, Clock, Codec, Compress, Compression, Error,
    ErrorKind, Finding, HasCache, Hashed, Item, KeyWriter, Lifetime, Lock, LockGuard, ManualClock, Namespace,
    NamespaceSettings, Policy, Preset, Refresh, RefreshStatus, Renewal, SerializedKey, Set, Stats, StoredKey, Tenancy,
    Tenant, TenantStats, Trouble, Unreachable, Verified, audit, codec, global, tenant,
};
pub use cache_core::{Answer, CommitScope, Level, Observed, Outcome, Reason, Stamp, Stamped};
pub use cache_core::{Counter, Decision, RateLimit, RateLimiter};
pub use cache_core::{Event, Events, Evictions};
pub use cache_core::{at_least, bypass, observe, refresh, stamped};
pub use cache_macros::{CacheKey, HasCache, cache_config, cache_evict, cache_put, cacheable, caching};
#[cfg(feature = "tls")]
pub use cache_redis::Tls;
#[cfg(feature = "redis-client")]
pub use cache_redis::redis_client;
#[cfg(feature = "redis")]
pub use cache_redis::{Redis, ServerKind, ServerVersion};

/// Runs the examples in the documentation of the macros, which cannot depend on this crate themselves.
#[cfg(doctest)]
mod macro_documentation {
    #[cfg(feature = "redis")]
    #[doc = include_str!("../docs/levels.md")]
    struct Levels;
    #[cfg(all(feature = "redis", feature = "toml"))]
    #[doc = include_str!("../docs/configuration.md")]
    struct Configuration;
    #[cfg(all(feature = "tls", feature = "redis-client"))]
    #[doc = include_str!("../docs/server.md")]
    struct Server;
    #[cfg(feature = "testing")]
    #[doc = include_str!("../docs/codecs.md")]
    struct Codecs;
    #[doc = include_str!("../docs/scopes.md")]
    struct Scopes;
    #[cfg(feature = "testing")]
    #[doc = include_str!("../docs/testing.md")]
    struct Testing;
    #[doc = include_str!("../docs/transactions.md")]
    struct Transactions;
    #[doc = include_str!("../docs/coming-from-spring.md")]
    struct ComingFromSpring;
    #[cfg(all(feature = "redis", feature = "toml"))]
    #[doc = include_str!("../docs/coming-from.md")]
    struct ComingFrom;
    #[doc = include_str!("../docs/values.md")]
    struct Values;
    #[doc = include_str!("../docs/events.md")]
    struct EventPage;
    #[doc = include_str!("../docs/coordination.md")]
    struct Coordination;
    #[doc = include_str!("../docs/recipes.md")]
    struct Recipes;
    #[doc = include_str!("../docs/refresh.md")]
    struct Refreshed;
    #[doc = include_str!("../cache-macros/docs/cacheable.md")]
    struct Cacheable;
    #[doc = include_str!("../cache-macros/docs/cache_put.md")]
    #[doc = include_str!("../cache-macros/docs/cache_put-examples.md")]
    struct CachePut;
    #[doc = include_str!("../cache-macros/docs/cache_evict.md")]
    #[doc = include_str!("../cache-macros/docs/cache_evict-examples.md")]
    struct CacheEvict;
    #[doc = include_str!("../cache-macros/docs/cache_config.md")]
    #[doc = include_str!("../cache-macros/docs/cache_config-examples.md")]
    struct CacheConfig;
    #[doc = include_str!("../cache-macros/docs/caching.md")]
    #[doc = include_str!("../cache-macros/docs/caching-examples.md")]
    struct Caching;
    #[doc = include_str!("../cache-macros/docs/derive_cache_key.md")]
    struct DeriveCacheKey;
    #[doc = include_str!("../cache-macros/docs/derive_has_cache.md")]
    struct DeriveHasCache;
}
