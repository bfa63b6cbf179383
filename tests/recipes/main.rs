//! What `larder::recipes` promises: in memory alone, on the fake, and on Redis and Valkey with both of their protocols.

#![allow(clippy::unwrap_used, reason = "an error that nobody expects fails its test")]

#[path = "../behavior/support.rs"]
#[allow(dead_code, reason = "shared with the behaviour of the macros, which uses all of it")]
mod support;

#[path = "../values/backend.rs"]
#[allow(dead_code, reason = "shared with the values by hand, which use all of it")]
mod backend;
#[path = "../levels/following.rs"]
mod following;
mod hostile;

mod auth_cache;
mod feature_flags;
mod repository;
mod session_races;
mod sessions;
mod tenancies;
mod token_blacklist;
mod user_values;
mod warming;
