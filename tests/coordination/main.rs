//! What nodes agree on beside the entries: counters and rate limits.
//!
//! Most behaviours are six tests each: in memory alone, on the fake, and on Redis and Valkey with both of their protocols.

#![allow(clippy::unwrap_used, reason = "an error that nobody expects fails its test")]

#[path = "../behavior/support.rs"]
#[allow(dead_code, reason = "shared with the behaviour of the macros, which uses all of it")]
mod support;

#[path = "../values/backend.rs"]
#[allow(dead_code, unused_imports, unused_macros, reason = "shared with values by hand, which use all of it")]
mod backend;
#[path = "../history/clock.rs"]
#[allow(dead_code, reason = "shared with the histories, which use all of it")]
mod clock;
#[path = "../levels/following.rs"]
mod following;

mod counters;
mod counters_by_the_clock;
mod counters_of_tenants;
mod counting_processes;
mod limited_processes;
mod limiters;
mod limiters_by_the_clock;
mod lost_answers;
mod moved_by_hand;
mod processes;
