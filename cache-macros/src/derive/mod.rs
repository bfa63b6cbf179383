//! The derives.

pub(crate) mod cache_key;
pub(crate) mod has_cache;
