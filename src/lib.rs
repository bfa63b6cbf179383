#![doc = include_str!("../README.md")]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
pub mod prelude;

#[cfg(feature = "testing")]
pub use cache_core::testing;
pub use cache_core::{
    AnnotatedFunction, Audit, Cache, CacheBuilder, CacheKey, CacheValue, Clock, Error, ErrorKind, Finding, HasCache,
    Hashed, Item, KeyWriter, Lifetime, ManualClock, Namespace, Policy, Preset, SerializedKey, Set, Stats, StoredKey,
    Tenancy, Tenant, TenantStats, Trouble, Unreachable, Verified, audit, global, tenant,
};
pub use cache_core::{Answer, CommitScope, Level, Observed, Outcome, Reason, Stamp, Stamped};
pub use cache_core::{at_least, bypass, observe, refresh, stamped};
pub use cache_macros::{CacheKey, HasCache, cache_config, cache_evict, cache_put, cacheable, caching};
#[cfg(feature = "redis")]
pub use cache_redis::Redis;

/// Runs the examples in the documentation of the macros, which cannot depend on this crate themselves.
#[cfg(doctest)]
mod macro_documentation {
    #[cfg(feature = "redis")]
    #[doc = include_str!("../docs/levels.md")]
    struct Levels;
    #[doc = include_str!("../docs/scopes.md")]
    struct Scopes;
    #[doc = include_str!("../docs/transactions.md")]
    struct Transactions;
    #[doc = include_str!("../docs/coming-from-spring.md")]
    struct ComingFromSpring;
    #[doc = include_str!("../docs/coming-from.md")]
    struct ComingFrom;
    #[doc = include_str!("../docs/values.md")]
    struct Values;
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
