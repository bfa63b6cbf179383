//! What most services import: `use larder::prelude::*;`.

pub use crate::{Cache, CacheKey, HasCache, cache_config, cache_evict, cache_put, cacheable, caching};
