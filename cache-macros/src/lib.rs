//! The attribute macros of Larder. Depend on `larder`, which re-exports them.
//!
//! An attribute goes through five steps, one folder or file each: `stack` → `parse` → `model` → `check` → `expand`. On
//! an error the item is re-emitted as it was (`fallback`), beside every error at its token.

mod attribute;
#[cfg(test)]
mod attribute_tests;
mod check;
mod config;
mod derive;
mod diagnostics;
mod expand;
#[cfg(test)]
mod expansion_tests;
mod fallback;
mod model;
mod parse;
mod placement;
mod signature;
mod stack;
mod uses;

use parse::grammar::Macro;
use proc_macro::TokenStream;
use stack::Name;

#[doc = include_str!("../docs/cacheable.md")]
#[doc = include_str!("../docs/cacheable-arguments.md")]
#[doc = include_str!("../docs/cacheable-expansion.md")]
#[proc_macro_attribute]
pub fn cacheable(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::run(Name::One(Macro::Cacheable), arguments.into(), item.into()).into()
}

#[doc = include_str!("../docs/cache_put.md")]
#[doc = include_str!("../docs/cache_put-examples.md")]
#[doc = include_str!("../docs/cache_put-arguments.md")]
#[doc = include_str!("../docs/cache_put-expansion.md")]
#[proc_macro_attribute]
pub fn cache_put(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::run(Name::One(Macro::CachePut), arguments.into(), item.into()).into()
}

#[doc = include_str!("../docs/cache_evict.md")]
#[doc = include_str!("../docs/cache_evict-examples.md")]
#[doc = include_str!("../docs/cache_evict-arguments.md")]
#[doc = include_str!("../docs/cache_evict-expansion.md")]
#[proc_macro_attribute]
pub fn cache_evict(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::run(Name::One(Macro::CacheEvict), arguments.into(), item.into()).into()
}

#[doc = include_str!("../docs/caching.md")]
#[doc = include_str!("../docs/caching-examples.md")]
#[doc = include_str!("../docs/caching-expansion.md")]
#[proc_macro_attribute]
pub fn caching(arguments: TokenStream, item: TokenStream) -> TokenStream {
    attribute::run(Name::Caching, arguments.into(), item.into()).into()
}

#[doc = include_str!("../docs/cache_config.md")]
#[doc = include_str!("../docs/cache_config-examples.md")]
#[doc = include_str!("../docs/cache_config-arguments.md")]
#[doc = include_str!("../docs/cache_config-expansion.md")]
#[proc_macro_attribute]
pub fn cache_config(arguments: TokenStream, item: TokenStream) -> TokenStream {
    config::run(arguments.into(), item.into()).into()
}

#[doc = include_str!("../docs/derive_cache_key.md")]
#[proc_macro_derive(CacheKey, attributes(cache_key))]
pub fn derive_cache_key(item: TokenStream) -> TokenStream {
    derive::cache_key::run(item.into()).into()
}

#[doc = include_str!("../docs/derive_has_cache.md")]
#[proc_macro_derive(HasCache, attributes(cache))]
pub fn derive_has_cache(item: TokenStream) -> TokenStream {
    derive::has_cache::run(item.into()).into()
}
