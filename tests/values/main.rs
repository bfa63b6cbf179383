//! Values, bulk, namespaces and tenants by hand: what every kind of cache does alike.
//!
//! Each behaviour is six tests: in memory alone, on the fake, and on Redis and Valkey with both of their protocols.

#![allow(clippy::unwrap_used, reason = "an error that nobody expects fails its test")]

#[path = "../behavior/support.rs"]
#[allow(dead_code, reason = "shared with the behaviour of the macros, which uses all of it")]
mod support;

#[allow(dead_code, reason = "shared with the tests of events, which use all of it")]
mod backend;
#[path = "../levels/following.rs"]
mod following;
mod users;

mod bulk;
mod by_the_clock;
mod cancelled;
mod distinct;
mod errors;
mod late_loads;
mod lifetimes;
mod listing;
mod loads;
mod nodes;
mod patterns;
mod renames;
mod round_trips;
mod same_entries;
mod singles;
mod tenants;
