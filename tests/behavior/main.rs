//! What a user of the macros sees, on the in-process engine. One file for each subject.

mod cache_evict;
mod cache_put;
mod cacheable;
mod derive_cache_key;
mod disabled;
mod early_return;
mod evict_all;
mod evict_or_not;
mod evict_patterns;
mod failed_flights;
mod fence;
mod fence_and_waiting;
mod free_functions;
mod hostile_keys;
mod keys;
mod keys_of_traits;
mod names;
mod nested_calls;
mod overlapping_puts;
mod receivers;
mod returned;
mod shapes;
mod single_flight;
mod support;
mod traits;
mod ttl;
