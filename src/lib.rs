#![doc = include_str!("../README.md")]

#[doc(hidden)]
#[path = "private.rs"]
pub mod __private;
pub mod prelude;

pub use cache_core::{
    Cache, CacheBuilder, CacheKey, CacheValue, Clock, Error, ErrorKind, HasCache, KeyWriter, ManualClock, Stats, global,
};
pub use cache_macros::{CacheKey, HasCache, cache_evict, cache_put, cacheable};
