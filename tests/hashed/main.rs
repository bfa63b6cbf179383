//! `hash(..)`: arguments that enter keys and tags as hashes only.
//!
//! A program of its own: where a function hashes an argument, every cache with a second level needs a `key_secret`.

#[path = "../levels/following.rs"]
#[allow(dead_code, reason = "shared with the behaviour of two levels, which uses all of it")]
mod following;
#[path = "../levels/level.rs"]
#[allow(dead_code, reason = "shared with the behaviour of two levels, which uses all of it")]
mod level;
#[path = "../faults/log.rs"]
#[allow(dead_code, reason = "shared with the tests of faults, which use all of it")]
mod log;
#[path = "../behavior/support.rs"]
#[allow(dead_code, reason = "shared with the behaviour of one level, which uses all of it")]
mod support;
#[path = "../levels/watch.rs"]
#[allow(dead_code, reason = "shared with the behaviour of two levels, which uses all of it")]
mod watch;

mod people;

mod batches;
mod keys;
mod nowhere;
mod secrets;
mod writers;
