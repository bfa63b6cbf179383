//! The derives.

pub(crate) mod cache_key;
mod container;
pub(crate) mod has_cache;
