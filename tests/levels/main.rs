//! Two levels: what a user of the macros sees of several nodes that share a server.
//!
//! Each behaviour is three tests: on the fake, on Redis and on Valkey.

#[path = "../behavior/support.rs"]
#[allow(dead_code, reason = "shared with the behaviour of one level, which uses all of it")]
mod support;

mod level;

mod review;
mod shared_truth;
