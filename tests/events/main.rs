//! Events: that each service applies what is told, at least once, whatever is lost on the way.
//!
//! | file | what |
//! |---|---|
//! | `applying.rs` | what an event invalidates, on every backend |
//! | `services.rs` | services that tell each other, on the fake and on real servers |
//! | `world.rs` | what both need: events, and caches of services |

#![allow(clippy::unwrap_used, reason = "an error that nobody expects fails its test")]

#[path = "../behavior/support.rs"]
#[allow(dead_code, reason = "shared with the behaviour of the macros, which uses all of it")]
mod support;

#[path = "../values/backend.rs"]
#[allow(dead_code, reason = "shared with the tests of values, which use all of it")]
mod backend;
#[path = "../levels/following.rs"]
mod following;

mod applying;
mod services;
mod world;
